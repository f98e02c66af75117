"""How the windows look: colours for light, dark and high contrast, and the one style sheet made of them. Sizes are in points and in
multiples of the font, so that 100 to 300 % scale, and a person's larger font, hold.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

ICONS = Path(__file__).parent / "icons"  # what a style sheet cannot draw: a tick, and arrows


class Scheme(StrEnum):
    """What a person can choose. `SYSTEM` follows the desktop, light, dark or high contrast, also while the program runs."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


@dataclass(frozen=True, kw_only=True)
class Colours:
    """One scheme. Text on its background is at least 4.5:1 (WCAG 2.1, 1.4.3); contrast: 7:1 and more."""

    background: str
    surface: str  # cards, fields
    text: str
    muted: str  # second-rank text
    line: str
    accent: str
    on_accent: str
    hover: str  # accent, under the pointer
    good: str
    warn: str
    danger: str
    on_signal: str  # text on good, warn and danger
    selected: str  # a chosen row
    focus: str


LIGHT = Colours(
    background="#f4f5f8", surface="#ffffff", text="#1b2130", muted="#586074", line="#d5d9e2", accent="#2456c7", on_accent="#ffffff",
    hover="#1c469f", good="#17713f", warn="#8f5300", danger="#b3261e", on_signal="#ffffff", selected="#dde7fd", focus="#2456c7",
)  # fmt: skip
DARK = Colours(
    background="#171a21", surface="#21252f", text="#eceff6", muted="#a9b2c5", line="#3b4252", accent="#8fb1ff", on_accent="#0e1a37",
    hover="#b3caff", good="#6fd39b", warn="#f0b45c", danger="#ff9088", on_signal="#14161c", selected="#2c3a5c", focus="#8fb1ff",
)  # fmt: skip
CONTRAST = Colours(
    background="#000000", surface="#000000", text="#ffffff", muted="#ffffff", line="#ffffff", accent="#ffe14d", on_accent="#000000",
    hover="#ffffff", good="#7dffae", warn="#ffd27d", danger="#ffb3ad", on_signal="#000000", selected="#003a8c", focus="#ffe14d",
)  # fmt: skip


def chosen(scheme: Scheme, *, dark: bool, contrast: bool) -> Colours:
    """The colours of `scheme` on a desktop that is dark, or of high contrast, as it says itself."""
    fixed = {Scheme.LIGHT: LIGHT, Scheme.DARK: DARK, Scheme.CONTRAST: CONTRAST}
    return fixed.get(scheme, CONTRAST if contrast else DARK if dark else LIGHT)


LARGER = 1.5  # large letters beside the desktop's
LARGEST = 16.0  # points: a desktop whose letters are large already needs no more


def large_points(usual: float) -> float:
    """Large letters, where the desktop's have so many points."""
    return max(usual, min(usual * LARGER, LARGEST))


class Theme(QObject):
    """The application's looks. `changed` is emitted with the new colours: what paints by itself paints again."""

    changed = Signal(object)

    def __init__(self, app: QApplication, scheme: Scheme = Scheme.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        self._scheme = scheme
        self._usual, self._large = app.font(), False
        app.setStyle("Fusion")
        self._hints = app.styleHints()
        self._hints.colorSchemeChanged.connect(self._apply)
        self._hints.accessibility().contrastPreferenceChanged.connect(self._apply)
        self._apply()

    @property
    def colours(self) -> Colours:
        """What holds now."""
        return self._colours

    def use(self, scheme: Scheme) -> None:
        """From now on."""
        if scheme is not self._scheme:
            self._scheme = scheme
            self._apply()

    def use_large(self, on: bool) -> None:
        """Large letters, or the desktop's, from now on."""
        if on is self._large:
            return
        self._large = on
        font = QFont(self._usual)
        if on:
            font.setPointSizeF(large_points(QFontInfo(font).pointSizeF()))
        self._app.setFont(font)
        self._apply()

    def _apply(self) -> None:
        dark = self._hints.colorScheme() is Qt.ColorScheme.Dark
        contrast = self._hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast
        self._colours = chosen(self._scheme, dark=dark, contrast=contrast)
        self._app.setPalette(palette(self._colours))
        self._app.setStyleSheet(style_sheet(self._colours, QFontInfo(self._app.font()).pointSizeF()))
        self.changed.emit(self._colours)


def palette(colours: Colours) -> QPalette:
    """What Qt's own painting uses."""
    role = QPalette.ColorRole
    made = QPalette()
    for name, value in (
        (role.Window, colours.background), (role.Base, colours.surface), (role.AlternateBase, colours.background),
        (role.Button, colours.surface), (role.WindowText, colours.text), (role.Text, colours.text), (role.ButtonText, colours.text),
        (role.ToolTipBase, colours.surface), (role.ToolTipText, colours.text), (role.PlaceholderText, colours.muted),
        (role.Highlight, colours.accent), (role.HighlightedText, colours.on_accent), (role.Link, colours.accent),
        (role.Mid, colours.line), (role.Accent, colours.accent),
    ):  # fmt: skip
        made.setColor(name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, name, QColor(colours.muted))
    return made


def style_sheet(colours: Colours, points: float) -> str:
    """The one style sheet. Widgets choose by property: `card`, `kind` (primary, danger, quiet), `rank` (title, heading, muted), `tone` (good, warn, danger).

    `points`: of the letters; titles and headings stand out beside those of any size.
    """
    c = colours
    title, heading, bulk = max(18.0, points * 1.6), max(12.0, points * 1.2), max(16.0, points * 1.45)

    def icon(name: str) -> str:
        ground = "dark" if QColor(c.background).lightness() < 128 else "light"
        return f'url("{(ICONS / f"{name}-{ground}.png").as_posix()}")'

    return f"""
    * {{ outline: none; }}
    QFrame[card="true"] {{ background: {c.surface}; border: 1px solid {c.line}; border-radius: 8px; }}
    QLabel {{ background: transparent; }}
    QLabel[rank="title"] {{ font-size: {title:.1f}pt; font-weight: 600; }}
    QLabel[rank="heading"] {{ font-size: {heading:.1f}pt; font-weight: 600; }}
    QLabel[rank="muted"] {{ color: {c.muted}; }}
    QLabel[tone="good"] {{ color: {c.good}; }}
    QLabel[tone="warn"] {{ color: {c.warn}; }}
    QLabel[tone="danger"] {{ color: {c.danger}; }}
    QPushButton {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.line}; border-radius: 6px; padding: 5px 14px; min-height: 1.5em; }}
    QPushButton:hover {{ border-color: {c.accent}; }}
    QPushButton:focus, QToolButton:focus {{ border: 2px solid {c.focus}; padding: 4px 13px; }}
    QPushButton:disabled {{ color: {c.muted}; background: {c.background}; }}
    QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; font-weight: 600; }}
    QPushButton[kind="primary"]:hover {{ background: {c.hover}; }}
    QPushButton[kind="primary"]:focus {{ border: 2px solid {c.text}; }}
    QPushButton[kind="primary"]:disabled {{ background: {c.line}; border-color: {c.line}; color: {c.muted}; }}
    QPushButton[kind="danger"] {{ background: {c.danger}; color: {c.on_signal}; border-color: {c.danger}; font-weight: 600; }}
    QPushButton[kind="danger"]:focus {{ border: 2px solid {c.text}; }}
    QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; color: {c.accent}; }}
    QPushButton[kind="quiet"]:focus {{ border: 2px solid {c.focus}; }}
    QPushButton[bulk="large"] {{ font-size: {bulk:.1f}pt; padding: 12px 28px; border-radius: 10px; }}
    QPushButton[bulk="large"]:focus {{ padding: 11px 27px; }}
    QPushButton:checked {{ background: {c.selected}; color: {c.text}; border-color: {c.accent}; }}
    QToolButton {{ background: transparent; color: {c.text}; border: 1px solid transparent; border-radius: 6px; padding: 5px 10px; }}
    QToolButton:hover {{ border-color: {c.line}; background: {c.surface}; }}
    QToolButton:checked {{ background: {c.selected}; border-color: {c.accent}; }}
    QToolButton::menu-indicator {{ image: none; }}
    QToolButton:disabled {{ color: {c.muted}; }}
    QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.line}; border-radius: 6px; padding: 5px 8px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; placeholder-text-color: {c.muted}; }}
    QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus {{ border: 2px solid {c.focus}; padding: 4px 7px; }}
    QSpinBox {{ padding: 5px 26px 5px 8px; qproperty-alignment: AlignCenter; }}
    QComboBox {{ combobox-popup: 0; }}
    QComboBox QAbstractItemView::item {{ min-height: 1.6em; }}
    QComboBox::drop-down {{ border: none; width: 26px; }}
    QSpinBox::up-button {{ subcontrol-origin: border; subcontrol-position: top right; border: none; width: 26px; }}
    QSpinBox::down-button {{ subcontrol-origin: border; subcontrol-position: bottom right; border: none; width: 26px; }}
    QComboBox::down-arrow, QSpinBox::down-arrow {{ image: {icon("down")}; width: 10px; height: 10px; }}
    QSpinBox::up-arrow {{ image: {icon("up")}; width: 10px; height: 10px; }}
    QListView, QTreeView, QTableView {{ background: {c.surface}; alternate-background-color: {c.background}; border: 1px solid {c.line}; border-radius: 6px; }}
    QListView:focus, QTreeView:focus, QTableView:focus {{ border: 2px solid {c.focus}; }}
    QListView::item, QTreeView::item, QTableView::item {{ padding: 5px; color: {c.text}; }}
    QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {{ background: {c.selected}; color: {c.text}; }}
    QHeaderView::section {{ background: {c.background}; color: {c.muted}; border: none; border-bottom: 1px solid {c.line}; padding: 5px 8px; }}
    QCheckBox::indicator, QRadioButton::indicator {{ width: 12px; height: 12px; border: 1px solid {c.muted}; background: {c.surface}; }}
    QCheckBox::indicator {{ border-radius: 3px; }}
    QRadioButton::indicator {{ border-radius: 7px; }}
    QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; image: {icon("tick")}; }}
    QRadioButton::indicator:checked {{ border-color: {c.accent}; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 {c.accent}, stop: 0.55 {c.accent}, stop: 0.65 {c.surface}, stop: 1 {c.surface}); }}
    QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {c.line}; }}
    QRadioButton:focus, QCheckBox:focus {{ color: {c.focus}; text-decoration: underline; }}
    QProgressBar {{ background: {c.line}; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 4px; }}
    QScrollBar {{ background: transparent; border: none; margin: 0; }}
    QScrollBar:vertical {{ width: 12px; }}
    QScrollBar:horizontal {{ height: 12px; }}
    QScrollBar::handle {{ background: {c.muted}; border-radius: 4px; margin: 2px; min-height: 24px; min-width: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QToolTip {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.line}; padding: 4px; }}
    """
