"""The AWS account of the credentials, and its errors in one line each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from compiler.errors import UserError

Answer = TypeVar("Answer")
Client: TypeAlias = Any
"""boto3 makes its clients' classes at run time: there is no type to name."""


class Account:
    """Clients of one account, and the changes made there."""

    def __init__(self, session: boto3.Session) -> None:
        self._session: Any = session
        self.changes: list[str] = []
        self.id = str(self.call(lambda: self.client("sts", "us-east-1").get_caller_identity()["Account"]))

    def client(self, service: str, region: str) -> Client:
        """Return the client of a service in a region."""
        return self._session.client(service, region_name=region)

    def call(self, request: Callable[[], Answer]) -> Answer:
        """Make a call.

        Raises:
            UserError: without credentials, or when AWS refuses; one line.
        """
        try:
            return request()
        except NoCredentialsError:
            raise UserError(
                "no AWS credentials: expected them in the environment or a profile, found none; "
                "run `aws configure` or set AWS_PROFILE, then try again"
            ) from None
        except (ClientError, BotoCoreError) as error:
            raise UserError(_line(error)) from error

    def found(self, read: Callable[[], Answer]) -> Answer | None:
        """Return the answer of a call, or None where AWS says that there is nothing.

        Raises:
            UserError: as `call` does, for every other refusal.
        """
        try:
            return read()
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if any(part in code for part in ("NotFound", "NoSuch", "404")):
                return None
            raise UserError(_line(error)) from error
        except BotoCoreError as error:
            raise UserError(_line(error)) from error

    def ensure(self, what: str, is_so: object, write: Callable[[], object]) -> None:
        """Write a property that differs from its value, and note the change."""
        if not is_so:
            self.call(write)
            self.changes.append(what)


def same_json(found: object, wanted: object) -> bool:
    """Return whether a policy document, as text or parsed, equals the expected one."""
    parsed = json.loads(found) if isinstance(found, str) else found
    return bool(parsed == wanted)


def _line(error: Exception) -> str:
    return f"AWS: {' '.join(str(error).split())}"
