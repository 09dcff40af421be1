"""Dashboards of Grafana and CloudWatch."""
