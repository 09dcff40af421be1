"""Tells the people whom `catalog/routing.yaml` names of what CloudWatch, AWS Budgets and the like publish to SNS.

It runs in AWS Lambda with nothing but Python's standard library and the runtime's own boto3.
"""
