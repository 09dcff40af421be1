"""What agents, the entrance and the gateways have in common: collectors with a queue on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from compiler.traces.parts import POD_IP, STORAGE
from components.parts.reach import Reach
from components.traces.collector import CollectorArgs, Queue


@dataclass(frozen=True)
class SpanCollectorArgs:
    """How such a collector runs.

    Attributes:
        namespace: where.
        image: with its version.
        configuration: the collector's own.
        labels: what the monitor of its metrics finds it by.
        memory_mib: what it asks for and is limited to.
        queue_gib: how much may wait.
        after: what must be there before: the operator.
    """

    namespace: pulumi.Input[str]
    image: str
    configuration: Mapping[str, object]
    labels: Mapping[str, str]
    memory_mib: int
    queue_gib: int
    after: Sequence[pulumi.Resource]

    def collector(
        self, mode: str, cpu: str, reached: Sequence[Reach], storage_class: str | None = None
    ) -> CollectorArgs:
        """Return the collector's arguments; the class of storage is that of a StatefulSet's volumes."""
        return CollectorArgs(
            namespace=self.namespace,
            image=self.image,
            mode=mode,
            configuration=self.configuration,
            labels=self.labels,
            cpu=cpu,
            memory_mib=self.memory_mib,
            reached=reached,
            facts={POD_IP: "status.podIP"},
            queue=Queue(STORAGE, self.queue_gib, storage_class),
            after=self.after,
        )
