"""Grafana, as the operator's custom resources: the server, its data sources, a folder and dashboards a workload."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from compiler.model.workload import SCRAPE_INTERVAL
from components.parts.pods import pod_security, resources
from components.parts.reach import Reach, ingress_policy

API = "grafana.integreatly.org/v1beta1"
_INSTANCE = {"dashboards": "observability"}
_NAME = "grafana"
_PODS = {"app": _NAME}
"""The operator labels the pods so; source: grafana-operator, reconcilers_shared.go, appLabel."""
_PORT = 3000
SERVICE_ACCOUNT = f"{_NAME}-sa"
"""The operator makes it by this name; source: grafana-operator, resources.GetGrafanaServiceAccount."""
_GRAFANA_USER = 10_001
"""The user of Grafana's container; source: grafana-operator, getDefaultContainerSecurityContext."""


# The operator adds a readiness probe alone. These are the figures of Grafana's own chart, where plugins load first.
# Source: grafana/helm-charts, charts/grafana/values.yaml, livenessProbe.
_LIVENESS: Mapping[str, object] = {
    "httpGet": {"path": "/api/health", "port": _PORT},
    "initialDelaySeconds": 60,
    "timeoutSeconds": 30,
    "failureThreshold": 10,
}


@dataclass(frozen=True)
class GrafanaArgs:
    """How Grafana runs and what it shows.

    Attributes:
        namespace: where.
        version: the server's version.
        root_url: where people reach it.
        prometheus_url: where it reaches Prometheus.
        cloudwatch_region: whose CloudWatch metrics it shows.
        prometheus_links: from exemplars to traces, as settings of Prometheus's data source.
        labels: of its service, so that Prometheus finds its metrics.
        dashboards: for each workload its title and its dashboards' JSON by name.
        after: what must be there before: the operator.
    """

    namespace: pulumi.Input[str]
    version: str
    root_url: str
    prometheus_url: pulumi.Input[str]
    cloudwatch_region: str
    prometheus_links: Mapping[str, object]
    labels: Mapping[str, str]
    dashboards: Mapping[str, Mapping[str, str]]
    after: Sequence[pulumi.Resource]


class Grafana(pulumi.ComponentResource):
    """Grafana with its data sources, folders and dashboards; the operator makes the administrator's password.

    `server` is what every other data source and dashboard comes after.
    """

    server: pulumi.Resource

    def __init__(self, name: str, args: GrafanaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Grafana", name, None, opts)
        self._namespace = args.namespace
        self._after = list(args.after)
        self.server = self._resource("Grafana", _NAME, _server(args), labels=_INSTANCE)
        # The operator removes the finalizers of what follows by way of the server: so the server is deleted last.
        # Source: grafana-operator 5.24, controllers/controller_shared.go, grafanaFinalizer.
        self._after.append(self.server)
        # Access needs a login; the port for clustering servers is closed.
        ingress_policy(_NAME, args.namespace, _PODS, [Reach([_PORT])], pulumi.ResourceOptions(parent=self))
        self._resource("GrafanaDatasource", "prometheus", _prometheus(args))
        self._resource("GrafanaDatasource", "cloudwatch", _cloudwatch(args.cloudwatch_region))
        for workload, dashboards in args.dashboards.items():
            self._after.append(self._resource("GrafanaFolder", workload, {**selected(), "title": workload}))
            for dashboard, model in dashboards.items():
                spec = {**selected(), "folderRef": workload, "json": model}
                self._resource("GrafanaDashboard", f"{workload}-{dashboard}", spec)
        self.register_outputs({})

    def _resource(
        self, kind: str, name: str, spec: Mapping[str, object], labels: Mapping[str, str] | None = None
    ) -> k8s.apiextensions.CustomResource:
        metadata: dict[str, pulumi.Input[object]] = {"name": name, "namespace": self._namespace}
        return k8s.apiextensions.CustomResource(
            name,
            api_version=API,
            kind=kind,
            metadata={**metadata, "labels": dict(labels)} if labels else metadata,
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._after)),
        )


def selected() -> dict[str, object]:
    """Return the selector by which the operator's resources find this Grafana."""
    return {"instanceSelector": {"matchLabels": _INSTANCE}}


def _server(args: GrafanaArgs) -> Mapping[str, object]:
    """Return the server's specification; the operator merges settings and deployment into its own, lists by names.

    So nothing of its own is lost: `RuntimeDefault` for system calls, a container without rights whose file system is
    closed, a readiness probe. What changes is memory, of which it would ask for 256 MiB and take 1 GiB, and the user.
    Source: grafana-operator 5.24, api/v1beta1/typeoverrides.go, Merge; controllers/reconcilers/grafana,
    deployment_reconciler.go; controllers/config/grafana_ini.go, SetDefaults.
    """
    container = {"name": "grafana", "resources": resources("100m", "512Mi"), "livenessProbe": _LIVENESS}
    pod = {"securityContext": pod_security(_GRAFANA_USER, _GRAFANA_USER), "containers": [container]}
    return {
        "version": args.version,
        "config": {
            "server": {"root_url": args.root_url},
            "analytics": {"reporting_enabled": "false", "check_for_updates": "false"},
            "auth.anonymous": {"enabled": "false"},
            # Data sources of AWS sign their requests by the pod's role.
            "auth": {"sigv4_auth_enabled": "true"},
            "security": {"cookie_secure": "true", "disable_gravatar": "true"},
        },
        # The operator makes the service; its port is called grafana, and metrics are open to the cluster by default.
        "service": {"metadata": {"labels": dict(args.labels)}},
        "deployment": {"spec": {"template": {"spec": pod}}},
    }


def _prometheus(args: GrafanaArgs) -> Mapping[str, object]:
    return {
        **selected(),
        # The dashboards name the data sources by these uids.
        "uid": "prometheus",
        "datasource": {
            "name": "Prometheus",
            "type": "prometheus",
            "access": "proxy",
            "url": args.prometheus_url,
            "isDefault": True,
            "jsonData": {"timeInterval": SCRAPE_INTERVAL, "httpMethod": "POST", **args.prometheus_links},
        },
    }


def _cloudwatch(region: str) -> Mapping[str, object]:
    return {
        **selected(),
        "uid": "cloudwatch",
        "datasource": {
            "name": "CloudWatch",
            "type": "cloudwatch",
            "access": "proxy",
            # No key: the role of the pod's service account, by the default chain of AWS's SDK.
            "jsonData": {"authType": "default", "defaultRegion": region},
        },
    }
