"""Where Chromium could not shut itself in it would end the helper's program: the browser is used there."""

import os
from pathlib import Path

import pytest

from helper_agent.ui import sandbox

SETTINGS = {
    "sys/user/max_user_namespaces": ("127000", "0"),
    "sys/kernel/unprivileged_userns_clone": ("1", "0"),
    "sys/kernel/apparmor_restrict_unprivileged_userns": ("0", "1"),
}


@pytest.fixture(autouse=True)
def no_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs this."""
    monkeypatch.setattr(sandbox, "_is_root", lambda: False)


def system(folder: Path, values: dict[str, str], *, profile: str = "unconfined\n") -> Path:
    """A /proc that says this; what has no value is not there."""
    for name, value in {**values, "self/attr/current": profile}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(value + "\n" if value else "")
    return folder


def test_root_must_have_been_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """That this is meant; on Windows there is no root."""
    monkeypatch.setattr(sandbox, "_is_root", lambda: True)
    assert not sandbox.usable({}, "linux")
    assert sandbox.usable({sandbox.WITHOUT: "1"}, "linux")
    assert sandbox.usable({}, "win32")


def test_a_system_that_says_nothing_gives_name_spaces(tmp_path: Path) -> None:
    """A kernel without these settings has no such limit; other systems have other sandboxes."""
    assert sandbox.usable({}, "linux", proc=tmp_path)
    assert sandbox.usable({}, "darwin", proc=tmp_path)


@pytest.mark.parametrize("denied", [*SETTINGS, ""])
def test_each_setting_can_deny_them(tmp_path: Path, denied: str) -> None:
    """By itself."""
    values = {name: (no if name == denied else yes) for name, (yes, no) in SETTINGS.items()}
    assert sandbox.usable({}, "linux", proc=system(tmp_path, values)) is (not denied)


def test_a_profile_of_its_own_gives_them(tmp_path: Path) -> None:
    """As the Debian package lays one down for Ubuntu."""
    values = {"sys/kernel/apparmor_restrict_unprivileged_userns": "1"}
    assert sandbox.usable({}, "linux", proc=system(tmp_path, values, profile="tasuki-helper (unconfined)\0"))


@pytest.mark.skipif(os.name == "nt", reason="not on Windows: /proc")
def test_this_system_is_read() -> None:
    """Whatever it says, it is an answer."""
    assert sandbox.usable({}, "linux") in {True, False}
