"""Cutting what came at the ends of TLS records: every byte once, every record counted once, pieces small."""

from hypothesis import given
from hypothesis import strategies as st

from common.net.records import PIECE, Records


def record(length: int) -> bytes:
    """A TLS record of application data."""
    return b"\x17\x03\x03" + length.to_bytes(2, "big") + b"r" * length


lengths = st.lists(st.one_of(st.integers(0, 60), st.integers(16_000, 16_640)), max_size=12)


@given(lengths, st.data())
def test_every_byte_and_every_record_once(sizes: list[int], data: st.DataObject) -> None:
    """However the bytes come in; a piece is never longer than PIECE and one record."""
    sent = b"".join(record(size) for size in sizes)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=8)))
    records = Records()
    got, counted = b"", 0
    for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        for piece, complete in records.cut(sent[start:end]):
            assert 0 < len(piece) <= PIECE + 16_645
            got += piece
            counted += complete
    assert got == sent
    assert counted == len(sizes)


def test_a_byte_at_a_time() -> None:
    """Headers cut anywhere."""
    sent = record(3) + record(0) + record(300)
    records = Records()
    told = [complete for byte in sent for _, complete in records.cut(bytes((byte,)))]
    assert len(told) == len(sent)
    assert [at for at, complete in enumerate(told) if complete] == [7, 12, 317]


def test_a_record_that_is_not_whole_counts_later() -> None:
    """The read that ends it says so."""
    records = Records()
    assert [complete for _, complete in records.cut(record(100)[:50])] == [0]
    assert [complete for _, complete in records.cut(record(100)[50:])] == [1]
