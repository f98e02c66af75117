"""Which input method Qt loads: what composes Japanese, say, out of keys. Decided here, before there is an application.

Qt's wheels have plugins for IBus and for compose keys, and none for fcitx, which desktops in Japanese name. fcitx5 speaks
IBus' protocol too, on the session bus, where IBus has its portal: so Qt is told to try that after whatever was asked for.
"""

import contextlib
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Final

LIST: Final = "QT_IM_MODULES"  # names, tried in order; one that has no plugin is passed over
ONE: Final = "QT_IM_MODULE"  # the same with one name; only read where the list is empty
XIM: Final = "XMODIFIERS"  # says it for every program of the desktop: @im=fcitx
PORTAL: Final = "IBUS_USE_PORTAL"
IBUS: Final = "ibus"
FCITX: Final = frozenset({"fcitx", "fcitx5"})


@contextlib.contextmanager
def chosen(environ: MutableMapping[str, str], *, platform: str = sys.platform) -> Iterator[None]:
    """Within the block Qt finds in `environ` what it shall load. Behind it all is as before: programs that we start have their own."""
    before = {name: environ.get(name) for name in (LIST, PORTAL)}
    environ.update(said_to_qt(environ, platform=platform))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = value


def said_to_qt(environ: Mapping[str, str], *, platform: str = sys.platform) -> dict[str, str]:
    """What is to be added to the environment. A plugin that was asked for and exists comes first, and stays the one."""
    if platform in {"win32", "darwin"}:
        return {}
    asked = [name for name in environ.get(LIST, "").split(";") if name] or [
        name for name in (environ.get(ONE, ""),) if name
    ]
    meant = {*asked, _of_x(environ.get(XIM, ""))}
    if not meant & {IBUS, *FCITX}:
        return {}
    # Nothing was asked of Qt: a Wayland desktop's own way comes first, which no plugin of X11 answers to.
    wanted = asked or ["wayland"]
    said = {LIST: ";".join([*wanted, *(name for name in (IBUS,) if name not in wanted)])}
    if meant & FCITX and PORTAL not in environ:
        said[PORTAL] = "1"
    return said


def _of_x(modifiers: str) -> str:
    """The input method that XMODIFIERS names: `@im=fcitx`, with other modifiers beside it or without."""
    for part in modifiers.split("@"):
        key, _, value = part.partition("=")
        if key == "im":
            return value.strip()
    return ""
