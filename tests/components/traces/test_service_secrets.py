"""The same secret in each namespace, marked as one."""

from __future__ import annotations

import pulumi

from components.traces.service_secrets import ServiceSecrets, ServiceSecretsArgs
from sandbox.values import Secret, reveal
from tests.components.isolated import Deployed, deploy, in_cluster


def _deployed(*namespaces: str) -> Deployed:
    def program() -> None:
        values = {"sentry-dsn": pulumi.Output.secret("https://key@sentry.example.com/1")}
        ServiceSecrets("instrumentation", ServiceSecretsArgs(namespaces, values), in_cluster())

    return deploy(program)


def test_each_namespace_gets_it_under_one_name() -> None:
    made = _deployed("shop", "search").of("Secret")
    assert {(each.inputs["metadata"]["namespace"], each.inputs["metadata"]["name"]) for each in made} == {
        ("shop", "instrumentation"),
        ("search", "instrumentation"),
    }
    for each in made:
        assert isinstance(each.inputs["stringData"], Secret) or isinstance(
            each.inputs["stringData"]["sentry-dsn"], Secret
        )
        assert reveal(each.inputs["stringData"]) == {"sentry-dsn": "https://key@sentry.example.com/1"}


def test_where_there_are_none_there_is_no_secret() -> None:
    assert _deployed().of("Secret") == []
