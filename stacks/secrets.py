"""The names of the secrets that a stack's config, or AWS Secrets Manager, holds.

Imports no SDK: what only reads settings, such as `make check`, need not wait for one.
"""

from compiler.catalog.catalog import Catalog
from compiler.logs.kafka import AGENT, COLLECTOR, JOB
from compiler.model.platform import Secretive
from compiler.routing.alertmanager import SMTP_AUTH_FILE
from compiler.traces.deployed import ENTRANCE

PASSWORDS = {user: f"kafka-{user}-password" for user in (AGENT, COLLECTOR, JOB)}
"""The secrets of MSK's users; Strimzi makes its own."""
HASH_KEY = "log-hash-key"
"""The secret of the keyed hash of ids."""
SENTRY = "sentry-dsn"
"""The secret with Sentry's address for this platform's services."""
APM_KEY = "apm-key"
"""The secret that the APM vendor knows us by."""


def certificate_secrets(entrance: str) -> tuple[str, str, str]:
    """Return the names of the secrets with an entrance's certificate, its key, and the authority of its clients."""
    return f"{entrance}-certificate", f"{entrance}-key", f"{entrance}-clients-ca"


def secret_names(catalog: Catalog) -> set[str]:
    """Return the config keys that hold secrets: receivers', passwords, keys, certificates of entrances."""
    receivers = {channel.secret for channel in catalog.routing.channels.values() if isinstance(channel, Secretive)}
    certificates = {name for entrance in (COLLECTOR, ENTRANCE) for name in certificate_secrets(entrance)}
    return receivers | certificates | {SMTP_AUTH_FILE, HASH_KEY, SENTRY, APM_KEY, *PASSWORDS.values()}
