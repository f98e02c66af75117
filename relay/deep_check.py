"""`tasuki-relay check-config --deep`: opens everything that relay.toml names, as the relay would, and changes nothing.

Each finding is one sentence; all are found, not the first alone. Run it as the relay's user: another may be let in elsewhere.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum

import msgspec

from common.host.clock import utc_now
from common.host.errors import TasukiError, sentence
from common.host.files import FolderLock
from common.host.words import _
from common.net.certificates import CertificateError, chain_from_pem
from relay import listening
from relay.admin.store_faults import store_failure
from relay.app import authority_of
from relay.core.storing import StoreError
from relay.folder import RelayFolder
from relay.settings import Listen
from relay.store.inspection import Inspection, inspect


class Kind(Enum):
    """`WRONG`: the relay would not run, or not well. `NOTE`: it would, and somebody should know."""

    GOOD = "good"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """What was found of one thing, in the person's language."""

    kind: Kind
    text: str


async def deep_check(folder: RelayFolder) -> AsyncIterator[Finding]:
    """Database, mailbox and ports, in this order."""
    for check in (_database, _mailbox, _ports):
        try:
            async for finding in check(folder):
                yield finding
        except TasukiError as error:
            yield Finding(Kind.WRONG, sentence(error))


async def _database(folder: RelayFolder) -> AsyncIterator[Finding]:
    try:
        found = await inspect(folder.database)
    except StoreError as error:
        raise store_failure(error) from error
    yield Finding(Kind.GOOD, _("Database: {program} answers.").format(program=found.program))
    if found.owner:
        text = _("A relay or command works on it now: {owner}.").format(owner=found.owner)
        yield Finding(Kind.NOTE, text)
    if found.wrong_settings:
        detail = ", ".join(found.wrong_settings)
        yield _wrong("relay_store_settings", detail=detail)
    if found.lagging_standbys:
        text = _(
            "The database waits for none of its standbys: one that takes over may lack what the relay was told is kept. Set synchronous_standby_names: docs/operating.md says how."
        )
        yield Finding(Kind.NOTE, text)
    yield _tables(found)
    if found.missing_rights:
        yield _wrong("relay_store_rights", role=found.role, detail=", ".join(found.missing_rights))
    if found.may_change_tables:
        yield Finding(Kind.NOTE, may_too_much())


def _tables(found: Inspection) -> Finding:
    if found.revision == found.wanted:
        return Finding(Kind.GOOD, _("Tables: revision {revision}.").format(revision=found.revision))
    if found.migrates_itself:
        text = _("Tables: the relay brings them to revision {revision} at its start.")
        return Finding(Kind.GOOD, text.format(revision=found.wanted))
    return _wrong("relay_store_older", found=found.revision or "–", wanted=found.wanted)


def may_too_much() -> str:
    """What is said of a relay on PostgreSQL that has the right to change its tables."""
    return _(
        "The relay's own role may change tables, and so the rules that keep the audit log as it was written. Give it another role: docs/operating.md says how."
    )


async def _mailbox(folder: RelayFolder) -> AsyncIterator[Finding]:
    authority = authority_of(folder)
    root = await authority.root()
    if _kept_root(folder) not in {None, root}:
        yield _wrong("relay_root_changed", mailbox=folder.mailbox, path=folder.root)
        return
    await authority.try_out()
    crl = await authority.crl()
    if crl is None or not crl.this_update <= utc_now() <= crl.next_update:
        yield _wrong("ca_no_crl", folder=folder.mailbox)
        return
    text = _("Mailbox: {folder}, with a revocation list that is good until {until} UTC.")
    yield Finding(Kind.GOOD, text.format(folder=folder.mailbox, until=f"{crl.next_update:%Y-%m-%d %H:%M}"))


def _kept_root(folder: RelayFolder) -> bytes | None:
    """The root that the relay knows since its first start. Raises TasukiError (tls_files_unusable)."""
    try:
        return chain_from_pem(folder.root.read_bytes())[0]
    except FileNotFoundError:
        return None
    except (CertificateError, OSError) as error:
        raise TasukiError("tls_files_unusable", certificate=folder.root, detail=error) from error


async def _ports(folder: RelayFolder) -> AsyncIterator[Finding]:
    listen = folder.settings.listen
    wanted = [
        msgspec.structs.replace(listen, matching_port=port, vnc_port=port)
        for port in dict.fromkeys((listen.matching_port, listen.vnc_port))
    ]
    if listen.metrics_port >= 0:
        port = listen.metrics_port
        wanted.append(Listen(addresses=[listen.metrics_address], matching_port=port, vnc_port=port))
    lock = FolderLock(folder.path)
    try:
        lock.acquire()
    except TasukiError:
        yield Finding(Kind.NOTE, _("Ports: not tried, for a relay runs in this folder."))
        return
    free: list[str] = []
    try:
        for one in wanted:
            try:
                sockets = listening.opened(one)
            except TasukiError as error:
                yield Finding(Kind.WRONG, sentence(error))
                continue
            free += listening.addresses(sockets)
            for listener in sockets:
                listener.close()
    finally:
        lock.release()
    if free:
        yield Finding(Kind.GOOD, _("Ports: free are {addresses}.").format(addresses=", ".join(free)))


def _wrong(code: str, **facts: object) -> Finding:
    return Finding(Kind.WRONG, sentence(TasukiError(code, **facts)))
