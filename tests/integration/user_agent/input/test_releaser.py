"""Nothing stays down, whoever dies: keys and buttons that a process like the agent holds in a real desktop, and kill -9."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from Xlib import X
from Xlib.ext import xtest

from common.host.errors import TasukiError
from common.host.x11 import open_display
from tests.support import holding_process
from tests.support.desktops import PASSWORD, PATIENCE, happens, wait_for, xtigervnc
from tests.support.display import virtual_display
from tests.support.fields import random_text
from tests.support.held import Eye, lives, looking
from tests.support.rfb import key, pointer
from tests.support.rfb_viewer import TestViewer
from user_agent.input.guarded import GuardedInput
from user_agent.input.keysyms import keysym_of
from user_agent.input.ports import DesktopInput, HeldKeys
from user_agent.input.releaser import client, main

SHIFT, Q = 0xFFE1, ord("Q")


@dataclass
class Holder:
    """A process that holds keys; see holding_process."""

    process: "subprocess.Popen[str]"
    who: dict[str, Any] = field(default_factory=dict)

    def hears(self, fact: str) -> Any:
        """What it says next of this."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            self.who |= json.loads(line) if line.startswith("{") else {}  # else it is a line of its log
            if fact in self.who:
                return self.who.pop(fact) if fact not in {"releaser", "keeper", "server"} else self.who[fact]
        raise AssertionError(f"it ended: {self.process.wait(10)}")

    def order(self, line: str) -> None:
        """A line on its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def pid(self, name: str) -> int:
        """Of one of its processes."""
        return self.process.pid if name == "agent" else int(self.who[name])

    def kill(self, *names: str) -> None:
        """All of these, in one moment."""
        for name in names:
            os.kill(self.pid(name), signal.SIGKILL)


@contextlib.contextmanager
def holding(display: str, folder: Path) -> Iterator[Holder]:
    """Ctrl, Shift, Q, a character on a spare keycode and button 1 are down from here on."""
    argv = [sys.executable, "-m", holding_process.__name__, display, str(folder / "rfb")]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    holder = Holder(process)
    try:
        holder.hears("held")
        yield holder
    finally:
        process.kill()
        process.wait(10)
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe and pipe.close()
        for name in ("keeper", "server", "releaser"):
            wait_for(f"{name} has ended", lambda name=name: not lives(int(holder.who[name])))  # type: ignore[misc]


@pytest.fixture
def display() -> Iterator[str]:
    with virtual_display() as found:
        yield found


@pytest.fixture
def eye(display: str) -> Iterator[Eye]:
    with looking(display) as found:
        yield found


def another(holder: Holder) -> int:
    """The releaser that has followed one that was killed."""
    del holder.who["releaser"]
    end = time.monotonic() + PATIENCE
    while not holder.who.get("releaser"):
        assert time.monotonic() < end
        holder.order("releaser")
        holder.hears("releaser")
    return holder.pid("releaser")


@pytest.mark.parametrize(
    "killed",
    [
        ("agent",),
        ("keeper",),
        ("agent", "keeper"),
        ("server",),
        ("agent", "keeper", "server"),
        ("releaser",),
    ],
    ids=" and ".join,
)
def test_nothing_stays_down_whoever_is_killed(killed: tuple[str, ...], display: str, eye: Eye, tmp_path: Path) -> None:
    """Within 500 ms (2.5 s allowed); but for the releaser's own death, the map is byte for byte what it was by then, too."""
    before = eye.keyboard()
    with holding(display, tmp_path) as holder:
        wait_for("all is down", lambda: len(eye.keys()) == len(holding_process.HELD) and eye.buttons() == {1})
        assert eye.keyboard() != before
        began = time.monotonic()
        holder.kill(*killed)
        eye.after(began, "nothing is down", lambda: not eye.keys() and not eye.buttons())
        if killed == ("releaser",):
            assert another(holder)
        else:
            eye.after(began, "the map is back", lambda: eye.keyboard() == before)
    assert eye.keyboard() == before
    assert not eye.keys()


def test_a_clean_end(display: str, eye: Eye, tmp_path: Path) -> None:
    """Nothing is down, nothing is lent, no releaser is left."""
    before = eye.keyboard()
    with holding(display, tmp_path) as holder:
        releaser = holder.pid("releaser")
        holder.order("close")
        holder.hears("closed")
        assert not eye.keys()
        assert not eye.buttons()
        assert eye.keyboard() == before
        assert not lives(releaser)


def test_a_releaser_that_is_killed_is_followed_by_another(display: str, eye: Eye, tmp_path: Path) -> None:
    """Control goes on, guarded: what is pressed afterwards comes up when the agent is killed. One that stops is found out."""
    with holding(display, tmp_path) as holder:
        first = holder.pid("releaser")
        holder.kill("releaser")
        wait_for("nothing is down", lambda: not eye.keys())
        holder.order("press")
        wait_for("all is down", lambda: len(eye.keys()) == len(holding_process.HELD))
        second = another(holder)
        assert second != first
        os.kill(second, signal.SIGSTOP)
        wait_for("it is replaced", lambda: not lives(second))
        wait_for("nothing is down", lambda: not eye.keys())
        holder.order("press")
        wait_for("all is down", lambda: len(eye.keys()) == len(holding_process.HELD))
        began = time.monotonic()
        holder.kill("agent")
        eye.after(began, "nothing is down", lambda: not eye.keys() and not eye.buttons())


def test_an_agent_that_stops_holds_nothing_for_long(display: str, eye: Eye, tmp_path: Path) -> None:
    """SIGSTOP: let go after 5 s (10 allowed); it goes on, and holds again what is pressed then."""
    with holding(display, tmp_path) as holder:
        wait_for("all is down", lambda: len(eye.keys()) == len(holding_process.HELD))
        began = time.monotonic()
        holder.process.send_signal(signal.SIGSTOP)
        eye.after(began, "nothing is down", lambda: not eye.keys() and not eye.buttons(), allowed=5 * main.HANGS_AFTER)
        holder.process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        holder.order("press")
        wait_for("all is down again", lambda: len(eye.keys()) == len(holding_process.HELD) and eye.buttons() == {1})
        began = time.monotonic()
        holder.kill("agent")
        eye.after(began, "nothing is down", lambda: not eye.keys() and not eye.buttons())


def test_an_agent_whose_loop_hangs(display: str, eye: Eye, tmp_path: Path) -> None:
    """The same where its threads go on."""
    with holding(display, tmp_path) as holder:
        wait_for("all is down", lambda: len(eye.keys()) == len(holding_process.HELD))
        began = time.monotonic()
        holder.order("hang")
        eye.after(began, "nothing is down", lambda: not eye.keys() and not eye.buttons(), allowed=5 * main.HANGS_AFTER)


def test_a_kill_in_mid_stroke_leaves_the_layout_as_it_was(display: str, eye: Eye, tmp_path: Path) -> None:
    """A text in another group than the one that counts: each stroke locks that group for a moment. At random moments."""
    subprocess.run(["setxkbmap", "-display", display, "us,ru"], check=True, timeout=10)
    time.sleep(0.3)
    before = eye.keyboard()
    chance = random.Random(27)
    for turn in range(8):
        folder = tmp_path / str(turn)
        folder.mkdir()
        with holding(display, folder) as holder:
            holder.order("type " + "съешь ещё этих мягких французских булок 漢字 " * 200)
            eye.after(time.monotonic(), "it types", lambda: eye.group() == 1, glance=0, allowed=PATIENCE)
            time.sleep(chance.uniform(0, 0.1))
            began = time.monotonic()
            holder.kill("agent", "keeper")
            eye.after(began, "it is as before", lambda: not eye.keys() and not eye.group() and eye.keyboard() == before)
            time.sleep(0.3)
            assert not eye.keys()
            assert not eye.group()


async def test_what_the_person_holds_stays_down(tmp_path: Path) -> None:
    """A key and a button that both the person and the agent hold: the agent's death leaves them down, the person lets go."""
    with xtigervnc(tmp_path) as (display, server), looking(display) as eye:
        person = await TestViewer.login(server.port, PASSWORD, shared=True)  # its keyboard is this desktop's own
        person.say(key(SHIFT, 1), pointer(20, 20, 1))
        await happens("the person's are down", lambda: len(eye.keys()) == 1 and eye.buttons() == {1})
        (shift,) = eye.keys()
        with holding(display, tmp_path) as holder:
            await happens("all is down", lambda: len(eye.keys()) == len(holding_process.HELD))
            began = time.monotonic()
            holder.kill("agent")
            await asyncio.to_thread(eye.after, began, "the agent's are up", lambda: eye.keys() == {shift})
            await asyncio.sleep(0.5)
            assert eye.keys() == {shift}
            assert eye.buttons() == {1}
            person.say(key(SHIFT, 0), pointer(20, 20, 0))
            await happens("the person's are up", lambda: not eye.keys() and not eye.buttons())
        await happens("the releaser has ended", lambda: not lives(holder.pid("releaser")))
        for kind in (X.KeyPress, X.KeyRelease):  # it was let go of in time: a session to come can press it
            xtest.fake_input(eye.display, kind, shift)
            eye.display.sync()
            assert eye.keys() == ({shift} if kind == X.KeyPress else set())
        await person.close()


def test_another_layout_keeps_what_it_put_on_a_lent_keycode(display: str, eye: Eye, tmp_path: Path) -> None:
    """Only what is still the agent's is given back."""
    before = eye.keyboard()
    with holding(display, tmp_path) as holder:
        opened = open_display(display)
        lent = [code for code in sorted(eye.keys()) if opened.keycode_to_keysym(code, 0) == holding_process.HELD[-1]]
        assert len(lent) == 1
        opened.change_keyboard_mapping(lent[0], [(0x1008FF11, 0x1008FF11)])
        opened.sync()
        changed = eye.keyboard()
        began = time.monotonic()
        holder.kill("agent")
        eye.after(began, "nothing is down", lambda: not eye.keys())
        wait_for("the releaser has ended", lambda: not lives(holder.pid("releaser")))
        assert eye.keyboard() == changed != before
        opened.close()


def test_it_lets_go_where_a_program_has_stopped_the_server(display: str, eye: Eye, tmp_path: Path) -> None:
    """As window managers do that move a window as long as the button is held."""
    with holding(display, tmp_path) as holder:
        moving = open_display(display)
        moving.grab_server()
        moving.sync()
        holder.kill("agent")
        time.sleep(1)
        bits = bytes(moving.query_keymap())
        assert not any(bits)
        assert not moving.screen().root.query_pointer().mask & X.Button1Mask
        moving.ungrab_server()
        moving.sync()
        moving.close()
    assert not eye.keys()


@contextlib.contextmanager
def guarded(display: str) -> Iterator[tuple[DesktopInput, list[Exception]]]:
    """An input of this process, and what it failed of."""
    loop, failed = asyncio.new_event_loop(), list[Exception]()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        desktop = GuardedInput(
            display,
            origin=(0, 0),
            on_unpressed=lambda _: None,
            on_held=lambda _: None,
            on_failed=failed.append,
            loop=loop,
        )
        yield desktop, failed
        desktop.close()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


def test_without_a_releaser_there_is_no_control(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be started, and one that ends at once: it is said, and nothing is pressed."""
    for command in (["/does/not/exist"], ["/bin/false"]):
        monkeypatch.setattr(client, "command", lambda command=command: command)
        with pytest.raises(TasukiError) as caught, guarded(display):
            pass
        assert caught.value.code == "releaser_failed"


def test_where_no_other_can_be_started_control_ends(display: str, eye: Eye, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was held is let go, what was lent given back, and it is said once."""
    before = eye.keyboard()
    with guarded(display) as (desktop, failed):
        for keysym in holding_process.HELD:
            desktop.key(keysym, True)
        wait_for("all is down", lambda: len(eye.keys()) == len(holding_process.HELD))
        monkeypatch.setattr(client, "command", lambda: ["/bin/false"])
        os.kill(desktop.releaser, signal.SIGKILL)  # type: ignore[attr-defined]
        wait_for("it is said", lambda: bool(failed))
        wait_for("nothing is down", lambda: not eye.keys())
        wait_for("nothing is lent", lambda: eye.keyboard() == before)
        desktop.key(Q, True)
        time.sleep(0.3)
        assert not eye.keys()
        assert [error.code for error in failed if isinstance(error, TasukiError)] == ["releaser_failed"]


def test_who_types_faster_than_it_reads_waits_for_it(display: str, eye: Eye) -> None:
    """It may get no processor for a while. It is the same one afterwards, and all was pressed."""
    before = eye.keyboard()
    with guarded(display) as (desktop, failed):
        releaser = desktop.releaser  # type: ignore[attr-defined]
        os.kill(releaser, signal.SIGSTOP)
        for character in random_text(400, seed=19):
            desktop.key(keysym_of(character), True)
            desktop.key(keysym_of(character), False)
        time.sleep(0.5)
        assert desktop.waiting > 0, "all of it was told at once: this tries nothing"
        os.kill(releaser, signal.SIGCONT)
        wait_for("all is pressed", lambda: desktop.waiting == 0)
        assert desktop.releaser == releaser  # type: ignore[attr-defined]
        assert not failed
    wait_for("nothing is down", lambda: not eye.keys())
    wait_for("nothing is lent", lambda: eye.keyboard() == before)


def test_the_releaser_ends_with_the_display() -> None:
    """It is not left behind, and the input says once that it has failed."""
    with contextlib.ExitStack() as stack:
        with virtual_display() as display:
            desktop, failed = stack.enter_context(guarded(display))
            pid = desktop.releaser  # type: ignore[attr-defined]
            assert lives(pid)
            desktop.key(Q, True)
        wait_for("the releaser has ended", lambda: not lives(pid))
    assert len(failed) <= 1


def test_a_signal_to_all_of_ours_does_not_end_it(display: str, eye: Eye) -> None:
    """Only the end of its input does; it lets go then, also of what it was told in the same breath."""
    way, theirs = socket.socketpair()
    process = subprocess.Popen(client.command(), stdin=theirs.fileno(), stdout=subprocess.PIPE)
    theirs.close()
    assert process.stdout is not None
    way.sendall(json.dumps(display).encode() + b"\n")
    assert process.stdout.readline() == f"{main.READY}\n".encode()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        process.send_signal(number)
    xtest.fake_input(eye.display, X.KeyPress, 38)
    eye.display.sync()
    assert eye.keys() == {38}
    way.sendall(json.dumps(HeldKeys((38,))).encode() + b"\n")
    way.close()
    assert process.wait(10) == 0
    process.stdout.close()
    assert not eye.keys()
