"""Pure functions from the catalog (what is watched) to artefacts (rules, dashboards, alarms, routes).

Nothing here imports Pulumi or boto3, and nothing here does I/O beyond reading the catalog.
"""
