"""People and their names from the command line, at a real CA and relay: namesakes, two roles, renames, leaving and coming back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.demo.organisation import EnrolledPerson, Organisation
from deploy.demo.programs import ProgramError
from tests.support.organisation import office_fixture


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """CA and relay, real processes."""
    yield from office_fixture(tmp_path_factory.mktemp("people"))


async def person(office: Organisation, who: str) -> dict[str, Any]:
    """All that the relay knows."""
    found: dict[str, Any] = json.loads(await office.command("person", "show", who, "--json"))
    return found


async def name_of(one: EnrolledPerson) -> str:
    """What the agent's certificate says, and that it is let in."""
    status = await one.start("status", program="status")
    told = await status.event("status")
    assert told["reachable"], told
    await status.ended()
    name: str = told["name"]
    return name


async def test_two_of_one_name_in_kanji(office: Organisation) -> None:
    """The second gets the department behind the name, a third a number; both are let in under what they were given."""
    added = ("person", "add", "--role", "user", "--name", "佐藤 花子")
    people = []
    for number, department in enumerate(["", "経理", ""]):
        options = ("--department", department) if department else ()
        told = json.loads(await office.command(*added, "--external-id", f"k{number}", *options, "--enrol", "--json"))
        folder = office.run.folder / f"hanako-{number}"
        await office.run.command("tasuki-user", "enrol", told["lines"][0]["line"], "--folder", folder)
        line = told["lines"][0]["line"]
        people.append(EnrolledPerson(run=office.run, role="user", name="佐藤 花子", folder=folder, line=line))
    names = ["佐藤 花子", "佐藤 花子 (経理)", "佐藤 花子 (2)"]
    assert [await name_of(one) for one in people] == names
    for number, name in enumerate(names):
        found = await person(office, f"k{number}")
        assert (found["name"], found["accounts"][0]["name"]) == ("佐藤 花子", name)
    with pytest.raises(ProgramError, match="More than one person"):
        await office.command("person", "show", "佐藤 花子")


async def test_a_helper_who_is_a_user(office: Organisation) -> None:
    """One command, one person, one name in both certificates; a rename reaches both."""
    added = ("person", "add", "--role", "user", "--role", "helper", "--name", "Jiro Ito", "--enrol", "--json")
    told = json.loads(await office.command(*added))
    folders = {}
    for line in told["lines"]:
        folders[line["role"]] = office.run.folder / f"jiro-{line['role']}"
        await office.run.command(f"tasuki-{line['role']}", "enrol", line["line"], "--folder", folders[line["role"]])
    said = await office.command("person", "rename", told["identifier"], "Jiro Kato")
    assert said.strip() == "Jiro Ito is called Jiro Kato from now on."
    found = await person(office, "Jiro Kato")
    assert found["identifier"] == told["identifier"]
    assert {one["role"] for one in found["accounts"]} == {"user", "helper"}
    again = json.loads(await office.command("person", "enrol", "Jiro Kato", "--role", "user", "--json"))
    assert again["lines"][0]["name"] == "Jiro Kato"


async def test_leave_and_come_back(office: Organisation) -> None:
    """Out at once, revoked; the name is nobody else's meanwhile, and theirs again with a new line: the same account."""
    gone = await office.enrol("user", "Mari Mori")
    before = await person(office, "Mari Mori")
    await office.command("person", "leave", "Mari Mori")
    for _ in range(200):
        left = await person(office, before["identifier"])
        if not left["owed"]:
            break
    assert left["left_at"]
    assert not left["owed"]
    refused = await gone.start("helpers", program="refused")
    assert await refused.ended() == 1
    other = json.loads(
        await office.command("person", "add", "--role", "user", "--name", "Mari Mori", "--enrol", "--json")
    )
    assert other["lines"][0]["name"] == "Mari Mori (2)"
    await office.command("person", "return", before["identifier"])
    again = json.loads(await office.command("person", "enrol", before["identifier"], "--role", "user", "--json"))
    line = again["lines"][0]
    assert (line["name"], line["account"]) == ("Mari Mori", before["accounts"][0]["identifier"])
    folder = office.run.folder / "mari-again"
    await office.run.command("tasuki-user", "enrol", line["line"], "--folder", folder)
    back = EnrolledPerson(run=office.run, role="user", name="Mari Mori", folder=folder, line=line["line"])
    assert await name_of(back) == "Mari Mori"


async def test_a_rename_that_cannot_be(office: Organisation) -> None:
    """What looks like another's name, and nobody: a sentence, and nothing is changed at either."""
    await office.account("user", "Coco")
    await office.account("user", "Sato")
    with pytest.raises(ProgramError, match="looks like Coco"):
        await office.command("person", "rename", "Sato", "\u0421\u043e\u0441\u043e")
    assert (await person(office, "Sato"))["name"] == "Sato"
    with pytest.raises(ProgramError, match="Nobody"):
        await office.run.command("tasuki-ca", "rename", "--folder", office.folder / "ca", "Nobody", "Somebody")
