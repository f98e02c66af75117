"""What of a shown window is out of sight on this screen, and which of its lists that drop down are cut: a sentence for each."""

from collections.abc import Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QScrollArea,
    QTreeView,
    QWidget,
)

from common.ui.fitted import Fitted
from common.ui.screens import screen_of
from tests.support.looking import named, shown

MAIN = {"primary", "danger"}
SETTLED = 6  # turns of the loop in which layouts pass on what changed


def settle() -> None:
    """Layouts and style are through."""
    for _ in range(SETTLED):
        QApplication.processEvents()


def out_of_sight(window: QWidget) -> Iterator[str]:
    """It lies on the screen; its buttons are seen whole, unless they scroll together with what they belong to; nothing scrolls sideways."""
    free = screen_of(window).availableGeometry()
    whole = isinstance(window, Fitted) or bool(window.windowFlags() & Qt.WindowType.FramelessWindowHint)
    if whole and not free.contains(window.frameGeometry()):  # some scenes show a part of a window alone
        yield f"{named(window)} {_box(window.frameGeometry())} is not inside the screen, {_box(free)}"
    buttons = [one for one in window.findChildren(QAbstractButton) if one.isVisible() and one.window() is window]
    fixed = [one for one in buttons if _scrolled_by(one) is None]
    for button in fixed:
        if not _is_whole(button):
            yield f"{named(button)} is out of sight"
    main = [one for one in buttons if one.property("kind") in MAIN]
    if main and not any(one in fixed for one in main):
        yield f"{named(main[0])} can be scrolled away, and no main button stays"
    for area in window.findChildren(QScrollArea):
        if area.isVisible() and area.horizontalScrollBar().maximum() > 0:
            yield f"{named(area)} scrolls sideways: {area.horizontalScrollBar().maximum()} too wide"
    for view in window.findChildren(QTreeView):
        if view.isVisible() and view.header().length() > view.viewport().width():
            yield f"{named(view)} cuts its columns: {view.header().length()} wide, has {view.viewport().width()}"


def cut_lists(window: QWidget) -> Iterator[str]:
    """Everything that drops down is opened: it is inside the screen, no row is cut, and a text that has no room says all in its tip."""
    for box in window.findChildren(QComboBox):
        if box.isVisible() and box.count() and box.isEnabled():
            box.setFocus(Qt.FocusReason.TabFocusReason)  # as a person comes to it: it is scrolled into sight
            settle()
            if not _is_whole(box):
                yield f"{named(box)} has the keyboard, and is out of sight"
            box.showPopup()
            settle()
            few = box.count() <= box.maxVisibleItems()
            yield from (f"the list of {named(box)} {what}" for what in _cut_popup(box.view(), few=few))
            box.hidePopup()
    for menu in window.findChildren(QMenu):
        owner = menu.parentWidget() or window
        if not owner.isVisible() or menu.isEmpty():
            continue
        menu.popup(owner.mapToGlobal(owner.rect().bottomLeft()))
        settle()
        yield from (f"{named(menu)} {what}" for what in _cut_menu(menu))
        menu.hide()
    for field in window.findChildren(QLineEdit):
        if field.isVisible() and (completer := field.completer()) is not None:
            completer.setCompletionPrefix("")
            completer.complete()
            settle()
            popup = completer.popup()
            if popup is None:
                continue
            few = completer.completionCount() <= completer.maxVisibleItems()
            yield from (f"what completes {named(field)} {what}" for what in _cut_popup(popup, few=few))
            popup.hide()


def _cut_popup(view: QAbstractItemView, *, few: bool) -> Iterator[str]:
    """`few`: so many rows that all are seen at once."""
    popup, model = view.window(), view.model()
    free = screen_of(popup).availableGeometry()
    if not free.contains(popup.frameGeometry()):
        yield f"{_box(popup.frameGeometry())} reaches beyond the screen, {_box(free)}"
    wanted, has = view.sizeHintForColumn(0), view.viewport().width()
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        if wanted > has and not str(index.data(Qt.ItemDataRole.ToolTipRole) or ""):
            yield f"cuts “{index.data()}”: {wanted} wide, has {has}, and no tip says it"
        box = view.visualRect(index)
        if few and not (box.top() >= 0 and box.bottom() < view.viewport().height()):
            yield f"cuts its row “{index.data()}”: {box.y()} to {box.bottom()}, has {view.viewport().height()}"


def _cut_menu(menu: QMenu) -> Iterator[str]:
    free = screen_of(menu).availableGeometry()
    if not free.contains(menu.frameGeometry()):
        yield f"{_box(menu.frameGeometry())} reaches beyond the screen, {_box(free)}"
    for action in menu.actions():
        if action.isVisible() and not menu.rect().contains(menu.actionGeometry(action)):
            yield f"cuts “{action.text()}”"


def _scrolled_by(widget: QWidget) -> QScrollArea | None:
    """What it can be scrolled away in."""
    above = widget.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QScrollArea | QHeaderView):
            return above if isinstance(above, QScrollArea) else None
        above = above.parentWidget()
    return None


def _is_whole(widget: QWidget) -> bool:
    return widget.visibleRegion().boundingRect() == widget.rect()


def _box(rect: QRect) -> str:
    return f"{rect.width()}×{rect.height()} at {rect.x()}, {rect.y()}"


def kinds(window: QWidget) -> set[type[QWidget]]:
    """The classes of windows that are seen in it: its own, and those of what it has opened."""
    return {type(one) for one in (window, *shown(window)) if one.isWindow()}
