"""The price table that the monthly estimate is made of."""

from decimal import Decimal

from pydantic import Field

from compiler.model.base import Entry, Text


class ClusterPrices(Entry):
    """The prices of a pod's requests and volumes, in USD."""

    source: Text
    vcpu_hour_usd: Decimal = Field(ge=0)
    memory_gb_hour_usd: Decimal = Field(ge=0)
    volume_gb_month_usd: Decimal = Field(ge=0)


class NodePrices(Entry):
    """The prices of an OpenSearch domain's nodes, or of an MSK cluster's brokers, in USD."""

    source: Text
    hourly_usd: dict[str, Decimal] = Field(description="USD an hour for one node, by its type.")
    volume_gb_month_usd: Decimal = Field(ge=0)


class Prices(Entry):
    """The file `prices.yaml`: list prices by resource type, with their date and source."""

    as_of: str = Field(pattern=r"^\d{4}-\d{2}$")
    region: Text
    source: Text
    flat_monthly_usd: dict[str, Decimal] = Field(description="USD a month for one resource, by its type.")
    machine_hourly_usd: dict[str, Decimal] = Field(description="USD an hour for one machine, by its EC2 type.")
    search: NodePrices
    kafka: NodePrices
    free: tuple[str, ...] = Field(description="Types that cost nothing by themselves.")
    by_use: dict[str, Text] = Field(description="Types charged by use, with the price in words.")
    cluster: ClusterPrices
