"""Whether a program that says nothing has dealt with what was pressed: by the kernel's word about real processes."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from Xlib import X

from common.host.x11 import open_display
from tests.integration.user_agent.input.test_x11 import arrives, layout, pressing, write
from tests.support.desktops import bare_desktop, wait_for
from tests.support.fields import random_text, xterm
from user_agent.input.at_rest import SilentProcess, process_of
from user_agent.input.program import FocusedProgram

SPIN = "while True: pass"
THREAD_SPINS = (
    "import threading, time; threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start(); time.sleep(60)"
)
BLINKS = "import time\nwhile True: time.sleep(0.0005)"
FOR_200 = 5.0  # seconds; by a wait of a quarter of a second for each page it is seven


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    with bare_desktop(tmp_path) as found:
        yield found


@contextlib.contextmanager
def process(*argv: str) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(argv)
    try:
        yield started
    finally:
        started.kill()
        started.wait(10)


def rests(number: int) -> bool:
    """Whether it slept from one look to the next."""
    before = SilentProcess(number, hears_first=True).sleeping()
    time.sleep(0.01)
    return bool(before) and SilentProcess(number, hears_first=True).sleeping() == before


def test_one_that_sleeps_is_at_rest() -> None:
    """Also when it was asleep before; and no more, once it has gone."""
    with process("sleep", "60") as started:
        wait_for("it is at rest", lambda: rests(started.pid))
    assert SilentProcess(started.pid, hears_first=True).sleeping() == {}


@pytest.mark.parametrize(
    "program", [SPIN, THREAD_SPINS, BLINKS], ids=["works", "a thread works", "sleeps again and again"]
)
def test_one_that_does_anything_is_not(program: str) -> None:
    """Nor is one that works in a thread, nor one that was asleep at both looks and ran between them."""
    with process(sys.executable, "-c", program) as started:
        time.sleep(1.0)
        assert not any(rests(started.pid) for _ in range(50))


def test_one_that_was_stopped_is_not() -> None:
    """It does nothing, and has dealt with nothing."""
    with process("sleep", "60") as started:
        wait_for("it is at rest", lambda: rests(started.pid))
        os.kill(started.pid, signal.SIGSTOP)
        time.sleep(0.1)
        assert not rests(started.pid)


def test_a_terminal_is_known_by_the_server_too(display: str, tmp_path: Path) -> None:
    """A window that names another process than its own is nobody's; so is one on another computer."""
    with xterm(display, tmp_path), contextlib.closing(open_display(display)) as opened:
        window = opened.get_input_focus().focus
        found = process_of(opened, [window])
        assert found is not None
        assert Path(f"/proc/{found.number}/comm").read_text(encoding="ascii") == "xterm\n"
        assert found.hears_first
        number, machine = opened.intern_atom("_NET_WM_PID"), opened.intern_atom("WM_CLIENT_MACHINE")
        named = window.get_full_property(machine, X.AnyPropertyType)
        window.change_property(number, 6, 32, [os.getpid()])  # 6: CARDINAL
        assert process_of(opened, [window]) is None
        window.change_property(number, 6, 32, [found.number])
        window.change_property(machine, named.property_type, 8, b"elsewhere")
        assert process_of(opened, [window]) is None


def test_an_input_method_has_the_keys_first(display: str, tmp_path: Path) -> None:
    """Then a program that sleeps may wait for it. One that has gone counts no more."""
    with xterm(display, tmp_path), contextlib.closing(open_display(display)) as opened:
        window = opened.get_input_focus().focus
        server, servers = opened.intern_atom("@server=test"), opened.intern_atom("XIM_SERVERS")
        opened.screen().root.change_property(servers, 4, 32, [server])  # 4: ATOM
        found = process_of(opened, [window])
        assert found is not None
        assert found.hears_first
        owner = opened.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        owner.set_selection_owner(server, X.CurrentTime)
        found = process_of(opened, [window])
        assert found is not None
        assert not found.hears_first


def test_a_frame_of_another_program_answers_for_nobody(display: str, tmp_path: Path) -> None:
    """Some window managers have frames of another program's, which answers for itself: the terminal in it may sleep still."""
    with xterm(display, tmp_path), contextlib.closing(open_display(display)) as opened:
        window = opened.get_input_focus().focus
        frame = window.query_tree().parent
        assert frame != opened.screen().root
        ping, protocols = opened.intern_atom("_NET_WM_PING"), opened.intern_atom("WM_PROTOCOLS")
        frame.change_property(protocols, 4, 32, [ping])
        began = time.monotonic()
        FocusedProgram(opened, lambda: None, lambda: False).wait(began)
        took = time.monotonic() - began
        print(f"{took * 1000:.0f} ms")
        assert took < 2.0  # nobody answers here: ten


def test_a_terminal_gets_new_characters_as_fast_as_they_come(display: str, tmp_path: Path) -> None:
    """It is not waited for by the clock."""
    text = random_text(200, seed=17)
    with xterm(display, tmp_path) as place, pressing(display) as (desktop, said):
        began = time.monotonic()
        write(desktop, text)
        arrives(place, text)
        took = time.monotonic() - began
        print(f"{len(text) / took:.0f} characters a second")
        assert took < FOR_200
    assert not said.unpressed


def test_a_terminal_that_comes_to_nothing_for_a_while_gets_all(display: str, tmp_path: Path) -> None:
    """Stopped and let on again and again, it looks up late what each key means."""
    layout(display, "de")
    text = random_text(200, seed=18)
    with xterm(display, tmp_path) as place, contextlib.closing(open_display(display)) as opened:
        found = process_of(opened, [opened.get_input_focus().focus])
        assert found is not None
        over = threading.Event()

        def hinder() -> None:
            while not over.wait(0.03):
                os.kill(found.number, signal.SIGSTOP)
                over.wait(0.05)
                os.kill(found.number, signal.SIGCONT)

        hinders = threading.Thread(target=hinder)
        hinders.start()
        try:
            with pressing(display) as (desktop, said):
                write(desktop, text)
                arrives(place, text)
        finally:
            over.set()
            hinders.join()
    assert not said.unpressed
