"""Qt loads what the desktop composes with: through IBus' protocol where fcitx has no plugin."""

import pytest

from common.ui.input_method import chosen, said_to_qt

LIST, ONE, XIM, PORTAL = "QT_IM_MODULES", "QT_IM_MODULE", "XMODIFIERS", "IBUS_USE_PORTAL"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, {}),
        ({ONE: "fcitx"}, {LIST: "fcitx;ibus", PORTAL: "1"}),
        ({ONE: "fcitx5", XIM: "@im=fcitx"}, {LIST: "fcitx5;ibus", PORTAL: "1"}),
        ({ONE: "xim", XIM: "@im=fcitx"}, {LIST: "xim;ibus", PORTAL: "1"}),
        ({XIM: "@im=fcitx"}, {LIST: "wayland;ibus", PORTAL: "1"}),
        ({XIM: "@sv=x@im=fcitx5"}, {LIST: "wayland;ibus", PORTAL: "1"}),
        ({LIST: "wayland;fcitx", ONE: "compose"}, {LIST: "wayland;fcitx;ibus", PORTAL: "1"}),
        ({LIST: "wayland;fcitx;ibus", XIM: "@im=fcitx"}, {LIST: "wayland;fcitx;ibus", PORTAL: "1"}),
        ({ONE: "ibus", XIM: "@im=ibus"}, {LIST: "ibus"}),
        ({XIM: "@im=ibus"}, {LIST: "wayland;ibus"}),
        ({ONE: "fcitx", PORTAL: "0"}, {LIST: "fcitx;ibus"}),
        ({ONE: "compose"}, {}),
        ({ONE: "uim", XIM: "@im=uim"}, {}),
        ({XIM: "im=fcitx nonsense"}, {}),
    ],
)
def test_what_was_asked_for_comes_first(environ: dict[str, str], said: dict[str, str]) -> None:
    """A name without a plugin is passed over by Qt, so IBus behind it takes nothing from one that has its plugin."""
    assert said_to_qt(environ, platform="linux") == said


def test_windows_and_macos_compose_by_themselves() -> None:
    """Qt uses the system's own there."""
    for platform in ("win32", "darwin"):
        assert said_to_qt({ONE: "fcitx", XIM: "@im=fcitx"}, platform=platform) == {}


def test_programs_that_are_started_find_their_own() -> None:
    """A browser may well have a plugin for fcitx."""
    before = {ONE: "fcitx", PORTAL: "0"}
    for start in (before, {ONE: "fcitx"}, {LIST: "fcitx"}):
        environ = dict(start)
        with chosen(environ, platform="linux"):
            assert "ibus" in environ[LIST]
        assert environ == start
