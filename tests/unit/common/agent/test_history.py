"""Sessions that are over, kept and exported, and how they are recorded."""

import asyncio
import csv
import io
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from common.agent import history
from common.agent.history import FILE, MARKED, NOTE_LIMIT, History, HistoryRecorder, Record, as_csv, end_sentence
from common.agent.views import SessionView
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from tests.support.private_files import is_private

URI = "tasuki://Example/helper/x"
VIEW = SessionView(
    session="5" * 32,
    request="7" * 32,
    role=Role.USER,
    phase=SessionPhase.SECURING,
    mode=Mode.VIEW,
    peer_name="",
    peer_uri="",
)


def record(session: str = "a", **changes: object) -> Record:
    """A session with Hana."""
    facts: dict[str, object] = {
        "session": session,
        "request": "7" * 32,
        "began": 1000.0,
        "ended": 1060.0,
        "peer_name": "Hana",
        "peer_uri": URI,
        "organisation": "Example",
        "modes": ((1000.0, Mode.VIEW), (1010.0, Mode.CONTROL)),
        "why": Why.USER_ENDED,
        "topic": "printer",
    }
    return Record(**{**facts, **changes})  # type: ignore[arg-type]


def test_kept_the_newest_first(tmp_path: Path) -> None:
    """Over a restart, readable by nobody else."""
    History(tmp_path).add(record("a"))
    History(tmp_path).add(record("b"))
    assert History(tmp_path).records() == [record("b"), record("a")]
    assert is_private(tmp_path / FILE)


async def test_pauses_are_counted(tmp_path: Path) -> None:
    """How often the user paused, and how long in all; one that lasts to the end counts to the end."""
    moments = iter([1000.0, 1010.0, 1015.0, 1020.0, 1030.0])
    recorder = HistoryRecorder(history=History(tmp_path), organisation="Example", now=lambda: next(moments))
    view = replace(VIEW, phase=SessionPhase.CONNECTED, since=1000.0, peer_name="Hana", peer_uri=URI)
    for paused in (False, True, False, True):
        assert recorder.changed(replace(view, paused=paused)) is None
    ended = recorder.changed(replace(view, phase=SessionPhase.ENDED, why=Why.USER_ENDED))
    assert ended is not None
    assert (ended.pauses, ended.paused) == (2, 15.0)
    await recorder.settle()
    text = as_csv([ended])
    titles, row = csv.reader(io.StringIO(text))
    assert dict(zip(titles, row, strict=True))["Pauses"] == "2"


def test_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes."""
    monkeypatch.setattr(history, "KEPT", 2)
    kept = History(tmp_path)
    for session in "abc":
        kept.add(record(session))
    assert [one.session for one in kept.records()] == ["c", "b"]


def test_notes(tmp_path: Path) -> None:
    """Of a session that is over, and of one that still runs: then it is there once that is over."""
    kept = History(tmp_path)
    kept.add(record("a"))
    kept.set_note("a", "x" * (NOTE_LIMIT + 1))
    kept.set_note("b", "has two printers")
    assert (kept.note("a"), kept.note("b"), kept.note("c")) == ("x" * NOTE_LIMIT, "has two printers", "")
    kept.add(record("b"))
    assert [one.note for one in kept.records()] == ["has two printers", "x" * NOTE_LIMIT]
    kept.set_note("b", "")
    kept.set_note("c", "")
    assert kept.note("b") == ""


def damage(folder: Path) -> bytes:
    """A history of 50 sessions, cut in the midst: what is left."""
    for number in range(50):
        History(folder).add(record(str(number)))
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[:-100])
    return whole[:-100]


def aside(folder: Path) -> list[bytes]:
    """What was set aside."""
    return [path.read_bytes() for path in folder.glob(f"{FILE}.damaged-*")]


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    """It counts as none, a new one is begun, and what was in it is there to be mended."""
    left = damage(tmp_path)
    kept = History(tmp_path)
    assert kept.records() == []
    kept.add(record())
    assert kept.records() == [record()]
    assert aside(tmp_path) == [left]
    problem = kept.take_problem()
    assert problem is not None
    assert problem.code == "history_damaged"


def test_a_newer_programs_file_is_not_written_over(tmp_path: Path) -> None:
    """Somebody went back to an older Tasuki."""
    (tmp_path / FILE).write_bytes(b'{"version":2,"sessions":[]}')
    History(tmp_path).add(record())
    assert aside(tmp_path) == [b'{"version":2,"sessions":[]}']


def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    """Sentences say so."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TasukiError, match="cannot be used"):
        History(tmp_path / "file").add(record())
    with pytest.raises(TasukiError, match="could not be written"):
        History(tmp_path).export(tmp_path / "missing" / "x.csv", [])


def test_export(tmp_path: Path) -> None:
    """A table that spreadsheets open; what other people wrote is never a formula."""
    path = tmp_path / "sessions.csv"
    History(tmp_path).export(path, [record(topic='=cmd|"/c calc"!A1', note="two\nlines")])
    text = path.read_bytes().decode("utf-8-sig")
    titles, row = csv.reader(io.StringIO(text))
    found = dict(zip(titles, row, strict=True))
    assert (found["Seconds"], found["Name"], found["Note"]) == ("60", "Hana", "two lines")
    assert found["Topic"].startswith("'=")
    assert found["Modes"].endswith(" control")
    assert found["End"] == "The user ended it."


def test_facts_of_a_record() -> None:
    """How long; a clock that was set back makes no negative time."""
    assert record().seconds == 60.0
    assert record(ended=900.0, modes=((1000.0, Mode.VIEW),)).seconds == 0.0
    assert len(as_csv([]).splitlines()) == 1


async def test_a_session_is_recorded(tmp_path: Path) -> None:
    """From when both were sure of each other to the end, each mode with its time; written in a thread, a note of it too."""
    times = iter([1000.0, 1005.0, 1020.0, 1020.0, 1060.0])
    kept = History(tmp_path)
    recorder = HistoryRecorder(history=kept, organisation="Example", now=lambda: next(times))
    assert recorder.changed(VIEW) is None
    connected = replace(VIEW, phase=SessionPhase.CONNECTED, since=1000.0, peer_name="Hana", peer_uri=URI)
    for view in (connected, replace(connected, paused=True), replace(connected, mode=Mode.CONTROL)):
        assert recorder.changed(view, topic="printer") is None
    recorder.note(VIEW.session, "first")
    recorder.note(VIEW.session, "second")
    ended = replace(connected, phase=SessionPhase.ENDED, mode=Mode.CONTROL, why=Why.CUT)
    made = recorder.changed(ended, topic="printer")
    modes = ((1000.0, Mode.VIEW), (1020.0, Mode.CONTROL))
    assert made == record(VIEW.session, modes=modes, why=Why.CUT, pauses=1, paused=15.0)
    assert recorder.changed(ended) is None
    await recorder.settle()
    [found] = kept.records()
    assert (found.peer_name, found.note) == ("Hana", "second")


async def test_a_session_whose_program_is_ended_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is marked while it runs; the next program keeps it as far as it had come, once, with the note that was made."""
    monkeypatch.setattr(history, "MARKED", MARKED / 6000)
    times = itertools.chain([1000.0, 1030.0], itertools.repeat(1060.0))
    recorder = HistoryRecorder(history=History(tmp_path), organisation="Example", now=lambda: next(times))
    connected = replace(VIEW, phase=SessionPhase.CONNECTED, since=1000.0, peer_name="Hana", peer_uri=URI)
    recorder.changed(connected, topic="printer")
    recorder.changed(replace(connected, mode=Mode.CONTROL), topic="printer")
    recorder.note(VIEW.session, "has two")
    await asyncio.sleep(10 * MARKED / 6000)
    await recorder.settle()
    assert History(tmp_path).records() == []

    for _start in range(2):
        after = HistoryRecorder(history=History(tmp_path), organisation="Example")
        after.start()
        await after.settle()
    [found] = History(tmp_path).records()
    modes = ((1000.0, Mode.VIEW), (1030.0, Mode.CONTROL))
    wanted = record(VIEW.session, modes=modes, why=Why.FAILED, note="has two", complete=False)
    assert found == wanted
    assert "at least this long" in end_sentence(found)
    assert "at least this long" in as_csv([found])


async def test_a_session_that_has_an_end_is_adopted_by_nobody(tmp_path: Path) -> None:
    """The mark goes with the record."""
    kept = History(tmp_path)
    kept.mark(record("a"))
    kept.add(record("a"))
    kept.adopt()
    assert kept.records() == [record("a")]


async def test_what_never_connected_is_no_session(tmp_path: Path) -> None:
    """Nothing was shown, so nothing is kept."""
    recorder = HistoryRecorder(history=History(tmp_path), organisation="Example")
    assert recorder.changed(replace(VIEW, phase=SessionPhase.ENDED, why=Why.REFUSED)) is None


async def test_a_history_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """The person is told, once until it can be written again."""
    folder = tmp_path / "folder"
    folder.write_text("", encoding="utf-8")
    told: list[str] = []
    recorder = HistoryRecorder(
        history=History(folder), organisation="Example", on_problem=lambda problem: told.append(problem.code)
    )
    for _ in range(3):
        recorder.note("a", "x")
    await recorder.settle()
    assert told == ["folder_unusable"]
    folder.unlink()
    recorder.note("a", "x")
    await recorder.settle()
    (folder / FILE).unlink()
    folder.rmdir()
    folder.write_text("", encoding="utf-8")
    recorder.note("a", "x")
    await recorder.settle()
    assert told == ["folder_unusable", "folder_unusable"]


async def test_a_damaged_history_is_told_at_the_start(tmp_path: Path) -> None:
    """Before the first session, and once."""
    left = damage(tmp_path)
    told: list[TasukiError] = []
    recorder = HistoryRecorder(history=History(tmp_path), organisation="Example", on_problem=told.append)
    recorder.start()
    recorder.note("a", "x")
    await recorder.settle()
    assert [problem.code for problem in told] == ["history_damaged"]
    assert aside(tmp_path) == [left]
    assert str(next(tmp_path.glob(f"{FILE}.damaged-*"))) in str(told[0])
