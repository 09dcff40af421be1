"""The environment that artefacts are compiled for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """An environment as the compiler sees it; the stack's settings make one.

    Attributes:
        environment: local, dev, staging, prod or dr; part of every name.
        region: the AWS region.
        layers: what the stack holds: an alert on a part that it lacks would only say that it is absent.
        docs_url: where the runbooks are published, without a slash at the end.
        grafana_url: where Grafana answers, without a slash at the end.
        pagerduty_url: the Events v2 address.
        smtp_smarthost: host:port of the mail server.
        smtp_from: the sender of alert mails.
        smtp_username: the user at the mail server; empty for none (then no password file is read either).
        smtp_require_tls: whether mail goes only over TLS.
        secrets_folder: where Alertmanager finds the receivers' secrets as files.
        secrets_prefix: what the names of the receivers' secrets in AWS Secrets Manager begin with.
        templates_glob: where Alertmanager finds the message templates.
        kafka_brokers: how many brokers hold the logs on their way.
        namespace: the platform's own in the cluster.
        trace_gateway_memory_gib: of each gateway.
        trace_gateway_queue_gib: the volume of each gateway.
        apm_endpoint: where kept traces go besides; empty for nowhere.
        apm_header: what takes the key of that service.
        live: the workloads, and services as `workload/service`, whose silence means trouble from the first `up` on.
    """

    environment: str
    region: str
    layers: tuple[str, ...]
    docs_url: str
    grafana_url: str
    pagerduty_url: str
    smtp_smarthost: str
    smtp_from: str
    smtp_username: str
    smtp_require_tls: bool
    secrets_folder: str
    secrets_prefix: str
    templates_glob: str
    kafka_brokers: int = 1
    namespace: str = "observability"
    trace_gateway_memory_gib: int = 1
    trace_gateway_queue_gib: int = 5
    apm_endpoint: str = ""
    apm_header: str = "api-key"
    live: tuple[str, ...] = ()
