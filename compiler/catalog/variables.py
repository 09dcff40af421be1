"""Variables in dashboard texts: `$name` or `${name}`, which Grafana fills in before it asks Prometheus."""

import re
from collections.abc import Mapping

# Grafana's own variables that stand for a duration (docs: Prometheus template variables, global variables). A duration
# has to be put in their place before an expression parses; five minutes are as good as any.
BUILT_IN: Mapping[str, str] = {"__rate_interval": "5m", "__interval": "5m", "__range": "5m"}

# A name begins with a letter or underscore: $1 is a group of label_replace, and $ alone ends a regular expression.
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)(?::\w+)?\}|([A-Za-z_]\w*))")


def used(text: str) -> frozenset[str]:
    """Return the names of the variables in a text, Grafana's own left out."""
    return frozenset(match[1] or match[2] for match in _VARIABLE.finditer(text)) - BUILT_IN.keys()


def fill(text: str, values: Mapping[str, str] = BUILT_IN) -> str:
    """Put values in place of the variables that have one; others stay as they are."""
    return _VARIABLE.sub(lambda match: values.get(match[1] or match[2], match[0]), text)
