"""The function that notifies PagerDuty, Slack and webhooks of messages on the priorities' SNS topics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.function_code import function_archive, function_texts
from components.parts.log_group import log_group
from components.parts.service_role import ServiceRole, ServiceRoleArgs
from components.parts.tags import Tags

_PACKAGE = "notifier"
_MEMORY_MIB = 256
# Three channels, each with two tries at Secrets Manager of six seconds and a receiver that answers late.
_TIMEOUT_SECONDS = 90
# Lambda's maximum: after one minute and after two more.
_RETRIES = 2
# Lambda's maximum too: events that wait for the account's concurrency limit are late, not lost.
_LONGEST_WAIT_SECONDS = 21_600
# SQS's maximum, so that undelivered notifications can still be read.
_DEAD_LETTER_SECONDS = 1_209_600


@dataclass(frozen=True)
class NotifierArgs:
    """The function, its routing and its secrets.

    Attributes:
        name: of the function, its role, its log group; it carries the environment.
        runtime: the runtime's identifier.
        routing: the compiled routing table, as JSON; it names secrets and holds none.
        topic_arns: the topics of the priorities by name.
        secrets: the names of the secrets in AWS Secrets Manager that it may read, beside those of `secret_arns`.
        secret_arns: the ARNs of those that the stack stores itself.
        region: where all this is.
        account_id: the twelve digits of the account.
        key_arn: the key that encrypts its log, its dead letters and, if encrypted by the platform, the secrets.
        log_days: how long its log is kept.
        tags: the tags of all of it.
    """

    name: str
    runtime: str
    routing: str
    topic_arns: Mapping[str, pulumi.Input[str]]
    secrets: Sequence[str]
    secret_arns: Sequence[pulumi.Input[str]]
    region: str
    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    log_days: int
    tags: Tags


class Notifier(pulumi.ComponentResource):
    """The function with its role, its log, its subscriptions, and a dead-letter queue."""

    function: pulumi.Output[str]
    dead_letters: pulumi.Output[str]

    def __init__(self, name: str, args: NotifierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Notifier", name, None, opts)
        queue = self._dead_letters(name, args)
        function = self._function(name, args, queue)
        aws.lambda_.FunctionEventInvokeConfig(
            name,
            function_name=function.name,
            maximum_retry_attempts=_RETRIES,
            maximum_event_age_in_seconds=_LONGEST_WAIT_SECONDS,
            destination_config={"on_failure": {"destination": queue.arn}},
            opts=pulumi.ResourceOptions(parent=self),
        )
        for topic, arn in args.topic_arns.items():
            self._subscribe(f"{name}-{topic}", arn, function)
        self.function = function.name
        self.dead_letters = queue.name
        self.register_outputs({"function": self.function, "dead_letters": self.dead_letters})

    def _dead_letters(self, name: str, args: NotifierArgs) -> aws.sqs.Queue:
        return aws.sqs.Queue(
            f"{name}-dead-letters",
            name=f"{args.name}-dead-letters",
            kms_master_key_id=args.key_arn,
            message_retention_seconds=_DEAD_LETTER_SECONDS,
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _function(self, name: str, args: NotifierArgs, queue: aws.sqs.Queue) -> aws.lambda_.Function:
        child = pulumi.ResourceOptions(parent=self)
        group = log_group(name, f"/aws/lambda/{args.name}", args, child)
        statements = _statements(args, group, queue)
        role = ServiceRole(name, ServiceRoleArgs(args.name, "lambda.amazonaws.com", args.tags, (), statements), child)
        return aws.lambda_.Function(
            name,
            name=args.name,
            description="Tells PagerDuty, Slack and webhooks of CloudWatch's alarms, as the routing says",
            runtime=args.runtime,
            architectures=["arm64"],
            handler="notifier.handler.handle",
            code=function_archive(_PACKAGE, function_texts(_PACKAGE, {"routing.json": args.routing})),
            role=role.arn,
            timeout=_TIMEOUT_SECONDS,
            memory_size=_MEMORY_MIB,
            logging_config={"log_format": "JSON", "application_log_level": "INFO", "log_group": group.name},
            tags=args.tags.to_dict(),
            opts=child,
        )

    def _subscribe(self, name: str, topic_arn: pulumi.Input[str], function: aws.lambda_.Function) -> None:
        allowed = aws.lambda_.Permission(
            name,
            statement_id=name,
            action="lambda:InvokeFunction",
            function=function.name,
            principal="sns.amazonaws.com",
            source_arn=topic_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.sns.TopicSubscription(
            name,
            topic=topic_arn,
            protocol="lambda",
            endpoint=function.arn,
            # A message before the permission would be refused.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
        )


def _statements(args: NotifierArgs, group: aws.cloudwatch.LogGroup, queue: aws.sqs.Queue) -> list[Mapping[str, object]]:
    def here(resource: str) -> pulumi.Output[str]:
        service, _, rest = resource.partition(":")
        return pulumi.Output.concat(f"arn:aws:{service}:{args.region}:", args.account_id, f":{rest}")

    write = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # Secrets Manager appends six random characters to each ARN.
    secrets = [*args.secret_arns, *(here(f"secretsmanager:secret:{secret}-??????") for secret in args.secrets)]
    return [
        _allow("Log", write, [pulumi.Output.concat(group.arn, ":*")]),
        _allow("Secrets", ["secretsmanager:GetSecretValue"], secrets),
        # SQS encrypts the function's messages with a data key that the function requests.
        _allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [args.key_arn]),
        _allow("HandOver", ["lambda:InvokeFunction"], [here(f"lambda:function:{args.name}")]),
        _allow("DeadLetters", ["sqs:SendMessage"], [queue.arn]),
    ]


def _allow(sid: str, actions: list[str], resources: Sequence[pulumi.Input[str]]) -> Mapping[str, object]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
