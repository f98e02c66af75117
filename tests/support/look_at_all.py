"""Print what is wrong with how scenes look, at the QT_SCALE_FACTOR that this process was started with; last, how many were looked at."""

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from common.ui import application
from common.ui.language import Speech
from common.ui.theme import Scheme, Theme
from tests.support.looking import complaints
from tests.support.looks import load


def main() -> None:
    """Every scene in every language."""
    app = application.make("tasuki-looks", ["tasuki-looks"])
    Theme(app, Scheme.LIGHT)
    speech = Speech(app, "en")
    count = 0
    for language in ("en", "ja"):
        speech.use(language)
        for one in load():
            widget = one.build()
            widget.show()
            for _ in range(3):
                QApplication.processEvents()
            for complaint in complaints(widget):
                print(f"{one.name} ({language}): {complaint}")
            widget.close()
            widget.deleteLater()
            count += 1
    print(count)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # nothing to tidy up, and Qt need not take apart what nobody sees
