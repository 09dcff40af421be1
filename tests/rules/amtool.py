"""Gives amtool the rendered configuration, whichever release the machine has.

`url_file` of a webhook came with Alertmanager 0.26 (its CHANGELOG.md, 0.26.0); production runs a later one. An amtool
before that, such as Debian's 0.25, gets an address in its place: all else is judged the same. `make e2e` builds 0.28
and gives it the configuration as it is.
"""

import json
from pathlib import Path

from compiler.catalog.yaml_source import parse
from tests.tools.finder import version

URL_FILE_SINCE = (0, 26)


def readable(program: Path, configuration: str) -> str:
    """Return a configuration as that amtool can read it: as it is, or with an address for each webhook's `url_file`."""
    if version(program) >= URL_FILE_SINCE:
        return configuration
    document = parse(configuration, "alertmanager.yaml").data
    assert isinstance(document, dict)
    # A configuration without receivers is amtool's to refuse, in its own words.
    for receiver in document.get("receivers", ()):
        for webhook in receiver.get("webhook_configs", ()):
            if "url_file" in webhook:
                webhook["url"] = f"http://127.0.0.1{webhook.pop('url_file')}"
    return json.dumps(document, ensure_ascii=False)
