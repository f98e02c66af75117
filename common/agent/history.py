"""Sessions that are over, kept in the agent's own folder: who, when, how long, which modes, and a note.

`History` reads and writes a file, so call it in a thread; `HistoryRecorder` watches sessions on the loop and keeps each that had
connected. Nothing of it ever leaves the computer but by `export`.
"""

import asyncio
import csv
import io
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from common.agent.views import SessionView
from common.host.damaged_files import OwnFile
from common.host.errors import TasukiError
from common.host.files import write_private
from common.host.log import get_logger
from common.host.words import _, one_line, plain_reason
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase

FILE: Final = "history.json"
KEPT: Final = 1000
NOTE_LIMIT: Final = 4000  # characters
MARKED: Final = 60.0  # seconds between two marks of a session that runs

log = get_logger(component="history")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One session that had connected. Times are Unix seconds; `modes` holds each mode with when it began."""

    session: str
    request: str
    began: float
    ended: float
    peer_name: str
    peer_uri: str
    organisation: str
    modes: tuple[tuple[float, Mode], ...]
    why: Why
    topic: str = ""
    note: str = ""
    pauses: int = 0
    """How often the user paused it."""
    paused: float = 0.0
    """How long in all, in seconds."""
    complete: bool = True
    """False: the program was ended in the midst of it. `ended` is when it was last seen to run, and `why` says nothing."""

    @property
    def seconds(self) -> float:
        """How long it lasted; a clock that was set back meanwhile makes it no shorter than nothing."""
        return max(0.0, self.ended - self.began)


class _Kept(msgspec.Struct, kw_only=True):
    version: Literal[1] = 1  # a newer program's is not for this one to write over
    records: list[Record] = []  # the oldest first
    notes: dict[str, str] = {}  # of sessions that run: a crash loses none
    running: dict[str, Record] = {}  # sessions that run, as far as they have come: nor does it lose these


class History:
    """The file in `folder`. Every method may be called in any thread, and waits for the disk.

    All that read or write raise TasukiError `folder_unusable`. A file that cannot be read is set aside and counts as none.
    """

    def __init__(self, folder: Path) -> None:
        self._file = OwnFile(folder / FILE, kind=_Kept, empty=_Kept, damaged="history_damaged")
        self._lock = threading.Lock()

    def add(self, record: Record) -> None:
        """Keep it, in the place of an older one of the same session; the oldest goes where there are too many."""
        with self._lock:
            kept = self._file.read()
            self._put(kept, record)
            self._file.write(kept)

    def mark(self, record: Record) -> None:
        """It still runs, and has come this far."""
        with self._lock:
            kept = self._file.read()
            kept.running[record.session] = msgspec.structs.replace(record, complete=False)
            self._file.write(kept)

    def adopt(self) -> None:
        """What ran when the last program was ended is over now: kept as far as it had come."""
        with self._lock:
            kept = self._file.read()
            if kept.running:
                for record in list(kept.running.values()):
                    self._put(kept, record)
                self._file.write(kept)

    def records(self) -> list[Record]:
        """All of them, the newest first."""
        with self._lock:
            return self._file.read().records[::-1]

    def set_note(self, session: str, text: str) -> None:
        """The person's own words on a session, which may still run."""
        text = text[:NOTE_LIMIT]
        with self._lock:
            kept = self._file.read()
            if not any(one.session == session for one in kept.records):
                notes = {**kept.notes, session: text} if text else {k: v for k, v in kept.notes.items() if k != session}
                kept.notes = dict(list(notes.items())[-KEPT:])
                self._file.write(kept)
                return
            kept.records = [
                msgspec.structs.replace(one, note=text) if one.session == session else one for one in kept.records
            ]
            self._file.write(kept)

    def note(self, session: str) -> str:
        """What `set_note` was last given for it."""
        with self._lock:
            kept = self._file.read()
        found = next((one.note for one in kept.records if one.session == session), None)
        return kept.notes.get(session, "") if found is None else found

    def take_problem(self) -> TasukiError | None:
        """What the person has to be told of the file since the last call: that it was set aside."""
        return self._file.take_problem()

    def export(self, path: Path, records: Iterable[Record]) -> None:
        """A CSV file that spreadsheets open, times in local time. Raises TasukiError `file_not_written`."""
        try:
            write_private(path, as_csv(records).encode("utf-8-sig"))
        except OSError as error:
            raise TasukiError("file_not_written", path=path, detail=error.strerror) from error

    def _put(self, kept: _Kept, record: Record) -> None:
        kept.running.pop(record.session, None)
        note = record.note or kept.notes.pop(record.session, "")
        others = [one for one in kept.records if one.session != record.session]
        kept.records = [*others, msgspec.structs.replace(record, note=note)][-KEPT:]


def as_csv(records: Iterable[Record]) -> str:
    """The records as CSV with a line of titles."""
    out = io.StringIO()
    writer = csv.writer(out)
    titles = (_("Began"), _("Ended"), _("Seconds"), _("Name"), _("Organisation"), _("Modes"), _("Topic"), _("End"))
    writer.writerow([*titles, _("Note"), _("Pauses"), _("Paused, seconds")])
    for one in records:
        modes = ", ".join(f"{_clock(began)} {mode.value}" for began, mode in one.modes)
        texts = (one.peer_name, one.organisation, modes, one.topic, end_sentence(one), one.note)
        pauses = (one.pauses, round(one.paused))
        writer.writerow([_local(one.began), _local(one.ended), round(one.seconds), *map(_cell, texts), *pauses])
    return out.getvalue()


def end_sentence(record: Record) -> str:
    """How it ended, as a person reads it."""
    if record.complete:
        return plain_reason(record.why)
    return _("Tasuki was ended on this computer while the session ran, so the session lasted at least this long.")


def _cell(text: str) -> str:
    """On one line, and never what a spreadsheet takes for a formula: other people wrote some of it."""
    line = one_line(text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@", "\t")) else line


def _local(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%H:%M:%S")


@dataclass
class _Pauses:
    """The user's, in one session."""

    count: int = 0
    over: float = 0.0  # seconds of those that are over
    since: float | None = None  # when the present one began

    def look(self, *, paused: bool, now: Callable[[], float]) -> None:
        """Whether it is paused now."""
        if paused and self.since is None:
            self.count += 1
            self.since = now()
        elif not paused and self.since is not None:
            self.over += max(0.0, now() - self.since)
            self.since = None

    def seconds(self, now: float) -> float:
        """How long it was paused until now."""
        return self.over + (max(0.0, now - self.since) if self.since is not None else 0.0)


class HistoryRecorder:
    """Makes a Record of every session whose views it is shown, and has it kept. On the loop.

    A session that runs is marked each minute: where a program is ended in its midst, the next one has it in its history.
    """

    def __init__(
        self,
        *,
        history: History,
        organisation: str,
        on_kept: Callable[[Record], None] = lambda _: None,
        on_problem: Callable[[TasukiError], None] = lambda _: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`on_kept`: told of each session that is over, once it is on the disk. `on_problem`: of a file that is damaged or
        cannot be written, once and not again until it could be.
        """
        self._history = history
        self._organisation = organisation
        self._on_kept = on_kept
        self._on_problem = on_problem
        self._unusable = False  # and that was told
        self._now = now
        self._running: dict[str, Record] = {}
        self._pauses: dict[str, _Pauses] = {}
        self._marking: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """A new program in this folder: what ran in the last one is over."""
        self._spawn(self._history.adopt)

    def changed(self, view: SessionView, *, topic: str = "") -> Record | None:
        """A session's new view. The record, once it has ended after having connected: it is being written then."""
        known = self._running.get(view.session)
        modes = known.modes if known is not None else ()
        if view.running:
            self._pauses.setdefault(view.session, _Pauses()).look(paused=view.paused, now=self._now)
        if view.phase is SessionPhase.CONNECTED and (not modes or modes[-1][1] is not view.mode):
            now = self._now()
            self._mark(self._record(view, topic, now, (*modes, (now, view.mode))))
        if view.phase is not SessionPhase.ENDED or view.since is None or known is None:
            return None
        del self._running[view.session]
        record = self._record(view, topic, self._now(), modes)
        self._pauses.pop(view.session, None)
        self._spawn(lambda: self._history.add(record), lambda: self._on_kept(record))
        return record

    def note(self, session: str, text: str) -> None:
        """Keep the person's note on a session, running or over."""
        self._spawn(lambda: self._history.set_note(session, text))

    async def settle(self) -> None:
        """Wait until everything is on the disk, and mark nothing more."""
        if self._marking is not None:
            self._marking.cancel()
            self._marking = None
        while self._writing:
            await asyncio.gather(*self._writing)

    def _record(self, view: SessionView, topic: str, now: float, modes: tuple[tuple[float, Mode], ...]) -> Record:
        pauses = self._pauses.get(view.session) or _Pauses()
        return Record(
            session=view.session,
            request=view.request,
            began=now if view.since is None else view.since,
            ended=now,
            peer_name=view.peer_name,
            peer_uri=view.peer_uri,
            organisation=self._organisation,
            modes=modes,
            why=view.why or Why.FAILED,
            topic=topic,
            pauses=pauses.count,
            paused=pauses.seconds(now),
        )

    def _mark(self, record: Record) -> None:
        self._running[record.session] = record
        self._spawn(lambda: self._history.mark(record))
        if self._marking is None:
            self._marking = asyncio.get_running_loop().call_later(MARKED, self._mark_all)

    def _mark_all(self) -> None:
        self._marking = None
        now = self._now()
        for record in list(self._running.values()):
            pauses = self._pauses.get(record.session) or _Pauses()
            self._mark(msgspec.structs.replace(record, ended=now, pauses=pauses.count, paused=pauses.seconds(now)))

    def _spawn(self, write: Callable[[], None], then: Callable[[], None] = lambda: None) -> None:
        previous = tuple(self._writing)  # in the order they were asked for

        async def run() -> None:
            await asyncio.gather(*previous)
            try:
                await asyncio.to_thread(write)
            except TasukiError as error:
                log.warning("history_not_written", error_code=error.code)
                if not self._unusable:
                    self._on_problem(error)
                self._unusable = True
            else:
                self._unusable = False
                then()
            finally:
                if (problem := self._history.take_problem()) is not None:
                    self._on_problem(problem)

        task = asyncio.ensure_future(run())
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
