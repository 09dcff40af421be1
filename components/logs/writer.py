"""The role of the job, with the rights to write hot and cold logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.parts.pod_role import PodRole, PodRoleArgs
from components.parts.tags import Tags

CHECKPOINTS = "flink"
"""Where in the archive the job keeps its checkpoints and savepoints."""


@dataclass(frozen=True)
class LogWriterArgs:
    """The job's account and its destinations.

    Attributes:
        name: the role's name; it carries the environment.
        cluster_name: the EKS cluster.
        namespace: the service account's namespace.
        service_account: the job's service account.
        domain_arn: the search domain.
        bucket: the archive's name.
        key_arn: the key that encrypts the archive.
        tags: the role's tags.
    """

    name: str
    cluster_name: pulumi.Input[str]
    namespace: pulumi.Input[str]
    service_account: str
    domain_arn: pulumi.Input[str]
    bucket: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    tags: Tags


class LogWriter(pulumi.ComponentResource):
    """The role and its association with the job's service account; pods that start after `association` have it."""

    arn: pulumi.Output[str]
    association: pulumi.Resource

    def __init__(self, name: str, args: LogWriterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:LogWriter", name, None, opts)
        role = PodRole(
            name,
            PodRoleArgs(
                name=args.name,
                cluster_name=args.cluster_name,
                namespace=args.namespace,
                service_account=args.service_account,
                statements=_statements(args),
                tags=args.tags,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.arn, self.association = role.arn, role.association
        self.register_outputs({"arn": self.arn})


def _statements(args: LogWriterArgs) -> Sequence[Mapping[str, object]]:
    """Return the rights of the job on the archive: until a checkpoint, files are multipart uploads to list or abort.

    Source: Apache Flink, "S3-specific FileSink". It can neither change nor delete files in the archive, apart from its
    own checkpoints.
    """
    archive = pulumi.Output.concat("arn:aws:s3:::", args.bucket)
    objects = [pulumi.Output.concat(archive, f"/{below}") for below in ("*/logs/*", f"{CHECKPOINTS}/*")]
    files = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    documents = pulumi.Output.concat(args.domain_arn, "/_bulk")
    return [
        {"Effect": "Allow", "Action": ["es:ESHttpPost"], "Resource": documents},
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"], "Resource": archive},
        {"Effect": "Allow", "Action": files, "Resource": objects},
        {"Effect": "Allow", "Action": ["s3:DeleteObject"], "Resource": objects[1:]},
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": args.key_arn},
    ]
