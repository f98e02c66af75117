"""Print what is wrong with how scenes look, at the QT_SCALE_FACTOR and on the screen that this process was started with.

    look_at_all.py          every scene in both languages
    look_at_all.py --fit light|dark|both
                            also what is out of sight, each list that drops down open, with usual and large letters; usual ones
                            in this scheme and large ones in the other, or all in both, which takes twice as long

The last line is how many were looked at.
"""

import itertools
import os
import sys
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import qInstallMessageHandler
from PySide6.QtWidgets import QWidget
from shiboken6 import delete

from common.ui import application
from common.ui.language import Speech
from common.ui.theme import Scheme, Theme
from tests.support.fitting import cut_lists, out_of_sight, settle
from tests.support.looking import complaints
from tests.support.looks import load

LANGUAGES = ("en", "ja")
SCHEMES = (Scheme.LIGHT, Scheme.DARK)


def main(fit: str = "") -> None:
    """Every scene in every language."""
    app = application.make("tasuki-looks", ["tasuki-looks"])
    qInstallMessageHandler(lambda _kind, _context, _text: None)  # this platform says of each window what it cannot do
    theme, speech = Theme(app, Scheme.LIGHT), Speech(app, "en")
    count = 0
    for language, large in itertools.product(LANGUAGES, (False, True) if fit else (False,)):
        speech.use(language)
        theme.use_large(large)
        for number, one in enumerate(load()):
            # Every second one opens dark, and turns light while it is open.
            first = number % 2 if fit == "both" else large ^ (fit == "dark")
            scheme, other = SCHEMES[first], SCHEMES[not first]
            theme.use(scheme)
            window = one.build()
            window.show()
            settle()
            where = f"{one.name} ({language}{', large letters' if large else ''})"
            for complaint in itertools.chain(complaints(window), _fit(window) if fit else ()):
                print(f"{where}: {complaint}")
            count += 1
            if fit == "both":
                theme.use(other)
                settle()
                for complaint in itertools.chain(complaints(window), out_of_sight(window)):
                    print(f"{where}, {other}: {complaint}")
                count += 1
            window.close()
            delete(window)  # now: a change of scheme goes through all that there are
    print(count)


def _fit(window: QWidget) -> Iterator[str]:
    yield from out_of_sight(window)
    yield from cut_lists(window)


if __name__ == "__main__":
    main(sys.argv[2] if sys.argv[1:2] == ["--fit"] else "")
    sys.stdout.flush()
    os._exit(0)  # nothing to tidy up, and Qt need not take apart what nobody sees
