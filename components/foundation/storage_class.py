"""The default StorageClass of a cluster."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.parts.tags import Tags


@dataclass(frozen=True)
class StorageClassArgs:
    """The class's name, the key that encrypts its volumes, and the tags that they carry in AWS."""

    name: str
    key_arn: pulumi.Input[str]
    tags: Tags


class StorageClass(pulumi.ComponentResource):
    """The default class: encrypted gp3 by the EBS CSI driver. EKS has had no default since Kubernetes 1.30."""

    name: pulumi.Output[str]

    def __init__(self, name: str, args: StorageClassArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:StorageClass", name, None, opts)
        # Source: EBS CSI driver, docs/parameters.md and docs/tagging.md.
        tags = {f"tagSpecification_{index}": f"{key}={value}" for index, (key, value) in enumerate(_pairs(args), 1)}
        created = k8s.storage.v1.StorageClass(
            name,
            metadata={"name": args.name, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": args.key_arn, **tags},
            # A volume lives in one zone: it is created where its pod is scheduled, not before.
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            reclaim_policy="Delete",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = created.metadata.name
        self.register_outputs({"name": self.name})


def _pairs(args: StorageClassArgs) -> list[tuple[str, str]]:
    return list(args.tags.to_dict().items())
