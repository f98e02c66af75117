"""The relay's host names, as the operator orders them here: a list that the CA signs and numbers, and then what every part goes by.

Before the first order a folder of an older program has none, and what `relay` and `port` in its ca.toml say counts.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.certificates import CertificateError, Identity, PrivateKey
from common.net.host_list import HostList, load_hosts
from common.protocol.enrolment import InvalidEnrolmentError, parse_address
from common.protocol.relay_hosts import HOSTS_LIMIT, Address, encode_document, encode_hosts, hosts_challenge
from relay.ca.folder import CaFolder
from relay.ca.settings import CaSettings

log = get_logger()

AHEAD: Final = 3600
"""How far a number may be ahead of the clock, in seconds: each list that is signed within a second adds one."""


def parse_hosts(texts: Sequence[str]) -> list[Address]:
    """HOST[:PORT] each, as they are compared, and each once. Raises TasukiError (ca_bad_host, ca_hosts_many)."""
    addresses = []
    for text in texts:
        try:
            addresses.append(parse_address(text))
        except InvalidEnrolmentError as error:
            raise TasukiError("ca_bad_host", host=text) from error
    found = list(dict.fromkeys(addresses))
    if len(found) > HOSTS_LIMIT:
        raise TasukiError("ca_hosts_many", limit=HOSTS_LIMIT)
    return found


class OrderedNames:
    """The list in the CA's folder. `root` is DER; `clock` gives aware UTC times."""

    def __init__(self, *, folder: CaFolder, settings: CaSettings, root: bytes, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._settings = settings
        self._root = root
        self._clock = clock

    def signed(self) -> HostList | None:
        """The newest list; None before the first. Raises TasukiError (ca_record_damaged)."""
        document = self._folder.hosts()
        try:
            return None if document is None else load_hosts(document, self._root)
        except CertificateError as error:
            raise TasukiError("ca_record_damaged", path=self._folder.hosts_path, detail=error) from error

    def addresses(self) -> tuple[Address, ...]:
        """Host and port of each name, the first the one of enrolment lines. Raises TasukiError (ca_record_damaged)."""
        signed = self.signed()
        if signed is not None:
            return signed.addresses
        if not self._settings.relay:
            raise TasukiError("ca_record_damaged", path=self._folder.hosts_path, detail="–")
        return tuple((host, self._settings.port) for host in self._settings.relay)

    def hosts(self) -> tuple[str, ...]:
        """The names alone, each once. Raises as `addresses`."""
        return tuple(dict.fromkeys(host for host, _ in self.addresses()))

    def document(self) -> bytes | None:
        """What is to be published; None where there is none, or it is damaged: nobody misses it who holds the last one."""
        try:
            signed = self.signed()
        except TasukiError as error:
            log.warning("hosts_damaged", error=str(error))
            return None
        return None if signed is None else signed.document

    def sign(self, addresses: Sequence[Address], key: PrivateKey) -> HostList:
        """Put this list (1 to HOSTS_LIMIT, each once) in the place of the one there is. Only inside the folder's `changing()`. Raises OSError.

        As with revocation lists, its number is at least the Unix time: it rises where the folder came back from a backup.
        """
        now = int(self._clock().timestamp())
        try:
            signed = self.signed()
            before = 0 if signed is None else signed.number
        except TasukiError:  # damaged: it may have been ahead of the clock
            before = now + AHEAD
        encoded = encode_hosts(max(before + 1, now), list(addresses))
        signature = Identity(key=key, chain=()).sign(hosts_challenge(encoded))
        document = encode_document(encoded, signature)
        self._folder.put_hosts(document)
        return load_hosts(document, self._root)
