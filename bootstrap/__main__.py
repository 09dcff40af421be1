"""`make bootstrap`: makes the state bucket and the secrets key, once an account; a second run changes nothing."""

from __future__ import annotations

import argparse
import sys

import boto3

from bootstrap.account import Account
from bootstrap.steps import Place, bootstrap
from compiler.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 with one line on standard error when it cannot."""
    options = _options(arguments)
    place = Place(options.region, options.replica_region)
    try:
        done = bootstrap(Account(boto3.Session()), place)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    lines = done.changes or ["nothing to change"]
    commands = [
        f"pulumi login 's3://{done.bucket}?region={place.region}&awssdk=v2'",
        f"pulumi stack init prod-base --secrets-provider='awskms://{done.alias}?region={place.region}'",
    ]
    sys.stdout.write("\n".join([*lines, "", "Next:", *(f"  {command}" for command in commands), ""]))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bootstrap", description=__doc__)
    parser.add_argument("--region", default="us-east-1", help="where the state lives (default: %(default)s)")
    parser.add_argument("--replica-region", default="us-west-2", help="where its copy lives (default: %(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
