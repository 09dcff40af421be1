"""OpenSearch as a data source of Grafana: the lines that everybody may read, by their readers' role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.metrics.grafana import API, selected

UID = "opensearch"
"""By which dashboards and links name it."""
_PLUGIN = "grafana-opensearch-datasource"


@dataclass(frozen=True)
class SearchDatasourceArgs:
    """The address of the search and the role of Grafana.

    Attributes:
        namespace: Grafana's.
        plugin_version: of the data source's plugin.
        endpoint: the domain's address with scheme.
        engine_version: of OpenSearch, `3.1`.
        region: whose credentials sign the requests.
        links: from lines to traces, as settings of the data source.
        reader_arn: the role that Grafana's pods take on; restricted lines are not among what it reads.
        after: what must be there before: Grafana.
    """

    namespace: pulumi.Input[str]
    plugin_version: str
    endpoint: pulumi.Input[str]
    engine_version: str
    region: str
    links: Mapping[str, object]
    reader_arn: pulumi.Input[str]
    after: Sequence[pulumi.Resource]


class SearchDatasource(pulumi.ComponentResource):
    """The data source, with the plugin that it needs."""

    def __init__(self, name: str, args: SearchDatasourceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:SearchDatasource", name, None, opts)
        k8s.apiextensions.CustomResource(
            name,
            api_version=API,
            kind="GrafanaDatasource",
            metadata={"name": name, "namespace": args.namespace},
            spec={
                **selected(),
                "uid": UID,
                "plugins": [{"name": _PLUGIN, "version": args.plugin_version}],
                "datasource": _datasource(args),
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.register_outputs({})


def _datasource(args: SearchDatasourceArgs) -> Mapping[str, object]:
    return {
        "name": "OpenSearch",
        "type": _PLUGIN,
        "access": "proxy",
        "url": args.endpoint,
        "jsonData": {
            "database": "logs-*",
            "timeField": "@timestamp",
            "logMessageField": "message",
            "logLevelField": "level",
            "flavor": "opensearch",
            "version": f"{args.engine_version}.0",
            "sigV4Auth": True,
            "sigV4AuthType": "default",
            "sigV4Region": args.region,
            "sigV4AssumeRoleArn": args.reader_arn,
            **args.links,
        },
    }
