"""A small program with everything the engine must know: both clouds, components, secrets, a base stack."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

config = pulumi.Config()
stack = pulumi.get_stack()


class Alerts(pulumi.ComponentResource):
    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, key: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("toy:index:Alerts", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic("alerts", kms_master_key_id=key, opts=child)
        document = aws.iam.get_policy_document_output(
            statements=topic.arn.apply(
                lambda arn: [
                    aws.iam.GetPolicyDocumentStatementArgs(
                        actions=["sns:Publish"],
                        resources=[arn],
                        principals=[
                            aws.iam.GetPolicyDocumentStatementPrincipalArgs(
                                type="Service", identifiers=["cloudwatch.amazonaws.com"]
                            )
                        ],
                    )
                ]
            )
        )
        aws.sns.TopicPolicy("alerts", arn=topic.arn, policy=document.json, opts=child)
        aws.sns.TopicSubscription("mail", topic=topic.arn, protocol="email", endpoint="a@example.org", opts=child)
        for index in range(config.get_int("alarms") or 0):
            aws.cloudwatch.MetricAlarm(
                f"alarm-{index}",
                name=f"{stack}-alarm-{index}",
                comparison_operator="GreaterThanThreshold",
                evaluation_periods=1,
                threshold=5,
                metric_name="Errors",
                namespace="AWS/Lambda",
                period=60,
                statistic="Sum",
                dimensions={"FunctionName": "f"},
                alarm_actions=[topic.arn],
                opts=child,
            )
        aws.cloudwatch.CompositeAlarm(
            "all",
            alarm_name=f"{stack}-all",
            alarm_rule=f"ALARM({stack}-alarm-0)",
            alarm_actions=[topic.arn],
            opts=child,
        )
        self.topic_arn = topic.arn
        self.register_outputs({"topicArn": topic.arn})


def base() -> aws.kms.Key:
    return aws.kms.Key("key", description=f"{stack} logs", enable_key_rotation=True, tags={"team": "ml"})


def storage(key_arn: pulumi.Input[str]) -> None:
    bucket = aws.s3.Bucket("logs", tags={"team": "ml"}, force_destroy=True)
    aws.s3.BucketVersioning("logs", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    aws.s3.BucketServerSideEncryptionConfiguration(
        "logs",
        bucket=bucket.id,
        rules=[
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
                "bucket_key_enabled": True,
            }
        ],
    )
    aws.s3.BucketPublicAccessBlock("logs", bucket=bucket.id, block_public_acls=True, block_public_policy=True)
    aws.s3.BucketOwnershipControls("logs", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"})
    aws.s3.BucketLifecycleConfiguration(
        "logs",
        bucket=bucket.id,
        rules=[
            {
                "id": "cold",
                "status": "Enabled",
                "transitions": [{"days": 30, "storage_class": "GLACIER"}],
                "expiration": {"days": 90},
            }
        ],
    )
    policy = bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": arn}],
            }
        )
    )
    aws.s3.BucketPolicy("logs", bucket=bucket.id, policy=policy)


def observed() -> None:
    aws.cloudwatch.Dashboard("overview", dashboard_name=f"{stack}-overview", dashboard_body=json.dumps({"widgets": []}))
    aws.cloudwatch.LogGroup("app", name=f"/{stack}/app", retention_in_days=30, tags={"team": "ml"})
    aws.cloudwatch.QueryDefinition("errors", name=f"{stack}/errors", query_string="fields @message")
    aws.cloudwatch.LogResourcePolicy(
        "delivery",
        policy_name=f"{stack}-delivery",
        policy_document=json.dumps({"Version": "2012-10-17", "Statement": []}),
    )
    aws.budgets.Budget(
        "platform",
        name=f"{stack}-platform",
        budget_type="COST",
        limit_amount="500",
        limit_unit="USD",
        time_unit="MONTHLY",
        cost_filters=[{"name": "TagKeyValue", "values": ["user:team$ml"]}],
        notifications=[
            {
                "comparison_operator": "GREATER_THAN",
                "threshold": 80,
                "threshold_type": "PERCENTAGE",
                "notification_type": "ACTUAL",
                "subscriber_email_addresses": ["a@example.org"],
            }
        ],
    )
    aws.secretsmanager.Secret("pagerduty", name=f"{stack}/pagerduty", description="routing key")


def cluster() -> None:
    namespace = k8s.core.v1.Namespace("monitoring", metadata={"name": f"{stack}-monitoring"})
    space = namespace.metadata["name"]
    provider = k8s.Provider(
        "cluster", namespace=f"{stack}-monitoring", opts=pulumi.ResourceOptions(depends_on=namespace)
    )
    opts = pulumi.ResourceOptions(provider=provider, depends_on=[namespace])
    k8s.core.v1.ConfigMap("settings", data={"a": "b\nc\n"}, opts=opts)
    k8s.core.v1.Secret(
        "token",
        metadata={"name": "token", "namespace": space},
        string_data={"token": config.require_secret("secret")},
        opts=opts,
    )
    k8s.apiextensions.CustomResource(
        "rule",
        api_version="monitoring.coreos.com/v1",
        kind="PrometheusRule",
        metadata={"name": "rules", "namespace": space},
        spec={"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "vector(1)", "for": "5m"}]}]},
        opts=opts,
    )
    k8s.helm.v3.Release("operator", chart="kube-prometheus-stack", version="88.5.3", namespace=space, opts=opts)


if stack.endswith("-base"):
    key = base()
    pulumi.export("key_arn", key.arn)
    pulumi.export("password", pulumi.Output.secret("hush"))
else:
    if stack == "local":
        key_arn: pulumi.Output[str] = base().arn
    else:
        reference = pulumi.StackReference(f"organization/toy/{stack}-base")
        key_arn = reference.require_output("key_arn")
        pulumi.export("password", reference.require_output("password"))
    aws.kms.Alias("key", name=f"alias/{stack}", target_key_id=key_arn)
    storage(key_arn)
    alerts = Alerts("alerts", key_arn)
    observed()
    cluster()
    pulumi.export("topic", alerts.topic_arn)
