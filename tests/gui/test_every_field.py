"""What holds for every field that text is written into: an input method composes in it, beside its cursor."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from common.ui.language import Speech
from common.ui.theme import Theme
from tests.gui.test_every_window import shown
from tests.support.looks import Scene, load

Field = QLineEdit | QPlainTextEdit
HIDDEN = QLineEdit.EchoMode.Password  # an input method is told that nobody shall read it, and shows no candidates
BEGUN, TAKEN = "にほn", "日本"
SPIN_BOX = "qt_spinbox_lineedit"  # takes numbers, and its words are the program's


def fields(window: QWidget) -> list[Field]:
    """Those that can be written into now."""
    kinds: tuple[type[Field], ...] = (QLineEdit, QPlainTextEdit)
    found = [field for kind in kinds for field in window.findChildren(kind)]
    return [
        one
        for one in found
        if one.isVisible() and one.isEnabled() and not one.isReadOnly() and one.objectName() != SPIN_BOX
    ]


def written(field: Field) -> str:
    """What is in it, without what is composed."""
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


@pytest.mark.parametrize("scene", load(), ids=lambda scene: scene.name)
async def test_an_input_method_composes_in_every_field(scene: Scene, speech: Speech, theme: Theme) -> None:
    """What is composed is no text yet, also where Enter does something; what is taken is; candidates find the cursor in the field."""
    async with shown(scene) as window:
        for field in fields(window):
            if isinstance(field, QLineEdit) and field.echoMode() is HIDDEN:
                assert field.inputMethodHints() & Qt.InputMethodHint.ImhHiddenText, "nor does an input method keep it"
                continue
            assert field.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled), field.objectName()
            field.setFocus()
            field.selectAll()
            before = written(field)
            QApplication.sendEvent(field, QInputMethodEvent(BEGUN, []))
            assert BEGUN not in written(field)
            assert written(field) in {before, ""}, "the selection makes way, and nothing else"
            cursor = QRectF(field.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)).toAlignedRect()
            assert field.rect().adjusted(-2, -2, 2, 2).contains(cursor.center()), (field.objectName(), cursor)
            done = QInputMethodEvent("", [])
            done.setCommitString(TAKEN)
            QApplication.sendEvent(field, done)
            assert TAKEN in written(field), field.objectName()


def test_fields_of_all_kinds_were_seen(speech: Speech, theme: Theme) -> None:
    """The one above has something to look at."""
    names = set()
    for scene in load():
        window = scene.build()
        window.show()
        names |= {field.objectName() for field in fields(window)}
        window.close()
        window.deleteLater()
    assert {"enrolment_line", "topic", "sent_topic", "search", "proxy-username", "username", "password"} <= names
    assert {"chat_field", "note_field", "type_field", "note", "own", "own-answers"} <= names
