"""S3 by moto, in this process, that fails on command as S3 does: with 503 and `SlowDown`."""

import gzip
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET = "logs-archive"
REFUSAL = b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>'


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


class S3:
    """The server, and what is in its bucket."""

    def __init__(self) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)
        self.failing = False
        self.refused = 0
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(s3={"addressing_style": "path"}),
        )
        self.client.create_bucket(Bucket=BUCKET)

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if self.failing and environ["REQUEST_METHOD"] in ("PUT", "POST"):
            self.refused += 1
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start("503 Slow Down", [("Content-Type", "application/xml"), ("Content-Length", str(len(REFUSAL)))])
            return [REFUSAL]
        answer: Iterable[bytes] = self._app(environ, start)
        return answer

    def keys(self) -> list[str]:
        """Return every object of logs that is there."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [entry["Key"] for page in pages for entry in page.get("Contents", []) if "/logs/" in entry["Key"]]

    def documents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every line of every object: its key and the document."""
        for key in self.keys():
            data = gzip.decompress(self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read())
            for line in data.splitlines():
                yield key, json.loads(line)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
