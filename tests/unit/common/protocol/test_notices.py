"""The CA's notices: read back as they were written, bounded, and nothing else is taken for some."""

import pytest

from common.protocol.notices import (
    OUTDATED_LIMIT,
    CaNotices,
    InvalidNoticesError,
    Outdated,
    decode_notices,
    encode_notices,
)

ONE = Outdated(serial="1f", account="a", by=["2"])


def test_they_come_back() -> None:
    """An older relay reads what a newer CA says beside them."""
    assert decode_notices(encode_notices(CaNotices(outdated=[ONE]))).outdated == [ONE]
    assert decode_notices(b'{"waiting": 3}') == CaNotices()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"outdated": [{"serial": "G", "account": "a"}]}',
        b'{"outdated": [{"serial": "1", "account": "a", "by": ["%s"]}]}' % (b"1" * 41),
        encode_notices(CaNotices(outdated=[ONE] * (OUTDATED_LIMIT + 1))),
        b"[" * 100_000,
    ],
)
def test_others_are_refused(data: bytes) -> None:
    """Too long, too many, of another kind."""
    with pytest.raises(InvalidNoticesError):
        decode_notices(data)
