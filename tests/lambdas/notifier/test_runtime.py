"""The Lambda handler, with boto3 against moto's Secrets Manager and Lambda."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from compiler.routing.notifier import table
from lambdas.notifier import handler
from lambdas.notifier.model import NotifierError
from tests.frozen import routing
from tests.lambdas.notifier.messages import REGION, alarm, event
from tests.lambdas.notifier.rig import Rig
from tests.targets import target_for


@pytest.fixture
def deployed(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Yield the module as in the archive, with its table and the stored secrets."""
    target = replace(target_for(), pagerduty_url=rig.table.pagerduty_url)
    file = tmp_path / "routing.json"
    file.write_text(json.dumps(table(routing(), target)), encoding="utf-8")
    monkeypatch.setattr(handler, "FILE", file)
    environment = {"AWS_ACCESS_KEY_ID": "dummy", "AWS_SECRET_ACCESS_KEY": "dummy", "AWS_DEFAULT_REGION": REGION}
    for name, value in {**environment, "AWS_LAMBDA_FUNCTION_NAME": "observability-prod-notifier"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        store = boto3.client("secretsmanager")
        for name, secret in rig.secrets.items():
            store.create_secret(Name=name, SecretString=f"{secret}\n")
        handler._notifier.cache_clear()
        yield rig
        handler._notifier.cache_clear()


def test_it_reads_its_table_and_the_secrets_by_their_names(deployed: Rig) -> None:
    handler.handle(event(alarm()), None)
    assert deployed.where() == ["key-of-pagerduty-call", "/slack/slack-incidents"]


def test_it_hands_over_to_itself_by_name(deployed: Rig) -> None:
    """moto has no such function: the error tells that the call was well-formed and whom it was for."""
    boto3.client("secretsmanager").put_secret_value(
        SecretId="observability/prod/slack-incidents-url", SecretString="http://127.0.0.1:9/nobody"
    )
    with pytest.raises(NotifierError, match=r"not handed over, ResourceNotFound\w*: slack-incidents"):
        handler.handle(event(alarm()), None)
    assert deployed.where() == ["key-of-pagerduty-call"]
