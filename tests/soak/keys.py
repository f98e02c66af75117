"""A helper's keys: random characters into real programs under many layouts, and how soon they are there."""

import asyncio
import contextlib
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from common.host.x11 import open_display
from tests.support.desktops import bare_desktop
from tests.support.fields import Field, chromium, errors, gtk, qt, random_text, xterm
from user_agent.input.guarded import GuardedInput
from user_agent.input.keysyms import keysym_of
from user_agent.input.ports import DesktopInput
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
GLANCE = 0.02
LINE = 60


def soak_keys(characters: int, seed: int, programs: Collection[str] = ()) -> int:
    """With all programs, or these. The number of characters that arrived wrong, or of layouts that were not left as they were."""
    wrong = 0
    for program, start in PROGRAMS.items():
        if programs and program not in programs:
            continue
        for layout in LAYOUTS:
            with tempfile.TemporaryDirectory() as folder, bare_desktop(Path(folder)) as display:
                subprocess.run(["setxkbmap", "-display", display, layout], check=True, timeout=10)
                before = _keyboard(display)
                for way in ("text", "keys"):
                    with start(display, Path(folder)) as place, pressing(display) as desktop:
                        wrong += _typed(
                            program, layout, way, place, desktop, display, _lines(random_text(characters, seed=seed))
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
    """An input of this display, as sessions have it; what it cannot press is printed."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    opened = GuardedInput(
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
        if number:  # between two strokes: one that is being pressed would be the other layout's, as on a real keyboard
            _wait_until_done(desktop)
            _switch(display, 1)
        if way == "text":
            desktop.type(part)
        else:
            for character in part:
                desktop.key(keysym_of(character), True)
                desktop.key(keysym_of(character), False)
                while desktop.waiting > 1000:  # a viewer does not type ahead so far
                    time.sleep(0.01)
    _wait_until_done(desktop)
    got, ended = place.all_of(len(text), patience=PATIENCE)
    found = errors(text, got)
    speed = len(text) / (ended - began)
    print(f"{program:9} {layout:6} {way:5} {len(text)} characters, {found} errors, {speed:.0f} a second", flush=True)
    return found


def _wait_until_done(desktop: DesktopInput) -> None:
    desktop.key(CAPS_LOCK, True)  # which is swallowed: when it is taken, all that was before it is done
    while desktop.waiting:
        time.sleep(0.01)


def _lines(text: str) -> str:
    """So long, in lines: a program lays out its last line anew at each key, and one of 2,000 characters measures nothing else."""
    return "".join("\n" if at % LINE == LINE - 1 else one for at, one in enumerate(text))


def _timed(layout: str, place: Field, desktop: DesktopInput) -> None:
    """From the call to the program's event, one at a time."""
    plain = "e" if layout != "ru" else "у"
    known = _latencies(place, desktop, plain * KEYS_TIMED)
    new = _latencies(place, desktop, "".join(chr(0x5000 + 7 * number) for number in range(NEW_TIMED)))
    for name, times in (("a key in the layout", known), ("a new character", new)):
        middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{'Qt':9} {layout:6} {name}: median {middle:.1f} ms, p95 {late:.1f} ms", flush=True)


def _latencies(place: Field, desktop: DesktopInput, text: str) -> list[float]:
    """From the call to the moment at which the program hears the key, by its own note. Nothing is read meanwhile: this process
    presses in a thread, which would wait for what reads."""
    assert place.keys is not None
    before, called = len(place.heard()), []
    for character in text:
        size = place.keys.stat().st_size
        called.append(time.monotonic())
        desktop.key(keysym_of(character), True)
        desktop.key(keysym_of(character), False)
        end = time.monotonic() + PATIENCE
        while place.keys.stat().st_size == size:
            assert time.monotonic() < end, "a key is not heard"
            time.sleep(GLANCE)
        time.sleep(GLANCE)  # what it does with the key is done
    heard = place.heard()[before:]
    assert len(heard) == len(text)
    return [(one.at - moment) * 1000 for one, moment in zip(heard, called, strict=True)]


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
