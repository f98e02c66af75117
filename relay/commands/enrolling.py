"""A person and the enrolment lines, which two programs make: the relay knows the person, the CA the lines.

A new person and the first lines are made all or nothing, wherever it fails: the CA is asked first, for it is the one
that refuses names; then the relay; where that refuses, the CA takes the lines back, which nobody has seen. What is being
done is written down before, with the person's identifier, so that after a kill at any point the same command goes on
with it instead of meeting its own half of a person.
"""

import contextlib
import shlex
import signal
import time
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any, Final, Self
from uuid import uuid4

import msgspec

from common.host.errors import TasukiError, sentence
from common.host.files import private_folder, write_private
from common.host.words import _
from common.protocol.identity import Role, name_key
from relay.admin.orders import AddPerson, PrepareEnrolment
from relay.commands.shared import carry_out
from relay.core.accounts import new_account_identifier

BEGUN: Final = "accounts-begun"
"""The folder, in the relay's, of what is being done: a file for each name, roles and external id."""
KEPT: Final = 24 * 3600.0
"""Seconds after which something that was begun is begun anew: an enrolment line lives no longer."""


class InterruptedAddingError(TasukiError):
    """The person who gave the command stopped it."""

    exit_code = 130


class MadeLine(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment line, whose it is, the name that the CA gave, and how many older lines are no longer good."""

    role: str
    account: str
    name: str
    line: str
    withdrawn: int = 0


def code_command(folder: Path, person: dict[str, Any], account: dict[str, Any]) -> str:
    """What to type where the CA is, for a line for this account."""
    return shlex.join(["tasuki-ca", "code", "--folder", str(folder / "ca"), *_code_options(person, account)])


def check_ca(folder: Path) -> None:
    """Raises TasukiError (ca_not_here_to_enrol) where the CA is elsewhere."""
    if not _ca_is_here(folder):
        raise TasukiError("ca_not_here_to_enrol", folder=folder / "ca")


def account_of(person: dict[str, Any], role: Role | None, *, who: str) -> dict[str, Any]:
    """The one account, or that of the role. Raises TasukiError (order_no_role, order_which_role)."""
    found: list[dict[str, Any]] = [one for one in person["accounts"] if role in {None, one["role"]}]
    if len(found) != 1:
        raise TasukiError("order_which_role" if found else "order_no_role", what=who, role=role)
    return found[0]


def further_line(folder: Path, person: dict[str, Any], account: dict[str, Any], *, keep: bool) -> MadeLine:
    """One more enrolment line for an account that is there; older ones that nobody has used are no longer good, unless `keep`. Raises TasukiError."""
    if not _ca_is_here(folder):
        raise TasukiError("ca_not_here", folder=folder / "ca", command=code_command(folder, person, account))
    carry_out(folder, PrepareEnrolment(who=account["identifier"]))
    return _make_line(folder, person, account, keep=keep)


def join_at_ca(folder: Path, stays: str, goes: str) -> str:
    """Tell the CA in this folder that two are one person; what to type where it is elsewhere, else nothing."""
    if _ca_is_here(folder):
        _ca("join", folder, stays, goes)
        return ""
    command = shlex.join(["tasuki-ca", "join", "--folder", str(folder / "ca"), stays, goes])
    return _("Where the CA is:  {command}").format(command=command)


def rename_at_ca(folder: Path, person: dict[str, Any], name: str) -> tuple[str, str]:
    """Have the CA in this folder give the person that name: the name that it gave, and what to type where it is elsewhere, else nothing.

    Whom the CA has never heard of has no name there. Raises TasukiError.
    """
    department = ["--department", person["department"]] if person["department"] else []
    options = [person["identifier"], name, *department]
    if not _ca_is_here(folder):
        command = shlex.join(["tasuki-ca", "rename", "--folder", str(folder / "ca"), *options])
        return name, _("Where the CA is:  {command}").format(command=command)
    told = _ca("rename", folder, *options, "--if-known", "--json")
    return (msgspec.json.decode(told)["name"] if told else name), ""


def new_person(folder: Path, order: AddPerson) -> tuple[dict[str, Any], list[MadeLine]]:
    """The person of `order` and an enrolment line for each role. Signals that would end the program wait until all are there.

    Raises TasukiError: nothing is there (ca_not_here_to_enrol, nothing_added), or the sentence says what may be, and the
    same order again goes on with it (account_unsure, line_left); InterruptedAddingError with the same codes. Call `done`
    when the lines have been handed on.
    """
    check_ca(folder)
    begun = _begun(folder, order)
    identifier = _identifier(begun)
    accounts = [
        {"role": role.value, "identifier": new_account_identifier(identifier, role, first=not number)}
        for number, role in enumerate(order.roles)
    ]
    asked = False
    with _HeldBack() as held:
        try:
            _write_down(begun, identifier)
            person = {"identifier": identifier, "name": order.name, "department": order.department}
            lines = [_make_line(folder, person, account) for account in accounts]
            held.raise_signal()
            asked = True
            order = msgspec.structs.replace(order, identifier=identifier, certified=lines[0].name, enrolment=True)
            return carry_out(folder, order), lines
        except (TasukiError, KeyboardInterrupt) as error:
            stopped = isinstance(error, KeyboardInterrupt)
            unsure = asked and (stopped or getattr(error, "code", "") == "relay_does_not_answer")
            detail = sentence(error) if isinstance(error, TasukiError) else _("Interrupted.")
            kind = InterruptedAddingError if stopped else TasukiError
            try:
                for account in accounts:
                    _ca("withdraw", folder, account["identifier"])
            except TasukiError as left:
                raise kind("line_left", detail=detail, why=sentence(left)) from error
            if unsure:
                raise kind("account_unsure", detail=detail, name=order.name) from error
            _forget(begun)
            raise kind("nothing_added", detail=detail) from error


def done(folder: Path, order: AddPerson) -> None:
    """The person who gave the command has the lines: the same command would mean another person from now on."""
    _forget(_begun(folder, order))


class _HeldBack:
    """While it lasts, a signal that would end the program is noted. A second one raises KeyboardInterrupt at once."""

    def __init__(self) -> None:
        self._came = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:
                self._before[number] = before
                signal.signal(number, self._note)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if self._came:
            raise KeyboardInterrupt
        self._came = True

    def raise_signal(self) -> None:
        """Raise KeyboardInterrupt where one came."""
        if self._came:
            self._came = False
            raise KeyboardInterrupt


def _begun(folder: Path, order: AddPerson) -> Path:
    what = "\0".join([*order.roles, name_key(order.name), order.external_id])
    digest = sha256(what.encode(errors="replace")).hexdigest()
    return folder / BEGUN / digest


def _identifier(begun: Path) -> str:
    """That of the account which was begun and not finished, else a new one."""
    with contextlib.suppress(OSError):
        if time.time() - begun.stat().st_mtime < KEPT:
            identifier = begun.read_text(encoding="ascii", errors="replace")
            if len(identifier) == len(str(uuid4())):
                return identifier
    return str(uuid4())


def _write_down(begun: Path, identifier: str) -> None:
    private_folder(begun.parent)
    try:
        write_private(begun, identifier.encode())
    except OSError as error:
        raise TasukiError("folder_unusable", folder=begun.parent, detail=error.strerror) from error


def _forget(begun: Path) -> None:
    with contextlib.suppress(OSError):  # what stays only has the same command use the same identifier, for a day
        begun.unlink()


def _ca_is_here(folder: Path) -> bool:
    return (folder / "ca" / "ca.toml").exists()


def _make_line(folder: Path, person: dict[str, Any], account: dict[str, Any], *, keep: bool = False) -> MadeLine:
    options = [*_code_options(person, account), *(["--keep"] if keep else [])]
    made = msgspec.json.decode(_ca("code", folder, *options, "--json"))
    return MadeLine(
        role=account["role"],
        account=account["identifier"],
        name=made["name"],
        line=made["line"],
        withdrawn=made["withdrawn"],
    )


def _code_options(person: dict[str, Any], account: dict[str, Any]) -> list[str]:
    options = ["--role", account["role"], "--name", person["name"], "--account", account["identifier"]]
    if account["identifier"] != person["identifier"]:
        options += ["--person", person["identifier"]]
    if person["department"]:
        options += ["--department", person["department"]]
    return options


def _ca(command: str, folder: Path, *arguments: str) -> str:
    from relay.initialise import run_ca  # most commands need no CA, and nothing that makes one

    return run_ca(command, "--folder", folder / "ca", *arguments)
