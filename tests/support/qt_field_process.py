"""A Qt field in a process of its own: what is in it goes to the first file, each key it hears to the second, a line each."""

import json
import sys
import time
from pathlib import Path

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit


def main() -> None:
    """Until it is ended."""
    content, heard = (Path(one) for one in sys.argv[1:3])
    keys = heard.open("a", encoding="utf-8", buffering=1)

    class Field(QPlainTextEdit):
        def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 -- Qt's name
            told = (event.key(), event.text(), event.modifiers().value, event.isAutoRepeat(), time.monotonic())
            keys.write(json.dumps(told) + "\n")
            super().keyPressEvent(event)

    application = QApplication(sys.argv[:1])
    field = Field()
    field.setWindowTitle("field")
    field.textChanged.connect(lambda: content.write_bytes(field.toPlainText().encode()))
    field.resize(500, 200)
    field.show()
    field.activateWindow()
    field.setFocus()
    content.write_bytes(b"")
    application.exec()


if __name__ == "__main__":
    main()
