"""`tasuki-ca`: what is printed, where, and what a mistake says."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from common.host.errors import TasukiError, UsageError
from common.host.files import FolderLock
from common.host.words import set_language
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from relay.ca.cli import main, main_group
from relay.ca.process import CaServer, utc_now
from relay.ca.settings import load_settings
from tests.support.ca import Organisation


@pytest.fixture(autouse=True)
def english() -> None:
    """The words are compared here."""
    set_language("en")


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA that lives now."""
    return Organisation(tmp_path, now=utc_now)


def run(organisation: Organisation, command: str, *arguments: str) -> Result:
    """One command on its folder."""
    return CliRunner().invoke(main_group, [command, "--folder", str(organisation.folder), *arguments])


def test_init_makes_a_ca_and_says_where(tmp_path: Path) -> None:
    """No password, no question."""
    folder = tmp_path / "ca"
    options = ["--mailbox", str(tmp_path / "box"), "--organisation", "Example", "--relay", "relay.example"]
    result = CliRunner().invoke(main_group, ["init", "--folder", str(folder), *options])
    assert result.exit_code == 0, result.output
    assert "Example" in result.stdout
    assert "backup" in result.stdout
    again = CliRunner().invoke(main_group, ["init", "--folder", str(folder), *options])
    assert isinstance(again.exception, TasukiError)
    assert again.exception.code == "ca_exists"


def test_the_organisation_may_call_itself_otherwise(tmp_path: Path) -> None:
    """In any script, and it stands in ca.toml to be changed; what is no name is refused before anything is made."""
    folder = tmp_path / "ca"
    options = ["--mailbox", str(tmp_path / "box"), "--organisation", "Example", "--relay", "relay.example"]
    refused = CliRunner().invoke(main_group, ["init", "--folder", str(folder), *options, "--display-name", "a\u200bb"])
    assert isinstance(refused.exception, TasukiError)
    assert refused.exception.code == "name_wrong"
    assert not folder.exists()
    result = CliRunner().invoke(main_group, ["init", "--folder", str(folder), *options, "--display-name", "さくら学園"])
    assert result.exit_code == 0, result.output
    assert load_settings(folder).display_name == "さくら学園"
    text = (folder / "ca.toml").read_text(encoding="utf-8")
    (folder / "ca.toml").write_text(text.replace("さくら学園", " x"), encoding="utf-8")
    with pytest.raises(TasukiError, match="display_name"):
        load_settings(folder)


def test_code_prints_the_line_alone_on_stdout(organisation: Organisation) -> None:
    """What is said about it goes to stderr, so that it can be piped."""
    result = run(organisation, "code", "--role", "helper", "--name", "Hana")
    assert EnrolmentLine.parse(result.stdout).host == "relay.example"
    assert result.stdout.count("\n") == 1
    assert "Hana" in result.stderr
    assert EnrolmentLine.parse(result.stdout).code not in result.stderr


def test_code_as_json(organisation: Organisation) -> None:
    """For the relay's command line, which may bring the account."""
    account = "00000000-0000-4000-8000-000000000001"
    result = run(organisation, "code", "--role", "user", "--name", "Anna", "--account", account, "--json")
    told = json.loads(result.stdout)
    assert EnrolmentLine.parse(told["line"])
    assert (told["account"], told["role"], told["name"]) == (account, "user", "Anna")


def test_a_further_line_says_what_became_of_the_older_ones(organisation: Organisation) -> None:
    """Unless they are kept."""
    options = ("--role", "user", "--name", "Anna", "--account", "00000000-0000-4000-8000-000000000001")
    assert "no longer good" not in run(organisation, "code", *options).stderr
    assert "no longer good" not in run(organisation, "code", *options, "--keep").stderr
    assert "2 older lines that nobody has used are no longer good" in run(organisation, "code", *options).stderr
    assert "An older line that nobody has used is no longer good" in run(organisation, "code", *options).stderr


def test_list_shows_certificates_and_open_codes_and_no_code(organisation: Organisation) -> None:
    """Spent ones only with --all."""
    organisation.person(Role.HELPER, "Hana")
    line = organisation.line(name="Anna")
    organisation.person(name="Ben")
    organisation.revoke("Ben")
    shown = run(organisation, "list").stdout.splitlines()
    assert [row.split()[:3] for row in shown] == [["certificate", "valid", "helper"], ["code", "open", "user"]]
    everything = [json.loads(row) for row in run(organisation, "list", "--all", "--json").stdout.splitlines()]
    assert sorted((row["name"], row["state"]) for row in everything) == [
        ("Anna", "open"),
        ("Ben", "revoked"),
        ("Hana", "valid"),
    ]
    assert line.code not in run(organisation, "list", "--all", "--json").stdout


def test_revoke_counts_and_publishes(organisation: Organisation) -> None:
    """The relay has the list when the command returns."""
    organisation.person(name="Anna")
    before = organisation.ca.mailbox.crl()
    result = run(organisation, "revoke", "Anna")
    assert result.stdout.startswith("1 certificate is revoked.")
    assert organisation.ca.mailbox.crl() != before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("revoke", "Nobody"), "revoke_unknown"),
        (("code", "--role", "user", "--name", "Relay.example"), "name_taken"),
        (("code", "--role", "user", "--name", " "), "name_wrong"),
    ],
)
def test_mistakes_are_sentences(organisation: Organisation, arguments: tuple[str, ...], code: str) -> None:
    """What happened, why, what to do; in Japanese too where the catalogue is compiled."""
    result = run(organisation, *arguments)
    assert isinstance(result.exception, TasukiError)
    assert result.exception.code == code
    assert code not in str(result.exception)
    assert not isinstance(result.exception, UsageError)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """Every command says the same."""
    for command in (["list"], ["serve"], ["code", "--role", "user", "--name", "A"], ["revoke", "A"]):
        result = CliRunner().invoke(main_group, [command[0], "--folder", str(tmp_path / "no"), *command[1:]])
        assert isinstance(result.exception, TasukiError)
        assert result.exception.code == "ca_not_initialised"


def test_serve_ends_when_it_is_told(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM is the end as asked: exit code 0, the lock free again."""
    handlers: dict[int, Callable[..., object]] = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    turns: list[object] = []

    def turn(server: CaServer) -> int:
        turns.append(server)
        handlers[signal.SIGTERM](signal.SIGTERM, None)
        return 0

    monkeypatch.setattr(CaServer, "turn", turn)
    assert run(organisation, "serve", "--level", "error").exit_code == 0
    assert len(turns) == 1
    with FolderLock(organisation.folder):
        pass


def test_the_console_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """An error is one line on stderr and exit code 1; wrong usage is 2."""
    for arguments, code in ((["list", "--folder", str(tmp_path)], 1), (["list"], 2)):
        monkeypatch.setattr("sys.argv", ["tasuki-ca", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        assert caught.value.code == code
        assert capsys.readouterr().err


def test_one_process_serves_a_folder(organisation: Organisation) -> None:
    """The second says that it is in use."""
    with FolderLock(organisation.folder):
        result = run(organisation, "serve")
    assert isinstance(result.exception, TasukiError)
    assert result.exception.code == "folder_in_use"
