"""Notify the receivers of `catalog/routing.yaml` of what CloudWatch, AWS Budgets and others publish to SNS.

It runs in AWS Lambda with nothing but Python's standard library and the runtime's own boto3.
"""
