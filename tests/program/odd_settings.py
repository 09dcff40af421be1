"""A value of each setting that nothing else has, and where it stands then: what descriptions in Pulumi.yaml promise."""

from typing import Any

OPERATOR_CRDS, ROUTES = ("Release", "prometheus-operator-crds"), ("Secret", "platform-config")
GATEWAY, DOMAIN = ("OpenTelemetryCollector", "traces-gateway"), ("Domain", "logs")
PROMETHEUS, BROKERS = ("Prometheus", "platform"), ("KafkaNodePool", "nodepool-brokers")
_MEMORY = tuple(f".spec.resources.{kind}.memory" for kind in ("requests", "limits"))
_CLAIM = ".spec.volumeClaimTemplates[0].spec.resources.requests.storage"

ARRIVES: dict[str, tuple[Any, tuple[str, str], dict[str, Any]]] = {
    "accountId": ("123456789123", ("aws", "aws"), {".allowedAccountIds": '["123456789123"]'}),
    "region": ("eu-west-3", ("aws", "aws"), {".region": "eu-west-3"}),
    "vpcCidr": ("10.77.0.0/18", ("Vpc", "platform"), {".cidrBlock": "10.77.0.0/18"}),
    "clusterPublicCidrs": (
        ["203.0.113.7/32"],
        ("Cluster", "platform"),
        {".vpcConfig.publicAccessCidrs[0]": "203.0.113.7/32", ".vpcConfig.endpointPublicAccess": True},
    ),
    "clusterAdminArns": (
        ["arn:aws:iam::123456789123:role/odd"],
        ("AccessEntry", "platform-odd"),
        {".principalArn": "arn:aws:iam::123456789123:role/odd"},
    ),
    "nodeInstanceType": ("m5.12xlarge", ("NodeGroup", "platform"), {".instanceTypes[0]": "m5.12xlarge"}),
    "nodeCount": (
        7,
        ("NodeGroup", "platform"),
        {".scalingConfig.minSize": 7, ".scalingConfig.desiredSize": 7, ".scalingConfig.maxSize": 14},
    ),
    "kafkaBrokers": (5, BROKERS, {".spec.replicas": 5, ".spec.roles[0]": "broker"}),
    "kafkaControllers": ("separate", ("KafkaNodePool", "nodepool-controllers"), {".spec.replicas": 3}),
    "kafkaMemoryGib": (13, BROKERS, dict.fromkeys(_MEMORY, "13Gi")),
    "logCollectorReplicas": (11, ("StatefulSet", "log-collector"), {".spec.replicas": 11}),
    "logJobImage": (
        "registry.odd.example.com/job:9.9.9",
        ("FlinkDeployment", "log-job"),
        {".spec.image": "registry.odd.example.com/job:9.9.9"},
    ),
    "logJobParallelism": (17, ("FlinkDeployment", "log-job"), {".spec.job.parallelism": 17}),
    "searchInstanceType": ("r5.12xlarge.search", DOMAIN, {".clusterConfig.instanceType": "r5.12xlarge.search"}),
    "searchInstanceCount": (
        6,
        DOMAIN,
        {".clusterConfig.instanceCount": 6, ".clusterConfig.zoneAwarenessConfig.availabilityZoneCount": 3},
    ),
    "searchManagerType": (
        "m5.2xlarge.search",
        DOMAIN,
        {".clusterConfig.dedicatedMasterType": "m5.2xlarge.search", ".clusterConfig.dedicatedMasterCount": 3},
    ),
    "searchStorageGib": (1777, DOMAIN, {".ebsOptions.volumeSize": 1777}),
    "traceGatewayReplicas": (13, GATEWAY, {".spec.replicas": 13}),
    "traceGatewayMemoryGib": (19, GATEWAY, dict.fromkeys(_MEMORY, "19Gi")),
    "traceGatewayQueueGib": (177, GATEWAY, {_CLAIM: "177Gi"}),
    "traceEntranceReplicas": (12, ("OpenTelemetryCollector", "traces-entrance"), {".spec.replicas": 12}),
    "jaegerReplicas": (14, ("OpenTelemetryCollector", "traces-jaeger"), {".spec.replicas": 14}),
    "profileStorageGib": (377, ("StatefulSet", "pyroscope"), {_CLAIM: "377Gi"}),
    "apmEndpoint": (
        "https://apm.odd.example.com",
        GATEWAY,
        {".spec.config.exporters.otlp_http/vendor.endpoint": "https://apm.odd.example.com"},
    ),
    "apmHeader": ("odd-header", GATEWAY, {".spec.config.extensions.bearertokenauth/vendor.header": "odd-header"}),
    "namespace": ("odd-namespace", ("Namespace", "platform"), {".metadata.name": "odd-namespace"}),
    "storageClass": (
        "odd-class",
        PROMETHEUS,
        {".spec.storage.volumeClaimTemplate.spec.storageClassName": "odd-class"},
    ),
    "team": ("odd-team", ("Vpc", "platform"), {".tags.Team": "odd-team"}),
    "costCenter": ("odd-center", ("Vpc", "platform"), {".tags.CostCenter": "odd-center"}),
    "grafanaUrl": (
        "https://grafana.odd.example.com",
        ("Grafana", "grafana"),
        {".spec.config.server.root_url": "https://grafana.odd.example.com"},
    ),
    "alarmEmail": (
        "alarms@odd.example.com",
        ("TopicSubscription", "p0"),
        {".protocol": "email", ".endpoint": "alarms@odd.example.com"},
    ),
    "prometheusReplicas": (3, PROMETHEUS, {".spec.replicas": 3}),
    "alertmanagerReplicas": (9, ("Alertmanager", "platform"), {".spec.replicas": 9}),
    "prometheusRetentionDays": (77, PROMETHEUS, {".spec.retention": "77d"}),
    "prometheusStorageGib": (
        577,
        PROMETHEUS,
        {".spec.storage.volumeClaimTemplate.spec.resources.requests.storage": "577Gi"},
    ),
    "prometheusMemoryGib": (23, PROMETHEUS, dict.fromkeys(_MEMORY, "23Gi")),
}
"""Of each setting a value, the resource that gets it, and what stands there then."""

WITHIN: dict[str, tuple[Any, tuple[str, str], str]] = {
    "chartSource": ("oci://charts.odd.example.com/all", OPERATOR_CRDS, "oci://charts.odd.example.com/all/"),
    "docsUrl": (
        "https://docs.odd.example.com",
        ("PrometheusRule", "platform"),
        "https://docs.odd.example.com/runbooks/",
    ),
    "pagerdutyUrl": ("https://pagerduty.odd.example.com/v2", ROUTES, "https://pagerduty.odd.example.com/v2"),
    "smtpSmarthost": ("smtp.odd.example.com:2525", ROUTES, "smtp_smarthost: smtp.odd.example.com:2525"),
    "smtpFrom": ("from@odd.example.com", ROUTES, "smtp_from: from@odd.example.com"),
    "smtpUsername": ("odd-user", ROUTES, "smtp_auth_username: odd-user"),
    "smtpRequireTls": (False, ROUTES, "smtp_require_tls: false"),
    "serviceNamespaces": (["odd-shop"], ("Secret", "instrumentation-odd-shop"), "odd-shop"),
}
"""Of each setting a value, the resource that holds it, and the text that it holds."""
