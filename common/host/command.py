"""What the console scripts share: errors become one line and an exit code, events become lines, stdin becomes lines."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import NoReturn, TextIO

import click
import msgspec

from common.host.click_words import teach
from common.host.errors import TasukiError, exit_with
from common.host.words import harmless

MAX_LINE = 65536  # bytes of one line on stdin; more is a mistake, and is cut into several


def run(command: click.Command) -> NoReturn:
    """Run a click command with the house's exit codes: 0 ended as asked, 1 failed, 2 usage, 130 interrupted."""
    teach(command)
    try:
        result = command.main(standalone_mode=False)
    except TasukiError as error:
        exit_with(error)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    sys.exit(result if isinstance(result, int) else 0)


class Events:
    """What a running program tells: a JSON object a line for scripts (`--json`), else the sentence for a person."""

    def __init__(self, *, json: bool, stream: TextIO | None = None) -> None:
        self._json = json
        self._stream = stream if stream is not None else sys.stdout

    def tell(self, event: str, text: str, /, **facts: object) -> None:
        """Print one event. `facts` must be what msgspec can encode. A reader that has gone is no error."""
        line = msgspec.json.encode({"event": event, **facts}).decode() if self._json else harmless(text)
        if not line:
            return
        try:
            print(line, file=self._stream, flush=True)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())  # else the flush at exit would complain once more
            os.close(nowhere)


async def lines_of(descriptor: int = 0) -> AsyncIterator[str]:
    """Lines that come in on `descriptor` (stdin), without their ends, until it ends.

    A daemon thread reads with `os.read`: works for pipes, files and terminals on every platform, and unlike a buffered
    reader holds no lock when the interpreter ends.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def tell(line: str | None) -> None:
        try:
            loop.call_soon_threadsafe(queue.put_nowait, line)
        except RuntimeError:
            return  # the loop has ended and nobody listens

    threading.Thread(target=_read_lines, args=(descriptor, tell), name="stdin", daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line


def _read_lines(descriptor: int, tell: Callable[[str | None], None]) -> None:
    rest = b""
    while True:
        try:
            data = os.read(descriptor, MAX_LINE)
        except OSError:
            data = b""
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) >= MAX_LINE:
            lines, rest = [*lines, rest], b""
        for line in lines:
            tell(line.decode("utf-8", "replace").rstrip("\r"))
    if rest:
        tell(rest.decode("utf-8", "replace").rstrip("\r"))
    tell(None)
