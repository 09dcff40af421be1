"""Alarms, topics, budgets and secrets in AWS."""
