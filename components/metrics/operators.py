"""The values of the charts that bring the operators of Prometheus and Grafana."""

from collections.abc import Mapping


def _drop(pattern: str, *labels: str) -> Mapping[str, object]:
    return {"action": "drop", "sourceLabels": ["__name__", *labels], "regex": pattern}


# The chart's own list (kube-prometheus-stack 88.5.3, values.yaml, kubelet.serviceMonitor.cAdvisorMetricRelabelings) but
# for one change: it drops container_spec.*, without which memory cannot be compared with its limit, and the alert on it
# would be silent for ever. kube-state-metrics has limits as well, but then a failure of it would silence the alert.
# Helm replaces lists whole, so what the chart drops for good reason is repeated here.
_CADVISOR_DROPS = [
    _drop("container_cpu_(cfs_throttled_seconds_total|load_average_10s|system_seconds_total|user_seconds_total)"),
    _drop("container_fs_(io_current|io_time_seconds_total|io_time_weighted_seconds_total|reads_merged_total)"),
    _drop("container_fs_(sector_reads_total|sector_writes_total|writes_merged_total)"),
    _drop("container_memory_(mapped_file|swap)"),
    _drop("container_(file_descriptors|tasks_state|threads_max)"),
    _drop("container_memory_failures_total;hierarchy", "scope"),
    _drop("container_network_.*;(cali|cilium|cni|lxc|nodelocaldns|tunl).*", "interface"),
    _drop("container_spec_(cpu.*|memory_(reservation_limit|swap_limit)_bytes)"),
    # Control groups without a pod.
    {"action": "drop", "sourceLabels": ["id", "pod"], "regex": ".+;"},
]
# The chart brings the operator and the cluster's own exporters and alerts; the servers are the platform's resources.
PROMETHEUS_VALUES: Mapping[str, object] = {
    "crds": {"enabled": False},
    "prometheus": {"enabled": False},
    "alertmanager": {"enabled": False},
    "grafana": {"enabled": False, "forceDeployDashboards": False},
    # The catalog has a Watchdog of its own, which the policies look for: the chart's would hide that it is gone.
    "defaultRules": {"disabled": {"Watchdog": True}},
    "kubelet": {"serviceMonitor": {"cAdvisorMetricRelabelings": _CADVISOR_DROPS}},
    # Managed clusters hide these parts of the control plane: their alerts would fire for ever.
    "kubeControllerManager": {"enabled": False},
    "kubeScheduler": {"enabled": False},
    "kubeProxy": {"enabled": False},
    "kubeEtcd": {"enabled": False},
}
# By default Helm deletes these CRDs with their release, and Kubernetes every object of theirs with them.
PROMETHEUS_CRDS_VALUES: Mapping[str, object] = {"crds": {"annotations": {"helm.sh/resource-policy": "keep"}}}
# CRDs as templates of the chart: upgraded with it, and kept when it goes.
GRAFANA_VALUES: Mapping[str, object] = {"crds": {"immutable": False}}
