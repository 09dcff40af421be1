"""Load the catalog: read every file, report every mistake at once, each with its place."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from os import fsencode
from pathlib import Path
from reprlib import Repr
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from compiler.catalog.catalog import SHARED_FILES, WORKLOAD_FILES, Catalog, Watched
from compiler.catalog.files import Joined, Placed
from compiler.catalog.yaml_source import Source, read
from compiler.check import findings
from compiler.errors import UserError
from compiler.model.account import Account
from compiler.model.alerts import AlertsFile, BurnRates, SlosFile
from compiler.model.base import Entry
from compiler.model.cloud import AlarmsFile
from compiler.model.criteria import Criteria
from compiler.model.dashboards import DashboardsFile
from compiler.model.logs import LogSchema, LogsFile
from compiler.model.metrics import MetricsFile
from compiler.model.platform import Probes, Retention, Routing
from compiler.model.prices import Prices
from compiler.model.recordings import RecordingsFile
from compiler.model.traces import TracesFile
from compiler.model.workload import Workload
from compiler.nearest import keys_at, meant
from compiler.without_gc import uncollected

EntryT = TypeVar("EntryT", bound=Entry)
_REMEMBERED = 2
"""Catalogs whose last content is kept loaded; a run works on one."""
_SHOWN = 80
_WORD = re.compile(r"'([^']*)'")
_REPR = Repr()
_REPR.maxlevel, _REPR.maxstring = 3, _SHOWN


def load_catalog(folder: Path) -> Catalog:
    """Load and validate the catalog; return the same one while its files stay as they are.

    A preview asks for it three times: for the base, for the stack and for what they cost. The catalog is frozen, so all
    may share it.

    Args:
        folder: the catalog's folder; each folder below it is a workload.

    Raises:
        UserError: with one line for each mistake, sorted by file.
    """
    here = folder.resolve()
    return load_once(here, _content(here))


def _content(folder: Path) -> str:
    """Return a digest of what the catalog is made of: every name below its folder, every file, every runbook."""
    digest = blake2b()
    for path in [*sorted(folder.rglob("*")), *_pages(folder)]:
        digest.update(fsencode(path) + b"\0")
        digest.update(_digest_of(path))
    return digest.hexdigest()


def _digest_of(path: Path) -> bytes:
    try:
        return blake2b(path.read_bytes()).digest()
    except OSError:
        return b""  # a folder, or what the reader will refuse in its own words


@lru_cache(maxsize=_REMEMBERED)
@uncollected()
def load_once(folder: Path, _content: str) -> Catalog:
    """Load and validate the catalog that a folder holds with that content; a refusal is not remembered."""
    problems: list[str] = []
    workloads = [_load_workload(path, problems) for path in _workload_folders(folder)]
    known = [f"{name}.yaml" for name in SHARED_FILES]
    strays = sorted(path.name for path in folder.glob("*.y*ml") if path.name not in known)
    problems.extend(f"catalog/{name}: {_stray(name, known)}" for name in strays)
    shared = {name: _load(folder / f"{name}.yaml", "catalog", SHARED_FILES[name], problems) for name in SHARED_FILES}
    if problems:
        raise _refusal(problems)
    catalog = Catalog(
        tuple(watched for watched in workloads if watched is not None),
        _file(shared, "routing", Routing),
        _file(shared, "retention", Retention),
        _file(shared, "burn-rates", BurnRates),
        _file(shared, "probes", Probes),
        _file(shared, "log-schema", LogSchema),
        _file(shared, "prices", Prices),
        _file(shared, "account", Account),
        _file(shared, "criteria", Criteria),
        _runbooks(folder),
    )
    wrong = findings(catalog)
    if wrong:
        raise _refusal(wrong)
    return catalog


def _stray(name: str, known: Sequence[str]) -> str:
    return f"unknown file: expected one of {', '.join(known)}{meant(name, known)}"


def _refusal(problems: Iterable[str]) -> UserError:
    """Return one error with a line for each problem; control characters in keys and values are escaped."""
    return UserError("\n".join(" ".join(problem.split()) for problem in problems))


def _workload_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UserError(f"{folder.name}/: expected the catalog's folder, found none: run this in the project's root")
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not folders:
        raise UserError(f"{folder.name}/: expected a folder for each watched workload, found none")
    return folders


def _runbooks(folder: Path) -> Mapping[str, str]:
    """Return the text of every runbook's page, by workload/page."""
    return {
        f"{page.parent.name}/{page.stem}": page.read_text(encoding="utf-8", errors="replace") for page in _pages(folder)
    }


def _pages(folder: Path) -> list[Path]:
    """Return the runbooks' pages, which are beside the catalog."""
    return sorted((folder.parent / "docs" / "runbooks").glob("*/*.md"))


def _load_workload(folder: Path, problems: list[str]) -> Watched | None:
    place = f"catalog/{folder.name}"
    before = len(problems)
    found = _kinds(folder, place, problems)
    loaded = {name: _load_kind(name, found[name], place, problems) for name in WORKLOAD_FILES if name in found}
    if len(problems) > before:
        return None
    workload = _file(loaded, "workload", Workload)
    sources = {name: pair[1] for name, pair in loaded.items() if pair is not None}
    if workload.name != folder.name:
        where = sources["workload"].place(("name",))
        problems.append(f"{where}: expected '{folder.name}', the folder's, found '{workload.name}'")
    slos = _file(loaded, "slos", SlosFile)
    return Watched(
        workload,
        _file(loaded, "metrics", MetricsFile),
        _file(loaded, "recordings", RecordingsFile, {"recordings": ()}).recordings,
        _file(loaded, "alerts", AlertsFile, {"alerts": ()}).alerts,
        slos.slos,
        slos.thresholds,
        _file(loaded, "dashboards", DashboardsFile),
        _file(loaded, "alarms", AlarmsFile, {"alarms": ()}),
        _file(loaded, "logs", LogsFile),
        _file(loaded, "traces", TracesFile),
        sources,
    )


def _kinds(folder: Path, place: str, problems: list[str]) -> dict[str, list[Path]]:
    """Return what a workload's folder has of each kind: a file, or a folder of files that are read as one."""
    known = [f"{name}.yaml" for name in WORKLOAD_FILES]
    found = dict[str, list[Path]]()
    for path in sorted(folder.iterdir()):
        kind = path.stem if path.name in known else path.name
        if kind not in WORKLOAD_FILES or (path.name == kind and (kind == "workload" or not path.is_dir())):
            problems.append(f"{place}/{path.name}: {_stray(path.name, known)}")
        else:
            found.setdefault(kind, []).append(path)
    found.setdefault("workload", [folder / "workload.yaml"])
    return found


def _file(
    loaded: Mapping[str, tuple[Entry, Placed] | None],
    name: str,
    model: type[EntryT],
    empty: Mapping[str, object] | None = None,
) -> EntryT:
    pair = loaded.get(name)
    if pair is not None and isinstance(pair[0], model):
        return pair[0]
    return model.model_validate(empty or {})


def _load_kind(kind: str, found: Sequence[Path], place: str, problems: list[str]) -> tuple[Entry, Placed] | None:
    model, (first, *more) = WORKLOAD_FILES[kind], found
    if more:
        problems.append(f"{place}/{kind}.yaml: expected this file or the folder {kind}/, found both: move it there")
        return None
    return _load_folder(first, place, model, problems) if first.name == kind else _load(first, place, model, problems)


def _load_folder(folder: Path, place: str, model: type[Entry], problems: list[str]) -> tuple[Entry, Placed] | None:
    inside, before = f"{place}/{folder.name}", len(problems)
    files = sorted(folder.iterdir())
    strays = [path.name for path in files if path.suffix != ".yaml"]
    problems.extend(f"{inside}/{name}: unknown file: expected only names that end with .yaml" for name in strays)
    if not files:
        problems.append(f"{inside}/: expected a file at least, found none")
    loaded = [_load(path, inside, model, problems) for path in files if path.suffix == ".yaml"]
    joined = Joined(tuple(pair[1] for pair in loaded if pair is not None))
    problems.extend(joined.repeated())
    return None if len(problems) > before else (model.model_validate(joined.data), joined)


def _load(path: Path, place: str, model: type[Entry], problems: list[str]) -> tuple[Entry, Source] | None:
    name = f"{place}/{path.name}"
    if not path.exists():
        problems.append(f"{name}: expected this file, found none")
        return None
    try:
        source = read(path, name)
        return model.model_validate(source.data if source.data is not None else {}), source
    except UserError as error:
        problems.append(str(error))
    except ValidationError as error:
        problems.extend(_explain(error, source, model))
    return None


def _explain(error: ValidationError, source: Source, model: type[Entry]) -> Iterable[str]:
    """Turn pydantic's errors into lines: file:line: path: what was expected, what was found."""
    problems = error.errors(include_url=False)
    places = [problem["loc"] for problem in problems]
    for problem in problems:
        path = problem["loc"]
        if any(place != path and place[: len(path)] == path for place in places):
            continue  # a list is "too short" only because of the mistake inside it
        if path and path[-1] == "literal['']":
            continue  # of what may be left empty, the other alternative says what is expected
        # "[key]" is pydantic's name for the key itself, and "function-after[...]" one for an alternative.
        yield f"{source.place([step for step in path if '[' not in str(step)])}: {_message(problem, model)}"


def _message(problem: ErrorDetails, model: type[Entry]) -> str:
    if problem["type"] == "extra_forbidden":
        return f"unknown key{meant(str(problem['loc'][-1]), keys_at(_schema(model), problem['loc']))}"
    if problem["type"] == "missing":
        return "expected this key, found none"
    if problem["type"] == "value_error":
        return problem["msg"].removeprefix("Value error, ")
    said = f"{problem['msg'].replace('Input should be', 'expected')}, found {_short(problem['input'])}"
    words = _WORD.findall(str(problem.get("ctx", {}).get("expected", "")))
    # Only what is text: aliases can make a few lines of YAML a value whose text is larger than memory.
    given = problem["input"] if isinstance(problem["input"], str) else ""
    return f"{said}{meant(given[:_SHOWN], words)}"


@cache
def _schema(model: type[Entry]) -> Mapping[str, object]:
    return model.model_json_schema(by_alias=True)


def _short(value: object) -> str:
    """Return the beginning of a value: a few aliases can make a few lines of YAML as large as memory."""
    text = _REPR.repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
