"""A session that is over, in a person's words: when, how long, which modes, how it ended."""

from PySide6.QtCore import QDateTime, QLocale, QObject

from common.agent.history import Record, end_sentence
from common.host.words import one_line
from common.protocol.messages import Mode


class RecordWords(QObject):
    """In the language of the moment; keeps nothing."""

    def when(self, at: float) -> str:
        """Day and time, as the language writes them."""
        return QLocale().toString(_local(at), QLocale.FormatType.ShortFormat)

    def clock(self, at: float) -> str:
        """The time of the day, with seconds."""
        return QLocale().toString(_local(at).time(), "HH:mm:ss")

    def lasting(self, seconds: float) -> str:
        """How long: seconds only while they matter."""
        whole = int(max(0.0, seconds))
        if whole < 60:
            return self.tr("{seconds} s").format(seconds=whole)
        if whole < 3600:
            return self.tr("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=whole % 60)
        return self.tr("{hours} h {minutes} min").format(hours=whole // 3600, minutes=whole % 3600 // 60)

    def mode(self, mode: Mode) -> str:
        """What the helper could do."""
        return self.tr("Look only") if mode is Mode.VIEW else self.tr("Look and control")

    def modes(self, record: Record) -> str:
        """Which of them there were, in short."""
        kinds = {mode for _began, mode in record.modes}
        if kinds == {Mode.VIEW, Mode.CONTROL}:
            return self.tr("Looked, and controlled at times")
        return self.mode(kinds.pop() if kinds else Mode.VIEW)

    def course(self, record: Record) -> list[str]:
        """Each mode with the time when it began, a line each."""
        line = self.tr("{time}  {mode}")
        return [line.format(time=self.clock(began), mode=self.mode(mode)) for began, mode in record.modes]

    def pauses(self, record: Record) -> str:
        """How often the user paused, and how long in all; nothing where never."""
        if not record.pauses:
            return ""
        return self.tr("%n time(s), {time} in all", "", record.pauses).format(time=self.lasting(record.paused))

    def end(self, record: Record) -> str:
        """How it ended."""
        return end_sentence(record)

    def facts(self, record: Record) -> list[tuple[str, str]]:
        """Everything, as a word and what it says. A helper's note is not among them."""
        rows = [
            (self.tr("With"), one_line(record.peer_name)),
            (self.tr("Organisation"), one_line(record.organisation)),
            (self.tr("Began"), self.when(record.began)),
            (self.tr("Lasted"), self.lasting(record.seconds)),
            (self.tr("Modes"), "\n".join(self.course(record))),
            (self.tr("Pauses"), self.pauses(record)),
            (self.tr("What was the matter"), one_line(record.topic)),
            (self.tr("How it ended"), self.end(record)),
        ]
        return [(word, text) for word, text in rows if text]

    def report(self, record: Record) -> str:
        """All of it as plain text, to be pasted somewhere."""
        rows = self.facts(record)
        if record.note:
            rows.append((self.tr("Note"), record.note))
        line = self.tr("{word}: {text}")
        return "".join(line.format(word=word, text=text.replace("\n", "\n    ")) + "\n" for word, text in rows)


def _local(at: float) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(at))
