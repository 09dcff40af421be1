"""CloudWatch's alarms and log groups, their retention, and what a stack costs."""
