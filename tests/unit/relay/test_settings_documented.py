"""docs/operating.md tells every setting as it is."""

from deploy.tools.settings_table import PAGE, with_table


def test_the_table_of_settings_is_up_to_date() -> None:
    """Every key with its default and bounds (`make catalogue` writes them)."""
    text = PAGE.read_text(encoding="utf-8")
    assert with_table(text) == text
