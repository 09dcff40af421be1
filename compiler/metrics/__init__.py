"""What Prometheus records, alerts on and scrapes."""
