"""Kubernetes' quantities of cores and bytes."""

import re
from decimal import Decimal

_KIB = Decimal(1024)
GIB = _KIB**3
"""The bytes of a GiB."""
# Source: Kubernetes API conventions, quantities: milli, decimal and binary suffixes.
_BINARY = {f"{letter}i": _KIB**power for power, letter in enumerate("KMGTP", start=1)}
_DECIMAL = {letter: Decimal(1000) ** power for power, letter in enumerate("kMGTP", start=1)}
_UNITS = {"": Decimal(1), "m": Decimal("0.001"), **_DECIMAL, **_BINARY}
_QUANTITY = re.compile(rf"(\d+(?:\.\d+)?)({'|'.join(_UNITS)})", re.ASCII)


def quantity(value: object) -> Decimal:
    """Return a quantity as a number of cores or bytes; 0 for an unknown or missing value."""
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        return Decimal(0)
    return Decimal(match[1]) * _UNITS[match[2]]
