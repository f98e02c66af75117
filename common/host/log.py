"""Logs: one line per event on stderr, as JSON or for a person's eye. Secrets are cut out by the name they are logged under.

Tracebacks never show local variables: a password in one would be printed with them. structlog may be loaded with the
first line that is logged only: it takes a good part of the time in which a program shows its first window.
"""

import contextlib
import functools
import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from structlog.typing import EventDict, FilteringBoundLogger, Processor

SECRET_NAMES = frozenset({
    "authorization", "code", "credentials", "key", "line", "nonce", "password", "proof", "secret", "signature", "ticket", "token",
})  # fmt: skip
HARMLESS_NAMES = frozenset({"error_code", "exit_code", "status_code", "close_code"})
REDACTED = "***"

_asked: "list[Callable[[], None]]" = []  # how `setup` wanted it, until that is done


def is_secret(name: str) -> bool:
    """Whether a value logged under `name` is cut out: the name is one of SECRET_NAMES or ends in `_` and one of them."""
    name = name.lower().replace("-", "_")
    last = name.rpartition("_")[2]
    return name not in HARMLESS_NAMES and not SECRET_NAMES.isdisjoint({last, last.removesuffix("s")})


def redact(_logger: object, _method: str, event: MutableMapping[str, object]) -> "EventDict":
    """A structlog processor: every value under a secret name becomes three stars, at any depth of dicts and lists."""
    return cast("EventDict", _redacted(event))


def _redacted(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            name: REDACTED if isinstance(name, str) and is_secret(name) else _redacted(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_redacted(inner) for inner in value]
    if isinstance(value, tuple):
        return tuple(_redacted(inner) for inner in value)
    return value


def setup(*, json: bool, level: str = "info", stream: TextIO | None = None, now: bool = True) -> None:
    """Send structlog's events and the warnings of `logging` (asyncio's, libraries') to `stream`, by default stderr.

    `now` False: once the first logger of `get_logger` is used.
    """
    _asked[:] = [functools.partial(_configure, json, level, stream if stream is not None else sys.stderr)]
    if now:
        _ready()
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)


def _ready() -> None:
    while _asked:
        _asked.pop()()


def _configure(json: bool, level: str, out: TextIO) -> None:
    import structlog

    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
        if json
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Lines(out))),
        cache_logger_on_first_use=False,
    )


class _Lines:
    """Where lines go. One that cannot be written is lost: a reader that has gone (journald, when it is restarted) or a full
    disk stops nobody's work in the middle.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._out.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._out.flush()


def get_logger(**bound: object) -> "FilteringBoundLogger":
    """A logger whose every line carries `bound`, such as a connection's or a session's id."""
    return cast("FilteringBoundLogger", _Later(bound))


class _Later:
    """A logger of structlog's, from the moment that it is used."""

    def __init__(self, bound: Mapping[str, object]) -> None:
        self._bound = bound

    def __getattr__(self, name: str) -> Any:
        import structlog

        _ready()
        return getattr(structlog.get_logger(**self._bound), name)


class _Forward(logging.Handler):
    """What libraries log by `logging` goes the same way as our own events."""

    def emit(self, record: logging.LogRecord) -> None:
        get_logger().log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)
