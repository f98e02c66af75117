"""The allow-list."""

from common.protocol.rfb import encodings


def test_what_rfb_md_allows_and_nothing_else() -> None:
    """Exactly these numbers out of all that anybody has ever given out."""
    right = {0, 1, 2, 6, 7, 16, -223, -224, -232, -239, -240, -258, -307, -308, -312, -313, -314}
    right |= set(range(-32, -22)) | set(range(-512, -411)) | set(range(-256, -246))
    assert set(encodings.allowed(range(-40000, 40000))) == right


def test_what_must_never_be_agreed() -> None:
    """Encodings that change lengths or unlock messages are taken out, signed or not."""
    never = [4, 5, 8, 15, 17, 21, 22, -259, -260, -305, -309, -316, 0xC0A1E5CE - (1 << 32), 0xC0A1E5CF - (1 << 32)]
    never += [number - (1 << 32) for number in range(0xFFFF8000, 0xFFFF8008)]
    assert encodings.allowed(never) == ()


def test_the_order_is_the_viewers_and_each_comes_once() -> None:
    """Order is preference; a repetition says nothing new."""
    assert encodings.allowed([1, 5, 7, 1, 0, 7]) == (1, 7, 0)
    assert encodings.allowed([0, 16, 6, 1]) == (0, 16, 6, 1)


def test_what_cannot_begin_anew_stands_behind_tight() -> None:
    """Zlib and ZRLE, in the viewer's order; what stood behind it stays where it was."""
    assert encodings.allowed([1, 16, 0, 6, 7, 2]) == (1, 0, 7, 16, 6, 2)
    assert encodings.allowed([6, 7, 0, 16, -223]) == (7, 6, 0, 16, -223)
    assert encodings.allowed([7, 16, 0, 6]) == (7, 16, 0, 6)
