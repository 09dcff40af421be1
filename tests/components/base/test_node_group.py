"""Nodes: encrypted disks, credentials out of pods' reach, replaced without a gap."""

from __future__ import annotations

import pytest

from components.base.node_group import NodeGroup, NodeGroupArgs
from tests.components.isolated import TAGS, Deployed, before, comes_after, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    def program() -> None:
        args = NodeGroupArgs("obs-prod", "obs-prod", ["subnet-a", "subnet-b"], KEY, "m6i.large", 3, [before()], TAGS)
        NodeGroup("platform", args, in_aws())

    return deploy(program)


def test_disks_are_encrypted_with_the_stacks_key(deployed: Deployed) -> None:
    (disk,) = deployed.one("LaunchTemplate").inputs["blockDeviceMappings"]
    assert (disk["ebs"]["volumeType"], disk["ebs"]["encrypted"], disk["ebs"]["kmsKeyId"]) == ("gp3", "true", KEY)


def test_pods_do_not_reach_the_machines_credentials(deployed: Deployed) -> None:
    options = deployed.one("LaunchTemplate").inputs["metadataOptions"]
    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


def test_machines_and_disks_carry_the_tags(deployed: Deployed) -> None:
    tagged = {each["resourceType"]: each["tags"] for each in deployed.one("LaunchTemplate").inputs["tagSpecifications"]}
    assert {"instance", "volume"} <= set(tagged)
    assert all(tags.items() >= TAGS.to_dict().items() for tags in tagged.values())


def test_as_many_as_asked_for_stay_and_as_many_again_may_come(deployed: Deployed) -> None:
    inputs = deployed.one("NodeGroup").inputs
    assert inputs["scalingConfig"] == {"desiredSize": 3, "minSize": 3, "maxSize": 6}
    assert (inputs["instanceTypes"], inputs["subnetIds"]) == (["m6i.large"], ["subnet-a", "subnet-b"])
    assert inputs["launchTemplate"] == {"id": "platform-id", "version": "1"}


def test_a_new_group_can_stand_beside_the_one_that_it_replaces(deployed: Deployed) -> None:
    inputs = deployed.one("NodeGroup").inputs
    assert ("nodeGroupName" in inputs, inputs["nodeGroupNamePrefix"]) == (False, "obs-prod-")


def test_machines_wait_for_what_they_join_with(deployed: Deployed) -> None:
    assert comes_after(deployed.one("NodeGroup"))


def test_the_machines_role_cannot_change_the_network(deployed: Deployed) -> None:
    attached = {each.inputs["policyArn"].rpartition("/")[2] for each in deployed.of("RolePolicyAttachment")}
    assert attached == {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"}
