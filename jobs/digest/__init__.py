"""The weekly digest: query Prometheus and Alertmanager, and post one message to a Slack channel.

It runs as a CronJob with nothing but Python's standard library; `compiler/routing/digest.py` writes its settings.
"""
