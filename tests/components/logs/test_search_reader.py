"""A role for people of the account, with rights on the domain and nothing else."""

from __future__ import annotations

import json

from components.logs.search_reader import SearchReader, SearchReaderArgs
from tests.components.isolated import ACCOUNT, TAGS, deploy, in_aws


def test_identities_of_the_account_take_it_on_to_ask_the_domain() -> None:
    deployed = deploy(lambda: SearchReader("log-reader", SearchReaderArgs("log-reader", ACCOUNT, "D", TAGS), in_aws()))
    role = deployed.one("Role").inputs
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    (asking,) = json.loads(deployed.one("RolePolicy").inputs["policy"])["Statement"]
    assert asking["Resource"] == "D/*"
    assert not any("*" in action for action in asking["Action"])
    assert role["tags"] == TAGS.to_dict()
