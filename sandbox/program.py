"""Run the project's `__main__.py`, unmodified, on the SDK's own runtime in this process."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import importlib
import os
import runpy
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi import RunError
from pulumi.runtime import settings, stack
from pulumi.runtime.config import set_all_config

from compiler.errors import UserError
from sandbox.monitor import EngineLog, Monitor
from sandbox.project import Config, Project
from sandbox.values import Value

_PURE = "compiler"
_HERE = Path(__file__).resolve().parent


class ProgramError(UserError):
    """The program raised an error that is no user error: the message has the last line, `trace` the rest."""

    def __init__(self, message: str, trace: str) -> None:
        super().__init__(message)
        self.trace = trace


def run_program(project: Project, config: Config, monitor: Monitor, log: EngineLog) -> None:
    """Run the program once against a monitor; the monitor and its engine hold the results.

    Raises:
        UserError: the program, the engine or a target refused something.
        ProgramError: the program broke.
    """
    context = contextvars.copy_context()
    with _at_home(project.folder), warnings.catch_warnings():
        # As in a process of its own: the libraries' deprecations are not the program's.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.run(_run, project, config, monitor, log)


def _run(project: Project, config: Config, monitor: Monitor, log: EngineLog) -> None:
    run = monitor.engine.run
    settings.configure(
        settings.Settings(
            project=run.project,
            stack=run.stack,
            monitor=monitor,
            engine=log,
            dry_run=run.dry_run,
            organization="organization",
            root_directory=str(project.folder),
        )
    )
    settings.ROOT.set(None)
    set_all_config(config.values, list(config.secret_keys))
    main = project.folder / "__main__.py"
    if not main.exists():
        raise UserError(f"{main}: no such file; a Pulumi Python program has one")
    loop = asyncio.new_event_loop()
    # A failed registration fails every future that hangs on it: one error is reported, the echoes are not.
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    failed = True
    try:
        loop.run_until_complete(stack.run_in_stack(lambda: _execute(main)))
        failed = bool(monitor.failure)
    except (Exception, SystemExit) as error:
        raise _explained(error, monitor, log) from error
    finally:
        _close(loop, failed=failed)
    if monitor.failure:
        raise monitor.failure


async def _execute(main: Path) -> None:
    """Run the program and wait until all its tasks have ended, or one has failed.

    The SDK waits too, but looks at every open task each time one ends, which took a third of the time of 400 resources.
    What this leaves, and whatever failed, is found by the SDK's wait as ever.
    """
    runpy.run_path(str(main), run_name="__main__")
    this = asyncio.current_task()
    while begun := [task for task in asyncio.all_tasks() if task is not this]:
        ended, _ = await asyncio.wait(begun, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in ended):
            return


def _close(loop: asyncio.AbstractEventLoop, *, failed: bool) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    with warnings.catch_warnings():
        # After a failure the SDK leaves coroutines behind that nothing awaits.
        warnings.simplefilter("ignore", RuntimeWarning)
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        if failed:
            gc.collect()
    asyncio.set_event_loop(None)
    loop.close()


def _explained(error: BaseException, monitor: Monitor, log: EngineLog) -> UserError:
    if monitor.failure:
        return monitor.failure
    chain: list[BaseException] = []
    while error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__ or error
    for each in chain:
        if isinstance(each, UserError):
            return each
        if isinstance(each, RunError):
            return UserError(str(each) or "; ".join(log.errors))
    first = chain[0]
    last = traceback.extract_tb(first.__traceback__)[-1] if first.__traceback__ else None
    where = f" at {Path(last.filename).name}:{last.lineno}" if last else ""
    text = " ".join(str(first).split())[:300]
    trace = "".join(traceback.format_exception(first))
    return ProgramError(f"the program raised {type(first).__name__}{where}: {text}", trace)


def ask(project: Project, function: str, *arguments: Value) -> Value:
    """Call a function of the project's `stacks/report.py`; None when the project has no such file."""
    if not (project.folder / "stacks" / "report.py").is_file():
        return None
    with _at_home(project.folder):
        return getattr(importlib.import_module("stacks.report"), function)(*arguments)


@contextmanager
def _at_home(folder: Path) -> Iterator[None]:
    """Run within the project's folder and forget its modules afterwards: the real engine starts a new process.

    The compiler's stay: it may not import Pulumi, so that nothing of a run is left in them, and they take long to make.
    """
    before_modules, before_path, before_folder = set(sys.modules), list(sys.path), Path.cwd()
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before_folder)
        sys.path[:] = before_path
        for name in set(sys.modules) - before_modules:
            if _belongs(sys.modules[name], folder) and name.partition(".")[0] != _PURE:
                del sys.modules[name]


def _belongs(module: Value, folder: Path) -> bool:
    file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", [])), "/")
    path = Path(file)
    return path.is_relative_to(folder) and "site-packages" not in path.parts and not path.is_relative_to(_HERE)
