"""Why things end."""

import re

from common.protocol.reasons import Why


def test_values_are_words_of_the_wire() -> None:
    """Lower case with underscores, each the lower case of its name: they stand in audit rows and metric labels."""
    for why in Why:
        assert re.fullmatch(r"[a-z_]+", why.value)
        assert why.value == why.name.lower()
