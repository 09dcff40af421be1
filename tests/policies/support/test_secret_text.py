"""What is taken for a secret and what is not; every secret here is made up, and put together at run time."""

from __future__ import annotations

import re

import pytest

from policies.support.secret_text import FORMATS, find, names_a_secret

HEX = "0123456789abcdef" * 2
SAMPLES = {
    "an AWS access key id": "id = AKIA" + "QWERTYUIOPASDFGH",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEAx0x0\n",
    "a Slack webhook URL": "https://hooks.slack.com/" + "services/T00000000/B00000000/abcdefgh",
    "a Slack token": "xoxb-" + "1234567890-abcdef",
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a Grafana token": "glsa_" + "a1B2" * 8,
    "a JSON web token": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "a bearer token": "Authorization: Bearer " + "abc123def456ghi789",
    "a password in a URL": "postgres://app:" + "hunter2@db.internal/app",
    "a PagerDuty key": f"routing_key: '{HEX}'",
    "a password on a command line": "--db-password=" + "hunter2",
    "a password in a setting": 'username="app" password="' + 'hunter2";',
}
HARMLESS = [
    "https://hooks.slack.com/",
    "AKIA[0-9A-Z]{16}",  # the pattern that masks one
    "-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "uses bearer authentication everywhere it can",
    "Authorization: Bearer ${TOKEN}",
    "postgres://app:${PASSWORD}@db/app",
    "http://localhost:9090/api/v1/query?query=up@1",
    "arn:aws:iam::123456789012:role/app",
    "--password-file=/etc/secrets/db --token=$TOKEN",
    f"sha256: {HEX}{HEX}",
    "rate(token_requests_total[5m]) > 10",
    "",
]


def test_every_format_has_a_sample() -> None:
    assert set(SAMPLES) == set(FORMATS)


@pytest.mark.parametrize("kind", SAMPLES)
def test_recognises_a_format_and_only_that(kind: str) -> None:
    assert list(find({"note": SAMPLES[kind]})) == [(("note",), kind)]


@pytest.mark.parametrize("text", HARMLESS)
def test_leaves_what_only_looks_alike(text: str) -> None:
    assert list(find({"note": text})) == []


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "masterUserPassword",
        "DB_PASSWORD",
        "apiKey",
        "x-api-key",
        "routing_key",
        "clientSecret",
        "authToken",
        "ssl.keystore.password",
        "SecretString",
        "secretAccessKey",
        "integrationKey",
        "webhook_url",
        "token",
    ],
)
def test_knows_the_names_of_secrets(name: str) -> None:
    assert names_a_secret(name, "hunter2")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password_file", "hunter2"),
        ("secretName", "hunter2"),
        ("secretArn", "hunter2"),
        ("token_url", "https://example.com"),
        ("creationToken", "efs-1"),
        ("clientRequestToken", "abc"),
        ("existingSecret", "hunter2"),
        ("secret", "slack-webhook"),
        ("passwords_rotated", "yes"),
        ("tokenizer", "standard"),
        ("token", "/var/run/secrets/token"),
        ("password", "${DB_PASSWORD}"),
        ("password", "{{ .Values.password }}"),
        ("password", "$(cat /etc/secret)"),
        ("password", "arn:aws:secretsmanager:eu-west-1:1:secret:x"),
        ("password", "********"),
        ("secret", "true"),
        ("routing_key", "traceID"),
    ],
)
def test_leaves_references_and_harmless_names(name: str, value: str) -> None:
    assert not names_a_secret(name, value)


def test_a_dollar_within_a_password_is_no_placeholder() -> None:
    assert names_a_secret("password", "pa$$word")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}, "env/0/value"),
        ({"app.yaml": "db:\n  password: hunter2\n"}, "app.yaml/0/db/password"),
        ({"two.yml": "a: 1\n---\ntoken: hunter2\n"}, "two.yml/1/token"),
        ({"policy": '{"auth": [{"api_key": "hunter2"}]}'}, "policy/auth/0/api_key"),
        ({"fluent-bit.conf": "[OUTPUT]\n    HTTP_User app\n    HTTP_Passwd hunter2\n"}, "fluent-bit.conf/HTTP_Passwd"),
        ({"app.properties": "db.password=hunter2"}, "app.properties/db.password"),
    ],
)
def test_looks_within_lists_documents_and_settings(value: object, place: str) -> None:
    assert ["/".join(path) for path, _ in find(value)] == [place]


@pytest.mark.parametrize(
    "value",
    [
        {"passwordSecret": {"secretName": "kafka", "password": "user.password"}},
        {"secretKeyRef": {"name": "slack", "key": "token"}},
        {"env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]},
        {"broken.yaml": "a: ["},
        {"text": "{not json"},
        {"fluent-bit.conf": "[OUTPUT]\n    HTTP_Passwd ${PASSWORD}\n"},
        {"password": None, "token": 1, "secret": True},
        {"notes.md": "password hunter2\nis what the example says"},
    ],
)
def test_leaves_references_and_prose_within(value: object) -> None:
    assert list(find(value)) == []


def test_formats_do_not_backtrack_on_long_text() -> None:
    for pattern in FORMATS.values():
        assert re.search(pattern, "a:/ -=A" * 20_000) is None
