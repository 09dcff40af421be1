"""What of a span may be stored: agents and gateways both see to it, from the rules that hold for log lines."""

from compiler.catalog import Catalog
from compiler.traces.parts import Config


def processors(catalog: Catalog) -> Config:
    """Return the processors that take out and mask, by name, in the order in which they run."""
    patterns = [pattern.expression for pattern in catalog.log_schema.patterns]
    return {
        "redaction": {
            "allow_all_keys": True,
            "redact_all_types": True,
            "blocked_values": patterns,
            "summary": "silent",
        }
    }
