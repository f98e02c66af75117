"""`person add --enrol`: person and lines are made all or nothing, wherever it fails, and after a kill a second run works."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.protocol.enrolment import EnrolmentLine
from tests.integration.relay.test_damaged_records import damage
from tests.support.relay_program import run, serving

ADD = ("person", "add", "--role", "user", "--name")


def accounts(folder: Path) -> list[str]:
    """Names that the relay knows."""
    return [json.loads(row)["name"] for row in run(folder, "person", "list", "--json").stdout.splitlines()]


def open_lines(folder: Path) -> list[str]:
    """Names for which the CA has a line that can be used."""
    command = [sys.executable, "-m", "relay.ca.cli", "list", "--json", "--folder", str(folder / "ca")]
    rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [row["name"] for row in map(json.loads, rows) if row["kind"] == "code"]


def begun(folder: Path) -> list[str]:
    """What was begun and is not finished."""
    return [path.name for path in folder.glob("accounts-begun/*")]


@pytest.fixture(params=["running", "offline"])
def place(folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A relay's folder, with the relay and without it."""
    if request.param == "offline":
        yield folder
    else:
        with serving(folder):
            yield folder


def test_both_are_made(place: Path) -> None:
    """One account, one line for it, and the audit log has both in one breath."""
    line = EnrolmentLine.parse(run(place, *ADD, "Anna", "--enrol").stdout)
    assert line.host == "127.0.0.1"
    assert (accounts(place), open_lines(place), begun(place)) == (["Anna"], ["Anna"], [])
    rows = [json.loads(row) for row in run(place, "audit", "show", "--json").stdout.splitlines()]
    assert [row["event"] for row in rows] == ["person.added", "account.enrolment_prepared"]
    assert rows[0]["subject"] == rows[1]["subject"]


def test_a_name_that_cannot_be_certified_leaves_nothing(place: Path) -> None:
    """Like another one's, longer than a certificate takes, with what cannot be seen; each says why."""
    run(place, *ADD, "Coco", "--enrol")
    for name, word in (
        ("\u0421\u043e\u0441\u043e", "looks like Coco"),
        ("襷" * 22, "too long"),
        ("An\u200bna", "cannot be used"),
    ):
        refused = run(place, *ADD, name, "--enrol", code=1)
        assert word in refused.stderr
        assert "Nothing was added: no account and no enrolment line." in refused.stderr
        assert refused.stderr.count("\n") == 1
        assert (accounts(place), open_lines(place), begun(place)) == (["Coco"], ["Coco"], [])


def test_a_name_that_the_relay_refuses_leaves_no_line(folder: Path) -> None:
    """Another has the external id, which the CA does not know; nor does a helper with too many languages leave anything."""
    run(folder, *ADD, "Anna", "--external-id", "17")
    refused = run(folder, *ADD, "Berta", "--external-id", "17", "--enrol", code=1).stderr
    assert "another person's" in refused
    assert "Nothing was added" in refused
    words = [word for number in range(40) for word in ("--language", f"l{number}")]
    run(folder, "person", "add", "--role", "helper", "--name", "Hana", *words, "--enrol", code=1)
    assert (accounts(folder), open_lines(folder), begun(folder)) == (["Anna"], [], [])
    run(folder, "person", "add", "--role", "helper", "--name", "Hana", "--enrol")
    assert (accounts(folder), open_lines(folder)) == (["Anna", "Hana"], ["Hana"])


def test_without_a_ca_there_is_no_account(folder: Path) -> None:
    """It is elsewhere, or its folder is damaged."""
    (folder / "ca").rename(folder / "moved")
    assert "without --enrol" in run(folder, *ADD, "Anna", "--enrol", code=1).stderr
    (folder / "moved").rename(folder / "ca")
    (folder / "ca" / "codes").rename(folder / "ca" / "lost")
    assert "could not be taken back" in run(folder, *ADD, "Anna", "--enrol", code=1).stderr
    (folder / "ca" / "lost").rename(folder / "ca" / "codes")
    assert (accounts(folder), open_lines(folder)) == ([], [])
    run(folder, *ADD, "Anna", "--enrol")
    assert (accounts(folder), open_lines(folder)) == (["Anna"], ["Anna"])


def test_a_relay_that_cannot_write_leaves_no_line(folder: Path) -> None:
    """Its records are damaged: the account is in no half of them, and the CA takes its line back."""
    run(folder, *ADD, "Ben")
    with serving(folder):
        damage(folder, "audit")
        refused = run(folder, *ADD, "Anna", "--enrol", code=1).stderr
        assert "damaged" in refused
        assert "Nothing was added" in refused
        assert (accounts(folder), open_lines(folder), begun(folder)) == (["Ben"], [], [])


def test_an_answer_that_is_lost_leaves_no_line_and_the_next_run_works(place: Path) -> None:
    """The relay has added the account, and the command cannot know: the same command goes on with it."""
    failed = patched(place, "lose_answer()", "Anna")
    assert failed.returncode == 1
    assert "did not answer" in failed.stderr
    assert "not known" in failed.stderr
    assert "the same command again" in failed.stderr
    assert (open_lines(place), len(begun(place))) == ([], 1)
    assert EnrolmentLine.parse(run(place, *ADD, "Anna", "--enrol").stdout)
    assert (accounts(place), open_lines(place), begun(place)) == (["Anna"], ["Anna"], [])


PATCH = """
import os, signal, sys
import relay.commands.enrolling as enrolling, relay.commands.people as people
from common.host.errors import TasukiError

def after(module, name, do):
    good = getattr(module, name)
    def wrapped(*arguments, **named):
        result = good(*arguments, **named)
        do()
        return result
    setattr(module, name, wrapped)

def before(module, name, do):
    good = getattr(module, name)
    def wrapped(*arguments, **named):
        do()
        return good(*arguments, **named)
    setattr(module, name, wrapped)

def lose_answer():
    good = enrolling.carry_out
    def wrapped(folder, order):
        result = good(folder, order)
        if isinstance(order, enrolling.AddPerson):
            raise TasukiError("relay_does_not_answer", folder=folder, detail="lost")
        return result
    enrolling.carry_out = wrapped

def no_withdrawal():
    good = enrolling._ca
    def wrapped(command, *arguments):
        if command == "withdraw":
            raise TasukiError("ca_command_failed", detail="as told")
        return good(command, *arguments)
    enrolling._ca = wrapped

def refused():
    raise TasukiError("order_refused", detail="as told here")

def interrupted(number=signal.SIGINT):
    os.kill(os.getpid(), number)

def interrupted_twice():
    interrupted()
    interrupted()

def dies():
    os.kill(os.getpid(), signal.SIGKILL)

{do}
from relay.cli import main
main()
"""


def patched(folder: Path, do: str, name: str) -> subprocess.CompletedProcess[str]:
    """The command in a process in which something happens at a certain point."""
    arguments = [sys.executable, "-c", PATCH.format(do=do), *ADD, name, "--enrol", "--folder", str(folder)]
    return subprocess.run(
        arguments, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=60
    )


@pytest.mark.parametrize(
    ("do", "account", "line"),
    [
        ("after(enrolling, 'write_private', dies)", False, False),
        ("after(enrolling, '_make_line', dies)", False, True),
        ("before(people, '_print_lines', dies)", True, True),
        ("before(enrolling, 'done', dies)", True, True),
    ],
)
def test_after_a_kill_a_second_run_works(folder: Path, do: str, account: bool, line: bool) -> None:
    """At each point in between: one account, under the identifier of the first run, and a line that enrols for it."""
    killed = patched(folder, do, "Anna")
    assert killed.returncode == -signal.SIGKILL
    assert accounts(folder) == (["Anna"] if account else [])
    assert open_lines(folder) == (["Anna"] if line else [])
    assert len(begun(folder)) == 1
    told = json.loads(run(folder, *ADD, "Anna", "--enrol", "--json").stdout)
    assert EnrolmentLine.parse(told["lines"][0]["line"])
    assert accounts(folder) == ["Anna"]
    assert set(open_lines(folder)) == {"Anna"}
    assert begun(folder) == []
    assert re.search(told["identifier"], run(folder, "person", "list").stdout)


@pytest.mark.parametrize(
    "do",
    [
        "before(enrolling, '_write_down', interrupted)",
        "before(enrolling, '_make_line', interrupted)",
        "after(enrolling, '_make_line', interrupted)",
        "after(enrolling, '_make_line', interrupted_twice)",
        "after(enrolling, '_make_line', lambda: interrupted(signal.SIGTERM))",
    ],
)
def test_what_is_interrupted_leaves_nothing(folder: Path, do: str) -> None:
    """With Ctrl+C at each point before the relay is asked; the words say so, and the exit code is that of an interruption."""
    stopped = patched(folder, do, "Anna")
    assert stopped.returncode == 130
    assert stopped.stderr == "Interrupted. Nothing was added: no account and no enrolment line.\n"
    assert stopped.stdout == ""
    assert (accounts(folder), open_lines(folder), begun(folder)) == ([], [], [])


def test_what_is_interrupted_once_both_are_there_is_finished(folder: Path) -> None:
    """The relay was asked when Ctrl+C came: account and line are made, and the line is handed over."""
    finished = patched(folder, "before(enrolling, 'carry_out', interrupted)", "Anna")
    assert finished.returncode == 0
    assert EnrolmentLine.parse(finished.stdout)
    assert (accounts(folder), open_lines(folder), begun(folder)) == (["Anna"], ["Anna"], [])


def test_an_interruption_while_the_relay_is_silent(place: Path) -> None:
    """Ctrl+C again ends the wait: no line, and the words say what is not known."""
    stopped = patched(place, "before(enrolling, 'carry_out', interrupted_twice)", "Anna")
    assert stopped.returncode == 130
    assert "Whether the account of Anna was added is not known" in stopped.stderr
    assert open_lines(place) == []
    assert EnrolmentLine.parse(run(place, *ADD, "Anna", "--enrol").stdout)
    assert (accounts(place), open_lines(place), begun(place)) == (["Anna"], ["Anna"], [])


def test_ctrl_c_at_the_terminal_does_not_reach_the_ca(folder: Path) -> None:
    """It is sent to all of the command's process group, while the CA writes."""
    group = "before(enrolling, '_make_line', lambda: os.killpg(os.getpgid(0), signal.SIGINT))"
    arguments = [sys.executable, "-c", PATCH.format(do=group), *ADD, "Anna", "--enrol", "--folder", str(folder)]
    stopped = subprocess.run(
        arguments, capture_output=True, text=True, check=False, start_new_session=True, timeout=60,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert stopped.returncode == 130
    assert (accounts(folder), open_lines(folder), begun(folder)) == ([], [], [])


def test_a_line_that_cannot_be_taken_back_is_told(folder: Path) -> None:
    """It is there still, and the same command goes on with it."""
    failed = patched(folder, "no_withdrawal(); before(enrolling, 'carry_out', refused)", "Anna")
    assert failed.returncode == 1
    assert "as told here" in failed.stderr
    assert "could not be taken back: tasuki-ca failed: as told" in failed.stderr
    assert (open_lines(folder), len(begun(folder))) == (["Anna"], 1)
    run(folder, *ADD, "Anna", "--enrol")
    assert (accounts(folder), set(open_lines(folder)), begun(folder)) == (["Anna"], {"Anna"}, [])


def test_a_folder_that_cannot_be_written_leaves_nothing(folder: Path) -> None:
    """What is begun could not be written down."""
    (folder / "accounts-begun").write_text("in the way")
    assert "Nothing was added" in run(folder, *ADD, "Anna", "--enrol", code=1).stderr
    (folder / "accounts-begun").unlink()
    assert (accounts(folder), open_lines(folder)) == ([], [])


def test_the_mailbox_is_not_needed(folder: Path) -> None:
    """The CA works on it later: a line can be made while it is away."""
    (folder / "mailbox").rename(folder / "away")
    assert EnrolmentLine.parse(run(folder, *ADD, "Anna", "--enrol").stdout)
    assert (accounts(folder), open_lines(folder)) == (["Anna"], ["Anna"])


def test_one_person_in_two_roles(place: Path) -> None:
    """A helper who is helped: one command, two lines, one name; each line is for an account of its own."""
    made = run(place, "person", "add", "--role", "helper", "--role", "user", "--name", "Hana", "--enrol")
    assert [EnrolmentLine.parse(line).host for line in made.stdout.split()] == ["127.0.0.1", "127.0.0.1"]
    [person] = [json.loads(row) for row in run(place, "person", "list", "--json").stdout.splitlines()]
    assert [(one["role"], one["name"]) for one in person["accounts"]] == [("user", "Hana"), ("helper", "Hana")]
    assert open_lines(place) == ["Hana", "Hana"]
    assert begun(place) == []


def test_namesakes(place: Path) -> None:
    """In kanji: the second gets the department behind the name, the third a number, and each command says so."""
    run(place, *ADD, "山田 太郎", "--department", "営業部", "--enrol")
    second = run(place, *ADD, "山田 太郎", "--department", "人事部", "--external-id", "2", "--enrol")
    assert "Somebody else is called 山田 太郎, so the name is 山田 太郎 (人事部)." in second.stderr
    third = run(place, *ADD, "山田 太郎", "--department", "人事部", "--external-id", "3", "--enrol")
    assert "山田 太郎 (2)" in third.stderr
    names = ["山田 太郎", "山田 太郎 (人事部)", "山田 太郎 (2)"]
    listed = [json.loads(row) for row in run(place, "person", "list", "--json").stdout.splitlines()]
    assert [one["accounts"][0]["name"] for one in listed] == names
    assert [one["name"] for one in listed] == ["山田 太郎"] * 3
    assert sorted(open_lines(place)) == sorted(names)
    assert "More than one person" in run(place, "person", "disable", "山田 太郎", code=1).stderr
    assert "disabled" in run(place, "person", "disable", "3").stdout
    again = run(place, "person", "enrol", "2")
    assert "Hand this line to 山田 太郎 (人事部)" in again.stderr


def test_who_helps_from_now_on(place: Path) -> None:
    """A new role of somebody who is there: the same name, a line of its own."""
    run(place, *ADD, "Anna", "--enrol")
    line = run(place, "person", "enrol", "Anna", "--role", "helper", "--language", "ja")
    assert "Hand this line to Anna (helper)" in line.stderr
    [person] = [json.loads(row) for row in run(place, "person", "list", "--json").stdout.splitlines()]
    assert [one["role"] for one in person["accounts"]] == ["user", "helper"]
    assert open_lines(place) == ["Anna", "Anna"]
    assert "Say which: --role" in run(place, "person", "enrol", "Anna", code=1).stderr


def test_two_become_one(place: Path) -> None:
    """Who had an account for each role, as before there were people: joined, they share a name at the CA too."""
    run(place, *ADD, "Hana Sato", "--external-id", "5", "--enrol")
    run(place, "person", "add", "--role", "helper", "--name", "Hana Sato (IT)", "--enrol")
    joined = json.loads(run(place, "person", "join", "5", "Hana Sato (IT)", "--json").stdout)
    assert [one["role"] for one in joined["accounts"]] == ["user", "helper"]
    assert joined["external_id"] == "5"
    further = run(place, "person", "enrol", "5", "--role", "helper")
    assert "Hand this line to Hana Sato (helper)" in further.stderr
    assert len(run(place, "person", "list").stdout.splitlines()) == 1
    run(place, *ADD, "Ben")
    assert "both have an account as user" in run(place, "person", "join", "5", "Ben", code=1).stderr
