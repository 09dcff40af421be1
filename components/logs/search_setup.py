"""The function inside the network that sets the OpenSearch domain up: templates, policies and roles."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.parts.function_code import function_archive, function_texts
from components.parts.log_group import log_group
from components.parts.security_group import OpenPort, SecurityGroupArgs, security_group
from components.parts.tags import Tags

_PACKAGE = "search_setup"
_MEMORY_MIB = 256
# Some hundred documents, each a request of a second at worst, and a domain that is busy for half a minute.
_TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class SearchSetupArgs:
    """The documents, the domain, and the network of the function.

    Attributes:
        name: of the function and its log; it carries the environment.
        runtime: the runtime's identifier.
        documents: the compiled documents as JSON, in their order; `${name}` in them is filled from `values`.
        values: what only the stack knows, by name; nothing secret.
        endpoint: the domain's address with scheme.
        role_arn: the domain's administrator.
        vpc_id: the network.
        subnet_ids: private subnets.
        domain_cidr: the addresses that the function may reach.
        key_arn: the key that encrypts its log.
        log_days: how long its log is kept.
        tags: the tags of all of it.
    """

    name: str
    runtime: str
    documents: str
    values: Mapping[str, pulumi.Input[str]]
    endpoint: pulumi.Input[str]
    role_arn: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[str]]
    domain_cidr: IPv4Network
    key_arn: pulumi.Input[str]
    log_days: int
    tags: Tags


class SearchSetup(pulumi.ComponentResource):
    """The function, and one invocation for each version of the documents; `done` is what it answered."""

    done: pulumi.Output[str]

    def __init__(self, name: str, args: SearchSetupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:SearchSetup", name, None, opts)
        self._name, self._args = name, args
        texts = function_texts(_PACKAGE, {"documents.json": args.documents})
        digest = hashlib.sha256("\0".join(f"{file}\0{text}" for file, text in texts.items()).encode()).hexdigest()
        function = self._function(function_archive(_PACKAGE, texts))
        invocation = aws.lambda_.Invocation(
            name,
            function_name=function.name,
            # The digest makes a new version of the documents, or of the code, a new invocation.
            input=pulumi.Output.json_dumps({"endpoint": args.endpoint, "values": dict(args.values), "digest": digest}),
            opts=self._child(),
        )
        self.done = invocation.result
        self.register_outputs({"done": self.done})

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _function(self, archive: pulumi.AssetArchive) -> aws.lambda_.Function:
        args = self._args
        group = log_group(self._name, f"/aws/lambda/{args.name}", args, self._child())
        return aws.lambda_.Function(
            self._name,
            name=args.name,
            description="Puts templates, policies, roles and saved searches into the OpenSearch domain",
            runtime=args.runtime,
            architectures=["arm64"],
            handler="search_setup.handler.handle",
            code=archive,
            role=args.role_arn,
            timeout=_TIMEOUT_SECONDS,
            memory_size=_MEMORY_MIB,
            vpc_config={"subnet_ids": args.subnet_ids, "security_group_ids": [self._group().id]},
            logging_config={"log_format": "JSON", "application_log_level": "INFO", "log_group": group.name},
            tags=args.tags.to_dict(),
            opts=self._child(),
        )

    def _group(self) -> aws.ec2.SecurityGroup:
        args = self._args
        group = SecurityGroupArgs(
            name=args.name,
            description="HTTPS from the set-up function to the OpenSearch domain",
            vpc_id=args.vpc_id,
            cidr=args.domain_cidr,
            tags=args.tags,
            egress=[OpenPort(self._name, "HTTPS to the domain")],
        )
        return security_group(self._name, group, self._child())
