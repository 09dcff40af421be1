"""Prometheus, Alertmanager, Grafana and the exporters."""
