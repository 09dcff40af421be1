"""The AWS target: a table of rows, one a resource type, run against moto or checked against botocore."""
