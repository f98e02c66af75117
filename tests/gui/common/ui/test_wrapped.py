"""Texts that wrap: no lonely word at their end, and no taller for it."""

import itertools

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QTextLayout
from pytestqt.qtbot import QtBot

from common.ui.theme import LIGHT, Theme
from common.ui.widgets import label
from common.ui.wrapped import LONELY, WrappedLabel

ENGLISH = "What is the matter with it? (You need not say.)"
JAPANESE = "サポート担当者は画面を見て、場所を指し示せます。操作はすべて自分で行います。"


def rows(shown: WrappedLabel) -> list[tuple[int, int]]:
    """Where each line is painted: its first and last column with ink."""
    image = shown.grab().toImage()
    ground = image.pixelColor(image.width() - 1, image.height() - 1)
    high = shown.fontMetrics().lineSpacing()
    top = (image.height() - high * round(image.height() / high)) // 2
    found = []
    for line in range(round(image.height() / high)):
        inked = [x for x in range(image.width()) if _inked(image, x, QRect(0, top + line * high, 1, high), ground)]
        found.append((inked[0], inked[-1]))
    return found


def _inked(image: QImage, x: int, line: QRect, ground: QColor) -> bool:
    rows = range(max(0, line.top()), min(image.height(), line.bottom()))
    return any(image.pixelColor(x, y) != ground for y in rows)


def lonely_widths(shown: WrappedLabel) -> list[int]:
    """Widths at which the last of two or three lines would be a lonely one, as Qt breaks them."""
    metrics, flags = shown.fontMetrics(), Qt.TextFlag.TextWordWrap.value
    heights = {
        width: metrics.boundingRect(QRect(0, 0, width, 10_000), flags, shown.text()).height()
        for width in range(150, 1000)
    }
    return [one for one, two in itertools.pairwise(heights) if heights[one] > heights[two]]  # just too narrow


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE])
@pytest.mark.parametrize("rank", ["", "title"])
async def test_no_last_line_is_lonely(qtbot: QtBot, theme: Theme, text: str, rank: str) -> None:
    """Just where one word or letter would be left over, it has company; and nothing is higher than before."""
    shown = label(text, rank=rank)
    qtbot.addWidget(shown)
    assert isinstance(shown, WrappedLabel)
    shown.show()
    widths = [one for one in lonely_widths(shown) if shown.heightForWidth(one) <= 3 * shown.fontMetrics().lineSpacing()]
    assert widths
    for width in widths[-2:]:
        shown.resize(width, shown.heightForWidth(width))
        lines = rows(shown)
        assert lines[-1][1] - lines[-1][0] > LONELY * width * 0.8
        assert shown.text() == text
        flags = Qt.TextFlag.TextWordWrap.value
        needed = shown.fontMetrics().boundingRect(QRect(0, 0, shown.lines_width(), 10_000), flags, text)
        assert needed.height() <= shown.height()


TORN = {
    "できる場合は、このパスワードの保管場所にしまっておきます。": "パスワード",
    "Hanako Sato さんが依頼を受けました。許可すると、相手があなたの画面を見られるようになります。": "許可すると",
}


@pytest.mark.parametrize("text", TORN)
async def test_japanese_words_stay_whole(qtbot: QtBot, theme: Theme, text: str) -> None:
    """At every width at which it has two lines and there is a better place for the end of the first."""
    shown = label(text)
    qtbot.addWidget(shown)
    assert isinstance(shown, WrappedLabel)
    shown.show()
    word, looked_at, torn = TORN[text], 0, []
    high, length = shown.fontMetrics().lineSpacing(), shown.fontMetrics().horizontalAdvance(text)
    for width in range(int(length * 0.6), length, 7):  # two lines, and room to choose
        shown.resize(width, shown.heightForWidth(width))
        assert 2 * high <= shown.height() < 3 * high
        layout = QTextLayout(text, shown.font())
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(shown.lines_width())
        layout.endLayout()
        looked_at += 1
        if text.index(word) < line.textLength() < text.index(word) + len(word):
            torn.append((width, shown.lines_width(), text[: line.textLength()]))
    assert looked_at >= 5
    assert torn == []


@pytest.mark.parametrize(
    "alignment", [Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight]
)
async def test_lines_stand_where_they_are_aligned(qtbot: QtBot, theme: Theme, alignment: Qt.AlignmentFlag) -> None:
    """In the middle of the whole place, or at its edge."""
    shown = label(ENGLISH, rank="heading")
    qtbot.addWidget(shown)
    assert isinstance(shown, WrappedLabel)
    shown.setAlignment(alignment)
    shown.show()
    width = lonely_widths(shown)[-1]
    shown.resize(width, shown.heightForWidth(width))
    assert shown.lines_width() < width
    left, right = min(one for one, _ in rows(shown)), max(one for _, one in rows(shown))
    if alignment is Qt.AlignmentFlag.AlignLeft:
        assert left <= 4
    elif alignment is Qt.AlignmentFlag.AlignRight:
        assert right >= width - 5
    else:
        assert abs(left - (width - 1 - right)) <= 8


async def test_it_has_the_colour_of_its_tone(qtbot: QtBot, theme: Theme) -> None:
    """As Qt's own would have."""
    shown = label(ENGLISH, rank="title", tone="danger")
    qtbot.addWidget(shown)
    assert isinstance(shown, WrappedLabel)
    shown.show()
    width = lonely_widths(shown)[-1]
    shown.resize(width, shown.heightForWidth(width))
    assert shown.lines_width() < width
    image = shown.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert QColor(LIGHT.danger).name() in seen


async def test_what_has_lines_of_its_own_or_can_be_marked_stays_as_it_is(qtbot: QtBot, theme: Theme) -> None:
    """Whoever wrote the lines, or lays a text out for marking, knows where they end."""
    for text, flags in (
        (f"{ENGLISH}\n{ENGLISH}", Qt.TextInteractionFlag.NoTextInteraction),
        (ENGLISH, Qt.TextInteractionFlag.TextSelectableByMouse),
        ("שלום " * 12, Qt.TextInteractionFlag.NoTextInteraction),
        ("short", Qt.TextInteractionFlag.NoTextInteraction),
    ):
        shown = label(text, rank="title")
        qtbot.addWidget(shown)
        assert isinstance(shown, WrappedLabel)
        shown.setTextInteractionFlags(flags)
        shown.show()
        for width in (200, 260, 320):
            shown.resize(width, shown.heightForWidth(width))
            assert shown.lines_width() == width
