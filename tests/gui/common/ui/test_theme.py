"""Looks: every text can be read in every scheme, and the desktop is followed."""

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from common.ui.theme import CONTRAST, DARK, LIGHT, Colours, Scheme, Theme, chosen, large_points, style_sheet
from common.ui.widgets import label


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    named = QColor(colour)
    parts = [named.redF(), named.greenF(), named.blueF()]
    linear: list[float] = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.1)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def text_on_ground(colours: Colours) -> list[tuple[str, str]]:
    """Every pair that stands in the style sheet."""
    grounds = (colours.background, colours.surface, colours.selected)
    texts = (colours.text, colours.muted)
    pairs = list(itertools.product(texts, grounds))
    pairs += itertools.product((colours.accent, colours.good, colours.warn, colours.danger), grounds[:2])
    pairs += [(colours.on_accent, colours.accent), (colours.on_accent, colours.hover), (colours.text, colours.line)]
    pairs += itertools.product((colours.on_signal,), (colours.good, colours.warn, colours.danger))
    return pairs


def test_the_formula_is_the_standards() -> None:
    """Black on white is 21:1, and the grey that just passes is #767676."""
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert 4.5 <= ratio("#767676", "#ffffff") < 4.6


@pytest.mark.parametrize(("colours", "least"), [(LIGHT, 4.5), (DARK, 4.5), (CONTRAST, 7.0)])
def test_every_text_can_be_read(colours: Colours, least: float) -> None:
    """Text on every ground it stands on has at least 4.5:1, in high contrast 7:1."""
    pairs = [pair for pair in text_on_ground(colours) if pair != (CONTRAST.text, CONTRAST.line)]
    assert [(pair, round(ratio(*pair), 2)) for pair in pairs if ratio(*pair) < least] == []


@pytest.mark.parametrize("colours", [LIGHT, DARK, CONTRAST])
def test_where_the_keyboard_is_can_be_seen(colours: Colours) -> None:
    """The frame of focus has at least 3:1 to what is around it (WCAG 2.1, 1.4.11)."""
    assert min(ratio(colours.focus, ground) for ground in (colours.background, colours.surface)) >= 3


@pytest.mark.parametrize(
    ("scheme", "dark", "contrast", "expected"),
    [
        (Scheme.SYSTEM, False, False, LIGHT),
        (Scheme.SYSTEM, True, False, DARK),
        (Scheme.SYSTEM, True, True, CONTRAST),
        (Scheme.SYSTEM, False, True, CONTRAST),
        (Scheme.LIGHT, True, True, LIGHT),
        (Scheme.DARK, False, False, DARK),
        (Scheme.CONTRAST, False, False, CONTRAST),
    ],
)
def test_a_persons_choice_goes_before_the_desktops(
    scheme: Scheme, dark: bool, contrast: bool, expected: Colours
) -> None:
    """High contrast of the desktop goes before dark; what a person chose goes before both."""
    assert chosen(scheme, dark=dark, contrast=contrast) == expected


class Desktop:
    """What a desktop says of itself; without a screen none says anything."""

    def __init__(self) -> None:
        self.dark = self.contrast = False

    def colorScheme(self) -> Qt.ColorScheme:
        """Light or dark."""
        return Qt.ColorScheme.Dark if self.dark else Qt.ColorScheme.Light

    def accessibility(self) -> "Desktop":
        """Itself."""
        return self

    def contrastPreference(self) -> Qt.ContrastPreference:
        """High or not."""
        return Qt.ContrastPreference.HighContrast if self.contrast else Qt.ContrastPreference.NoPreference


async def test_the_desktop_is_followed_while_it_runs(app: QApplication, theme: Theme) -> None:
    """The desktop turns dark, or to high contrast: so do the windows, unless the person has chosen otherwise."""
    desktop = Desktop()
    theme._hints = desktop  # type: ignore[assignment]
    hints = app.styleHints()
    theme.use(Scheme.SYSTEM)
    told: list[Colours] = []
    theme.changed.connect(told.append)
    desktop.dark = True
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert app.palette().color(QPalette.ColorRole.Window) == QColor(DARK.background)
    desktop.contrast = True
    hints.accessibility().contrastPreferenceChanged.emit(Qt.ContrastPreference.HighContrast)
    theme.use(Scheme.LIGHT)
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert told == [DARK, CONTRAST, LIGHT, LIGHT]


def test_the_style_sheet_is_one_that_qt_understands(app: QApplication, theme: Theme) -> None:
    """Nothing in it is a value of ours that was not put in."""
    assert "{c." not in style_sheet(LIGHT, 9.0)
    assert style_sheet(LIGHT, 9.0).count("{") == style_sheet(LIGHT, 9.0).count("}")


def test_large_letters_are_half_as_large_again(app: QApplication, theme: Theme) -> None:
    """Titles with them; and all of it is as before when they go."""
    usual = app.font().pointSizeF()
    title = label("title", rank="title")
    title.ensurePolished()
    before = title.fontInfo().pointSizeF()
    theme.use_large(True)
    assert app.font().pointSizeF() == pytest.approx(usual * 1.5)
    title.ensurePolished()
    assert title.fontInfo().pointSizeF() > before
    theme.use_large(False)
    assert app.font().pointSizeF() == usual


@pytest.mark.parametrize(("usual", "large"), [(9.0, 13.5), (11.0, 16.0), (15.0, 16.0), (20.0, 20.0)])
def test_a_desktop_with_large_letters_gets_none_that_fill_the_screen(usual: float, large: float) -> None:
    """16 points are enough, and what the person has chosen for the whole desktop is never made smaller."""
    assert large_points(usual) == large
