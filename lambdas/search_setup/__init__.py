"""Set up the OpenSearch domain: templates, policies, roles and saved searches."""
