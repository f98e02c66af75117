"""What is wrong with how a shown window looks, and with its keyboard and screen-reader names: a sentence for each."""

import itertools
import re
from collections.abc import Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QTableView,
    QTextEdit,
    QWidget,
)

INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)
COMPOSED = (QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit)  # Qt puts parts of its own into these
MARGIN = 16  # of fields, both sides


def complaints(window: QWidget) -> list[str]:
    """Everything found in a window that is shown."""
    return [sentence for widget in shown(window) for sentence in _complaints(widget)] + list(same_mnemonics(window))


def shown(window: QWidget) -> Iterator[QWidget]:
    """The window and all in it that can be seen, also after scrolling, and is ours."""
    for widget in (window, *window.findChildren(QWidget)):
        seen = _is_seen(widget) or (not widget.size().isEmpty() and _is_scrolled(widget))
        if widget.isVisible() and seen and not _is_qts_own(widget):
            yield widget


def _is_seen(widget: QWidget) -> bool:
    """Whether something of it is on the screen; what its own parts cover whole, such as a table's header, is seen by them."""
    if not widget.visibleRegion().isEmpty():
        return True
    inside = widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return any(one.isVisible() and not one.isWindow() and _is_seen(one) for one in inside)


def _is_scrolled(widget: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QScrollArea):
            return not above.visibleRegion().isEmpty()
        above = above.parentWidget()
    return False


def _is_qts_own(widget: QWidget) -> bool:
    if isinstance(widget, QScrollBar):
        return True
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, COMPOSED) and not isinstance(widget, QHeaderView):
            return True
        above = above.parentWidget()
    return False


def _complaints(widget: QWidget) -> Iterator[str]:
    yield from (
        f"{named(widget)} {what}" for what in itertools.chain(clipped(widget), unnamed(widget), untabbed(widget))
    )
    if (layout := widget.layout()) is not None:
        yield from overlapping(widget, layout)


def named(widget: QWidget) -> str:
    """For a person who looks for it."""
    text = getattr(widget, "text", None)
    said = f" “{text()[:60]}”" if isinstance(widget, QLabel | QAbstractButton) and text is not None else ""
    return f"{type(widget).__name__} {widget.objectName()}{said}".rstrip()


def clipped(widget: QWidget) -> Iterator[str]:
    """Text that does not fit. Whoever elides on purpose sets the property `elides` and a tool tip with the whole text."""
    if widget.property("elides"):
        if not widget.toolTip():
            yield "elides, and has no tool tip"
        return
    metrics = widget.fontMetrics()
    if isinstance(widget, QLabel) and widget.text():
        if widget.wordWrap():
            height = widget.heightForWidth(widget.width())
            if height > widget.height():
                yield f"is clipped: {height} high at {widget.width()}, has {widget.height()}"
            inner = widget.contentsRect().width() - 2 * widget.margin()
            longest = max((metrics.horizontalAdvance(word) for word in _words(widget.text())), default=0)
            if longest > inner:
                yield f"is clipped: a word is {longest} wide, has {inner}"
        else:
            yield from _too_small(widget)
    elif isinstance(widget, QAbstractButton):
        yield from _too_small(widget)
    elif isinstance(widget, QHeaderView):
        for index in range(widget.count()):
            wanted, has = widget.sectionSizeHint(index), widget.sectionSize(index)
            if not widget.isSectionHidden(index) and wanted > has:
                yield f"clips column {index}: {wanted} wide, has {has}"
    elif isinstance(widget, QLineEdit):
        wanted, has = metrics.horizontalAdvance(widget.placeholderText()), widget.width() - MARGIN
        if wanted > has:
            yield f"clips its placeholder: {wanted} wide, has {has}"
    elif isinstance(widget, QComboBox):
        wanted, has = metrics.horizontalAdvance(widget.currentText()), widget.width() - MARGIN
        if wanted > has:
            yield f"clips what is chosen: {wanted} wide, has {has}"


def _words(text: str) -> Iterator[str]:
    """What is not broken in wrapping: Latin letters between places where a line may end; Japanese breaks anywhere."""
    return (word for word in re.findall(r"[\x21-\x7e\u00a1-\u024f]+", text) if not re.search(r"[/\\-]", word))


def _too_small(widget: QWidget) -> Iterator[str]:
    hint = widget.sizeHint()
    if hint.width() > widget.width() or hint.height() > widget.height():
        yield f"is clipped: wants {hint.width()}×{hint.height()}, has {widget.width()}×{widget.height()}"


def overlapping(widget: QWidget, layout: QLayout) -> Iterator[str]:
    """What the layout holds overlaps, or sticks out of the widget."""
    parts = [part for part in _held(layout) if part.isVisible() and not part.isWindow()]
    for one, other in itertools.combinations(parts, 2):
        if one.geometry().intersects(other.geometry()):
            yield f"{named(one)} and {named(other)} overlap in {named(widget)}"
    whole = QRect(0, 0, widget.width(), widget.height())
    for part in parts:
        if not part.geometry().isEmpty() and not whole.contains(part.geometry()):
            yield f"{named(part)} sticks out of {named(widget)}"


def _held(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        if item is None:
            continue
        if (widget := item.widget()) is not None:
            yield widget
        elif (inner := item.layout()) is not None:
            yield from _held(inner)


def unnamed(widget: QWidget) -> Iterator[str]:
    """What is worked with has a name for a screen reader: its own words, its buddy's, or an accessible name."""
    if isinstance(widget, INTERACTIVE) and not isinstance(widget, QHeaderView):
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name).strip():
            yield "has no accessible name"


def untabbed(widget: QWidget) -> Iterator[str]:
    """What is worked with can be reached by Tab, and Tab leads out of it."""
    if not isinstance(widget, INTERACTIVE) or isinstance(widget, QHeaderView) or not widget.isEnabled():
        return
    if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not _is_beside_the_chosen(widget):
        yield "cannot be reached by Tab"
    if isinstance(widget, QPlainTextEdit | QTextEdit) and not widget.tabChangesFocus():
        yield "keeps Tab for itself"
    if isinstance(widget, QTableView) and widget.tabKeyNavigation():
        yield "keeps Tab for itself"


def _is_beside_the_chosen(widget: QWidget) -> bool:
    """Of buttons of which one is chosen, Tab leads to that one, and arrow keys to the others."""
    if not isinstance(widget, QAbstractButton) or not widget.isCheckable() or widget.isChecked():
        return False
    parent, group = widget.parentWidget(), widget.group()
    beside = (
        group.buttons() if group is not None else parent.findChildren(QAbstractButton) if parent is not None else []
    )
    return (group.exclusive() if group is not None else widget.autoExclusive()) and any(
        one.isChecked() for one in beside
    )


def same_mnemonics(window: QWidget) -> Iterator[str]:
    """No letter stands for two."""
    seen: dict[str, QWidget] = {}
    for widget in shown(window):
        text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
        if isinstance(widget, QLabel) and widget.buddy() is None:
            continue
        for letter in re.findall(r"&([^&\s])", text.replace("&&", "")):
            other = seen.setdefault(letter.lower(), widget)
            if other is not widget:
                yield f"{named(widget)} and {named(other)} have the same mnemonic"


def words_shown(window: QWidget) -> Iterator[str]:
    """Every text of a shown window that a person sees or hears."""
    yield window.windowTitle()
    for widget in shown(window):
        yield widget.toolTip()
        yield widget.accessibleName()
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget.text()
        elif isinstance(widget, QLineEdit | QPlainTextEdit):
            yield widget.placeholderText()
        elif isinstance(widget, QComboBox):
            yield from (widget.itemText(index) for index in range(widget.count()))
        elif isinstance(widget, QHeaderView) and (model := widget.model()) is not None:
            yield from (str(model.headerData(index, widget.orientation()) or "") for index in range(widget.count()))
        elif isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
            columns = 1 if isinstance(widget, QListView) else model.columnCount()  # a list has no other
            cells = itertools.product(range(model.rowCount()), range(columns))
            yield from (str(model.index(*cell).data() or "") for cell in cells)
