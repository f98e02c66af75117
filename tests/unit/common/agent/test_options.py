"""How both agents' command lines begin: commands loaded late, and an end in order whenever it comes."""

import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from common.agent.options import LaterGroup
from common.host.version import VERSION
from common.host.words import set_language
from helper_agent import cli as helper_cli
from tests.support.marks import needs
from user_agent import cli as user_cli

HOUSE = Path(__file__).parents[4]
EARLY = """
import sys
from common.agent.options import end_on_signal
end_on_signal()
print("begun", flush=True)
import common.agent.commands, time
time.sleep(60)
"""
LIGHT = """
import sys
import {role}_agent.cli
heavy = {{"twisted", "OpenSSL", "cryptography", "structlog", "websockets", "keyring", "PySide6"}}
print(*sorted(heavy & set(sys.modules)))
"""


@pytest.mark.parametrize("program", [user_cli, helper_cli], ids=["user", "helper"])
def test_the_version(program: ModuleType) -> None:
    """One line, without windows and without an agent."""
    said = CliRunner().invoke(program.main_group, ["--version"])
    assert (said.exit_code, said.output) == (0, f"Tasuki {VERSION}\n")


def group(loaded: list[str]) -> LaterGroup:
    """With one command."""

    def load() -> Iterable[click.Command]:
        loaded.append("now")
        return [click.Command("one", callback=lambda: click.echo("one"), help="Eins.")]

    return LaterGroup("all", load=load, invoke_without_command=True)


def test_commands_are_loaded_when_one_is_asked_for() -> None:
    """Once, and not where no command was given."""
    loaded: list[str] = []
    made = group(loaded)
    assert CliRunner().invoke(made, []).exit_code == 0
    assert loaded == []
    assert CliRunner().invoke(made, ["one"]).output == "one\n"
    assert "one" in CliRunner().invoke(made, ["--help"]).output
    assert CliRunner().invoke(made, ["two"]).exit_code == 2
    assert loaded == ["now"]


def test_japanese_help_has_the_first_sentence_of_each() -> None:
    """As where the commands are there from the beginning (common.host.click_layout)."""
    made = LaterGroup("all", load=lambda: [click.Command("one", help="一つ目。二つ目。")])
    set_language("ja")
    try:
        assert "二つ目" not in CliRunner().invoke(made, ["--help"]).output
    finally:
        set_language(None)


@pytest.mark.parametrize("role", ["user", "helper"])
def test_a_command_line_is_light(role: str) -> None:
    """What a first window must not wait for is not loaded with it."""
    source = LIGHT.format(role=role)
    said = subprocess.run([sys.executable, "-c", source], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert said.stdout.split() == []


@needs("kill")
def test_a_signal_before_the_loop_runs_ends_with_0() -> None:
    """Also in the middle of an import."""
    with subprocess.Popen(
        [sys.executable, "-c", EARLY], cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as one:
        assert one.stdout is not None
        assert one.stderr is not None
        assert one.stdout.readline() == b"begun\n"
        one.send_signal(signal.SIGTERM)
        assert one.wait(30) == 0
        assert one.stderr.read() == b""
