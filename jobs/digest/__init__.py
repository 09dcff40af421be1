"""The weekly digest: asks Prometheus and Alertmanager what happened, and posts one message to a Slack channel.

It runs as a CronJob with nothing but Python's standard library; `compiler/digest.py` writes what it is told.
"""
