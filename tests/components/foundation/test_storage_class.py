"""Volumes are encrypted with the stack's key and carry its tags."""

from __future__ import annotations

from components.foundation.storage_class import StorageClass, StorageClassArgs
from tests.components.isolated import TAGS, deploy, in_cluster

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


def test_the_default_is_encrypted_gp3_that_grows_and_starts_where_its_pod_is() -> None:
    inputs = (
        deploy(lambda: StorageClass("default", StorageClassArgs("gp3", KEY, TAGS), in_cluster()))
        .one("StorageClass")
        .inputs
    )
    assert inputs["metadata"]["name"] == "gp3"
    assert inputs["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert (inputs["provisioner"], inputs["volumeBindingMode"]) == ("ebs.csi.aws.com", "WaitForFirstConsumer")
    assert inputs["allowVolumeExpansion"] is True
    wanted = {"type": "gp3", "encrypted": "true", "kmsKeyId": KEY}
    assert inputs["parameters"].items() >= wanted.items()


def test_volumes_carry_every_tag_once() -> None:
    inputs = (
        deploy(lambda: StorageClass("default", StorageClassArgs("gp3", KEY, TAGS), in_cluster()))
        .one("StorageClass")
        .inputs
    )
    specified = [value for key, value in inputs["parameters"].items() if key.startswith("tagSpecification_")]
    assert dict(each.split("=", 1) for each in specified) == TAGS.to_dict()
