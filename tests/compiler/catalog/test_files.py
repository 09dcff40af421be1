"""A kind of catalog file as a folder: read as one file, with each mistake where it stands."""

import pytest

from compiler.catalog.files import Joined
from compiler.catalog.yaml_source import parse
from tests.catalog_copy import CatalogCopy

ALERTS = "shop/alerts"
FIRST, SECOND = f"{ALERTS}/first.yaml", f"{ALERTS}/second.yaml"
TOPICS = "billing/alarms"


@pytest.fixture
def split(copy: CatalogCopy) -> CatalogCopy:
    """Split the alerts of one workload into two files of a copy: two alerts in the first, all others in the second."""
    entries = copy.text(f"{ALERTS}.yaml").partition("alerts:\n")[2]
    before = "  - name:".join(entries.split("  - name:")[:3])
    copy.path(f"{ALERTS}.yaml").unlink()
    copy.write(FIRST, f"alerts:\n{before}")
    copy.write(SECOND, f"alerts:\n{entries.removeprefix(before)}")
    return copy


def test_a_folder_is_read_as_one_file(split: CatalogCopy) -> None:
    whole = Joined((parse(split.text(FIRST), FIRST), parse(split.text(SECOND), SECOND))).data["alerts"]
    assert isinstance(whole, list)
    (watched,) = [each for each in split.load() if each.name == "shop"]
    assert [alert.name for alert in watched.alerts] == [each["name"] for each in whole]
    assert len(whole) > 3


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (FIRST, "unit: ratio", "unitt: ratio", "HighErrorRate.unitt: unknown key"),
        (SECOND, "service: streaming", "service: dreaming", "service: unknown service 'dreaming'"),
        (SECOND, "runbook: ", "runbook: no-", "runbook: no runbook: expected the page"),
        (FIRST, "summary: ", "summary: [", "expected YAML, found an error"),
    ],
)
def test_a_mistake_is_told_in_the_file_that_has_it(
    split: CatalogCopy, file: str, old: str, new: str, message: str
) -> None:
    place = split.replace(file, old, new)
    wrong = split.mistakes()
    name = place.rpartition(":")[0] if "YAML" in message else place
    assert any(line.startswith(f"{name}:") and message in line for line in wrong), wrong


def test_an_entry_has_the_number_that_it_has_in_its_file(split: CatalogCopy) -> None:
    name = split.text(FIRST).partition("- name: ")[2].partition("\n")[0]
    at = split.replace(SECOND, "- name: ", f"- name: {name} # ")
    assert f"{at}: {name}.name: '{name}' is declared twice: names are unique" in split.mistakes()


def test_a_file_beside_its_folder_is_refused(split: CatalogCopy) -> None:
    split.write(f"{ALERTS}.yaml", "alerts: []")
    assert split.mistakes() == [
        f"catalog/{ALERTS}.yaml: expected this file or the folder alerts/, found both: move it there"
    ]


def test_a_folder_holds_files_of_its_kind_only(split: CatalogCopy) -> None:
    split.write(f"{ALERTS}/notes.txt", "a note")
    split.write(f"{ALERTS}/slos.yaml", "slos: []")
    split.path(f"{ALERTS}/more.yaml").mkdir()
    reported = "\n".join(split.mistakes())
    assert f"catalog/{ALERTS}/notes.txt: unknown file: expected only names that end with .yaml" in reported
    assert f"catalog/{ALERTS}/slos.yaml:1: slos: unknown key" in reported
    assert f"catalog/{ALERTS}/more.yaml: cannot be read: [Errno 21] Is a directory" in reported


def test_an_empty_folder_is_refused(copy: CatalogCopy) -> None:
    copy.path("warehouse/slos").mkdir()
    assert copy.mistakes() == ["catalog/warehouse/slos/: expected a file at least, found none"]


@pytest.mark.parametrize("name", ["workload", "alert", "notes"])
def test_another_folder_is_refused(copy: CatalogCopy, name: str) -> None:
    copy.path(f"shop/{name}").mkdir()
    (line,) = copy.mistakes()
    assert line.startswith(f"catalog/shop/{name}: unknown file: expected one of workload.yaml")


def test_mappings_of_several_files_come_together_and_repeat_no_key(copy: CatalogCopy) -> None:
    before = [each.alarms for each in copy.load() if each.name == "billing"]
    text = copy.text(f"{TOPICS}.yaml")
    copy.path(f"{TOPICS}.yaml").unlink()
    copy.write(f"{TOPICS}/all.yaml", text)
    copy.write(f"{TOPICS}/more.yaml", "topics: {night_team: Who is awake}\nalarms: []\n")
    (after,) = [each.alarms for each in copy.load() if each.name == "billing"]
    assert after.topics == {**before[0].topics, "night_team": "Who is awake"}
    assert after.alarms == before[0].alarms
    copy.write(f"{TOPICS}/more.yaml", "alarms: []\ntopics:\n  pagerduty: Another\n")
    at = f"catalog/{TOPICS}/more.yaml:3: topics.pagerduty"
    assert copy.mistakes() == [f"{at}: 'pagerduty' stands in catalog/{TOPICS}/all.yaml too: keep one"]


def test_places_in_several_files() -> None:
    texts = {"a.yaml": "list: [1, 2]\nwords: {x: 1}", "b.yaml": "# nothing", "c.yaml": "list:\n  - 3\nwords: {y: 2}"}
    joined = Joined(tuple(parse(text, name) for name, text in texts.items()))
    assert joined.data == {"list": [1, 2, 3], "words": {"x": 1, "y": 2}}
    assert joined.place(("list", 1)) == "a.yaml:1: list.1"
    assert joined.place(("list", 2)) == "c.yaml:2: list.0"
    assert joined.place(("words", "y")) == "c.yaml:3: words.y"
    assert joined.place(("list",)) == "a.yaml:1: list"
    assert joined.place(()) == "a.yaml:1: the file"
