"""How long something has lasted, read at a glance."""

from PySide6.QtCore import QDateTime, QLocale, QObject


def clock_text(seconds: float) -> str:
    """`4:05`, `1:05:09`: the same in every language."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class ElapsedWords(QObject):
    """Words for spans of time, in the language of the moment."""

    def text(self, seconds: float) -> str:
        """`3 min`. Rounded down; less than a minute is `now`."""
        minutes = int(max(0.0, seconds) // 60)
        if minutes < 1:
            return self.tr("just now")
        if minutes < 60:
            return self.tr("{minutes} min").format(minutes=minutes)
        hours, minutes = divmod(minutes, 60)
        if hours < 24:
            return self.tr("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
        return self.tr("{days} d {hours} h").format(days=hours // 24, hours=hours % 24)

    def moment(self, at: float) -> str:
        """`14:05`, as the language writes it; with the day where that is another one. `at`: Unix seconds."""
        when, short = QDateTime.fromSecsSinceEpoch(int(at)), QLocale.FormatType.ShortFormat
        today = QDateTime.currentDateTime().date() == when.date()
        return QLocale().toString(when.time(), short) if today else QLocale().toString(when, short)
