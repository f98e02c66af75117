"""`tasuki-ca hosts`: what each does, what it says, and what it refuses."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from common.host.errors import TasukiError
from common.host.words import set_language
from common.net.host_list import load_hosts
from relay.ca.cli import main_group
from relay.ca.process import utc_now
from tests.support.ca import Organisation


@pytest.fixture(autouse=True)
def english() -> None:
    """The words are compared here."""
    set_language("en")


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Made with relay.example:8443, and alive now."""
    return Organisation(tmp_path, now=utc_now)


def run(organisation: Organisation, command: str, *arguments: str) -> Result:
    """One of them on its folder."""
    return CliRunner().invoke(main_group, ["hosts", command, "--folder", str(organisation.folder), *arguments])


def code(result: Result) -> str:
    """Why it refused."""
    assert isinstance(result.exception, TasukiError), result.output
    return result.exception.code


def listed(organisation: Organisation) -> list[str]:
    """What it has, as scripts read it; and that the relay has the same."""
    told = json.loads(run(organisation, "list", "--json").stdout)
    published = load_hosts((organisation.mailbox / "hosts.json").read_bytes(), organisation.root)
    assert published.number == told["number"]
    return [str(host) for host in told["hosts"]]


def test_set_add_remove(organisation: Organisation) -> None:
    """Each is published at once; what is there already stays where it is."""
    assert listed(organisation) == ["relay.example:8443"]
    assert "new.example" in run(organisation, "add", "NEW.example", "relay.example:8443").stdout
    assert listed(organisation) == ["relay.example:8443", "new.example"]
    run(organisation, "set", "new.example", "other.example:80")
    assert listed(organisation) == ["new.example", "other.example:80"]
    run(organisation, "remove", "new.example")
    assert listed(organisation) == ["other.example:80"]
    assert run(organisation, "list").stdout == "other.example:80\n"


def test_what_is_refused_changes_nothing(organisation: Organisation) -> None:
    """The last name; one that is not there, or not with this port; one too many; one that is none; somebody's."""
    organisation.line(name="help.example")
    before = listed(organisation)
    assert code(run(organisation, "remove", "relay.example:8443")) == "ca_hosts_none"
    assert code(run(organisation, "remove", "relay.example")) == "ca_host_unknown"
    assert code(run(organisation, "add", *(f"a{number}.example" for number in range(8)))) == "ca_hosts_many"
    assert code(run(organisation, "set", "a b")) == "ca_bad_host"
    assert code(run(organisation, "add", "help.example")) == "name_taken"
    assert listed(organisation) == before


def test_a_mailbox_that_is_away_is_said(organisation: Organisation) -> None:
    """The list is signed all the same, and comes there later."""
    shutil.rmtree(organisation.mailbox)
    assert code(run(organisation, "add", "new.example")) == "ca_hosts_unpublished"
    assert "new.example" in run(organisation, "list").stdout


def test_an_older_programs_names_are_said_to_count_no_more(organisation: Organisation) -> None:
    """After the first order."""
    (organisation.folder / "hosts.json").unlink()
    path = organisation.folder / "ca.toml"
    path.write_text('relay = ["old.example"]\n' + path.read_text())
    shown = run(organisation, "list")
    assert shown.stdout == "old.example\n"
    assert "no list is signed" in shown.stderr
    assert "count no more" in run(organisation, "add", "new.example").stderr
    assert "count no more" not in run(organisation, "add", "next.example").stderr
    assert listed(organisation) == ["old.example", "new.example", "next.example"]
