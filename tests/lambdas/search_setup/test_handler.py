"""The set-up function against an HTTP server on this machine that keeps what it is given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lambdas.search_setup.client import Domain, SetupError
from lambdas.search_setup.handler import apply, filled, put

KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI-EXAMPLE")


@dataclass
class Search:
    """What was asked, and what to answer: by path a list of statuses, the last for all that come later."""

    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    responses: dict[str, Any] = field(default_factory=dict)
    address: str = ""

    def answer(self, method: str, path: str) -> tuple[int, object]:
        """Take the next status that was planned for the path; 200 where none was."""
        planned = self.statuses.get(path, [200])
        status = planned.pop(0) if len(planned) > 1 else planned[0]
        bare = path.partition("?")[0]
        if method == "GET":
            return (200, self.known[bare]) if bare in self.known else (404, {})
        return status, {"error": {"reason": "mapping is wrong"}} if status >= 400 else self.responses.get(bare, {})


@pytest.fixture
def search() -> Iterator[Search]:
    made = Search()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            made.asked.append((self.command, self.path, dict(self.headers), body))
            status, content = made.answer(self.command, self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            """Nothing on the test's output."""

    for method in ("GET", "PUT", "POST"):
        setattr(Handler, f"do_{method}", Handler._take)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def domain(search: Search, pauses: list[float] | None = None) -> Domain:
    waited = pauses if pauses is not None else []
    return Domain(search.address, "us-east-1", lambda: KEYS, waited.append)


def test_documents_are_put_in_their_order_with_their_headers(search: Search) -> None:
    documents = [
        {"path": "/_snapshot/archive", "body": {"type": "s3"}},
        {"method": "POST", "path": "/_dashboards/x?overwrite=true", "body": [], "headers": {"osd-xsrf": "true"}},
    ]
    assert apply(domain(search), documents) == {"applied": 2}
    assert [(method, path) for method, path, _, _ in search.asked] == [
        ("PUT", "/_snapshot/archive"),
        ("POST", "/_dashboards/x?overwrite=true"),
    ]
    assert json.loads(search.asked[0][3]) == {"type": "s3"}
    assert search.asked[1][2]["osd-xsrf"] == "true"


def test_every_request_carries_a_signature_of_what_it_says(search: Search) -> None:
    """Signed again with the same key and time, by botocore, the request has the same signature."""
    put(domain(search), {"path": "/_index_template/a", "body": {"x": "é"}})
    method, path, headers, body = search.asked[0]
    again = AWSRequest(method, f"{search.address}{path}", data=body, headers={"Content-Type": "application/json"})
    again.context["timestamp"] = headers["X-Amz-Date"]
    again.headers["X-Amz-Date"] = headers["X-Amz-Date"]
    signer = SigV4Auth(KEYS, "es", "us-east-1")
    canonical = signer.canonical_request(again)
    signature = signer.signature(signer.string_to_sign(again, canonical), again)
    assert headers["Authorization"].endswith(f"Signature={signature}")


def test_a_policy_that_is_there_is_changed_by_the_version_seen(search: Search) -> None:
    policy = {"path": "/_plugins/_ism/policies/seven-days", "body": {}, "versioned": True}
    assert put(domain(search), policy) is None
    search.known["/_plugins/_ism/policies/seven-days"] = {"_seq_no": 7, "_primary_term": 2}
    assert put(domain(search), policy) is None
    puts = [path for method, path, _, _ in search.asked if method == "PUT"]
    assert puts == [policy["path"], f"{policy['path']}?if_seq_no=7&if_primary_term=2"]


def test_what_is_made_by_another_method_than_it_is_changed_by(search: Search) -> None:
    policy = {"path": "/_plugins/_sm/policies/daily", "body": {}, "versioned": True, "create": "POST"}
    assert put(domain(search), policy) is None
    search.known["/_plugins/_sm/policies/daily"] = {"_seq_no": 1, "_primary_term": 1}
    assert put(domain(search), policy) is None
    assert [method for method, *_ in search.asked if method != "GET"] == ["POST", "PUT"]


def test_what_fails_is_told_and_keeps_no_other_from_being_put(search: Search) -> None:
    search.statuses["/bad"] = [400]
    with pytest.raises(SetupError, match=r"^PUT /bad: HTTP 400: mapping is wrong$"):
        apply(domain(search), [{"path": "/bad"}, {"path": "/good"}])
    assert [path for _, path, _, _ in search.asked] == ["/bad", "/good"]


def test_an_object_that_is_refused_among_others_is_told(search: Search) -> None:
    refused = {"type": "search", "id": "slow", "error": {"statusCode": 400, "message": "no such pattern"}}
    search.responses["/many"] = {"saved_objects": [{"type": "index-pattern", "id": "logs"}, refused]}
    assert put(domain(search), {"method": "POST", "path": "/many"}) == "POST /many: search slow: no such pattern"
    search.responses["/many"]["saved_objects"].pop()
    assert put(domain(search), {"method": "POST", "path": "/many"}) is None


@pytest.mark.parametrize("busy", [429, 503])
def test_a_busy_domain_is_asked_again_and_not_for_ever(search: Search, busy: int) -> None:
    pauses: list[float] = []
    search.statuses |= {"/a": [busy, busy, 200], "/b": [busy]}
    assert put(domain(search, pauses), {"path": "/a"}) is None
    assert pauses == [2.0, 4.0]
    assert put(domain(search), {"path": "/b"}) == f"PUT /b: HTTP {busy}, 5 times"
    assert len([path for _, path, _, _ in search.asked if path == "/b"]) == 5


def test_a_domain_out_of_reach_is_told() -> None:
    nobody = Domain("http://127.0.0.1:9", "us-east-1", lambda: KEYS, lambda _: None)
    assert put(nobody, {"path": "/a"}) == "PUT /a: ConnectionRefusedError, 5 times"


def test_an_address_without_tls_is_refused() -> None:
    with pytest.raises(SetupError, match="with TLS"):
        Domain("http://logs.example.com", "us-east-1", lambda: KEYS)


def test_names_are_filled_in_and_a_missing_one_is_told() -> None:
    text = '[{"path": "/a", "body": {"bucket": "${bucket}", "cost": "$$5"}}]'
    assert filled(text, {"bucket": 'a"b'}) == [{"path": "/a", "body": {"bucket": 'a"b', "cost": "$5"}}]
    with pytest.raises(SetupError, match="bucket"):
        filled(text, {})
