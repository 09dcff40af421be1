"""The commands that a runbook asks one to type: shell blocks parse, and AWS has the operations with these options."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import version

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

from compiler.site.check import blocks
from tests.check.proofs import Proof, key_of

COMMANDS_OF_THE_CLI = {("s3", "ls"), ("logs", "tail"), ("lambda", "wait")}
"""Commands that the AWS CLI makes itself: no operation of an API has their names."""
FLAGS_OF_THE_CLI = {"query", "output", "max-items"}


def command_proofs(pages: Mapping[str, str]) -> Iterator[Proof]:
    """Yield the proof of each page's commands, by bash and by botocore's models of the services.

    Args:
        pages: the Markdown of each page, by `workload/page`.
    """
    models = version("botocore")
    for name, source in pages.items():
        yield Proof(key_of("commands", models, name, source), partial(_findings, name, source))


def _findings(name: str, source: str) -> list[str]:
    return [*command_findings(name, source)]


def command_findings(name: str, source: str) -> Iterator[str]:
    """Yield a line for each shell block of a page that does not parse, and each AWS command that does not exist."""
    for line, code in blocks(source, "sh"):
        place = f"docs/runbooks/{name}.md:{line}"
        done = subprocess.run(["bash", "-n"], input=code, text=True, capture_output=True, check=False, timeout=60)
        if done.returncode:
            yield f"{place}: expected a block that bash can parse: {' '.join(done.stderr.split())}"
        for service, operation, flags in aws_commands(code):
            yield from (f"{place}: aws {service} {operation}: {wrong}" for wrong in _wrong(service, operation, flags))


def aws_commands(code: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield service, operation and options of every AWS command in a block."""
    for line in code.replace("\\\n", " ").splitlines():
        for part in re.split(r"(?=\baws [a-z])", line)[1:]:
            words = [*part.split(), "", ""]
            yield words[1], words[2], re.findall(r" --([a-z0-9-]+)", part)


def _wrong(service: str, operation: str, flags: list[str]) -> Iterator[str]:
    """Yield what no API knows of a command."""
    if (service, operation) in COMMANDS_OF_THE_CLI:
        return
    try:
        model = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        yield "expected a service of AWS, found another name"
        return
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in operations:
        yield "expected an operation of the service, found another name"
        return
    shape = model.operation_model(operations[operation]).input_shape
    members = {xform_name(member, "-") for member in shape.members} if shape else set()
    for flag in sorted(set(flags) - members - FLAGS_OF_THE_CLI):
        yield f"expected one of the options {', '.join(sorted(members))}, found --{flag}"
