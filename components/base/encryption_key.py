"""The customer-managed key that encrypts a stack's data at rest."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.policy_document import policy_document
from components.parts.tags import Tags

# What the account's administrators may do with the key: all but `kms:*`, which would also allow unneeded actions
# (source: AWS KMS developer guide, "Allows access to the AWS account").
_ADMINISTRATION = (
    *("DescribeKey", "GetKeyPolicy", "PutKeyPolicy", "ListKeyPolicies", "EnableKey", "DisableKey"),
    *("EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus", "UpdateKeyDescription"),
    *("ScheduleKeyDeletion", "CancelKeyDeletion", "TagResource", "UntagResource", "ListResourceTags"),
    *("CreateAlias", "UpdateAlias", "DeleteAlias", "CreateGrant", "ListGrants", "RevokeGrant"),
)
_USE = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
# Services that publish to encrypted topics; without them a CloudWatch alarm vanishes in silence (source: Amazon SNS
# developer guide, "Enable compatibility between event sources from AWS services and encrypted topics").
# EventBridge cannot be one of them: its calls to KMS carry no aws:SourceAccount, which the statement asks for.
_PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com")


@dataclass(frozen=True)
class EncryptionKeyArgs:
    """The key's purpose and its users.

    Attributes:
        alias: the alias without `alias/`; it carries the environment.
        account_id: the twelve digits of the account.
        region: the region whose log groups use the key.
        for_machines: whether Auto Scaling may encrypt the disks of machines with it.
        tags: the key's tags.
        protect: whether the engine refuses to delete the key; without it nothing that it encrypted can be read.
    """

    alias: str
    account_id: pulumi.Input[str]
    region: str
    tags: Tags
    for_machines: bool = False
    protect: bool = False


class EncryptionKey(pulumi.ComponentResource):
    """A KMS key with yearly rotation, its alias, and a policy that lets exactly the platform's services use it."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:EncryptionKey", name, None, opts)
        key = aws.kms.Key(
            name,
            description=f"Encrypts the data of {args.alias}",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=_policy(args),
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(
            name, name=f"alias/{args.alias}", target_key_id=key.key_id, opts=pulumi.ResourceOptions(parent=self)
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})


def _policy(args: EncryptionKeyArgs) -> pulumi.Output[str]:
    account, region = pulumi.Output.from_input(args.account_id), args.region
    return policy_document(
        [
            {
                "Sid": "Account",
                "Effect": "Allow",
                "Principal": {"AWS": pulumi.Output.concat("arn:aws:iam::", account, ":root")},
                "Action": [f"kms:{action}" for action in (*_ADMINISTRATION, *_USE)],
                "Resource": "*",
            },
            {
                "Sid": "Publishers",
                "Effect": "Allow",
                "Principal": {"Service": list(_PUBLISHERS)},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            },
            {
                "Sid": "LogGroups",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                "Action": [*(f"kms:{action}" for action in _USE), "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": pulumi.Output.concat(
                            f"arn:aws:logs:{region}:", account, ":log-group:*"
                        )
                    }
                },
            },
            *(_for_machines(account) if args.for_machines else []),
        ]
    )


def _for_machines(account: pulumi.Output[str]) -> list[dict[str, object]]:
    """Return the statements of Auto Scaling for encrypted disks; without them, nodes end as soon as they start.

    Source: Amazon EC2 Auto Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes". Its role
    is named by a condition: KMS refuses principals that do not exist, and an account's first group makes the role.
    """
    role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    caller = {
        "kms:CallerAccount": account,
        "aws:PrincipalArn": pulumi.Output.concat("arn:aws:iam::", account, f":{role}"),
    }
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*"}
    return [
        {
            **everybody,
            "Sid": "Machines",
            "Action": [*(f"kms:{action}" for action in _USE), "kms:DescribeKey"],
            "Condition": {"StringEquals": caller},
        },
        {
            **everybody,
            "Sid": "MachinesGrants",
            "Action": "kms:CreateGrant",
            "Condition": {"StringEquals": caller, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]
