"""The operators' socket: the same orders as by command, one at a time, from whoever may open it and nobody else."""

import contextlib
import grp
import json
import os
import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from common.host.errors import TasukiError, UsageError, sentence
from common.host.words import set_language
from common.net.certificates import new_key
from common.protocol.certificate_requests import Issued
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from relay.ca import options
from relay.ca.cli import main_group
from relay.ca.operators import ORDER_LIMIT, CaSilentError, NoCaServesError, OperatorsSocket, order_by_socket
from relay.ca.options import open_here
from relay.ca.orders import CaHosts, CaJoin, CaLine, CaList, CaRename, CaRevoke, CaYesToAll
from relay.ca.process import utc_now
from tests.support.ca import Organisation, many_request


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA that lives now."""
    set_language("en")
    return Organisation(tmp_path, now=utc_now)


@pytest.fixture
def path(organisation: Organisation) -> Iterator[Path]:
    """Where that CA hears orders."""
    made = organisation.folder / "operators.sock"
    operators = OperatorsSocket(path=made, group="", opened=lambda: open_here(organisation.folder))
    operators.start()
    yield made
    operators.stop()
    assert not made.exists()


def raw(path: Path, data: bytes) -> dict[str, dict[str, str]]:
    """What is answered to these bytes."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(data)
        lines = connection.makefile()
        assert json.loads(lines.readline()) == {"ready": True}
        answer: dict[str, dict[str, str]] = json.loads(lines.readline())
        return answer


def test_orders_are_carried_out(organisation: Organisation, path: Path) -> None:
    """A line, a new name, the list, the relay's names, a revocation: each as the command gives it, and in the folder."""
    made = order_by_socket(path, CaLine(role=Role.USER, name="Anna"))
    assert EnrolmentLine.parse(made["line"]).host == "relay.example"
    told = order_by_socket(path, CaRename(who="Anna", name="Anna Berg"))
    assert (told["before"], told["name"], told["person"]) == ("Anna", "Anna Berg", made["account"])
    assert organisation.ca.authority.folder.name_owner("Anna Berg") == made["account"]
    [row] = order_by_socket(path, CaList())["rows"]
    assert (row["kind"], row["state"], row["account"]) == ("code", "open", made["account"])
    assert made["line"] not in str(row)
    assert order_by_socket(path, CaHosts())["hosts"] == ["relay.example:8443"]
    other = "00000000-0000-4000-8000-000000000001"
    assert order_by_socket(path, CaJoin(person=made["account"], other=other)) is None
    assert order_by_socket(path, CaRevoke(what="Anna Berg")) == {"count": 0, "damaged": []}


def test_errors_come_as_they_are(path: Path) -> None:
    """The sentence is the command's own."""
    with pytest.raises(TasukiError) as caught:
        order_by_socket(path, CaRename(who="Nobody", name="x"))
    assert caught.value.code == "ca_rename_unknown"
    assert "Nobody here is Nobody" in sentence(caught.value)


@pytest.mark.parametrize("data", [b"\n", b"{}\n", b'{"order": "root-key"}\n', b"\xff\n", b"[" * 100_000 + b"\n"])
def test_what_is_no_order_is_answered(path: Path, data: bytes) -> None:
    """And the next one is heard."""
    assert raw(path, data)["error"]["code"] == "ca_order_unknown"
    assert order_by_socket(path, CaHosts())["number"]


def is_cut(connection: socket.socket) -> bool:
    """Whether the other end gives up one that never ends its line."""
    try:
        for _ in range(ORDER_LIMIT // (1 << 20) + 8):
            connection.sendall(b"x" * (1 << 20))
        while connection.recv(4096):
            pass
    except ConnectionError:
        pass
    return True


def by_socket(path: Path, *arguments: str) -> str:
    """What a command says that gives its order there."""
    result = CliRunner().invoke(main_group, [*arguments, "--socket", str(path)])
    assert result.exit_code == 0, result.exception
    return result.stdout


def test_who_waits_is_let_in(organisation: Organisation, path: Path) -> None:
    """All about a line for many, by the commands, without the CA's folder."""
    made = json.loads(by_socket(path, "code", "--many", "--count", "5", "--days", "2", "--json").splitlines()[-1])
    line = EnrolmentLine.parse(made["line"])
    keys = [new_key() for _ in range(4)]
    for key, login in zip(keys, ("anna", "ben", "ben", "cleo"), strict=True):
        organisation.ca.authority.answer(many_request(line, key, login=login))
    who = [json.loads(row) for row in by_socket(path, "waiting", "--json").splitlines() if row.startswith('{"words')]
    assert [(one["login"], one["twice"]) for one in who] == [
        ("anna", False),
        ("ben", True),
        ("ben", True),
        ("cleo", False),
    ]
    assert "is refused" in by_socket(path, "no", *who[3]["words"].split())
    assert "is let in, account" in by_socket(path, "yes", *who[1]["words"].split())
    left = order_by_socket(path, CaYesToAll(networks=["192.0.2.0/24"]))
    assert (left["count"], [one["login"] for one in left["left"]]) == (1, ["ben"])
    assert "closed" in by_socket(path, "close", made["id"][:12])
    answers = [
        organisation.ca.authority.answer(many_request(line, key, login=login))
        for key, login in zip(keys, ("anna", "ben", "ben", "cleo"), strict=True)
    ]
    assert [isinstance(one, Issued) for one in answers] == [
        True,
        True,
        False,
        False,
    ]  # who was let in comes in all the same
    with pytest.raises(TasukiError) as caught:
        order_by_socket(path, CaYesToAll(networks=["here"]))
    assert caught.value.code == "network_wrong"


def test_who_goes_away_hinders_nobody(path: Path) -> None:
    """A line without an end, one that is too long."""
    for data in (b'{"order"', b""):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(data)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(path))
        assert is_cut(connection)
    assert order_by_socket(path, CaHosts())["number"]


def test_one_that_hangs_hinders_nobody(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CA that was stopped takes connections and hears nothing: the order is not given to it, and done without it where that can be."""
    made = organisation.folder / "operators.sock"
    monkeypatch.setattr(options, "HEARD_WITHIN", 0.2)
    monkeypatch.setattr(options, "order_by_socket", partial(order_by_socket, heard_within=0.2))
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(str(made))
        hanging.listen(16)
        with pytest.raises(CaSilentError):
            order_by_socket(made, CaList(), heard_within=0.2)
        result = CliRunner().invoke(main_group, ["list", "--socket", str(made)])
        assert isinstance(result.exception, TasukiError)
        assert result.exception.code == "ca_not_ready"
        for words in (["code", "--role", "user", "--name", "Anna"], ["revoke", "Anna"], ["list", "--all"]):
            result = CliRunner().invoke(main_group, [*words, "--folder", str(organisation.folder)])
            assert result.exit_code == 0, result.exception
        hanging.setblocking(False)
        heard = []
        with contextlib.suppress(BlockingIOError):
            while True:
                with hanging.accept()[0] as connection:
                    heard.append(connection.recv(100))
        assert heard == [b""] * 5


def test_two_at_once_take_turns(organisation: Organisation, path: Path) -> None:
    """Eight lines at one moment, beside a command that works on the folder itself: all are made, with names of their own."""
    names: list[str] = []

    def ask() -> None:
        names.append(order_by_socket(path, CaLine(role=Role.USER, name="Anna"))["name"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    names.append(organisation.ca.registrar.make_code(role=Role.USER, name="Anna")[1].name)
    for thread in threads:
        thread.join(60)
    assert len(set(names)) == 9


def test_it_is_for_its_owner_only(path: Path) -> None:
    """From its first moment; at a path of any length."""
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_group_may_give_orders(organisation: Organisation, tmp_path: Path) -> None:
    """By ca.toml, at a path that it can reach; a group that is none is told."""
    group = grp.getgrgid(os.getgid()).gr_name
    where = tmp_path / ("x" * 90) / "s"
    where.parent.mkdir()
    operators = OperatorsSocket(path=where, group=group, opened=lambda: open_here(organisation.folder))
    operators.start()
    assert where.stat().st_mode & 0o777 == 0o660
    arguments = ["code", "--socket", str(where), "--role", "user", "--name", "Anna"]
    result = CliRunner().invoke(main_group, arguments)
    assert result.exit_code == 0, result.exception
    assert EnrolmentLine.parse(result.stdout.strip().splitlines()[-1])  # behind what the thread logs there
    operators.stop()
    with pytest.raises(TasukiError) as caught:
        OperatorsSocket(path=where, group="no such group", opened=lambda: open_here(organisation.folder)).start()
    assert caught.value.code == "ca_socket_unusable"
    assert not where.exists()
    result = CliRunner().invoke(main_group, arguments)
    assert isinstance(result.exception, TasukiError)
    assert result.exception.code == "ca_not_serving"


def test_commands_go_through_it(organisation: Organisation, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the CA runs; where nobody listens they work on the folder; where neither is named they ask."""
    monkeypatch.setattr("relay.ca.options.open_here", lambda _: pytest.fail("the folder was opened"))
    arguments = ["code", "--folder", str(organisation.folder), "--role", "user", "--name", "Anna"]
    assert CliRunner().invoke(main_group, arguments).exit_code == 0
    monkeypatch.undo()
    path.unlink()
    with pytest.raises(NoCaServesError):
        order_by_socket(path, CaList())
    assert CliRunner().invoke(main_group, arguments).exit_code == 0
    result = CliRunner().invoke(main_group, ["list"])
    assert isinstance(result.exception, UsageError)
    assert result.exception.code == "ca_place_missing"
