"""The moto server's process: `python -m sandbox.aws.server NOTE TOKEN [PORT]`.

It binds loopback, writes its address to NOTE once it listens, and answers `/_sandbox` with TOKEN, by which the sandbox
knows its own server. It refuses egress too, since parts of moto would call real endpoints.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from sandbox.guard import block_egress


def main(note: str, token: str, port: str = "0") -> None:
    """Serve until it is terminated."""
    block_egress()
    # Imported here: nothing of moto may run before the guard above.
    backend = import_module("moto.moto_server.werkzeug_app")
    moto = backend.DomainDispatcherApplication(backend.create_backend_app)

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/_sandbox":
            start("200 OK", [("Content-Type", "text/plain")])
            return [token.encode()]
        answer: Iterable[bytes] = moto(environ, start)
        return answer

    server = import_module("werkzeug.serving").make_server("127.0.0.1", int(port), application, threaded=True)
    path = Path(note)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"pid": os.getpid(), "port": server.server_port, "token": token}), encoding="utf-8")
    draft.replace(path)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
