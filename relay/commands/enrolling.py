"""An account and its enrolment line, which two programs make: the relay knows the account, the CA the line.

A new account and its first line are made both or neither, wherever it fails: the CA is asked first, for it is the one
that refuses names; then the relay; where that refuses, the CA takes the line back, which nobody has seen. What is being
done is written down before, with the account's identifier, so that after a kill at any point the same command goes on
with it instead of meeting its own half of an account.
"""

import contextlib
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
from common.protocol.identity import name_key
from relay.admin.orders import AddAccount, PrepareEnrolment
from relay.commands.shared import carry_out

BEGUN: Final = "accounts-begun"
"""The folder, in the relay's, of what is being done: a file for each role and name."""
KEPT: Final = 24 * 3600.0
"""Seconds after which something that was begun is begun anew: an enrolment line lives no longer."""


class InterruptedAddingError(TasukiError):
    """The person who gave the command stopped it."""

    exit_code = 130


def code_command(folder: Path, account: dict[str, Any]) -> str:
    """What to type where the CA is, for a line for this account."""
    name = account["name"].replace("'", "'\\''")
    return (
        f"tasuki-ca code --folder {folder / 'ca'} --role {account['role']} --name '{name}' "
        f"--account {account['identifier']}"
    )


def further_line(folder: Path, account: dict[str, Any]) -> str:
    """One more enrolment line for an account that is there. Raises TasukiError."""
    if not _ca_is_here(folder):
        raise TasukiError("ca_not_here", folder=folder / "ca", command=code_command(folder, account))
    carry_out(folder, PrepareEnrolment(who=account["identifier"]))
    return _make_line(folder, account)


def new_account(folder: Path, order: AddAccount) -> tuple[dict[str, Any], str]:
    """The account of `order` and its enrolment line. Signals that would end the program wait until both are there.

    Raises TasukiError: neither is there (ca_not_here_to_enrol, nothing_added), or the sentence says what may be, and the
    same order again goes on with it (account_unsure, line_left); InterruptedAddingError with the same codes. Call `done`
    when the line has been handed on.
    """
    if not _ca_is_here(folder):
        raise TasukiError("ca_not_here_to_enrol", folder=folder / "ca")
    begun = _begun(folder, order)
    identifier = _identifier(begun)
    asked = False
    with _HeldBack() as held:
        try:
            _write_down(begun, identifier)
            line = _make_line(folder, {"role": order.role.value, "name": order.name, "identifier": identifier})
            held.raise_signal()
            asked = True
            return carry_out(folder, msgspec.structs.replace(order, identifier=identifier, enrolment=True)), line
        except (TasukiError, KeyboardInterrupt) as error:
            stopped = isinstance(error, KeyboardInterrupt)
            unsure = asked and (stopped or getattr(error, "code", "") == "relay_does_not_answer")
            detail = sentence(error) if isinstance(error, TasukiError) else _("Interrupted.")
            kind = InterruptedAddingError if stopped else TasukiError
            try:
                _ca("withdraw", folder, identifier)
            except TasukiError as left:
                raise kind("line_left", detail=detail, why=sentence(left)) from error
            if unsure:
                raise kind("account_unsure", detail=detail, name=order.name) from error
            _forget(begun)
            raise kind("nothing_added", detail=detail) from error


def done(folder: Path, order: AddAccount) -> None:
    """The person who gave the command has the line: the same command would mean another account from now on."""
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


def _begun(folder: Path, order: AddAccount) -> Path:
    digest = sha256(f"{order.role.value} {name_key(order.name)}".encode(errors="replace")).hexdigest()
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


def _make_line(folder: Path, account: dict[str, Any]) -> str:
    options = ("--role", account["role"], "--name", account["name"], "--account", account["identifier"])
    return _ca("code", folder, *options).strip()


def _ca(command: str, folder: Path, *arguments: str) -> str:
    from relay.initialise import run_ca  # most commands need no CA, and nothing that makes one

    return run_ca(command, "--folder", folder / "ca", *arguments)
