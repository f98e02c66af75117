"""Where the relay is, as this agent knows it: by its enrolment line until it holds a signed list, then by the list alone."""

from collections.abc import Callable, Iterable
from itertools import zip_longest
from pathlib import Path

from common.host.files import write_private
from common.host.log import get_logger
from common.net.certificates import CertificateError
from common.net.host_list import HostList, load_hosts
from common.protocol.enrolment import ports_of
from common.protocol.relay_hosts import Address

log = get_logger()


class RelayNames:
    """The list that is held, kept in a file of one organisation's, and which of the names was answered by somebody else."""

    def __init__(self) -> None:
        self.held: HostList | None = None
        self._path: Callable[[], Path] = Path
        self._passed: dict[str, int] = {}

    def read(self, path: Callable[[], Path], root: bytes) -> None:
        """What was kept there for this root. One that cannot be read counts as none: then it is the line again."""
        self._path = path
        self._passed.clear()
        self.held = None
        try:
            self.held = load_hosts(path().read_bytes(), root)
        except FileNotFoundError:
            pass
        except (OSError, CertificateError) as error:
            log.warning("hosts_unreadable", error=str(error))

    def accept(self, document: bytes, root: bytes) -> HostList:
        """A list from the relay: checked, kept if newer. Raises CertificateError (hosts_rolled_back, bad_signature, malformed)."""
        held = load_hosts(document, root, known=self.held)
        if self.held is not None and held.number == self.held.number:
            return self.held
        self.held = held
        self._passed.clear()
        log.info("hosts_learned", number=held.number, hosts=list(held.names))
        try:
            write_private(self._path(), document)
        except OSError as error:  # in memory it counts all the same
            log.warning("hosts_not_kept", error=str(error))
        return held

    def pass_over(self, host: str) -> None:
        """Who answers under this name is not our relay: the others come first from now on, until there is another list."""
        self._passed[host] = max(self._passed.values(), default=0) + 1

    def addresses(self, line: Address, *, by_line: bool, told: Iterable[int]) -> list[Address]:
        """Where to dial, in this order: each name by its own port, then by the other ports that the relay has `told`.

        `line` is the enrolment line's; it counts while no list is held, or where a later line was used (`by_line`).
        """
        listed = self.held.addresses if self.held is not None else ()
        mains = dict.fromkeys((line, *listed) if by_line or not listed else listed)
        names = sorted(mains, key=lambda main: self._passed.get(main[0], 0))
        told = tuple(told)
        rows = [[(host, one) for one in ports_of(port, told)] for host, port in names]
        tried = (one for column in zip_longest(*rows) for one in column if one is not None)
        return list(dict.fromkeys(tried))
