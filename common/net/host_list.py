"""The signed list of the relay's host names: whether this organisation's CA signed it, and whether it is not an older one."""

from dataclasses import dataclass, field

from common.net.certificates import CertificateError, check_signature
from common.net.revocation import Fault
from common.protocol.relay_hosts import Address, decode_hosts, hosts_challenge


@dataclass(frozen=True, kw_only=True)
class HostList:
    """A list whose signature was checked."""

    document: bytes = field(repr=False)
    number: int
    addresses: tuple[Address, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The hosts without their ports, each once."""
        return tuple(dict.fromkeys(host for host, _ in self.addresses))


def load_hosts(document: bytes, root_der: bytes, *, known: HostList | None = None) -> HostList:
    """Read a list and check that the root signed it, and that it is newer than `known`, or the same.

    Raises CertificateError: malformed, bad_signature, hosts_rolled_back.
    """
    try:
        signed, hosts = decode_hosts(document)
    except ValueError as error:
        raise CertificateError(Fault.MALFORMED, f"not a list of host names: {error}") from None
    check_signature(root_der, signed.signature, hosts_challenge(signed.list))
    if known is not None and hosts.number <= known.number and document != known.document:
        raise CertificateError(Fault.HOSTS_ROLLED_BACK, f"number {hosts.number}, but {known.number} was seen before")
    return HostList(document=document, number=hosts.number, addresses=hosts.addresses)
