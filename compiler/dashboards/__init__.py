"""Dashboards: what of them follows from alerts and targets."""
