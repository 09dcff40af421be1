"""An OpenSearch node, and requests to it."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.e2e.log_java import JAVA, JavaServer, needed

NODE = Path(__file__).with_name("SearchNode.java")
PAGE = 5_000


class OpenSearch:
    """One node."""

    def __init__(self, folder: Path, heap: str = "1g") -> None:
        quiet = ["--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"]
        classes = ["-cp", f"{JAVA / 'opensearch'}/*"]
        command: list[str | Path] = [
            needed(21),
            f"-Xms{heap}",
            f"-Xmx{heap}",
            *quiet,
            *classes,
            NODE,
            folder / "search",
        ]
        listening = r"AbstractHttpServerTransport\] publish_address \{127\.0\.0\.1:(\d+)\}[\s\S]* started\n"
        self.server = JavaServer("opensearch", command, folder, listening)
        self.address = f"127.0.0.1:{self.server.ready[1]}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer to a request, as JSON.

        Raises:
            ValueError: when the status is none of success.
        """
        host, _, port = self.address.partition(":")
        connection = HTTPConnection(host, int(port), timeout=60)
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, data, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status >= 300:
            raise ValueError(f"{method} {path}: {response.status} {text[:500]!r}")
        return json.loads(text)

    def refuse_writes(self, *, on: bool) -> None:
        """Make every index read-only, as a full disk does, or take that back."""
        self.ask("PUT", "/_cluster/settings", {"transient": {"cluster.blocks.read_only": on or None}})

    def documents(self, pattern: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield every document's index, id and source."""
        self.ask("POST", f"/{pattern}/_refresh")
        page = self.ask("POST", f"/{pattern}/_search?scroll=2m", {"size": PAGE, "sort": ["_doc"]})
        while page["hits"]["hits"]:
            for hit in page["hits"]["hits"]:
                yield hit["_index"], hit["_id"], hit["_source"]
            page = self.ask("POST", "/_search/scroll", {"scroll": "2m", "scroll_id": page["_scroll_id"]})
