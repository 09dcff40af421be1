"""No secret comes out of the job's code, as a document or as a dead letter, whatever the line."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipelines import formats, sensitive
from tests.pipelines.lines import NOW, RedactLines

EXAMPLES = 400


def names(stream: dict[str, Any], record: dict[str, Any], kind: str) -> list[str]:
    """Return the names of the listed fields of a type that are kept as they are."""
    both = {**record, **stream["fields"]}
    return [name for name, rule in both.items() if rule["type"] == kind and rule.get("treat", "keep") == "keep"]


def poisoned_line(random: Random, rules: dict[str, Any]) -> tuple[dict[str, Any], bytes, list[sensitive.Secret]]:
    stream = random.choice(rules["streams"])
    made = formats.line(random, stream, NOW - 1000)
    plain = [name for name in names(stream, rules["record"], "string") if name not in ("service", "category")]
    fields, secrets = sensitive.poisoned(random, plain, names(stream, rules["record"], "text"))
    merged = made | fields | {name: made[name] | fields[name] for name in made if isinstance(fields.get(name), dict)}
    return stream, formats.as_json(merged), secrets


def refused(random: Random, line: bytes) -> bytes:
    """Return the line with something wrong with it."""
    at = random.randint(0, len(line))
    return random.choice(
        [
            line[:at],
            line[:at] + b"\xff" + line[at:],
            line[:-1] + b', "level": "INFO"}',
            b"[" + line + b"]",
            line.replace(b'"timestamp"', b'"time"'),
            line.replace(b'"level": "', b'"level": "x'),
            line[1:at],
            line.replace(b'": "', b": '"),
            line.replace(b'"', b'\\"'),
        ]
    )


@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**64))
def test_no_secret_reaches_a_document(job: RedactLines, seed: int) -> None:
    random = Random(seed)
    stream, line, secrets = poisoned_line(random, job.rules)
    (found,) = job.process([(stream["topic"], line)])
    assert found.document is not None, found.raw
    assert sensitive.leaks(found.raw, secrets) == [], line.decode()


@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**64))
def test_no_secret_reaches_a_dead_letter(job: RedactLines, seed: int) -> None:
    random = Random(seed)
    stream, line, secrets = poisoned_line(random, job.rules)
    (found,) = job.process([(stream["topic"], refused(random, line))])
    assert sensitive.leaks(found.raw, secrets) == [], line.decode()


@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**64))
def test_no_secret_of_a_raw_text_line_reaches_a_dead_letter(job: RedactLines, seed: int) -> None:
    random = Random(seed)
    text, secret = sensitive.sentence(random)
    stream = random.choice(job.rules["streams"])
    (found,) = job.process([(stream["topic"], text.encode())])
    assert found.dead_letter is not None
    assert sensitive.leaks(found.raw, [secret]) == [], text


@settings(max_examples=200)
@given(value=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_every_record_has_an_outcome(job: RedactLines, value: bytes) -> None:
    (found,) = job.process([(job.rules["streams"][0]["topic"], value)])
    assert found.document or found.dead_letter


@settings(max_examples=100)
@given(seed=st.integers(0, 2**32))
def test_the_search_finds_what_leaks(seed: int) -> None:
    secret = sensitive.recognisable(Random(seed))
    for form in (secret.value, sensitive.full_quote(secret.value), sensitive.twice(secret.value)):
        assert sensitive.leaks(form, [secret]) == [secret]
