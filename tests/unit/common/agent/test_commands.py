"""What runs beside a command, and the line that `enrol` is given."""

import asyncio
import io
import sys
from pathlib import Path

import pytest

from common.agent.commands import beside, read_line
from common.host.errors import TasukiError, UsageError
from tests.support.enrolment_lines import LINE

MAIL = f"Dear Taro,\n\n> {str(LINE)[:60]}\n> {str(LINE)[60:]}\n\nBye\n"


async def test_what_runs_beside_ends_with_the_block() -> None:
    """Also what would run for ever; a problem that a person reads elsewhere ends nothing."""
    forever = asyncio.ensure_future(asyncio.Event().wait())
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    told.set_exception(TasukiError("relay_lost", address="relay"))
    async with beside(forever, asyncio.ensure_future(asyncio.shield(told))):
        await asyncio.sleep(0)
    assert forever.cancelled()


async def test_a_bug_beside_the_block_is_raised() -> None:
    """At its end, so that it is not lost."""

    async def bug() -> None:
        raise LookupError("a bug")

    with pytest.raises(LookupError):
        async with beside(asyncio.ensure_future(bug())):
            await asyncio.sleep(0)


def test_the_line_comes_in_any_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an argument, from a file, or from stdin; what holds none is a wrong usage."""
    mail = tmp_path / "mail.eml"
    mail.write_bytes(MAIL.encode())
    monkeypatch.setattr(sys, "stdin", io.StringIO(MAIL))
    assert read_line(str(LINE)) == read_line(str(mail)) == read_line("-") == read_line(MAIL) == LINE
    for wrong in ("tasuki-enrol:1:ABC", str(tmp_path / "missing"), str(tmp_path), "a\0b", "-"):
        with pytest.raises(UsageError):
            read_line(wrong)


def test_at_a_terminal_the_line_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to end the input."""

    class Typed(io.StringIO):
        def isatty(self) -> bool:
            """A person types."""
            return True

    typed = Typed(f"{LINE}\nsomething else\n")
    monkeypatch.setattr(sys, "stdin", typed)
    assert read_line("-") == LINE
    assert typed.read() == "something else\n"
