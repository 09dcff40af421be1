"""Make secrets, and find them again: each has a core that no output may hold in any form."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

LETTERS = "bcdfghjkmnpqrstvwxyz"
ALPHANUMERIC = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"
KEYS = ("password", "user_password", "X-Api-Key", "apiKey", "access_token", "client_secret", "Authorization", "cookie")
"""Forbidden in every stream, in the ways that languages write them."""
ID_KEYS = ("user_id", "customer_id", "session_id")
FRAMES = "\n  at com.example.Orders.pay(Orders.java:33)\n  at com.example.Main.main(Main.java:7)"


@dataclass(frozen=True)
class Secret:
    """What a line held, and the part of it that must not come out."""

    value: str
    core: str


def word(random: Random, size: int, letters: str = LETTERS) -> str:
    return "".join(random.choice(letters) for _ in range(size))


def email(random: Random) -> Secret:
    local = word(random, 7) + random.choice(["", "+news", ".o'neil", "_x"]).replace("'", "")
    return Secret(f"{local}@{word(random, 5)}.example.{random.choice(['com', 'co.uk', 'museum'])}", local[:7])


def ipv4(random: Random) -> Secret:
    value = f"{random.randint(11, 223)}.{random.randint(0, 255)}.{random.randint(100, 255)}.{random.randint(100, 255)}"
    return Secret(value, value)


def ipv6(random: Random) -> Secret:
    groups = [f"{random.randint(0x1000, 0xFFFF):x}" for _ in range(8)]
    value = random.choice([":".join(groups), f"{':'.join(groups[:3])}::{groups[-1]}"])
    return Secret(value, ":".join(groups[:3]))


def card(random: Random) -> Secret:
    digits = random.choice("3456") + word(random, 14, "0123456789")
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    digits += str(-total % 10)
    between = random.choice(["", " ", "-"])
    return Secret(between.join(digits[i : i + 4] for i in range(0, 16, 4)), digits)


def token(random: Random) -> Secret:
    body = word(random, 30, ALPHANUMERIC)
    made = [
        f"AKIA{body[:16].upper()}",
        f"ghp_{body}",
        f"xoxb-{body}",
        f"eyJhbGciOi{body[:8]}.{body[8:20]}.{body[20:]}",
        f"Bearer {body}",
        f"https://svc:{body}@db.example.com/x",
    ]
    value = random.choice(made)
    return Secret(value, body[:16].upper() if value.startswith("AKIA") else body[:8])


def recognisable(random: Random) -> Secret:
    """Return a secret that a declared pattern matches."""
    return random.choice([email, ipv4, ipv6, card, token])(random)


def opaque(random: Random) -> Secret:
    """Return an id or a secret that looks like any other word or number: only its key tells."""
    value = random.choice([word(random, 12), word(random, 12, "123456789"), word(random, 24, ALPHANUMERIC)])
    return Secret(value, value)


def encoded(random: Random, text: str) -> str:
    """Return the text as it is, or as URLs and forms write it, once or twice."""
    forms: list[Callable[[str], str]] = [str, str, full_quote, once, quote_plus, twice]
    return random.choice(forms)(text)


def once(text: str) -> str:
    return quote(text, safe="")


def full_quote(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def twice(text: str) -> str:
    return once(once(text))


def sentence(random: Random) -> tuple[str, Secret]:
    """Return free text, a URL, a stack trace, or JSON inside text, with one secret in it."""
    if random.random() < 0.5:
        secret = recognisable(random)
        inside = encoded(random, secret.value)
    else:
        secret = opaque(random)
        inside = assigned(random, secret.value)
    forms = [
        f"could not reach {inside} in time",
        f"java.io.IOException: refused ({inside}){FRAMES}",
        f'Traceback (most recent call last):\n  File "a.py", line 3, in pay\nValueError: {inside}',
        f"GET /v1/items?page=2&{inside} HTTP/1.1",
        f"{inside}",
        f"'{inside}'",
    ]
    return random.choice(forms), secret


def assigned(random: Random, value: str) -> str:
    """Return a value beside its key, as it is written in text; sometimes with what could be taken for its end."""
    key = random.choice(KEYS + ID_KEYS)
    tail = random.choice(["", "", "," + value[:3], ";x"])
    forms = [
        f"{key}={value}{tail}",
        f"{key}: {value}{tail}",
        f"{key} = '{value} {value}'",
        json.dumps({key: value, "page": 2}),
        json.dumps(json.dumps({key: [value, {"x": value}]})),
        json.dumps({key: {"a": value}}),
        quote(f"{key}={value}", safe=""),
        f"{key}={quote(value + '&x', safe='')}",
    ]
    return random.choice(forms)


def poisoned(random: Random, plain: list[str], texts: list[str]) -> tuple[dict[str, Any], list[Secret]]:
    """Return fields for a line with secrets everywhere: under forbidden, unknown and listed names, at any depth.

    Args:
        random: where the choices come from.
        plain: dotted names of listed strings: what a pattern knows may stand there.
        texts: dotted names of listed free text.
    """
    secrets: list[Secret] = []
    fields: dict[str, Any] = {}
    for name in random.sample(plain, min(len(plain), 3)):
        secret = recognisable(random)
        secrets.append(secret)
        put(fields, name, encoded(random, secret.value))
    for name in texts:
        text, secret = sentence(random)
        secrets.append(secret)
        put(fields, name, text)
    for _ in range(random.randint(1, 3)):
        fields.setdefault(word(random, 6), nested(random, secrets, random.randint(0, 12)))
    for key in random.sample(KEYS + ID_KEYS, 3):
        secrets.append(opaque(random))
        fields.setdefault(key, secrets[-1].value)
    return fields, secrets


def nested(random: Random, secrets: list[Secret], depth: int) -> Any:
    secret = random.choice([recognisable, opaque])(random)
    secrets.append(secret)
    if depth == 0:
        return secret.value
    inside = nested(random, secrets, depth - 1)
    key = random.choice([*KEYS, *ID_KEYS, "metrics", "context", secret.value])
    return random.choice([{key: inside, "level": secret.value}, [secret.value, inside]])


def put(fields: dict[str, Any], dotted: str, value: Any) -> None:
    *parents, name = dotted.split(".")
    for parent in parents:
        fields = fields.setdefault(parent, {})
    fields[name] = value


def leaks(text: str, secrets: list[Secret]) -> list[Secret]:
    """Return the secrets whose core is in the text, plainly, encoded, or with other characters between digits."""
    views = [text]
    for _ in range(3):
        views.append(unquote(views[-1]))
    views.append(unquote_plus(views[-1]))
    views.append(re.sub(r"(?<=\d)[ +-](?=\d)", "", views[-1]))
    return [secret for secret in secrets if any(secret.core in view for view in views)]
