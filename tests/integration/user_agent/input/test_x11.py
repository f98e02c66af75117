"""A helper's keys on a real X server: what arrives in real programs, and what is left of it."""

import asyncio
import contextlib
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from common.host.x11 import open_display
from tests.support.desktops import bare_desktop, running, wait_for, xdotool
from tests.support.fields import Field, Heard, qt, random_text, xterm
from user_agent.input.keysyms import keysym_of
from user_agent.input.ports import DesktopInput, HeldKeys
from user_agent.input.x11 import MOST_POINTERS, X11Input
from user_agent.input.xkb import Xkb

CONTROL, SHIFT, ALT, CAPS_LOCK, LEVEL3 = 0xFFE3, 0xFFE1, 0xFFE9, 0xFFE5, 0xFE03
SOON = 20.0


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    with bare_desktop(tmp_path) as found:
        yield found


@dataclass
class Said:
    """What the input told."""

    unpressed: list[int] = field(default_factory=list)
    held: list[HeldKeys] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)


@contextlib.contextmanager
def pressing(
    display: str, *, size: tuple[int, int] | None = None, origin: tuple[int, int] = (0, 0)
) -> Iterator[tuple[DesktopInput, Said]]:
    """An input of this display, with a loop for what it tells."""
    loop, said = asyncio.new_event_loop(), Said()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    opened = X11Input(
        display,
        origin=origin,
        size=size,
        on_unpressed=said.unpressed.append,
        on_held=said.held.append,
        on_failed=said.failed.append,
        loop=loop,
    )
    try:
        yield opened, said
    finally:
        opened.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SOON)
        loop.close()
    assert not said.failed
    assert said.held[-1:] in ([], [HeldKeys()])


def layout(display: str, *arguments: str) -> None:
    subprocess.run(["setxkbmap", "-display", display, *arguments], check=True, timeout=10)
    time.sleep(0.3)  # programs are told


def keyboard(display: str) -> tuple[bytes, bytes]:
    """The whole map, and the controls, key repeat among them."""
    opened = open_display(display)
    try:
        return Xkb(opened).map()[8:], Xkb(opened).controls()
    finally:
        opened.close()


def down(display: str) -> list[int]:
    """The keys that the X server has as held."""
    opened = open_display(display)
    try:
        bits = bytes(opened.query_keymap())
        return [code for code in range(8, 256) if bits[code >> 3] & 1 << (code & 7)]
    finally:
        opened.close()


def stroke(desktop: DesktopInput, *keysyms: int) -> None:
    """Press one after the other, and let go in the opposite order."""
    for keysym in keysyms:
        desktop.key(keysym, True)
    for keysym in reversed(keysyms):
        desktop.key(keysym, False)


def write(desktop: DesktopInput, text: str) -> None:
    """As a viewer does: a stroke for each character."""
    for character in text:
        stroke(desktop, keysym_of(character))


def arrives(place: Field, text: str) -> None:
    got, _ = place.all_of(len(text))
    assert got == text


def after(place: Field, count: int, number: int) -> list[Heard]:
    """The keys after the first `count`, once there are `number`."""
    wait_for("the keys are heard", lambda: len(place.heard()) >= count + number)
    return place.heard()[count:]


def test_characters_of_every_script_arrive_under_a_german_keyboard(display: str, tmp_path: Path) -> None:
    """As strokes, in a Qt field; the keyboard is byte for byte what it was."""
    layout(display, "de")
    before = keyboard(display)
    text = random_text(200, seed=11)
    with qt(display, tmp_path) as place, pressing(display) as (desktop, said):
        write(desktop, text)
        arrives(place, text)
    assert keyboard(display) == before
    assert not said.unpressed


def test_a_text_arrives_in_a_terminal_that_answers_no_questions(display: str, tmp_path: Path) -> None:
    """Of every script, typed as a text; the keyboard is byte for byte what it was."""
    layout(display, "de")
    before = keyboard(display)
    text = random_text(200, seed=13)
    with xterm(display, tmp_path) as place, pressing(display) as (desktop, said):
        desktop.type(text)
        arrives(place, text)
    assert keyboard(display) == before
    assert not said.unpressed


def test_the_group_is_switched_in_mid_text(display: str, tmp_path: Path) -> None:
    """From English to Russian: every character arrives."""
    layout(display, "us,ru", "-option", "grp:shifts_toggle")
    before = keyboard(display)
    text, rest = random_text(60, seed=12) + "Привет, world", "Ещё {one} more テスト"
    with qt(display, tmp_path) as place, pressing(display) as (desktop, said):
        write(desktop, text)
        arrives(place, text)
        opened = open_display(display)
        Xkb(opened).lock_group(1)
        opened.sync()
        write(desktop, rest)
        arrives(place, text + rest)
        Xkb(opened).lock_group(0)
        opened.sync()
        opened.close()
        desktop.close()
        assert keyboard(display) == before
    assert not said.unpressed


def test_the_layout_is_changed_in_mid_text(display: str, tmp_path: Path) -> None:
    """Which wipes what was lent, and may put keys of its own there."""
    text, rest = random_text(40, seed=14), "Ещё {one} more テスト"
    with qt(display, tmp_path) as place, pressing(display) as (desktop, said):
        desktop.type(text)
        arrives(place, text)
        layout(display, "fr")
        before = keyboard(display)
        write(desktop, rest)
        arrives(place, text + rest)
        desktop.close()
        assert keyboard(display) == before
    assert not said.unpressed


def test_chords_stay_chords(display: str, tmp_path: Path) -> None:
    """Whatever the layout, and with Caps Lock on at the desktop."""
    control, shift = Qt.KeyboardModifier.ControlModifier.value, Qt.KeyboardModifier.ShiftModifier.value
    alt = Qt.KeyboardModifier.AltModifier.value
    layout(display, "ru")
    with qt(display, tmp_path) as place, pressing(display) as (desktop, _):
        for lock in (False, True):
            if lock:
                xdotool(display, "key", "Caps_Lock")
            count = len(place.heard())
            stroke(desktop, CONTROL, SHIFT, ord("T"))
            found = after(place, count, 3)
            assert (found[-1].key, found[-1].modifiers) == (ord("T"), control | shift)
            count = len(place.heard())
            stroke(desktop, CONTROL, keysym_of("ц"))
            found = after(place, count, 2)
            assert (found[-1].key, found[-1].modifiers) == (ord("Ц"), control)
            count = len(place.heard())
            stroke(desktop, CONTROL, ord("j"))  # which this layout has not
            found = after(place, count, 2)
            assert (found[-1].key, found[-1].modifiers) == (ord("J"), control)
            count = len(place.heard())
            stroke(desktop, ALT, 0xFFC0)
            found = after(place, count, 2)
            assert (found[-1].key, found[-1].modifiers) == (Qt.Key.Key_F3.value, alt)
        xdotool(display, "key", "Caps_Lock")


def test_locks_of_either_side_change_nothing(display: str, tmp_path: Path) -> None:
    """The viewer's are swallowed, the desktop's allowed for; the keypad says what is meant."""
    text = "aB cDß éÉ яЯ ςΣ 1! 漢"
    layout(display, "de")
    with qt(display, tmp_path) as place, pressing(display) as (desktop, _):
        stroke(desktop, CAPS_LOCK)
        write(desktop, text)
        arrives(place, text)
        xdotool(display, "key", "Caps_Lock")
        write(desktop, text)
        arrives(place, text * 2)
        desktop.type(text)
        arrives(place, text * 3)
        xdotool(display, "key", "Caps_Lock")
        wanted = text * 3
        for _ in range(2):
            wanted += "7+"
            stroke(desktop, 0xFFB7)
            stroke(desktop, 0xFFAB)
            arrives(place, wanted)
            count = len(place.heard())
            stroke(desktop, 0xFF9C)  # KP_End
            found = after(place, count, 1)[-1]
            assert found.key == Qt.Key.Key_End.value
            assert not found.modifiers & Qt.KeyboardModifier.ShiftModifier.value
            xdotool(display, "key", "Num_Lock")


def test_dead_keys_and_level_shifts(display: str, tmp_path: Path) -> None:
    """A dead key of the viewer's changes its letter; AltGr where the desktop needs none changes nothing."""
    layout(display, "us")
    with xterm(display, tmp_path) as place, pressing(display) as (desktop, said):
        stroke(desktop, 0xFE51)
        stroke(desktop, ord("e"))
        stroke(desktop, LEVEL3, ord("@"))
        stroke(desktop, 0x6C1)  # Cyrillic_a
        stroke(desktop, 0x4B1)  # kana_A
        arrives(place, "é@аア")
    assert not said.unpressed


def test_a_held_key_is_repeated_by_the_viewer_alone(display: str, tmp_path: Path) -> None:
    """It stays down, the server's repeat never starts, each press of the viewer's is one stroke."""
    with qt(display, tmp_path) as place, pressing(display) as (desktop, said):
        desktop.key(ord("g"), True)
        wait_for("it is down", lambda: place.text() == "g")
        time.sleep(2.5)  # the server begins after 0.66 s
        assert place.text() == "g"
        assert down(display)
        assert said.held[-1].keycodes == tuple(down(display))
        for _ in range(10):
            desktop.key(ord("g"), True)
        arrives(place, "g" * 11)
        desktop.key(ord("g"), False)
        wait_for("it is up", lambda: not down(display))


def test_a_modifier_that_a_stroke_lets_go_of_is_still_the_helper_s(display: str) -> None:
    """Held for a character that this keyboard gives without it, or with another: it is down behind it, and up when the helper lets go."""
    layout(display, "de")
    with pressing(display) as (desktop, said):
        for modifiers in ((SHIFT,), (LEVEL3,), (SHIFT, LEVEL3), (CONTROL, SHIFT)):
            for character in "@{ß?Ä1€жЖ漢":
                stroke(desktop, *modifiers, keysym_of(character))
                desktop.key(CAPS_LOCK, True)  # which is swallowed: when it is taken, all that was before it is done
                wait_for("it is done", lambda: not desktop.waiting)
                assert not down(display), (modifiers, character)
                assert said.held[-1].keycodes == ()
        desktop.key(SHIFT, True)
        stroke(desktop, ord("@"))
        wait_for("Shift alone is down", lambda: down(display) == [50] and said.held[-1].keycodes == (50,))
        desktop.key(SHIFT, False)
        wait_for("nothing is", lambda: not down(display))


def test_a_key_that_needs_another_modifier_repeats_as_it_was(display: str, tmp_path: Path) -> None:
    """The @ of a helper who holds Shift for it, under German, where it is AltGr and Q."""
    layout(display, "de")
    with qt(display, tmp_path) as place, pressing(display) as (desktop, _):
        desktop.key(SHIFT, True)
        for _ in range(3):
            desktop.key(ord("@"), True)
        desktop.key(ord("@"), False)
        desktop.key(SHIFT, False)
        write(desktop, "x")
        arrives(place, "@@@x")
    assert not down(display)


def test_many_that_wait_share_keys_and_chords_do_not(display: str, tmp_path: Path) -> None:
    """More new characters than there are spare keycodes lie several on one; with Ctrl each is pressed by itself."""
    letters = "абвгдежзиклмнопрстуфхцчшщ"
    text = "".join(map(chr, range(0x5000, 0x5020))) + letters
    before = keyboard(display)
    with qt(display, tmp_path) as place, pressing(display) as (desktop, said):
        desktop.type("ok")
        arrives(place, "ok")
        place.forget()
        write(desktop, text)
        arrives(place, text)
        pages = {len({one for one in lent.means if one}) for held in said.held for lent in held.lent}
        assert max(pages) > 2
        count = len(place.heard())
        for letter in letters[:6]:
            stroke(desktop, CONTROL, keysym_of(letter))
        heard = [one for one in after(place, count, 12) if one.key != Qt.Key.Key_Control]
        assert [Qt.KeyboardModifier(one.modifiers) for one in heard] == [Qt.KeyboardModifier.ControlModifier] * 6
    assert keyboard(display) == before


def test_everything_is_let_go(display: str) -> None:
    """Held keys and buttons are told before they are pressed, and nothing is down behind release_all."""
    with pressing(display) as (desktop, said):
        for keysym in (CONTROL, SHIFT, ord("Q"), 0x1006F22):
            desktop.key(keysym, True)
        desktop.pointer(5, 5, 0b10000001)
        wait_for("all is down", lambda: len(down(display)) == 4 and said.held[-1].buttons == (1, 8))
        assert sorted(said.held[-1].keycodes) == down(display)
        assert len(said.held[-1].lent) == 1
        desktop.release_all()
        wait_for("nothing is down", lambda: not down(display))
        assert said.held[-1][:2] == ((), ())
        desktop.type("x" * 100_000)
        desktop.release_all()
        desktop.key(CONTROL, True)
        wait_for("the text has ended, and it goes on", lambda: len(down(display)) == 1)


def test_what_cannot_be_pressed_is_told(display: str) -> None:
    """A keysym that is none, a control in a text, and a character where no keycode is free."""
    with pressing(display) as (desktop, said):
        stroke(desktop, 0xFFFFFF)
        desktop.type("\0")
        wait_for("it is told", lambda: said.unpressed == [0xFFFFFF, 0])
    opened = open_display(display)
    for code in range(9, 256):
        if not any(opened.keycode_to_keysym(code, level) for level in range(4)):
            opened.change_keyboard_mapping(code, [(0xFFC0, 0)])
    opened.sync()
    with pressing(display) as (desktop, said):
        stroke(desktop, 0x1006F22)
        wait_for("it is told", lambda: said.unpressed == [0x1006F22])
    opened.close()


def test_buttons_wheels_and_the_box_of_what_is_shown(display: str, tmp_path: Path) -> None:
    """Eight buttons arrive as they are numbered; the pointer stays within the monitor."""
    argv = ["stdbuf", "-oL", "xev", "-geometry", "400x300+100+100", "-event", "button"]
    with running(argv, tmp_path, display=display) as listener:
        wait_for("xev", lambda: xdotool(display, "getactivewindow", "getwindowname") == "Event Tester")
        with pressing(display, origin=(100, 100), size=(400, 300)) as (desktop, _):
            for number in range(8):
                desktop.pointer(200, 150, 1 << number)
                desktop.pointer(200, 150, 0)
            wait_for("the buttons", lambda: listener.said().count("ButtonRelease") >= 8)
            assert [f"button {number}," in listener.said() for number in range(1, 9)] == [True] * 8
            desktop.pointer(5000, 5000, 0)
            wait_for("the pointer", lambda: xdotool(display, "getmouselocation").startswith("x:499 y:399"))
            desktop.pointer(-20, -20, 0)
            wait_for("the pointer", lambda: xdotool(display, "getmouselocation").startswith("x:100 y:100"))


def test_a_click_stays_where_it_was_made(display: str, tmp_path: Path) -> None:
    """Of what waits, moves become one, and a press none with the drag behind it; of a flood few clicks are left, and none is held."""
    argv = ["stdbuf", "-oL", "xev", "-geometry", "400x300+100+100", "-event", "button"]
    with running(argv, tmp_path, display=display) as listener:
        wait_for("xev", lambda: xdotool(display, "getactivewindow", "getwindowname") == "Event Tester")
        with pressing(display) as (desktop, _):
            for _ in range(10):
                for x, y, buttons in (
                    (150, 150, 0),
                    (160, 160, 0),
                    (170, 170, 1),
                    (400, 300, 1),
                    (420, 320, 1),
                    (430, 330, 0),
                ):
                    desktop.pointer(x, y, buttons)
            wait_for("the clicks", lambda: listener.said().count("ButtonRelease") >= 10)
            said = listener.said()
            assert (said.count("ButtonPress"), said.count("root:(170,170)")) == (10, 10)
            assert said.count("root:(430,330)") == 10
            for _ in range(3000):
                desktop.pointer(200, 200, 0)
                desktop.pointer(210, 210, 1)
            assert desktop.waiting <= MOST_POINTERS + 2
            desktop.pointer(220, 220, 0)
            desktop.pointer(220, 220, 2)
            desktop.pointer(220, 220, 0)
            wait_for("the last", lambda: desktop.waiting == 0)
            time.sleep(0.2)
            clicks = listener.said().count("ButtonPress") - 10
            assert 1 <= clicks <= MOST_POINTERS + 10
            assert listener.said().count("ButtonRelease") == clicks + 10
    assert not down(display)


def test_more_than_it_takes_ends_it(display: str) -> None:
    """It is said once, nothing is down, and nothing is done any more."""
    loop, said = asyncio.new_event_loop(), Said()
    opened = X11Input(
        display,
        origin=(0, 0),
        size=None,
        on_unpressed=said.unpressed.append,
        on_held=said.held.append,
        on_failed=said.failed.append,
        loop=loop,
    )
    opened.type("x" * (1 << 20))
    opened.type("xx" * (1 << 20))
    opened.key(CONTROL, True)
    opened.close()
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert [type(error) for error in said.failed] == [OverflowError]
    assert not down(display)


def test_an_x_server_that_goes_is_told(tmp_path: Path) -> None:
    """Once, on the loop."""
    with contextlib.ExitStack() as stack:
        display = stack.enter_context(bare_desktop(tmp_path))
        loop, said = asyncio.new_event_loop(), Said()
        opened = X11Input(
            display,
            origin=(0, 0),
            on_unpressed=said.unpressed.append,
            on_held=said.held.append,
            on_failed=said.failed.append,
            loop=loop,
        )
    for keysym in (ord("a"), ord("b")):
        opened.key(keysym, True)
    opened.close()
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert len(said.failed) <= 1
