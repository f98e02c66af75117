"""What the tests of both programs' windows share: two desks for a module."""

import contextlib
from collections.abc import Iterator

import pytest

from tests.support.organisation import run_now
from tests.support.two_desks import Desks, desks


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """CA and relay, two screens, and two people who are enrolled."""
    stack = contextlib.AsyncExitStack()
    made = run_now(stack.enter_async_context(desks(tmp_path_factory.mktemp("desks"))))
    yield made
    run_now(stack.aclose())
