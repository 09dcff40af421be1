"""Nothing real can be reached, whatever the user's environment says."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.guard import EgressError, is_loopback, isolated
from tests.sandbox.lab import Lab

REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "http://192.0.2.1",
    "AWS_ENDPOINT_URL_SNS": "http://192.0.2.1",
    "AWS_CA_BUNDLE": "/nowhere/ca.pem",
    "HTTPS_PROXY": "http://192.0.2.1:3128",
    "http_proxy": "http://192.0.2.1:3128",
    "PULUMI_CONFIG": '{"toy:x": "from the environment"}',
}


@pytest.fixture
def real_looking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    (tmp_path / "kubeconfig").write_text("clusters: [{name: c, cluster: {server: 'https://prod.example.org'}}]")
    (tmp_path / "credentials").write_text("[production]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n")
    for name, value in REAL_LOOKING.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.mark.usefixtures("real_looking")
def test_a_run_ignores_the_users_clouds(cloud: Lab) -> None:
    result = cloud.up("""
        import os
        aws.sns.Topic("t", name="t")
        k8s.core.v1.Namespace("n", metadata={"name": "n"})
        pulumi.export("seen", {k: v for k, v in os.environ.items() if k.startswith(("AWS_", "KUBE"))})
        pulumi.export("x", pulumi.Config().get("x") or "")
    """)
    assert result.ops() == {"create": 2}
    seen = result.outputs["seen"]
    assert seen["AWS_ACCESS_KEY_ID"] == "sandbox"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"} & set(seen)
    assert seen["KUBECONFIG"] == os.devnull
    assert result.outputs["x"] == ""
    assert os.environ["AWS_PROFILE"] == "production"


@pytest.mark.parametrize(
    "attempt",
    [
        'socket.create_connection(("192.0.2.1", 443), timeout=1)',
        'socket.getaddrinfo("sts.amazonaws.com", 443)',
        'with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.sendto(b"x", ("192.0.2.1", 53))',
        'import urllib.request; urllib.request.urlopen("http://192.0.2.1/")',
    ],
)
def test_a_program_cannot_reach_out(lab: Lab, attempt: str) -> None:
    lab.write(f"import socket\n{attempt}")
    with pytest.raises(UserError, match="talks to loopback only; refused"):
        lab.run("preview")


def test_the_guard_ends_with_the_run() -> None:
    with isolated(), pytest.raises(EgressError):
        socket.getaddrinfo("192.0.2.1", 1)
    assert socket.getaddrinfo("192.0.2.1", 1)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.9.9.9", True), ("10.0.0.1", False),
     ("localhost.example.org", False), ("192.168.0.1", False)],
)  # fmt: skip
def test_what_counts_as_loopback(host: str, expected: object) -> None:
    assert is_loopback(host) is expected
