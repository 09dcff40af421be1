"""The certificate of an entrance for clients outside of the cluster, as a Secret that its pods mount."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

FILES = ("tls.crt", "tls.key", "ca.crt")
"""The files of the secret."""


@dataclass(frozen=True)
class EntranceCertificate:
    """What an entrance shows, and whom it lets in; each in PEM.

    Attributes:
        certificate: of the entrance, and of those that signed it.
        key: of the certificate.
        clients_authority: the certificates of those who sign the certificates of clients.
    """

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]
    clients_authority: pulumi.Output[str]

    @property
    def files(self) -> Mapping[str, pulumi.Input[str]]:
        """The files of the secret by their names."""
        return dict(zip(FILES, (self.certificate, self.key, self.clients_authority), strict=True))


def secret_name(entrance: str) -> str:
    """Return the name of the secret of an entrance."""
    return f"{entrance}-certificate"


def certificate_secret(
    entrance: str,
    namespace: pulumi.Input[str],
    certificate: EntranceCertificate,
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Secret:
    """Make the secret, so that it is there before the pods that mount it."""
    name = secret_name(entrance)
    return k8s.core.v1.Secret(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=namespace),
        string_data={file: pulumi.Output.secret(text) for file, text in certificate.files.items()},
        opts=opts,
    )
