"""What the end-to-end tests share: one organisation of real processes for a module."""

from collections.abc import Iterator

import pytest

from tests.e2e.hostile_play import Cast, cast_of
from tests.support.organisation import BACK, Stage, stage_fixture


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """CA, relay, a desktop, a user and a helper, all real."""
    yield from stage_fixture(tmp_path_factory.mktemp("stage"), settings={"timing": {"interrupted": BACK}})


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    """Two users and two helpers, who come to the relay when it has become hostile."""
    return cast_of(stage)
