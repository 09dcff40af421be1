"""A real Kubernetes API server on etcd, on free loopback ports.

No controller runs beside it: what is applied is checked, defaulted and kept, and no pod follows. The one thing that a
controller has to do for a sandbox, to let a deleted namespace go, is done here (`NamespaceFinalizer`).
"""

import json
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e.servers import Server

Started = TypeVar("Started")
ATTEMPTS = 3
"""Somebody may take a free port between its choice and its use."""
ANSWER = 60.0
"""Seconds after which the server itself gives up a request (kube-apiserver, --request-timeout); a busy one is slow."""
FINALIZER_PERIOD = 0.2
"""Seconds between two looks at the namespaces."""
CONTENTS = {"PATCH": "application/merge-patch+json", "APPLY": "application/apply-patch+yaml"}
"""By the method; `APPLY` is a PATCH by server-side apply."""


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Etcd(Server):
    """etcd for one API server, without a disk's caution: it lives as long as the test."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._client, peer = f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
        options = [
            f"--data-dir={folder / 'etcd-data'}",
            f"--listen-client-urls=http://{self._client}",
            f"--advertise-client-urls=http://{self._client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
        ]
        super().__init__("etcd", [program, *options], folder, ready="/health")

    def _address(self) -> str:
        self.alive()
        return self._client


class ApiServer(Server):
    """kube-apiserver with RBAC, one administrator by token, and a certificate that it makes itself."""

    def __init__(self, program: Path, etcd: str, folder: Path) -> None:
        self._port = free_port()
        self._certificates = folder / "certificates"
        self._kinds: dict[str, list[dict[str, Any]]] = {}
        self.token = secrets.token_hex(16)
        (folder / "tokens.csv").write_text(f'{self.token},admin,1,"system:masters"\n')
        key = folder / "service-accounts.pem"
        key.write_bytes(_private_key())
        options = [
            f"--etcd-servers=http://{etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={self._certificates}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-cluster-ip-range=10.0.0.0/24",
            # Loopback is no address for an endpoint, and no pod will look for one.
            "--endpoint-reconciler-type=none",
        ]
        super().__init__("kube-apiserver", [program, *options], folder)

    @property
    def certificate(self) -> Path:
        """What a client has to trust."""
        return self._certificates / "apiserver.crt"

    def _address(self) -> str | None:
        self.alive()
        return f"127.0.0.1:{self._port}" if self.certificate.is_file() else None

    def _ready(self) -> bool:
        self.alive()
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def call(self, method: str, path: str, content: object = None) -> tuple[int, Any]:
        """Call the API as its administrator; return the status and the answer, as JSON where it is that.

        Raises:
            OSError: when nobody answers.
        """
        trust = ssl.create_default_context(cafile=str(self.certificate))
        connection = HTTPSConnection("127.0.0.1", self._port, timeout=ANSWER, context=trust)
        kind = {"Content-Type": CONTENTS.get(method, "application/json")}
        method = "PATCH" if method == "APPLY" else method
        body = None if content is None else json.dumps(content)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {self.token}", **kind})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text.startswith("{") else text

    def items(self, path: str) -> list[dict[str, Any]]:
        """Return the objects of a list such as `/api/v1/namespaces`.

        Raises:
            OSError: when the server does not list it.
        """
        status, found = self.call("GET", path)
        if status != 200:
            raise OSError(f"{path}: expected status 200, found {status}: {found}")
        return list(found["items"])

    def path(self, manifest: Mapping[str, Any]) -> str:
        """Return the path of an object, such as `/apis/apps/v1/namespaces/default/statefulsets/s`."""
        version, metadata = manifest["apiVersion"], manifest["metadata"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if root not in self._kinds:
            self._kinds[root] = self.call("GET", root)[1]["resources"]
        (kind,) = [each for each in self._kinds[root] if each["kind"] == manifest["kind"] and "/" not in each["name"]]
        space = f"namespaces/{metadata['namespace']}/" if kind["namespaced"] else ""
        return f"{root}/{space}{kind['name']}/{metadata['name']}"

    def apply(self, manifest: Mapping[str, Any], *, keep: bool = True, force: bool = True, manager: str = "e2e") -> str:
        """Apply an object, or dry-run it; return nothing, or the status and the server's error."""
        query = f"fieldManager={manager}&force={force}&fieldValidation=Strict" + ("" if keep else "&dryRun=All")
        status, answer = self.call("APPLY", f"{self.path(manifest)}?{query}", manifest)
        return "" if status in {200, 201} else f"{status}: {answer['message']}"

    def kubeconfig(self, path: Path) -> Path:
        """Write what kubectl needs (JSON is YAML) and return the file."""
        cluster = {"server": f"https://{self.address}", "certificate-authority": str(self.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "e2e", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": self.token}}],
            "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "admin"}}],
            "current-context": "e2e",
        }
        path.write_text(json.dumps(config))
        return path


def _private_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)


class NamespaceFinalizer:
    """Lets go of deleted namespaces, as the controller manager does; what is in them must be gone by then.

    Only claims may be there: they outlive what used them, and go with their namespace. The controller manager removes
    everything else as well (Kubernetes 1.36, pkg/controller/namespace/deletion); here it would hide what a `destroy`
    forgot.
    """

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="namespaces")
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(FINALIZER_PERIOD):
            with suppress(OSError):  # too busy to answer: the next look finds the same
                self._look()

    def _look(self) -> None:
        for space in self._server.items("/api/v1/namespaces"):
            path = f"/api/v1/namespaces/{space['metadata']['name']}"
            if space["metadata"].get("deletionTimestamp") and not self._claims(path):
                self._server.call("PUT", f"{path}/finalize", {**space, "spec": {"finalizers": []}})

    def _claims(self, namespace: str) -> int:
        """Delete the claims and their protection, which is a controller's as well, and return how many there were."""
        claims = self._server.items(f"{namespace}/persistentvolumeclaims")
        for claim in claims:
            path = f"{namespace}/persistentvolumeclaims/{claim['metadata']['name']}"
            self._server.call("PATCH", path, {"metadata": {"finalizers": None}})
            self._server.call("DELETE", path)
        return len(claims)

    def close(self) -> None:
        """End it."""
        self._ended.set()
        self._thread.join()


@contextmanager
def cluster(programs: Mapping[str, Path], folder: Path) -> Iterator[ApiServer]:
    """Run etcd, kube-apiserver and the finalizer of namespaces, and end them in reverse."""
    with ExitStack() as running:
        etcd = attempt(lambda home: Etcd(programs["etcd"], home), folder / "etcd")
        running.callback(etcd.close)
        server = attempt(lambda home: ApiServer(programs["kube-apiserver"], etcd.address, home), folder / "server")
        running.callback(server.close)
        running.callback(NamespaceFinalizer(server).close)
        yield server


def attempt(make: Callable[[Path], Started], folder: Path) -> Started:
    """Start a server whose ports were free just now, and again with others when one was not any more."""
    for number in range(1, ATTEMPTS):
        with suppress(_PortTakenError):
            return _try(make, folder / str(number))
    return _try(make, folder / str(ATTEMPTS))


def _try(make: Callable[[Path], Started], home: Path) -> Started:
    home.mkdir(parents=True)
    try:
        return make(home)
    except ChildProcessError as error:
        if "address already in use" in str(error):
            raise _PortTakenError from error
        raise


class _PortTakenError(ChildProcessError):
    """Somebody else was faster."""
