"""The network of the platform's cluster: private subnets for nodes, public ones for NAT gateways alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import islice

import pulumi
import pulumi_aws as aws

from components.base.flow_logs import FlowLogs, FlowLogsArgs
from components.parts.tags import Tags

# A sixteenth of the network for each zone's machines: EKS gives every pod an address of its subnet.
_PRIVATE_BITS = 4
# The last sixteenth holds the public subnets, each a sixteenth of that: a NAT gateway needs one address.
_PUBLIC_BITS = 4
_EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class NetworkArgs:
    """The network to create.

    Attributes:
        name: the prefix of every Name tag; it carries the environment.
        cidr: its addresses, a /16 to /20; networks that are to be joined must not overlap.
        zones: the names of the availability zones to span; the first fifteen at most.
        nat_per_zone: a NAT gateway in each zone, so that the loss of one stops no other; else one for all.
        region: the region, which the S3 endpoint's name carries.
        key_arn: the key that encrypts the flow logs.
        flow_log_days: how long flow logs are kept.
        tags: the tags of everything in it.
    """

    name: str
    cidr: IPv4Network
    zones: Sequence[pulumi.Input[str]]
    nat_per_zone: bool
    region: str
    key_arn: pulumi.Input[str]
    flow_log_days: int
    tags: Tags


def private_blocks(cidr: IPv4Network) -> Iterator[IPv4Network]:
    """Yield the addresses of the private subnets, zone by zone."""
    return islice(cidr.subnets(_PRIVATE_BITS), 2**_PRIVATE_BITS - 1)


def public_blocks(cidr: IPv4Network) -> Iterator[IPv4Network]:
    """Yield the addresses of the public subnets, zone by zone."""
    *_, last = cidr.subnets(_PRIVATE_BITS)
    return last.subnets(_PUBLIC_BITS)


class Network(pulumi.ComponentResource):
    """A VPC over several zones, with flow logs; S3 is reached without leaving AWS."""

    vpc_id: pulumi.Output[str]
    private_subnet_ids: Sequence[pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Network", name, None, opts)
        self._name, self._args = name, args
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=str(args.cidr),
            # Private endpoints, EKS's among them, are names that resolve within the VPC.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags("vpc"),
            opts=self._child(),
        )
        self.vpc_id = vpc.id
        # Resources without a security group of their own get the default one: it lets nothing in or out.
        aws.ec2.DefaultSecurityGroup(
            name, vpc_id=vpc.id, ingress=[], egress=[], tags=self._tags("default"), opts=self._child()
        )
        public = self._subnets("public", public_blocks(args.cidr), "elb")
        private = self._subnets("private", private_blocks(args.cidr), "internal-elb")
        self.private_subnet_ids = [subnet.id for subnet in private]
        gateways = self._nat_gateways(public, self._internet(public))
        tables = [self._private_table(index, subnet, gateways) for index, subnet in enumerate(private)]
        self._s3(tables)
        FlowLogs(name, FlowLogsArgs(args.name, vpc.id, args.key_arn, args.flow_log_days, args.tags), self._child())
        self.register_outputs({"vpc_id": self.vpc_id, "private_subnet_ids": self.private_subnet_ids})

    def _child(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

    def _tags(self, what: str, **more: str) -> dict[str, str]:
        return {**self._args.tags.to_dict(), "Name": f"{self._args.name}-{what}", **more}

    def _subnets(self, side: str, blocks: Iterator[IPv4Network], balancer: str) -> list[aws.ec2.Subnet]:
        # Source: EKS user guide, subnet requirements: by the tag load balancers find their subnets.
        return [
            aws.ec2.Subnet(
                f"{self._name}-{side}-{index}",
                vpc_id=self.vpc_id,
                cidr_block=str(block),
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags=self._tags(f"{side}-{index}", **{f"kubernetes.io/role/{balancer}": "1"}),
                opts=self._child(),
            )
            for index, (zone, block) in enumerate(zip(self._args.zones, blocks, strict=False))
        ]

    def _internet(self, public: Sequence[aws.ec2.Subnet]) -> aws.ec2.Route:
        gateway = aws.ec2.InternetGateway(
            self._name, vpc_id=self.vpc_id, tags=self._tags("internet"), opts=self._child()
        )
        table = self._table("public")
        for index, subnet in enumerate(public):
            self._associate(f"public-{index}", table, subnet)
        return aws.ec2.Route(
            f"{self._name}-public",
            route_table_id=table.id,
            destination_cidr_block=_EVERYWHERE,
            gateway_id=gateway.id,
            opts=self._child(),
        )

    def _nat_gateways(self, public: Sequence[aws.ec2.Subnet], way_out: aws.ec2.Route) -> list[aws.ec2.NatGateway]:
        return [
            aws.ec2.NatGateway(
                f"{self._name}-{index}",
                allocation_id=aws.ec2.Eip(
                    f"{self._name}-nat-{index}", domain="vpc", tags=self._tags(f"nat-{index}"), opts=self._child()
                ).id,
                subnet_id=subnet.id,
                tags=self._tags(f"nat-{index}"),
                # A NAT gateway needs the Internet gateway: without it creation fails, and so does the use of its
                # address.
                opts=self._child(way_out),
            )
            for index, subnet in enumerate(public if self._args.nat_per_zone else public[:1])
        ]

    def _private_table(
        self, index: int, subnet: aws.ec2.Subnet, gateways: Sequence[aws.ec2.NatGateway]
    ) -> aws.ec2.RouteTable:
        table = self._table(f"private-{index}")
        aws.ec2.Route(
            f"{self._name}-private-{index}",
            route_table_id=table.id,
            destination_cidr_block=_EVERYWHERE,
            nat_gateway_id=gateways[index % len(gateways)].id,
            opts=self._child(),
        )
        self._associate(f"private-{index}", table, subnet)
        return table

    def _table(self, what: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(f"{self._name}-{what}", vpc_id=self.vpc_id, tags=self._tags(what), opts=self._child())

    def _associate(self, what: str, table: aws.ec2.RouteTable, subnet: aws.ec2.Subnet) -> None:
        aws.ec2.RouteTableAssociation(
            f"{self._name}-{what}", route_table_id=table.id, subnet_id=subnet.id, opts=self._child()
        )

    def _s3(self, tables: Sequence[aws.ec2.RouteTable]) -> None:
        """Create the S3 endpoint: images and archives come through it at no cost, and stay inside AWS."""
        aws.ec2.VpcEndpoint(
            f"{self._name}-s3",
            vpc_id=self.vpc_id,
            service_name=f"com.amazonaws.{self._args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables],
            tags=self._tags("s3"),
            opts=self._child(),
        )
