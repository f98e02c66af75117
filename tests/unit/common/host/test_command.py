"""Console scripts: exit codes, events, lines from stdin."""

import asyncio
import io
import json
import os

import click
import pytest

from common.host.command import MAX_LINE, Events, lines_of, run
from common.host.errors import TasukiError, UsageError


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (None, 0),
        (TasukiError("no_screen"), 1),
        (UsageError("no_screen"), 2),
        (click.UsageError("no"), 2),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
    ],
)
def test_exit_codes(raised: BaseException | None, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """0 ended as asked, 1 failed, 2 usage, 130 interrupted."""
    monkeypatch.setattr("sys.argv", ["tasuki"])

    @click.command()
    def command() -> None:
        if raised is not None:
            raise raised

    with pytest.raises(SystemExit) as ended:
        run(command)
    assert ended.value.code == status


def test_a_command_may_choose_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """An int that the command returns is the exit code."""
    monkeypatch.setattr("sys.argv", ["tasuki"])
    with pytest.raises(SystemExit) as ended:
        run(click.Command("x", callback=lambda: 1))
    assert ended.value.code == 1


def test_events_for_scripts_and_for_people() -> None:
    """`--json` prints an object, else the sentence; an event without a sentence is not shown to people."""
    out = io.StringIO()
    Events(json=True, stream=out).tell("waiting", "Waiting.", position=2)
    assert json.loads(out.getvalue()) == {"event": "waiting", "position": 2}
    out = io.StringIO()
    events = Events(json=False, stream=out)
    events.tell("waiting", "Waiting.", position=2)
    events.tell("bytes", "", up=1)
    assert out.getvalue() == "Waiting.\n"


def test_a_reader_that_has_gone_is_no_error() -> None:
    """`tasuki-user helpers | head -1` must not end in a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", encoding="utf-8")
    events = Events(json=False, stream=stream)
    events.tell("a", "first")
    events.tell("b", "second")
    stream.close()


async def test_lines_come_until_the_end() -> None:
    """Whole lines, one split over two writes, a last one without its end; bytes that are no UTF-8 do not stop it."""
    reading, writing = os.pipe()
    os.write(writing, b"accept 1\r\nsto")
    os.write(writing, b"p\n\xff\nlast")
    os.close(writing)
    assert [line async for line in lines_of(reading)] == ["accept 1", "stop", "\udcff", "last"]
    os.close(reading)


async def test_a_line_that_is_too_long_is_cut() -> None:
    """A peer that never ends its line does not fill the memory; the next line is read as it is."""
    reading, writing = os.pipe()
    lines = lines_of(reading)

    def write() -> None:
        for _ in range(10):
            os.write(writing, b"x" * MAX_LINE)
        os.write(writing, b"\n" + b"y" * MAX_LINE + b"\nstop\n")
        os.close(writing)

    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(write))
        found = [line async for line in lines]
    assert found == ["x" * MAX_LINE, "y" * MAX_LINE, "stop"]
    os.close(reading)


def test_what_a_person_reads_commands_no_terminal() -> None:
    """A helper's chat line with an escape sequence in it is shown without its power."""
    out = io.StringIO()
    Events(json=False, stream=out).tell("chat", "Taro: \x1b[2J")
    assert out.getvalue() == "Taro: \ufffd[2J\n"
