"""What the tests of both programs' windows share: two screens for a module."""

import contextlib
from collections.abc import Iterator

import pytest

from tests.support.organisation import run_now
from tests.support.two_screens import TwoScreens, two_screens


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoScreens]:
    """CA and relay, two screens, and two people who are enrolled."""
    stack = contextlib.AsyncExitStack()
    made = run_now(stack.enter_async_context(two_screens(tmp_path_factory.mktemp("screens"))))
    yield made
    run_now(stack.aclose())
