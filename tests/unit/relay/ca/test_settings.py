"""ca.toml: what `init` writes can be read, and mistakes are named."""

import re
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from relay.ca.settings import CaLimits, CaOperators, CaSettings, CaTiming, format_settings, load_settings

SETTINGS = CaSettings(organisation="Example", display_name="Example AG", mailbox='/tmp/mail "box"\\')


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Quotes and backslashes too."""
    (tmp_path / "ca.toml").write_text(format_settings(SETTINGS), encoding="utf-8")
    assert load_settings(tmp_path) == SETTINGS


def test_every_number_is_named_with_its_default(tmp_path: Path) -> None:
    """Taking the comment marks away changes nothing."""
    text = format_settings(SETTINGS)
    (tmp_path / "ca.toml").write_text(re.sub(r"(?m)^# (?=\w+ = )", "", text), encoding="utf-8")
    assert load_settings(tmp_path) == SETTINGS
    kinds = (CaTiming, CaLimits, CaOperators)
    assert all(f"\n# {name} = " in text for kind in kinds for name in kind.__struct_fields__)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('organisation = "E"\nrelay = ["r"]\nmailbox = "m"\nports = 1', "settings_unknown_key"),
        ('organisation = "E E"\nrelay = ["r"]\nmailbox = "m"', "settings_invalid"),
        ('organisation = "E"\nrelay = ["r"]\nmailbox = "m"\n[timing]\npoll = 5', "settings_invalid"),
        ('organisation = "E"\nrelay = ["r"]', "settings_invalid"),
        ("organisation", "settings_syntax"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, code: str) -> None:
    """An unknown key, a bound, a missing value."""
    (tmp_path / "ca.toml").write_text(text, encoding="utf-8")
    with pytest.raises(TasukiError) as caught:
        load_settings(tmp_path)
    assert caught.value.code == code


def test_no_settings_no_ca(tmp_path: Path) -> None:
    """The sentence says how to make one."""
    with pytest.raises(TasukiError) as caught:
        load_settings(tmp_path)
    assert caught.value.code == "ca_not_initialised"
