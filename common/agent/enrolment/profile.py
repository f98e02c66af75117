"""What enrolment gave an agent, on disk: who it is, whose organisation, which relay, and the newest lists (CRL, host names) seen.

One folder per role. `profile.json` is the one file that counts (written atomically): it names the key, which lies in
the OS keyring, or where there is none in a 0600 file beside it. A folder that the person names holds its key itself.
"""

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec

from common.agent.enrolment.folder import OF_ONE_ORGANISATION, PROFILE, default_folder
from common.agent.enrolment.keys import FileKeys, KeyStore, Place, system_keyring
from common.agent.enrolment.relay_names import RelayNames
from common.host.errors import TasukiError
from common.host.files import private_folder, write_private
from common.host.log import get_logger
from common.host.words import _
from common.net.certificates import (
    CertificateError,
    Identity,
    PrivateKey,
    RevocationList,
    VerifiedPeer,
    key_from_pem,
    key_to_pem,
    load_crl,
    new_key,
    root_fingerprint,
    spki_sha256,
    verify_issued,
)
from common.net.host_list import HostList
from common.protocol.identity import IdentityUri, Role

log = get_logger()


class KeyName(msgspec.Struct, frozen=True):
    """Where a key lies, and under which name."""

    place: Place
    name: str


class Pending(msgspec.Struct, frozen=True):
    """A key whose certificate was asked for: the same is asked again with it, so that a lost answer loses nothing."""

    purpose: str
    key: KeyName


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment. Certificates are DER, the chain's leaf first; `relay` and `port` are as in the enrolment line.

    `ports`: where the relay listens, as it told. `by_line`: since the line was used no list of host names has come.
    """

    relay: str
    port: int
    root: bytes
    chain: list[bytes]
    key: KeyName
    ports: list[int] = []
    by_line: bool = False


class _Saved(msgspec.Struct, frozen=True, kw_only=True):
    version: int = 1
    role: Role
    enrolled: Enrolled | None = None
    pending: Pending | None = None


class Profile:
    """An agent's folder. `open` reads the disk once; every property reads what is in memory."""

    def __init__(self, *, role: Role, folder: Path, stores: dict[Place, KeyStore], prefer: Place) -> None:
        self.role = role
        self.folder = folder
        self._stores = stores
        self._prefer: Place = prefer
        self._saved = _Saved(role=role)
        self._identity: Identity | None = None
        self._self: VerifiedPeer | None = None
        self._crl: RevocationList | None = None
        self._names = RelayNames()
        self.renewing = asyncio.Lock()  # one renewal at a time

    @classmethod
    def open(cls, *, role: Role, folder: Path | None = None) -> "Profile":
        """The profile in `folder`, or in the person's own place for settings.

        Raises TasukiError: profile_damaged, key_missing, folder_unusable.
        """
        named = folder is not None
        where = folder if folder is not None else default_folder(role)
        stores: dict[Place, KeyStore] = {"file": FileKeys(where)}
        keyring = None if named else system_keyring()
        if keyring is not None:
            stores["keyring"] = keyring
        profile = cls(role=role, folder=where, stores=stores, prefer="keyring" if keyring is not None else "file")
        profile.load()
        return profile

    def load(self) -> None:
        """Read the disk. Raises TasukiError: profile_damaged, key_missing."""
        path = self.folder / PROFILE
        try:
            saved = msgspec.json.decode(path.read_bytes(), type=_Saved)
            if saved.role is not self.role or saved.version != 1:
                raise TasukiError("profile_damaged", path=path, detail=f"{saved.role} {saved.version}")
            if saved.enrolled is not None:
                self._take(saved.enrolled, self._key(saved.enrolled.key))
        except FileNotFoundError:
            return
        except (OSError, msgspec.MsgspecError, CertificateError) as error:
            raise TasukiError("profile_damaged", path=path, detail=error) from error
        self._saved = saved
        self._read_lists()

    @property
    def enrolled(self) -> bool:
        """Whether there is an identity. The properties below raise TasukiError (`not_enrolled`) where there is none."""
        return self._identity is not None

    @property
    def identity(self) -> Identity:
        """Key and chain: what sessions and matching present."""
        if self._identity is None:
            raise TasukiError("not_enrolled")
        return self._identity

    @property
    def certificate(self) -> VerifiedPeer:
        """What our own certificate says of us."""
        if self._self is None:
            raise TasukiError("not_enrolled")
        return self._self

    @property
    def uri(self) -> IdentityUri:
        """Our own URI."""
        return self.certificate.uri

    @property
    def name(self) -> str:
        """Our own display name."""
        return self.certificate.name

    @property
    def organisation(self) -> str:
        """The organisation's name, as in URIs."""
        return self.certificate.uri.organisation

    @property
    def organisation_name(self) -> str:
        """What the organisation calls itself: for people to read, and never compared."""
        return self.certificate.organisation_name

    @property
    def root(self) -> bytes:
        """The organisation's root, DER."""
        return self._facts.root

    @property
    def owner(self) -> str:
        """Whose our requests are: the organisation, by its root (two may have one name), and the account."""
        return f"{root_fingerprint(self.root).hex()} {self.uri}"

    @property
    def relay_host(self) -> str:
        """Where to dial first."""
        return self.relay_addresses[0][0]

    @property
    def relay_port(self) -> int:
        """Where to dial first."""
        return self.relay_addresses[0][1]

    @property
    def relay_addresses(self) -> list[tuple[str, int]]:
        """Where to dial, in this order."""
        facts = self._facts
        return self._names.addresses((facts.relay, facts.port), by_line=facts.by_line, told=facts.ports)

    def pass_over(self, host: str) -> None:
        """Who answers under this name of the relay's is not it: dial the others first."""
        self._names.pass_over(host)

    @property
    def hosts(self) -> HostList | None:
        """The newest list of the relay's host names, kept over restarts."""
        return self._names.held

    def accept_hosts(self, document: bytes) -> HostList:
        """A list from `welcome` or `hosts`: checked, kept if newer. Raises CertificateError (hosts_rolled_back, bad_signature, …)."""
        held = self._names.accept(document, self.root)
        if self._facts.by_line:
            self._change(by_line=False)
        return held

    def learn_ports(self, ports: list[int]) -> None:
        """Where the relay listens, as it tells; kept over restarts."""
        if self._saved.enrolled is not None and ports != self._saved.enrolled.ports:
            self._change(ports=ports)

    @property
    def not_after(self) -> datetime:
        """When our certificate expires (aware, UTC)."""
        return self.certificate.not_after

    @property
    def crl(self) -> RevocationList | None:
        """The newest revocation list seen, kept over restarts."""
        return self._crl

    def accept_crl(self, der: bytes) -> RevocationList:
        """A list from `welcome` or `crl`: checked, kept if newer. Raises CertificateError (crl_rolled_back, wrong_root, …)."""
        known = self._crl
        if known is not None and der == known.der:
            return known
        crl = load_crl(der, self.root, minimum=known.number if known is not None else 0)
        self._crl = crl
        try:
            write_private(self._crl_path(), der)
        except OSError as error:
            # In memory it counts all the same: a full disk must not make us trust the revoked.
            log.warning("crl_not_kept", error=str(error))
        return crl

    @property
    def key_place(self) -> str:
        """A sentence that says where the private key lies, for `enrol` and `status` to print."""
        key = self._facts.key
        if key.place == "keyring":
            return _("The private key lies in the keyring of this computer.")
        path = FileKeys(self.folder).path(key.name)
        return _("The private key lies in the file {path}, which only you can read.").format(path=path)

    # for common.agent.enrolment.enrol; these write, and may wait for a keyring: call them in a thread

    def pending_key(self, purpose: str) -> PrivateKey:
        """The key to ask for a certificate with: the one kept for the same `purpose`, or a new one, kept first."""
        pending = self._saved.pending
        if pending is not None and pending.purpose == purpose:
            try:
                return self._key(pending.key)
            except (TasukiError, CertificateError):
                log.warning("pending_key_lost")
        key = new_key()
        self._write(_Saved(role=self.role, enrolled=self._saved.enrolled, pending=Pending(purpose, self._keep(key))))
        if pending is not None:
            self._forget(pending.key)
        return key

    def save(self, *, key: PrivateKey, chain: tuple[bytes, ...], relay: str = "", port: int = 0) -> None:
        """Put a new identity in place of the old one, whose key is forgotten. `chain` was checked and ends in its root.

        `relay` and `port` are an enrolment line's; without them the identity was renewed.
        """
        pending, before = self._saved.pending, self._saved.enrolled
        name = spki_sha256(key).hex()
        kept = pending.key if pending is not None and pending.key.name == name else self._keep(key)
        if relay or before is None:
            same = before is not None and (before.relay, before.port) == (relay, port)
            ports = before.ports if before is not None and same else []
            enrolled = Enrolled(
                relay=relay, port=port, root=chain[-1], chain=list(chain), key=kept, ports=ports, by_line=True
            )
        else:
            enrolled = msgspec.structs.replace(before, root=chain[-1], chain=list(chain), key=kept)
        self._write(_Saved(role=self.role, enrolled=enrolled))
        self._take(enrolled, key)
        for old in (before.key if before else None, pending.key if pending else None):
            if old is not None and old != kept:
                self._forget(old)
        self._read_lists()
        if before is None or before.root != enrolled.root:
            self._leave_behind()

    @property
    def _facts(self) -> Enrolled:
        if self._saved.enrolled is None:
            raise TasukiError("not_enrolled")
        return self._saved.enrolled

    def _take(self, enrolled: Enrolled, key: PrivateKey) -> None:
        own = verify_issued(enrolled.chain, enrolled.root)
        if own.spki_sha256 != spki_sha256(key) or own.role is not self.role:
            raise TasukiError("profile_damaged", path=self.folder / PROFILE, detail="key, role")
        self._identity = Identity(key=key, chain=tuple(enrolled.chain))
        self._self = own

    def _leave_behind(self) -> None:
        """Another organisation: what the one before told, and was told, stays with it."""
        for name in OF_ONE_ORGANISATION:
            try:
                (self.folder / name).unlink(missing_ok=True)
            except OSError as error:
                log.warning("not_removed", file=name, error=str(error))

    def _write(self, saved: _Saved) -> None:
        private_folder(self.folder)
        try:
            write_private(self.folder / PROFILE, msgspec.json.encode(saved))
        except OSError as error:
            raise TasukiError("folder_unusable", folder=self.folder, detail=error.strerror) from error
        self._saved = saved

    def _keep(self, key: PrivateKey) -> KeyName:
        """Store the key in the keyring, and where that fails in a file."""
        private_folder(self.folder)
        name = spki_sha256(key).hex()
        if self._prefer == "keyring":
            try:
                self._stores["keyring"].save(name, key_to_pem(key))
            except TasukiError as error:
                log.warning("keyring_failed", error=str(error))
            else:
                return KeyName("keyring", name)
        self._stores["file"].save(name, key_to_pem(key))
        return KeyName("file", name)

    def _key(self, name: KeyName) -> PrivateKey:
        store = self._stores.get(name.place)
        if store is None:
            raise TasukiError("key_missing", place="keyring")
        return key_from_pem(store.load(name.name))

    def _forget(self, name: KeyName) -> None:
        store = self._stores.get(name.place)
        if store is not None:
            store.delete(name.name)

    def _change(self, **facts: object) -> None:
        """Of an enrolment, what counts in memory all the same where it cannot be kept."""
        enrolled = msgspec.structs.replace(self._facts, **facts)
        saved = msgspec.structs.replace(self._saved, enrolled=enrolled)
        try:
            self._write(saved)
        except TasukiError as error:
            log.warning("profile_not_kept", facts=list(facts), error=str(error))
            self._saved = saved

    def _crl_path(self) -> Path:
        return self.folder / f"crl-{root_fingerprint(self.root).hex()[:16]}.der"

    def _hosts_path(self) -> Path:
        return self.folder / f"hosts-{root_fingerprint(self.root).hex()[:16]}.json"

    def _read_lists(self) -> None:
        """Those kept for this root: another organisation's numbers mean nothing here."""
        self._crl = self._read_crl()
        if self._saved.enrolled is not None:
            self._names.read(self._hosts_path, self.root)

    def _read_crl(self) -> RevocationList | None:
        if self._saved.enrolled is None:
            return None
        try:
            return load_crl(self._crl_path().read_bytes(), self.root)
        except FileNotFoundError:
            return None
        except (OSError, CertificateError) as error:
            log.warning("crl_unreadable", error=str(error))
            return None
