"""Errors for Sentry, where its DSN is given: a share of transactions and profiles, and no personal data."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from opentelemetry import trace

from instrumentation.errors import ContractError
from instrumentation.extras import extra
from instrumentation.scrubbing import Scrubber

if TYPE_CHECKING:
    from instrumentation.asgi import App

_SECONDS = 2.0
"""To send what is left; Sentry's own default."""
SHARE = 0.1
"""Of transactions and of profiles. Source: recommendation-service document, "Sentry Integration"."""


class Sentry:
    """Sentry's SDK, as this package sets it up."""

    def __init__(self, dsn_file: Path, scrubber: Scrubber, facts: Mapping[str, str]) -> None:
        """Initialize the SDK.

        Args:
            dsn_file: the file of Sentry's DSN, which allows sending.
            scrubber: of reports.
            facts: service, workload, environment and instance.

        Raises:
            ContractError: where the address cannot be read, or the extra `sentry` is not installed.
        """
        sentry_sdk = extra("sentry_sdk", "sentry", "SENTRY_DSN_FILE")
        self._sdk = sentry_sdk
        self._scrubber = scrubber
        sentry_sdk.init(
            dsn=_read(dsn_file),
            environment=facts["environment"],
            server_name=facts["instance"],
            traces_sample_rate=SHARE,
            # The guide's profiles_sample_rate, by the option that is not deprecated.
            profile_session_sample_rate=SHARE,
            profile_lifecycle="trace",
            # `send_default_pii` stays at its default, off; setting it is deprecated.
            include_local_variables=False,
            max_request_body_size="never",
            auto_enabling_integrations=False,
            # The trace context is propagated by OpenTelemetry; Sentry's headers would go to third parties too.
            trace_propagation_targets=[],
            before_send=self._report,
            before_send_transaction=self._report,
            before_breadcrumb=self._crumb,
        )
        sentry_sdk.set_tags({"service": facts["service"], "workload": facts["workload"]})

    def context(self, fields: Mapping[str, Any]) -> None:
        """Add context to the reports of this request; a user by the hash of `user_id`."""
        self._sdk.set_context("request_fields", dict(fields))
        if fields.get("user_id"):
            self._sdk.set_user({"id": str(fields["user_id"])})

    def asgi(self, app: "App") -> "App":
        """Return the application with a scope and a transaction for each request; unhandled errors are reported."""
        middleware = extra("sentry_sdk.integrations.asgi", "sentry", "SENTRY_DSN_FILE").SentryAsgiMiddleware
        return cast("App", middleware(app, mechanism_type="asgi"))

    def capture(self, error: Exception) -> None:
        """Report an error, and wait until it is sent: a function is frozen after its answer."""
        self._sdk.capture_exception(error)
        self._sdk.flush(timeout=_SECONDS)

    def close(self) -> None:
        """Flush and close."""
        self._sdk.get_client().close(timeout=_SECONDS)

    def _report(self, event: Mapping[str, Any], _hint: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the report scrubbed, or None, so that one which cannot be scrubbed is dropped."""
        try:
            kept = self._scrubber.event(event)
        except Exception:
            return None
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            kept["tags"] = {**kept.get("tags", {}), "trace_id": f"{context.trace_id:032x}"}
        return kept

    def _crumb(self, crumb: Mapping[str, Any], _hint: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            return self._scrubber.crumb(crumb)
        except Exception:
            return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ContractError(f"{path}: expected the file with Sentry's address: {error.strerror}") from None
