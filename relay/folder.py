"""The relay's folder: where everything in it lies, and its settings.

relay.toml                        settings (relay.settings)
relay.db                          records
relay-cert.pem, relay-key.pem     the relay's own certificate (a chain, leaf first) and its key (0600)
root.pem                          the organisation's root
erased.json, erased.lock          who was erased, by identifiers (relay.erased_list); held while that is changed
audit-heads, heads-told           signed heads of the audit log; which of them each place was told (relay.heads)
last-written                      what was written last, where records are on PostgreSQL (relay.store.last_written)
control.sock                      for the command line, while the relay runs
mailbox/                          between relay and CA
ca/                               the CA's own folder, where it lives on the same machine; the relay never looks in
"""

from dataclasses import dataclass
from pathlib import Path

from common.host.errors import TasukiError
from common.host.settings import load
from relay.settings import RelaySettings


@dataclass(frozen=True, kw_only=True)
class RelayFolder:
    """A folder with its settings."""

    path: Path
    settings: RelaySettings

    @property
    def certificate(self) -> Path:
        """The chain of the relay's own certificate."""
        return self.path / self.settings.tls.certificate

    @property
    def key(self) -> Path:
        """Its key."""
        return self.path / self.settings.tls.key

    @property
    def root(self) -> Path:
        """The organisation's root."""
        return self.path / self.settings.tls.root

    @property
    def mailbox(self) -> Path:
        """The folder shared with the CA."""
        return self.path / self.settings.store.mailbox

    @property
    def last_written(self) -> Path:
        """Where what was written last on a server is remembered."""
        return self.path / "last-written"

    @property
    def control(self) -> Path:
        """The command line's socket."""
        return control_socket(self.path)

    @property
    def database(self) -> Path | str:
        """What the store opens: a SQLite file, or an address."""
        scheme, found, path = self.settings.store.url.partition(":///")
        if found and scheme.startswith("sqlite"):
            return self.path / path
        return self.settings.store.url


def control_socket(folder: Path) -> Path:
    """Where a running relay listens for the command line."""
    return folder / "control.sock"


def open_folder(folder: Path) -> RelayFolder:
    """Read relay.toml. Raises TasukiError (relay_not_initialised, settings_…)."""
    file = folder / "relay.toml"
    if not file.exists():
        raise TasukiError("relay_not_initialised", folder=folder)
    settings = load(file, RelaySettings)
    try:
        settings.public_legs()
    except ValueError as error:
        raise TasukiError("settings_invalid", path=file, key="legs", detail=error) from error
    return RelayFolder(path=folder, settings=settings)
