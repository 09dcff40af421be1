"""Traces and profiles in Grafana."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.metrics.grafana import API, selected


@dataclass(frozen=True)
class TraceDatasourcesArgs:
    """The data sources of traces and profiles.

    Attributes:
        namespace: Grafana's.
        urls: where each answers, by its uid.
        types: Grafana's own plugin for each, by its uid.
        settings: of each, by its uid: how it leads to the others.
        after: what must be there before: Grafana.
    """

    namespace: pulumi.Input[str]
    urls: Mapping[str, pulumi.Input[str]]
    types: Mapping[str, str]
    settings: Mapping[str, Mapping[str, object]]
    after: Sequence[pulumi.Resource]


class TraceDatasources(pulumi.ComponentResource):
    """A data source for each."""

    def __init__(self, name: str, args: TraceDatasourcesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:TraceDatasources", name, None, opts)
        for uid, url in args.urls.items():
            datasource: dict[str, object] = {
                "name": uid.capitalize(),
                "type": args.types[uid],
                "access": "proxy",
                "url": url,
            }
            if uid in args.settings:
                datasource["jsonData"] = dict(args.settings[uid])
            k8s.apiextensions.CustomResource(
                uid,
                api_version=API,
                kind="GrafanaDatasource",
                metadata={"name": uid, "namespace": args.namespace},
                spec={**selected(), "uid": uid, "datasource": datasource},
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
            )
        self.register_outputs({})
