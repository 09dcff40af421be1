"""Pulumi components: one ComponentResource and its Args a file; no thresholds and no PromQL."""
