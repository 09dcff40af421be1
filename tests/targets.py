"""The environment that tests compile for, where its facts do not matter."""

from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

from compiler.catalog.catalog import Watched
from compiler.model.base import LayerName
from compiler.target import Target


def target_for(environment: str = "prod") -> Target:
    """Return a target with every layer, also those that are yet to be built; its addresses lead nowhere."""
    return Target(
        environment=environment,
        region="eu-west-1",
        layers=get_args(LayerName),
        docs_url="https://docs.example.com",
        grafana_url="https://grafana.example.com",
        pagerduty_url="https://events.example.com/v2/enqueue",
        smtp_smarthost="smtp.example.com:587",
        smtp_from="alerts@example.com",
        smtp_username="alerts",
        smtp_require_tls=True,
        secrets_folder="/secrets",
        secrets_prefix=f"observability/{environment}",
        templates_glob="/templates/*.tmpl",
        kafka_brokers=3 if environment == "prod" else 1,
    )


def target_with_all_live(catalog: Iterable[Watched], environment: str = "local") -> Target:
    """Return a target in which every workload is declared live, so that each absence counts from the start."""
    return replace(target_for(environment), live=tuple(watched.name for watched in catalog))
