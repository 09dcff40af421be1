"""The page on logs lists every reason and argument of the job, and no other."""

import re
from pathlib import Path

from tests.e2e.log_source import BAD

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
JOB = ROOT / "pipelines/log-job/src/main/java/observability/logs"


def test_every_reason_is_explained_and_tried_end_to_end() -> None:
    code = set(re.findall(r'^    [A-Z_0-9]+\("([a-z0-9-]+)"\)', (JOB / "core/Reason.java").read_text(), re.MULTILINE))
    assert len(code) == 12
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE, re.MULTILINE)) == code
    assert set(BAD) == code


ARGUMENTS = (JOB / "job/Arguments.java").read_text(encoding="utf-8")


def test_the_deployment_gives_arguments_that_the_job_reads_and_all_that_it_needs() -> None:
    component = (ROOT / "components" / "logs" / "job.py").read_text(encoding="utf-8")
    given = set(re.findall(r'"--([a-z-]+)": ', component))
    assert given <= set(re.findall(r'(?:needed\(found, |found\.remove\()"([a-z-]+)"', ARGUMENTS))
    assert given >= set(re.findall(r'needed\(found, "([a-z-]+)"', ARGUMENTS))


def test_every_argument_is_told() -> None:
    read = set(re.findall(r'(?:needed\(found, |found\.remove\()"([a-z-]+)"', ARGUMENTS))
    section = PAGE.partition("The job's arguments:")[2]
    assert set(re.findall(r"`--([a-z-]+)`", section)) == read
