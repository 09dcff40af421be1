"""CloudWatch's alarms and log groups, how long they keep what they get, and what a stack costs."""
