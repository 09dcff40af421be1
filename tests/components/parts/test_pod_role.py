"""A pod's role is for the pods of one service account."""

from __future__ import annotations

import json

from components.parts.pod_role import PodRole, PodRoleArgs
from tests.components.isolated import TAGS, deploy, in_aws

STATEMENT = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "arn:aws:sqs:us-east-1:1:queue"}


def test_one_service_account_takes_it_on() -> None:
    args = PodRoleArgs("obs-prod-reader", "obs-prod", "observability", "reader", [STATEMENT], TAGS)
    deployed = deploy(lambda: PodRole("reader", args, in_aws()))
    association, role = deployed.one("PodIdentityAssociation").inputs, deployed.one("Role").inputs
    assert (association["clusterName"], association["namespace"], association["serviceAccount"]) == (
        "obs-prod",
        "observability",
        "reader",
    )
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert json.loads(deployed.one("RolePolicy").inputs["policy"])["Statement"] == [STATEMENT]
    assert association["tags"] == role["tags"]
