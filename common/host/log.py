"""Logs: one line per event on stderr, as JSON or for a person's eye. Secrets are cut out by the name they are logged under.

Tracebacks never show local variables: a password in one would be printed with them.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

SECRET_NAMES = frozenset({
    "authorization", "code", "credentials", "key", "line", "nonce", "password", "proof", "secret", "signature", "ticket", "token",
})  # fmt: skip
HARMLESS_NAMES = frozenset({"error_code", "exit_code", "status_code", "close_code"})
REDACTED = "***"

Logger = FilteringBoundLogger


def is_secret(name: str) -> bool:
    """Whether a value logged under `name` is cut out: the name is one of SECRET_NAMES or ends in `_` and one of them."""
    name = name.lower().replace("-", "_")
    last = name.rpartition("_")[2]
    return name not in HARMLESS_NAMES and not SECRET_NAMES.isdisjoint({last, last.removesuffix("s")})


def redact(_logger: object, _method: str, event: MutableMapping[str, object]) -> EventDict:
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


def setup(*, json: bool, level: str = "info", stream: TextIO | None = None) -> None:
    """Send structlog's events and the warnings of `logging` (asyncio's, libraries') to `stream`, by default stderr."""
    out = stream if stream is not None else sys.stderr
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
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)


def get_logger(**bound: object) -> Logger:
    """A logger whose every line carries `bound`, such as a connection's or a session's id."""
    return cast("Logger", structlog.get_logger(**bound))


class _Forward(logging.Handler):
    """What libraries log by `logging` goes the same way as our own events."""

    def emit(self, record: logging.LogRecord) -> None:
        get_logger().log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)
