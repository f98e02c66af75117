"""A command's three streams: UTF-8 on every system; a reader that has gone is no error, nor is a program that has none."""

import contextlib
import ctypes
import errno
import io
import os
import sys
from pathlib import Path
from typing import TextIO

_ICON_ERROR = 0x10  # MB_ICONERROR


def use_utf8() -> None:
    """From now on, whatever locale or code page says: scripts read the same on every system, and no name stops a program.

    What cannot be said in UTF-8 (a file's name of other bytes) is written as its number; what is not UTF-8 is read as U+FFFD.
    (A console of Windows is written to and read in UTF-16, by its own functions, which Python does by itself.)
    A program of Windows' that was made without a console has no streams at all: it hears and says nothing.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 -- as long as the program runs
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def show_instead(text: str) -> None:
    """What was said on stderr, in a box of its own where there never was a stderr: a shortcut that does nothing tells nobody why."""
    if sys.platform == "win32" and sys.__stderr__ is None:
        ctypes.windll.user32.MessageBoxW(None, text, "Tasuki", _ICON_ERROR)


def reader_is_gone(error: OSError) -> bool:
    """Whether writing failed because nobody holds the pipe's other end: EPIPE; Windows says EINVAL."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def write_nowhere(stream: TextIO) -> None:
    """Let go of a pipe whose reader has gone: else what is flushed at the exit would complain once more."""
    with contextlib.suppress(OSError, ValueError):  # no file, or closed
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
