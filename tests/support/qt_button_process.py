"""A button of Qt in a process of its own, at X Y WIDTH HEIGHT of the screen: a line on stdout for each click on it."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton


def main() -> None:
    """Until it is ended."""
    application = QApplication(sys.argv[:1])
    button = QPushButton("Stop")
    button.setWindowTitle("bar")
    button.setWindowFlags(Qt.WindowType.BypassWindowManagerHint | Qt.WindowType.FramelessWindowHint)
    button.setGeometry(*map(int, sys.argv[1:5]))
    button.clicked.connect(lambda: print("clicked", flush=True))
    button.show()
    application.exec()


if __name__ == "__main__":
    main()
