"""Deliver CloudWatch log groups to the archive, which has their longer tiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.log_group import log_group
from components.parts.service_role import ServiceRole, ServiceRoleArgs
from components.parts.tags import Tags

# Firehose's maximum of both: fewer, larger files are cheaper to keep and to search.
_BUFFER_MIB, _BUFFER_SECONDS = 128, 900


@dataclass(frozen=True)
class LogDeliveryArgs:
    """The source and destination of a delivery.

    Attributes:
        name: of the stream and its roles; it carries the environment.
        log_groups: the names of the groups by the names that resources get.
        bucket_arn: the archive.
        prefix: where in it, with a slash at the end; the retention class, whose lifecycle then holds.
        region: the region.
        key_arn: the key that encrypts what is under way and what is kept.
        log_days: how long the stream's own log is kept.
        tags: the tags of all of it.
    """

    name: str
    log_groups: Mapping[str, pulumi.Input[str]]
    bucket_arn: pulumi.Input[str]
    prefix: str
    region: str
    key_arn: pulumi.Input[str]
    log_days: int
    tags: Tags


class LogDelivery(pulumi.ComponentResource):
    """A Firehose stream, and a subscription of each log group to it."""

    stream: pulumi.Output[str]

    def __init__(self, name: str, args: LogDeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:LogDelivery", name, None, opts)
        self._name, self._args = name, args
        stream = self._stream()
        sender = self._role("sender", "logs.amazonaws.com", _send(stream.arn))
        for label, group in args.log_groups.items():
            aws.cloudwatch.LogSubscriptionFilter(
                f"{name}-{label}",
                name=args.name,
                log_group=group,
                filter_pattern="",
                destination_arn=stream.arn,
                role_arn=sender.arn,
                opts=self._child(),
            )
        self.stream = stream.name
        self.register_outputs({"stream": self.stream})

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _role(self, what: str, service: str, statements: Sequence[Mapping[str, object]]) -> ServiceRole:
        args = ServiceRoleArgs(f"{self._args.name}-{what}", service, self._args.tags, statements=statements)
        return ServiceRole(f"{self._name}-{what}", args, self._child())

    def _stream(self) -> aws.kinesis.FirehoseDeliveryStream:
        args = self._args
        log = log_group(self._name, f"/aws/kinesisfirehose/{args.name}", args, self._child())
        writer = self._role("writer", "firehose.amazonaws.com", self._write(log))
        return aws.kinesis.FirehoseDeliveryStream(
            self._name,
            name=args.name,
            destination="extended_s3",
            server_side_encryption={"enabled": True, "key_type": "CUSTOMER_MANAGED_CMK", "key_arn": args.key_arn},
            extended_s3_configuration={
                "role_arn": writer.arn,
                "bucket_arn": args.bucket_arn,
                "prefix": f"{args.prefix}cloudwatch/dt=!{{timestamp:yyyy-MM-dd}}/hour=!{{timestamp:HH}}/",
                "error_output_prefix": f"{args.prefix}errors/!{{firehose:error-output-type}}/",
                "compression_format": "GZIP",
                "buffering_size": _BUFFER_MIB,
                "buffering_interval": _BUFFER_SECONDS,
                "kms_key_arn": args.key_arn,
                "cloudwatch_logging_options": {"enabled": True, "log_group_name": log.name, "log_stream_name": "s3"},
                "processing_configuration": {"enabled": True, "processors": _PROCESSORS},
            },
            tags=args.tags.to_dict(),
            opts=self._child(),
        )

    def _write(self, log: aws.cloudwatch.LogGroup) -> Sequence[Mapping[str, object]]:
        """Return the rights on the bucket.

        Source: Amazon Data Firehose developer guide, "Grant Firehose access to an Amazon S3 destination".
        """
        args = self._args
        objects = pulumi.Output.concat(args.bucket_arn, f"/{args.prefix}*")
        key = {"StringEquals": {"kms:ViaService": f"s3.{args.region}.amazonaws.com"}}
        use = ["kms:Decrypt", "kms:GenerateDataKey"]
        return [
            {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": args.bucket_arn},
            {"Effect": "Allow", "Action": ["s3:AbortMultipartUpload", "s3:PutObject"], "Resource": objects},
            {"Effect": "Allow", "Action": use, "Resource": args.key_arn, "Condition": key},
            {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": pulumi.Output.concat(log.arn, ":*")},
        ]


# CloudWatch sends compressed batches; Firehose decompresses them and writes one event a line, without the envelope.
# Source: Amazon Data Firehose developer guide, "Decompress CloudWatch Logs" and "Extract message".
_PROCESSORS: Sequence[
    aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorArgsDict
] = [
    {"type": "Decompression", "parameters": [{"parameter_name": "CompressionFormat", "parameter_value": "GZIP"}]},
    {
        "type": "CloudWatchLogProcessing",
        "parameters": [{"parameter_name": "DataMessageExtraction", "parameter_value": "true"}],
    },
]


def _send(stream_arn: pulumi.Input[str]) -> Sequence[Mapping[str, object]]:
    return [{"Effect": "Allow", "Action": ["firehose:PutRecord", "firehose:PutRecordBatch"], "Resource": stream_arn}]
