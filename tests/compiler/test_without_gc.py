"""The garbage collector's state is restored, whatever happens in between."""

import gc

import pytest

from compiler.errors import UserError
from compiler.without_gc import uncollected


@pytest.mark.parametrize("collecting", [True, False])
def test_the_collector_is_as_it_was_before(*, collecting: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() is collecting
        with pytest.raises(UserError, match="wrong"), uncollected():
            raise UserError("wrong")
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()
