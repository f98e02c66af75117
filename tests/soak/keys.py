"""A helper's keys: random characters into real programs under many layouts, and how soon they are there."""

import asyncio
import contextlib
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from common.host.x11 import open_display
from tests.support.desktops import bare_desktop, wait_for
from tests.support.fields import Field, chromium, errors, gtk, qt, random_text, xterm
from user_agent.input.keysyms import keysym_of
from user_agent.input.ports import DesktopInput
from user_agent.input.x11 import X11Input
from user_agent.input.xkb import Xkb

PROGRAMS: dict[str, Callable[[str, Path], contextlib.AbstractContextManager[Field]]] = {
    "xterm": xterm,
    "Qt": qt,
    "Chromium": chromium,
    "GTK": gtk,
}
LAYOUTS = ("us", "de", "fr", "jp", "ru", "us,ru")  # the last is switched in mid-text
KEYS_TIMED, NEW_TIMED = 200, 100
CAPS_LOCK = 0xFFE5
PATIENCE = 300.0


def soak_keys(characters: int, seed: int) -> int:
    """The number of characters that arrived wrong, or of layouts that were not left as they were."""
    wrong = 0
    for program, start in PROGRAMS.items():
        for layout in LAYOUTS:
            with tempfile.TemporaryDirectory() as folder, bare_desktop(Path(folder)) as display:
                subprocess.run(["setxkbmap", "-display", display, layout], check=True, timeout=10)
                before = _keyboard(display)
                for way in ("text", "keys"):
                    with start(display, Path(folder)) as place, pressing(display) as desktop:
                        wrong += _typed(
                            program, layout, way, place, desktop, display, random_text(characters, seed=seed)
                        )
                        if program == "Qt" and way == "keys":
                            _timed(layout, place, desktop)
                    _switch(display, 0)
                    if _keyboard(display) != before:
                        wrong += 1
                        print(f"{program:9} {layout:6} the keyboard is not what it was", flush=True)
    print(f"{wrong} wrong; seed {seed}")
    return wrong


@contextlib.contextmanager
def pressing(display: str) -> Iterator[DesktopInput]:
    """An input of this display; what it cannot press is printed."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    opened = X11Input(
        display,
        origin=(0, 0),
        on_unpressed=lambda keysym: print(f"cannot be pressed: {keysym:#x}", flush=True),
        on_held=lambda _: None,
        on_failed=lambda error: print(f"failed: {error!r}", flush=True),
        loop=loop,
    )
    try:
        yield opened
    finally:
        opened.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _typed(program: str, layout: str, way: str, place: Field, desktop: DesktopInput, display: str, text: str) -> int:
    began = time.monotonic()
    parts = [text] if "," not in layout else [text[: len(text) // 2], text[len(text) // 2 :]]
    for number, part in enumerate(parts):
        if number:
            _switch(display, 1)
        if way == "text":
            desktop.type(part)
        else:
            for character in part:
                desktop.key(keysym_of(character), True)
                desktop.key(keysym_of(character), False)
                while len(desktop._orders) > 1000:  # type: ignore[attr-defined]  # a viewer does not type ahead so far
                    time.sleep(0.01)
    desktop.key(CAPS_LOCK, True)  # which is swallowed: when it is taken, all that was before it is done
    while desktop._orders:  # type: ignore[attr-defined]
        time.sleep(0.01)
    if program == "GTK":  # it tells once
        time.sleep(3)
        ended, got = time.monotonic() - 3, place.text()
    else:
        got, ended = place.all_of(len(text), patience=PATIENCE)
    found = errors(text, got)
    speed = len(text) / (ended - began)
    print(f"{program:9} {layout:6} {way:5} {len(text)} characters, {found} errors, {speed:.0f} a second", flush=True)
    return found


def _timed(layout: str, place: Field, desktop: DesktopInput) -> None:
    """From the call to the program's event, one at a time."""
    plain = "e" if layout != "ru" else "у"
    known = _latencies(place, desktop, plain * KEYS_TIMED)
    new = _latencies(place, desktop, "".join(chr(0x5000 + 7 * number) for number in range(NEW_TIMED)))
    for name, times in (("a key in the layout", known), ("a new character", new)):
        middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{'Qt':9} {layout:6} {name}: median {middle:.1f} ms, p95 {late:.1f} ms", flush=True)


def _latencies(place: Field, desktop: DesktopInput, text: str) -> list[float]:
    times = []
    for character in text:
        count = len(place.heard())
        began = time.monotonic()
        desktop.key(keysym_of(character), True)
        desktop.key(keysym_of(character), False)
        wait_for("the key is heard", lambda count=count: len(place.heard()) > count)  # type: ignore[misc]
        times.append((place.heard()[count].at - began) * 1000)
    return times


def _keyboard(display: str) -> tuple[bytes, bytes]:
    opened = open_display(display)
    try:
        xkb = Xkb(opened)
        return xkb.map()[8:], xkb.controls()
    finally:
        opened.close()


def _switch(display: str, group: int) -> None:
    opened = open_display(display)
    try:
        Xkb(opened).lock_group(group)
        opened.sync()
    finally:
        opened.close()
