"""An organisation with a CA in a folder of the test's own, and people with real certificates of it."""

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from common.net.certificates import Identity, PrivateKey, RevocationList, load_crl, make_csr, new_key, spki_sha256
from common.net.host_list import HostList
from common.protocol.certificate_requests import Answer, Claims, EnrolRequest, Issued, RenewRequest, renewal_challenge
from common.protocol.computer_claim import ComputerClaim
from common.protocol.enrolment import EnrolmentLine, account_id, claims_proof, proof
from common.protocol.identity import Role
from relay.ca.hosts import parse_hosts
from tests.support.clock import START, FakeClock

if sys.platform == "win32":
    from tests.support.ca_without_mailbox import CaWithoutMailbox as OpenedCa
    from tests.support.ca_without_mailbox import initialise
else:
    from relay.ca.opening import OpenedCa, initialise


def enrol_request(
    line: EnrolmentLine, role: Role, key: PrivateKey, *, csr_key: PrivateKey | None = None
) -> EnrolRequest:
    """What an honest agent with this line sends; `csr_key` makes a certificate request for another key."""
    return EnrolRequest(
        id=account_id(line.code),
        role=role,
        csr=make_csr(csr_key or key),
        proof=proof(line.code, role, spki_sha256(key)).hex(),
    )


def many_request(
    line: EnrolmentLine,
    key: PrivateKey,
    *,
    name: str = "Anna",
    login: str = "anna",
    computer: str = "PC",
    address: str = "192.0.2.7",
    role: Role = Role.USER,
) -> EnrolRequest:
    """What an honest agent with this line for many sends, and what the relay says of where it comes from."""
    proof = claims_proof(line.code, role, spki_sha256(key), (name, login, computer))
    return EnrolRequest(
        id=account_id(line.code),
        role=role,
        csr=make_csr(key),
        proof=proof.hex(),
        computer=ComputerClaim(name=computer),
        claims=Claims(name=name, login=login),
        address=address,
    )


def renew_request(old: Identity, key: PrivateKey) -> RenewRequest:
    """What an honest agent sends to renew."""
    csr = make_csr(key)
    return RenewRequest(csr=csr, chain=list(old.chain), signature=old.sign(renewal_challenge(csr)))


def identity(answer: Answer, key: PrivateKey) -> Identity:
    """The identity that an answer gives the holder of `key`."""
    assert isinstance(answer, Issued), answer
    return Identity(key=key, chain=tuple(answer.chain))


class Organisation:
    """An opened CA. `clock` is a FakeClock at START where the test brings no other."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "Example",
        display_name: str = "",
        relay: str = "relay.example:8443",
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.clock = FakeClock(START)
        self.now: Callable[[], datetime] = now or self.clock.now
        self.folder = folder / "ca"
        self.mailbox = folder / "mailbox"
        self.ca: OpenedCa = initialise(
            self.folder,
            mailbox=self.mailbox,
            organisation=name,
            display_name=display_name,
            relay=[relay],
            clock=self.now,
            random=os.urandom,
        )

    @property
    def root(self) -> bytes:
        """The root, DER."""
        return self.ca.authority.root

    def line(self, role: Role = Role.USER, name: str = "Anna", account: str | None = None) -> EnrolmentLine:
        """A new enrolment line."""
        return self.ca.registrar.make_code(role=role, name=name, account=account)[0]

    def person(self, role: Role = Role.USER, name: str = "Anna", account: str | None = None) -> Identity:
        """Somebody enrolled."""
        key = new_key()
        request = enrol_request(self.line(role, name, account), role, key)
        return identity(self.ca.authority.answer(request), key)

    def crl(self) -> RevocationList:
        """A new revocation list."""
        return load_crl(self.ca.authority.make_crl(), self.root)

    def hosts(self, *hosts: str) -> HostList:
        """A new list of the relay's host names, HOST[:PORT] each."""
        return self.ca.authority.put_names(lambda _: parse_hosts(hosts))

    def revoke(self, what: str) -> RevocationList:
        """Revoke, and the list that says so."""
        self.ca.registrar.revoker.revoke(what)
        return self.crl()
