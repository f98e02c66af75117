"""Every window has the program's icon."""

import pytest

from common.ui.language import Speech
from common.ui.theme import Theme
from tests.gui.test_every_window import shown
from tests.support.looks import Scene, load


@pytest.mark.parametrize("scene", load(), ids=lambda scene: scene.name)
async def test_it_has_one(scene: Scene, speech: Speech, theme: Theme) -> None:
    """As the desktop shows it beside the title and on the task bar."""
    async with shown(scene) as window:
        assert not window.window().windowIcon().isNull()
