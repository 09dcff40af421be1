"""What Sentry would receive, checked as a whole."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from instrumentation import ContractError
from instrumentation.asgi import Receive, Scope, Send
from instrumentation.scrubbing import Scrubber
from instrumentation.sentry import SHARE, Sentry
from tests.instrumentation.conftest import Watched, Watching
from tests.instrumentation.test_asgi import ask
from tests.pipelines import sensitive

# A report shows the lines of code around a failure: so the secrets stand here.
SAID: dict[str, Any] = {"user_id": 12345, "location": "37.7749,-122.4194", "radius_km": 5, "access_token": "tok-1"}
EXTRA = {"location": {"lat": 37.7749}, "user": {"password": "p-4-p-4", "page": 2}}
CRUMB: dict[str, Any] = {"message": "to a@example.com", "data": {"customer_id": 77777, "ids": ["b@example.com"]}}
FAILURE = "password=hunter2hunter2"
FACTS = {"environment": "prod", "instance": "pod-1", "service": "recommendation-service", "workload": "w"}


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent += [item.payload.json for item in envelope.items if item.payload.json]


@pytest.fixture
def reported(watching: Watching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Watched, Kept]]:
    kept, begin = Kept(), sentry_sdk.init
    monkeypatch.setattr(sentry_sdk, "init", lambda **options: begin(**options, transport=kept))
    dsn = tmp_path / "dsn"
    dsn.write_text("https://public@sentry.example.com/1\n")
    watched = watching()
    with sentry_sdk.isolation_scope():
        watched.watch._sentry = Sentry(dsn, Scrubber(watched.watch._cleaner), FACTS)
        yield watched, kept
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def test_a_tenth_and_nobodys_data(reported: tuple[Watched, Kept]) -> None:
    assert reported
    options = sentry_sdk.get_client().options
    assert options["traces_sample_rate"] == options["profile_session_sample_rate"] == SHARE == 0.1
    assert not options["send_default_pii"]
    assert options["include_local_variables"] is False
    assert options["trace_propagation_targets"] == []


def fail(watched: Watched) -> None:
    watched.watch.error_context(**SAID)
    sentry_sdk.add_breadcrumb(CRUMB)
    sentry_sdk.set_extra("asked", EXTRA)
    with watched.watch.span("ml_inference", inference_time_ms=1.0):
        try:
            int(FAILURE)
        except ValueError:
            sentry_sdk.capture_exception()


def test_a_report_holds_no_secret_and_leads_to_its_trace(reported: tuple[Watched, Kept]) -> None:
    watched, kept = reported
    fail(watched)
    (event,) = kept.sent
    text = json.dumps(event)
    for secret in ("hunter2", "12345", "37.7749", "122.4194", "tok-1", "@example", "77777", "p-4-p-4"):
        assert secret not in text, secret
    assert event["user"] == {"id": "hmac:57fa081892da03e62bd36b7f838482be"}
    assert event["contexts"]["request_fields"] == {"user_id_hash": event["user"]["id"], "radius_km": 5}
    assert event["extra"]["asked"] == {"location": {}, "user": {"page": 2}}
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert len(event["tags"]["trace_id"]) == 32
    assert event["tags"]["service"] == "recommendation-service"


def test_a_request_is_reported_with_its_own_user_and_without_what_the_client_sent(
    reported: tuple[Watched, Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, kept = reported
    monkeypatch.setitem(sentry_sdk.get_client().options, "traces_sample_rate", 1.0)

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        watched.watch.error_context(user_id=scope["path"])
        raise ValueError(FAILURE)

    wrapped = watched.watch.asgi(app)
    for path in ("/a", "/b"):
        headers = {"cookie": "s3cr3t", "x-forwarded-for": "81.2.69.1"}
        assert ask(wrapped, "POST", f"{path}?token=abcdefgh", headers).status_code == 500
    text = json.dumps(kept.sent)
    for secret in ("s3cr3t", "81.2.69.1", "abcdefgh", "hunter2"):
        assert secret not in text, secret
    errors = [one for one in kept.sent if "exception" in one]
    transactions = [one for one in kept.sent if one.get("type") == "transaction"]
    assert len(errors) == len(transactions) == 2
    assert errors[0]["user"] != errors[1]["user"]
    assert errors[0]["request"] == {"method": "POST", "url": "http://service/a"}
    assert errors[0]["tags"]["trace_id"] == watched.lines[0]["trace_id"]


def test_a_function_that_fails_is_reported(reported: tuple[Watched, Kept]) -> None:
    watched, kept = reported

    @watched.watch.handler("recommendation_pipeline", event="recommendation_request")
    def handler(_event: object, _context: object) -> None:
        raise ValueError(FAILURE)

    with pytest.raises(ValueError, match="password"):
        handler({}, None)
    (event,) = kept.sent
    assert event["exception"]["values"][0]["value"] == "[removed]"


def test_what_frameworks_add_of_a_request_goes(watching: Watching) -> None:
    scrub = Scrubber(watching().watch._cleaner)
    event = {
        "request": {
            "url": "http://x/y?token=1",
            "method": "GET",
            "headers": {"cookie": "s"},
            "data": "d",
            "env": {"REMOTE_ADDR": "1"},
        },
        "user": {"ip_address": "10.0.0.1", "email": "a@example.com"},
        "server_name": "pod-1",
    }
    assert scrub.event(event) == {"request": {"method": "GET", "url": "http://x/y"}, "server_name": "pod-1"}


def test_no_secret_of_the_corpus_passes(watching: Watching) -> None:
    scrub = Scrubber(watching("recsys-saas", "backend-api").watch._cleaner)
    for seed in range(300):
        random = Random(seed)
        text, secret = sensitive.sentence(random)
        hidden = sensitive.opaque(random)
        key = random.choice(sensitive.KEYS + sensitive.ID_KEYS)
        event = {
            "exception": {"values": [{"value": text, "type": "E"}]},
            "breadcrumbs": {"values": [{"message": text, "data": {"a": [{key: hidden.value}], "b": text}}]},
            "extra": {"deep": {"er": [{key: hidden.value, "note": text}]}},
        }
        assert sensitive.leaks(json.dumps(scrub.event(event)), [secret, hidden]) == [], event


def test_a_report_that_cannot_be_cleaned_is_not_sent(
    reported: tuple[Watched, Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, kept = reported
    monkeypatch.setattr(Scrubber, "event", lambda *_: 1 / 0)
    fail(watched)
    assert kept.sent == []


def test_an_address_that_cannot_be_read_takes_no_service_down(watching: Watching, tmp_path: Path) -> None:
    watched = watching(sentry_dsn_file=tmp_path / "none")
    watched.watch._report()
    assert "expected the file with Sentry's address" in watched.line["message"]
    with pytest.raises(ContractError):
        watching(environment="development", sentry_dsn_file=tmp_path / "none").watch._report()


def test_an_extra_that_is_not_installed_is_named(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyroscope", None)
    watched = watching(pyroscope_address="http://127.0.0.1:1")
    watched.watch._report()
    assert "pip install observability-instrumentation[profiling]" in watched.line["message"]
