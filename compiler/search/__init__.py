"""The OpenSearch domain that log lines and traces share: the requests that set it up, and its roles."""
