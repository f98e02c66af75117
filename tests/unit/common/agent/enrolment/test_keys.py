"""Where private keys lie: in a real keyring, else in a file for the owner alone."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from common.agent.enrolment.keys import FileKeys, KeyringKeys, KeyStore, system_keyring
from common.host.errors import TasukiError
from common.net.certificates import key_to_pem, new_key
from tests.support.keyrings import Memory
from tests.support.private_files import is_private

PEM = key_to_pem(new_key())


@pytest.fixture(params=["file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> KeyStore:
    """Either kind."""
    return FileKeys(tmp_path) if request.param == "file" else KeyringKeys(Memory())


def code(call: object, *arguments: object) -> str:
    """The error's code."""
    assert callable(call)
    with pytest.raises(TasukiError) as caught:
        call(*arguments)
    return caught.value.code


def test_kept_and_forgotten(store: KeyStore) -> None:
    """What is saved is loaded, by its name; what was deleted is missing, and deleting twice does no harm."""
    store.save("a", PEM)
    assert store.load("a") == PEM
    assert code(store.load, "b") == "key_missing"
    store.delete("a")
    store.delete("a")
    assert code(store.load, "a") == "key_missing"


def test_a_file_is_for_the_owner_alone(tmp_path: Path) -> None:
    """0600; where it cannot be written the error says so."""
    FileKeys(tmp_path).save("a", PEM)
    assert is_private(FileKeys(tmp_path).path("a"))
    assert code(FileKeys(tmp_path / "none").save, "a", PEM) == "key_not_saved"


def test_a_keyring_that_is_locked_or_forgets_is_an_error() -> None:
    """Never a key that is believed to be kept and is not."""
    memory = Memory()
    memory.forgets = True
    assert code(KeyringKeys(memory).save, "a", PEM) == "key_not_saved"
    memory.broken = True
    assert code(KeyringKeys(memory).save, "a", PEM) == "key_not_saved"
    assert code(KeyringKeys(memory).load, "a") == "key_missing"


def fake_keyring(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Have `keyring` find a backend of this module."""
    backend = type("Backend", (Memory,), {"__module__": module})()
    package = ModuleType("keyring")
    package.get_keyring = lambda: backend  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", package)


@pytest.mark.parametrize(
    ("module", "real"),
    [
        ("keyring.backends.SecretService", True),
        ("keyring.backends.Windows", True),
        ("keyring.backends.macOS", True),
        ("keyring.backends.fail", False),
        ("keyring.backends.null", False),
        ("keyrings.alt.file", False),
    ],
)
def test_only_a_real_keyring_counts(monkeypatch: pytest.MonkeyPatch, module: str, real: bool) -> None:
    """One that fails, forgets, or writes files in clear is none."""
    fake_keyring(monkeypatch, module)
    assert (system_keyring() is not None) is real


def test_without_the_package_or_with_a_broken_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no keyring, and no traceback."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert system_keyring() is None
    package = ModuleType("keyring")

    def broken() -> object:
        raise RuntimeError("no D-Bus")

    package.get_keyring = broken  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", package)
    assert system_keyring() is None
