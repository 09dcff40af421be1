"""Facts are written in one readable form; YAML is read wherever it lies."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from tools.facts import FACTS, WIDTH, FactsError, manifests, to_text

OBJECT = "kind: Service\nmetadata: {name: a}\n"


def test_what_fits_is_on_one_line_and_the_rest_an_entry_a_line() -> None:
    long = ["x" * 50, "y" * 50, "z" * 50]
    text = to_text({"b": {"c": 1, "a": []}, "a": long, "é": None})
    assert text.splitlines() == [
        "{",
        ' "a": [',
        *(f'  "{each}"{"," if each != long[-1] else ""}' for each in long),
        " ],",
        ' "b": {"a": [], "c": 1},',
        ' "é": null',
        "}",
    ]
    assert json.loads(text) == {"a": long, "b": {"c": 1, "a": []}, "é": None}


def test_every_fact_is_in_that_form() -> None:
    files = sorted(FACTS.rglob("*.json"))
    assert len(files) > 40
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert text == to_text(json.loads(text)), path
        assert max(map(len, text.splitlines())) < 4 * WIDTH or "rule" in text or "pattern" in text, path


def test_objects_are_read_from_a_file_a_folder_and_an_archive(tmp_path: Path) -> None:
    file, archive = tmp_path / "chart" / "crds" / "a.yaml", tmp_path / "chart.tgz"
    file.parent.mkdir(parents=True)
    file.write_text(f"{OBJECT}---\n---\n{OBJECT}", encoding="utf-8")
    (tmp_path / "chart" / "template.yaml").write_text("{{- if .Values.a }}\nkind: {{ .Values.b }}\n{{- end }}\n")
    (tmp_path / "chart" / "values.yaml").write_text("a: 1\n")
    with tarfile.open(archive, "w:gz") as packed:
        content = OBJECT.encode()
        member = tarfile.TarInfo("chart/crds/a.yaml")
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    counts = {source: len([*manifests(source)]) for source in (file, tmp_path / "chart", archive)}
    assert counts == {file: 2, tmp_path / "chart": 2, archive: 1}


def test_what_is_not_there_or_no_yaml_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"none: expected a YAML file, a folder or a \.tgz archive, found nothing"):
        [*manifests(tmp_path / "none")]
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(FactsError, match=r"bad\.yaml: expected YAML, found: [^\n]+$"):
        [*manifests(tmp_path / "bad.yaml")]
