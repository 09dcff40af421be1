"""Secrets of the stack's config are stored under the platform's key, and deleted with the stack."""

from __future__ import annotations

import pulumi
import pytest

from components.cloud.stored_secrets import StoredSecrets, StoredSecretsArgs
from sandbox.values import Secret
from tests.components.isolated import TAGS, Deployed, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
NAME = "observability/prod/config/slack-alerts-url"


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    def program() -> None:
        # The component itself keeps a value secret, whatever it is handed.
        values = {NAME: pulumi.Output.from_input("https://hooks.example.com/1")}
        StoredSecrets("receivers", StoredSecretsArgs(values, KEY, TAGS), in_aws())

    return deploy(program)


def test_a_secret_is_encrypted_by_our_key_and_its_name_free_at_once(deployed: Deployed) -> None:
    inputs = deployed.one("Secret").inputs
    assert (inputs["name"], inputs["kmsKeyId"], inputs["recoveryWindowInDays"]) == (NAME, KEY, 0)
    assert inputs["tags"] == TAGS.to_dict()


def test_its_value_is_secret_in_state_and_nowhere_else(deployed: Deployed) -> None:
    version = deployed.one("SecretVersion")
    assert version.inputs["secretString"] == Secret("https://hooks.example.com/1")
    assert "hooks.example.com" not in str([each.inputs for each in deployed.resources if each.urn != version.urn])
    assert "hooks.example.com" not in str(deployed.outputs)


def test_its_arn_is_handed_out_when_there_is_something_to_read(deployed: Deployed) -> None:
    assert deployed.outputs_of("StoredSecrets") == {"arns": {NAME: "the ARN of its secret"}}
