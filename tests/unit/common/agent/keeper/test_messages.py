"""The keeper's process, which has no types, knows the very kinds that the agent's side has."""

import ast
import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from common.agent.keeper import main, windows
from common.agent.keeper.messages import (
    Command,
    KeeperEvent,
    ProgramExited,
    StartProgram,
    decode_event,
    encode_command,
)

HERE = Path(main.__file__).parent


def posix_keeper(commands: main.Commands) -> None:
    """The one of this platform, not run."""
    main.beside("posix").PosixKeeper(commands, main.emit, main.beside("process_table"))


def windows_keeper(commands: main.Commands) -> None:
    """The one of Windows, not run."""
    windows.WindowsKeeper(commands, main.emit, main.beside("process_table"))


def fields_of(union: object) -> dict[str, set[str]]:
    """A union's kinds, each with its fields."""
    return {str(one.__struct_config__.tag): set(one.__struct_fields__) for one in get_args(union)}


@pytest.mark.parametrize("keeper", [posix_keeper, windows_keeper])
def test_the_table_has_the_commands_of_the_union(keeper: Callable[[main.Commands], None]) -> None:
    """No more and no fewer, and each takes the fields that its command has; `about` is answered for all of them."""
    commands = main.Commands(main.AtEnd())
    if not (keeper is posix_keeper and sys.platform == "win32"):
        keeper(commands)
        taken = {kind: set(inspect.signature(call).parameters) for kind, call in commands.table.items()}
        assert taken == {kind: fields - {"about"} for kind, fields in fields_of(Command).items()}


@pytest.mark.parametrize("platform", ["posix", "windows"])
def test_what_is_emitted_are_the_events_of_the_union(platform: str) -> None:
    """Every call of `emit` names a kind and all of its facts; every kind is emitted."""
    emitted: dict[str, set[str]] = {}
    for file in ("main.py", f"{platform}.py"):
        for node in ast.walk(ast.parse((HERE / file).read_bytes())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"emit", "self._emit"}:
                (kind,) = node.args
                assert isinstance(kind, ast.Constant)
                facts = {str(keyword.arg) for keyword in node.keywords}
                assert emitted.setdefault(str(kind.value), facts) == facts
    assert emitted == fields_of(KeeperEvent)


def test_an_unknown_command_is_said_to_be_one(capfd: pytest.CaptureFixture[str]) -> None:
    """To whoever waits for it; the keeper goes on."""
    main.Commands(main.AtEnd()).obey(b'{"do": "dance", "about": "7"}')
    assert json.loads(capfd.readouterr().out) == {"event": "failed", "id": "7", "detail": "dance is no command"}


def test_lines() -> None:
    """A command is one line; an event is read back, and what is none of them is a bug that shows."""
    command = StartProgram(id="a", argv=["x", "two\nlines"], env=None, stdin=b"\x00\n")
    line = encode_command(command)
    assert line.count(b"\n") == 1
    fields: dict[str, Any] = json.loads(line)
    assert fields["do"] == "start"
    assert fields["stdin"] == "AAo="
    event = decode_event(b'{"event": "exited", "id": "a", "code": null, "signal": 9, "output": ""}')
    assert event == ProgramExited(id="a", code=None, signal=9, output="")
    with pytest.raises(msgspec.ValidationError):
        decode_event(b'{"event": "danced"}')
