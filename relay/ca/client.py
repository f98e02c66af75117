"""The relay's side of the mailbox: hand a request in, wait for its answer, and hear of new revocation lists.

The relay needs nothing of the CA but this folder. An answer is never believed for itself: agents check their chain
against their own ROOT, and `revocations` checks the list's signature.
"""

from collections.abc import Callable
from pathlib import Path

from common.net.revocation import RevocationList
from common.protocol.certificate_requests import CertificateRequest, Issued


class AuthorityRefusedError(Exception):
    """The CA said no. `code` is a `Refusal` value; `status` the HTTP status to answer with."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = 400


class AuthorityUnavailableError(AuthorityRefusedError):
    """The CA did not answer in time (503), or too much waits already (503, `busy`)."""


class AuthorityClient:
    """Submits requests through the mailbox folder and reads `crl.der` and `root.pem` in it."""

    def __init__(
        self,
        *,
        folder: Path,
        random: Callable[[int], bytes],
        deadline: float = 15.0,
        poll: float = 0.05,
        at_once: int = 64,
    ) -> None:
        """`deadline` and `poll` in seconds; at most `at_once` requests wait at the same time, further ones are `busy`."""

    async def submit(self, request: CertificateRequest) -> Issued:
        """Hand the request in and wait for the answer. Raises AuthorityRefusedError, AuthorityUnavailableError."""
        raise NotImplementedError

    def root(self) -> bytes:
        """The organisation's root, DER. Raises TasukiError (`ca_mailbox`) where the mailbox holds none."""
        raise NotImplementedError

    def crl(self) -> RevocationList | None:
        """The newest list that was there and was good; None before the first. Never one with a lower number."""
        raise NotImplementedError

    async def watch(self, changed: Callable[[RevocationList], None]) -> None:
        """Call `changed` for the list that is there and for every newer one. Runs until cancelled."""
        raise NotImplementedError
