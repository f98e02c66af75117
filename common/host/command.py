"""What the console scripts share: errors become one line and an exit code, events become lines, stdin becomes lines."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import NoReturn, TextIO

import click
import msgspec

from common.host.click_words import teach
from common.host.errors import TasukiError, exit_with
from common.host.streams import reader_is_gone, show_instead, use_utf8, write_nowhere
from common.host.words import harmless

MAX_LINE = 65536  # bytes of one line on stdin; the rest of a longer one is not read


def run(command: click.Command) -> NoReturn:
    """Run a click command with the house's exit codes: 0 ended as asked, 1 failed, 2 usage, 130 interrupted.

    Where nobody reads any more what it prints (`| head`), it ends with 1 and says nothing.
    """
    use_utf8()
    teach(command)
    try:
        sys.exit(_outcome(command))
    except OSError as error:
        if not reader_is_gone(error):
            raise
        sys.exit(1)
    finally:
        _let_go()


def _let_go() -> None:
    """Nothing is left for the interpreter to say at a pipe that nobody reads.

    click ends by itself where it finds that out (EPIPE), but knows nothing of Windows' EINVAL, which the next flush is told.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if reader_is_gone(error):
                write_nowhere(stream)


def _outcome(command: click.Command) -> int:
    try:
        result = command.main(standalone_mode=False)
        sys.stdout.flush()
    except TasukiError as error:
        exit_with(error)
    except click.ClickException as error:
        error.show()
        show_instead(error.format_message())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    return result if isinstance(result, int) else 0


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
        except OSError as error:
            if not reader_is_gone(error):
                raise
            write_nowhere(self._stream)


async def lines_of(descriptor: int = 0) -> AsyncIterator[str]:
    """Lines that come in on `descriptor` (stdin), without their ends, until it ends.

    A daemon thread reads, without a buffer: works for pipes, files and terminals on every platform (a console of Windows
    gives UTF-8 this way, whatever its code page), and unlike a buffered reader holds no lock when the interpreter ends.
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
    try:
        stream = open(descriptor, "rb", buffering=0, closefd=False)  # noqa: SIM115 -- a number, which stays open
    except OSError:
        tell(None)
        return
    while True:
        try:
            data = stream.read(MAX_LINE)
        except OSError:
            data = b""
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            tell(_text(line))
        rest = rest[: MAX_LINE + 1]
    if rest:
        tell(_text(rest))
    tell(None)


def _text(line: bytes) -> str:
    """Bytes that are no UTF-8 come as halves of surrogate pairs, as they do on a command line: whoever takes text refuses them."""
    return line[:MAX_LINE].decode("utf-8", "surrogateescape" if len(line) <= MAX_LINE else "replace").rstrip("\r")
