"""Estimate a stack's monthly bill from its resources and the price table.

Flat prices and what pods ask for are counted; what is charged by use is listed, not guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from compiler.cloud.quantities import GIB, quantity
from compiler.model.prices import ClusterPrices, Prices
from compiler.text import to_json

_HOURS = Decimal(730)
_CENT = Decimal("0.01")
_CLAIMS = ("kubernetes:core/v1:PersistentVolumeClaim", "kubernetes:core/v1:PersistentVolumeClaimPatch")
_KUBERNETES, _AWS = "kubernetes:", "aws:"
_PLATFORM = "platform"
_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
_MACHINES = "aws:eks/nodeGroup:NodeGroup"
_DOMAIN = "aws:opensearch/domain:Domain"
_BROKERS = "aws:msk/cluster:Cluster"


@dataclass(frozen=True)
class CostLine:
    """What one resource costs a month; `basis` says how that is known, or why it is not."""

    type: str
    name: str
    workload: str
    monthly_usd: Decimal | None
    basis: str


@dataclass(frozen=True)
class CostReport:
    """The estimate of a stack."""

    as_of: str
    lines: tuple[CostLine, ...]

    @property
    def monthly_usd(self) -> Decimal:
        """The sum of what can be estimated, in USD."""
        return sum((line.monthly_usd or Decimal(0) for line in self.lines), Decimal(0)).quantize(_CENT)

    @property
    def unpriced(self) -> int:
        """How many resources are charged by use, or have no price in the table."""
        return sum(line.monthly_usd is None for line in self.lines)

    @property
    def by_workload(self) -> dict[str, Decimal]:
        """The estimate by the Workload tag, in USD."""
        totals: dict[str, Decimal] = {}
        for line in self.lines:
            totals[line.workload] = totals.get(line.workload, Decimal(0)) + (line.monthly_usd or Decimal(0))
        return {workload: total.quantize(_CENT) for workload, total in sorted(totals.items())}

    def to_json(self) -> str:
        """Return the report as JSON; amounts are text, since a bill is not a float."""
        return to_json(
            {
                "as_of": self.as_of,
                "currency": "USD",
                "monthly": str(self.monthly_usd),
                "by_workload": {workload: str(total) for workload, total in self.by_workload.items()},
                "unpriced": self.unpriced,
                "lines": [{**asdict(line), "monthly_usd": _text(line.monthly_usd)} for line in self.lines],
            }
        )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount.quantize(_CENT))


def estimate(resources: Iterable[Mapping[str, object]], prices: Prices, *, on_machines: bool = False) -> CostReport:
    """Estimate what resources cost a month.

    Args:
        resources: each with `type`, `name` and `inputs` as plain data.
        prices: the price table.
        on_machines: whether the pods run on nodes of another stack, whose estimate has them.
    """
    known = list(resources)
    if on_machines or any(resource["type"] == _MACHINES for resource in known):
        # Nodes are counted themselves: the requests of the pods on them would be counted twice.
        nothing = {"vcpu_hour_usd": Decimal(0), "memory_gb_hour_usd": Decimal(0)}
        prices = prices.model_copy(update={"cluster": prices.cluster.model_copy(update=nothing)})
    lines = [line for resource in known if (line := _line(resource, prices)) is not None]
    return CostReport(prices.as_of, tuple(sorted(lines, key=lambda line: (line.workload, line.type, line.name))))


def _line(resource: Mapping[str, object], prices: Prices) -> CostLine | None:
    kind, name, inputs = str(resource["type"]), str(resource["name"]), _mapping(resource["inputs"])
    if kind in prices.free or not kind.startswith((_AWS, _KUBERNETES)):
        return None
    if kind.startswith(_KUBERNETES):
        return _cluster_line(kind, name, inputs, prices.cluster)
    workload = str(_mapping(inputs.get("tags")).get("Workload", _PLATFORM))
    if kind in prices.flat_monthly_usd:
        count = _metrics(inputs) if kind == _ALARM else 1
        basis = "list price" if count == 1 else f"list price of each of {count} metrics"
        return CostLine(kind, name, workload, count * prices.flat_monthly_usd[kind], basis)
    counted = {_MACHINES: _machines_line, _DOMAIN: _domain_line, _BROKERS: _brokers_line}.get(kind)
    if counted is not None:
        return counted(name, workload, inputs, prices)
    return CostLine(kind, name, workload, None, prices.by_use.get(kind, "no price in catalog/prices.yaml"))


def _metrics(alarm: Mapping[str, object]) -> int:
    """Return the number of metrics that an alarm reads: metric math is charged for each."""
    lines = alarm.get("metricQueries")
    read = [line for line in lines if _mapping(line).get("metric")] if isinstance(lines, list) else []
    return len(read) or 1


def _machines_line(name: str, workload: str, inputs: Mapping[str, object], prices: Prices) -> CostLine:
    """Price a node group: its first instance type, times the initial number of nodes."""
    types, count = inputs.get("instanceTypes"), _mapping(inputs.get("scalingConfig")).get("desiredSize")
    kind = str(types[0]) if isinstance(types, list) and types else ""
    hourly = prices.machine_hourly_usd.get(kind)
    if hourly is None or not isinstance(count, int | float):
        basis = f"no price of {kind or 'its machines'} in catalog/prices.yaml"
        return CostLine(_MACHINES, name, workload, None, basis)
    monthly = (Decimal(str(count)) * hourly * _HOURS).quantize(_CENT)
    return CostLine(_MACHINES, name, workload, monthly, f"list price of {count:g} {kind}")


def _domain_line(name: str, workload: str, inputs: Mapping[str, object], table: Prices) -> CostLine:
    """Price a search domain: data nodes, their volumes and dedicated managers."""
    prices = table.search
    nodes, volume = _mapping(inputs.get("clusterConfig")), _mapping(inputs.get("ebsOptions"))
    count, managers = _decimal(nodes.get("instanceCount")), _decimal(nodes.get("dedicatedMasterCount"))
    wanted = [str(nodes.get("instanceType"))] + [str(nodes.get("dedicatedMasterType"))] * bool(managers)
    missing = [kind for kind in wanted if kind not in prices.hourly_usd]
    if missing:
        return CostLine(_DOMAIN, name, workload, None, f"no price of {missing[0]} in catalog/prices.yaml")
    hourly = sum(number * prices.hourly_usd[kind] for kind, number in zip(wanted, (count, managers), strict=False))
    monthly = hourly * _HOURS + count * _decimal(volume.get("volumeSize")) * prices.volume_gb_month_usd
    basis = f"list price of {count:g} {wanted[0]}" + (f" and {managers:g} {wanted[1]}" if managers else "")
    return CostLine(_DOMAIN, name, workload, monthly.quantize(_CENT), f"{basis}, and their volumes")


def _brokers_line(name: str, workload: str, inputs: Mapping[str, object], table: Prices) -> CostLine:
    """Price a Kafka cluster: brokers and their volumes; its controllers are free."""
    prices = table.kafka
    group, count = _mapping(inputs.get("brokerNodeGroupInfo")), _decimal(inputs.get("numberOfBrokerNodes"))
    volume = _mapping(_mapping(group.get("storageInfo")).get("ebsStorageInfo")).get("volumeSize")
    kind = str(group.get("instanceType"))
    hourly = prices.hourly_usd.get(kind)
    if hourly is None:
        return CostLine(_BROKERS, name, workload, None, f"no price of {kind} in catalog/prices.yaml")
    monthly = count * (hourly * _HOURS + _decimal(volume) * prices.volume_gb_month_usd)
    return CostLine(
        _BROKERS, name, workload, monthly.quantize(_CENT), f"list price of {count:g} {kind}, and their volumes"
    )


def _decimal(value: object) -> Decimal:
    """Return a number as a decimal; 0 for an unknown or missing value."""
    return Decimal(str(value)) if isinstance(value, int | float) else Decimal(0)


def _cluster_line(kind: str, name: str, inputs: Mapping[str, object], prices: ClusterPrices) -> CostLine | None:
    """Price pods by their requests; a Helm release's pods are not visible."""
    if kind == "kubernetes:helm.sh/v3:Release":
        return CostLine(kind, name, _PLATFORM, None, "the chart's pods are not visible")
    spec = _mapping(inputs.get("spec"))
    if kind in _CLAIMS:
        requested = quantity(_mapping(_mapping(spec.get("resources")).get("requests")).get("storage", 0)) / GIB
        volume = (requested * prices.volume_gb_month_usd).quantize(_CENT)
        return CostLine(kind, name, _PLATFORM, volume, "requested volume")
    requests = _requests(spec)
    if not requests:
        return None
    cpu = sum((quantity(each.get("cpu", 0)) for each in requests), Decimal(0))
    memory = sum((quantity(each.get("memory", 0)) for each in requests), Decimal(0)) / GIB
    hourly = cpu * prices.vcpu_hour_usd + memory * prices.memory_gb_hour_usd
    monthly = _replicas(spec) * (hourly * _HOURS + _volume_gib(spec) * prices.volume_gb_month_usd)
    return CostLine(kind, name, _PLATFORM, monthly.quantize(_CENT), "requested CPU, memory and volume")


def _requests(spec: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Return the resource requests of the pods: once for an operator's resource, per container for a Deployment."""
    pod = _mapping(_mapping(spec.get("template")).get("spec"))
    containers = pod.get("containers")
    askers = [spec, *(containers if isinstance(containers, list) else [])]
    found = (_mapping(_mapping(_mapping(each).get("resources")).get("requests")) for each in askers)
    return [requests for requests in found if requests]


def _replicas(spec: Mapping[str, object]) -> Decimal:
    return _decimal(spec["replicas"]) if isinstance(spec.get("replicas"), int | float) else Decimal(1)


def _volume_gib(spec: Mapping[str, object]) -> Decimal:
    """Return the size of each pod's Strimzi volumes in GiB; other volumes are claims, priced by themselves."""
    volumes = _mapping(spec.get("storage")).get("volumes")
    sizes = [_mapping(each).get("size", 0) for each in volumes] if isinstance(volumes, list) else []
    return sum((quantity(size) for size in sizes), Decimal(0)) / GIB


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
