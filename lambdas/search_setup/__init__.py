"""Puts templates, policies, roles and saved searches into the OpenSearch domain."""
