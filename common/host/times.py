"""Spans of time as a person reads them."""

from datetime import timedelta


def format_difference(off: timedelta) -> str:
    """`-1 d 02:03`: how far a clock is off, ahead or (with a minus) behind; the same in every language."""
    seconds = int(abs(off).total_seconds())
    days, rest = divmod(seconds, 86400)
    sign = "-" if off < timedelta(0) else "+"
    return f"{sign}{f'{days} d ' if days else ''}{rest // 3600:02}:{rest % 3600 // 60:02}"
