"""Help in Japanese: letters two cells wide, and no spaces to break lines at, which click's own layout does not know."""

import re
import unicodedata
from collections.abc import Iterable

import click

_PIECE = re.compile(r"[!-~]+|\s+|.", re.DOTALL)  # a word of Latin letters, space, or one letter of another script
_NEVER_FIRST = frozenset("。、）」』】〉》・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ:：;；?？!！)]}")
_NEVER_LAST = frozenset("（「『【〈《([{")


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken at spaces and between Japanese letters, as Japanese is set.

    A longer word of Latin letters keeps a line of its own.
    """
    lines, line = [], ""
    for piece in _bound(" ".join(text.split())):
        if line and cells(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _bound(text: str) -> list[str]:
    """Pieces between which a line may end: a closing mark stays with what is before it, an opening one with what follows."""
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        if pieces and (piece[0] in _NEVER_FIRST or pieces[-1][-1] in _NEVER_LAST):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


class JapaneseFormatter(click.HelpFormatter):
    """click's, with lines measured in cells."""

    def write_text(self, text: str) -> None:
        """A paragraph."""
        for line in wrap(text, self.width - self.current_indent):
            self.write(f"{'':>{self.current_indent}}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Options or commands, and what each is for."""
        known = list(rows)
        column = min(max((cells(name) for name, _ in known), default=0), col_max) + col_spacing
        for name, text in known:
            margin = " " * self.current_indent
            lines = wrap(text, max(self.width - self.current_indent - column, 20))
            self.write(margin + name)
            if lines and cells(name) <= column - col_spacing:
                self.write(" " * (column - cells(name)) + lines.pop(0))
            self.write("\n")
            for line in lines:
                self.write(margin + " " * column + line + "\n")


def set_short_helps(command: click.Command) -> None:
    """Give each command below `command` its first sentence for lists: click finds sentences by full stops only."""
    for below in getattr(command, "commands", {}).values():
        first, stop, _ = (below.help or "").partition("。")
        below.short_help = first + stop or None
        set_short_helps(below)
