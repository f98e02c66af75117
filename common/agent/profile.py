"""What enrolment gave an agent, on disk: who it is, whose organisation, which relay, and the highest CRL number seen.

One folder per role. `profile.json` is the one file that counts (written atomically): it names the key, which lies in
the OS keyring, or where there is none in a 0600 file beside it.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from common.net.certificates import Identity, RevocationList
from common.protocol.identity import IdentityUri, Role


class Profile:
    """An agent's folder. Every method reads what is in memory; `open` reads the disk once."""

    role: Role
    folder: Path

    @classmethod
    def open(cls, *, role: Role, folder: Path | None = None) -> "Profile":
        """The profile in `folder`, or in the person's own place for settings. Raises TasukiError (`profile_damaged`)."""
        raise NotImplementedError

    @property
    def enrolled(self) -> bool:
        """Whether there is an identity. The properties below raise TasukiError (`not_enrolled`) where there is none."""
        raise NotImplementedError

    @property
    def identity(self) -> Identity:
        """Key and chain: what sessions and matching present."""
        raise NotImplementedError

    @property
    def uri(self) -> IdentityUri:
        """Our own URI."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """Our own display name."""
        raise NotImplementedError

    @property
    def organisation(self) -> str:
        """The organisation's name, as in URIs."""
        raise NotImplementedError

    @property
    def root(self) -> bytes:
        """The organisation's root, DER."""
        raise NotImplementedError

    @property
    def relay_name(self) -> str:
        """What `hello.relay` must equal: the host of the enrolment line."""
        raise NotImplementedError

    @property
    def relay_host(self) -> str:
        """Where to dial."""
        raise NotImplementedError

    @property
    def relay_port(self) -> int:
        """Where to dial."""
        raise NotImplementedError

    @property
    def not_after(self) -> datetime:
        """When our certificate expires (aware, UTC)."""
        raise NotImplementedError

    @property
    def crl(self) -> RevocationList | None:
        """The newest revocation list seen, kept over restarts."""
        raise NotImplementedError

    def accept_crl(self, der: bytes) -> RevocationList:
        """A list from `welcome` or `crl`: checked, kept if newer. Raises CertificateError (crl_rolled_back, wrong_root, …)."""
        raise NotImplementedError

    @property
    def key_place(self) -> str:
        """A sentence that says where the private key lies, for `enrol` and `status` to print."""
        raise NotImplementedError

    def on_change(self, callback: Callable[[Identity], None]) -> None:
        """Call `callback` whenever a renewal put a new identity in place."""
        raise NotImplementedError
