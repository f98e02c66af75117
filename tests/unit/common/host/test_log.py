"""Logs: a line an event, secrets cut out, no local variables."""

import ast
import contextlib
import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
import structlog

from common.host import log
from tests.support.marks import needs


@pytest.fixture(autouse=True)
def _given_back() -> Iterator[None]:
    """Leave structlog and logging as they were."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.mark.parametrize(
    "name", ["ticket", "private_key", "password", "X-Proof", "tickets", "enrolment_code", "credentials"]
)
def test_secret_names(name: str) -> None:
    """A value under such a name is never printed."""
    assert log.is_secret(name)


@pytest.mark.parametrize("name", ["exit_code", "session", "keyboard", "why", "key_path"])
def test_harmless_names(name: str) -> None:
    """These are printed."""
    assert not log.is_secret(name)


def test_no_line_of_ours_names_a_harmless_value_like_a_secret() -> None:
    """Or its reader finds three stars where a close code or an error's code was meant."""
    house = Path(log.__file__).parents[2]
    stars = []
    for room in ("common", "relay", "user_agent", "helper_agent"):
        for path in (house / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_log(node.func):
                    names = [keyword.arg for keyword in node.keywords if keyword.arg is not None]
                    stars += [f"{path}:{node.lineno} {name}" for name in names if log.is_secret(name)]
    assert stars == []


def _is_log(called: ast.Attribute) -> bool:
    return called.attr in {"debug", "info", "warning", "error", "exception"} and ast.unparse(called.value).lower() in {
        "log",
        "_log",
        "self._log",
        "get_logger()",
    }


def test_secrets_are_cut_out_at_any_depth() -> None:
    """In the event, in what was bound, in dicts and in lists."""
    out = io.StringIO()
    log.setup(json=True, stream=out)
    log.get_logger(ticket="CANARY").info(
        "granted", legs=[{"password": "CANARY"}], peers=({"secret": b"CANARY"},), session="s1"
    )
    assert "CANARY" not in out.getvalue()
    line = json.loads(out.getvalue())
    assert (line["event"], line["session"], line["level"]) == ("granted", "s1", "info")


@pytest.mark.parametrize("as_json", [True, False])
def test_tracebacks_show_no_variables(*, as_json: bool) -> None:
    """An exception is logged with its traceback and without what its frames held."""
    out = io.StringIO()
    log.setup(json=as_json, stream=out)
    canary = "CANA" + "RY"
    try:
        len(canary) // 0
    except ZeroDivisionError:
        log.get_logger().exception("broke")
    assert "ZeroDivisionError" in out.getvalue()
    assert "CANARY" not in out.getvalue()


def test_a_level_is_kept() -> None:
    """What is below the level is not printed."""
    out = io.StringIO()
    log.setup(json=False, level="warning", stream=out)
    log.get_logger().info("quiet")
    log.get_logger().warning("loud")
    assert "quiet" not in out.getvalue()
    assert "loud" in out.getvalue()


def test_warnings_of_libraries_come_the_same_way() -> None:
    """What asyncio and others say by `logging` is a line like ours; their chatter is not."""
    out = io.StringIO()
    log.setup(json=True, stream=out)
    logging.getLogger("asyncio").warning("slow by %d ms", 3)
    logging.getLogger("asyncio").info("chatter")
    (line,) = map(json.loads, out.getvalue().splitlines())
    assert (line["event"], line["logger"], line["level"]) == ("slow by 3 ms", "asyncio", "warning")


def writing_to(where: str) -> TextIO:
    """A stream that takes nothing: a pipe that nobody reads any more, or a full disk."""
    if where == "disk":
        return os.fdopen(os.open("/dev/full", os.O_WRONLY), "w", encoding="utf-8", buffering=1)
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "w", encoding="utf-8", buffering=1)


@needs("/dev/full")
@pytest.mark.parametrize("where", ["pipe", "disk"])
def test_a_line_that_cannot_be_written_stops_nobody(where: str) -> None:
    """A restarted journald, a full disk: the line is lost, and whoever logged goes on."""
    stream = writing_to(where)
    log.setup(json=True, stream=stream)
    for _ in range(3):
        log.get_logger().warning("something", number=1)
    with contextlib.suppress(OSError):
        stream.close()
    log.get_logger().warning("after it was closed")
