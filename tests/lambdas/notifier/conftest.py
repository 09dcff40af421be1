"""A notifier with its receivers."""

from collections.abc import Iterator

import pytest

from tests.e2e.receivers import HttpReceiver
from tests.lambdas.notifier.rig import Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    http = HttpReceiver()
    yield Rig(http)
    http.close()
