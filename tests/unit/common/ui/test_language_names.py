"""What languages are called."""

import pytest

from common.ui.language_names import language_name


@pytest.mark.parametrize(
    ("code", "name"), [("en", "English"), ("ja", "日本語"), ("de", "Deutsch"), ("Klingon", "Klingon"), ("zz", "zz")]
)
def test_languages_have_the_name_that_their_speakers_use(code: str, name: str) -> None:
    """What is no language's code stands as it was written."""
    assert language_name(code) == name
