"""Which computer this is: what any system says, cut to what the relay takes."""

import platform
from pathlib import Path

import pytest

from common.host.computer_details import about_this_computer, system_name
from common.protocol.computer_claim import NOT_SAID
from common.protocol.messages import Identify, decode_from_agent, encode
from common.protocol.texts import COMPUTER_NAME_LIMIT


@pytest.mark.parametrize("here", ["win32", "darwin", "linux"])
def test_every_system_has_a_name(here: str, tmp_path: Path) -> None:
    """Also where its files are not there."""
    claim = about_this_computer("0.1.0", here=here, root=tmp_path)
    assert claim.name == platform.node()
    assert claim.version == "0.1.0"
    assert (claim.system == "") == (here == "linux")


def test_linux_by_its_own_words(tmp_path: Path) -> None:
    """As its release file has it."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('PRETTY_NAME="Debian GNU/Linux 12"\n', encoding="utf-8")
    assert system_name("linux", tmp_path).startswith("Debian GNU/Linux 12 (")


def test_whatever_it_says_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks of direction, ends of lines and thousands of characters do not keep an agent from coming in."""
    monkeypatch.setattr(platform, "node", lambda: "\u202eLap\ntop\x00 " + "x" * 1000)
    claim = about_this_computer("no version", here="linux", root=tmp_path)
    assert len(claim.name) == COMPUTER_NAME_LIMIT
    assert claim.version == ""
    message = Identify(chain=[b"x"], signature=b"y", computer=claim)
    assert decode_from_agent(encode(message)) == message
    assert Identify(chain=[b"x"], signature=b"y").computer == NOT_SAID
