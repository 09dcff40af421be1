"""Recommend places nearby: a small service that shows how `instrumentation` is used."""
