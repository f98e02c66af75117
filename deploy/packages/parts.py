"""What the three PyInstaller specs share: what goes into the programs, what does not, and what is the helper's alone.

On Linux and Windows there are two folders. `tasuki` is whoever asks for help: the user's program. `tasuki-helper` is the
helper's: both programs, and the viewer's page in the window, which brings Chromium (QtWebEngine) along. On macOS there is
one, without that: the page has a window of the browser's own there.
"""

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
_SAID = (HOUSE / "common/host/version.py").read_text(encoding="utf-8")
VERSION = re.findall(r'^VERSION: Final = "(.*)"$', _SAID, re.MULTILINE)[0]
NAMES = {"tasuki-user": "Tasuki", "tasuki-helper": "Tasuki Helper"}
FOLDERS = ("tasuki", "tasuki-helper")  # as the specs of Linux and Windows collect them, one after the other
PROGRAMS = {"tasuki-user": HERE / "tasuki_user.py", "tasuki-helper": HERE / "tasuki_helper.py"}
Entry = tuple[str, str, str]  # a file: its name in the package, where it is, PyInstaller's word for its kind
Imports = Callable[[str], Iterable[tuple[str, str | None]]]

# Modules that are found by their names only while the programs run.
HIDDEN = (
    "common.agent.keeper.journal",
    "common.agent.keeper.posix",
    "common.agent.keeper.process_table",
    "common.agent.keeper.windows",
    "user_agent.ui.program",
    "helper_agent.ui.program",
)

# What is never asked for: other faces of Qt, what only builds and tests use, what keyring and Twisted could do besides.
CHROMIUM = ("PySide6.QtWebEngineCore", "PySide6.QtWebEngineWidgets")
EXCLUDED = (
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtOpenGL",
    "PySide6.QtPdf",
    "PySide6.QtPositioning",
    "IPython",
    "PIL",
    "babel",
    "better_exceptions",
    "greenlet",
    "numpy",
    "relay",
    "tests",
    "tkinter",
    "unittest",
    "pydoc",
    "pip",
    "pygments",
    "rich",
    "setuptools",
    "twisted.trial",
    "twisted.conch",
    "twisted.mail",
    "twisted.names",
    "twisted.words",
    "twisted.web",
)

# Qt's libraries and plugins that come along with what is asked for, and that no window of ours needs.
UNNEEDED = (
    "Qt6Pdf",
    "Qt6VirtualKeyboard",
    "Qt6ShaderTools",
    "QtPdf",
    "QtVirtualKeyboard",
    "opengl32sw",
    "qtvirtualkeyboardplugin",
    "qpdf",
    "qevdev",
    "qtuiotouch",
    "qlinuxfb",
    "qvnc",
    "qvkkhrdisplay",
    "qeglfs",
    "qminimal",
    "Qt6Egl",
    "qgtk3",  # GNOME's colours come by the desktop portal; this one would bring GTK along
    "vulkan-server",
    "qicns",
    "qtga",
    "qtiff",
    "qwbmp",
    "qwebp",
    "qgif",
    "qjpeg",
    "qtwebengine_devtools_resources",  # no page of ours is looked into
    "qtwebengine_resources.debug",  # with the next three: what only a Qt that was built for its makers reads
    "qtwebengine_resources_100p.debug",
    "qtwebengine_resources_200p.debug",
    "v8_context_snapshot.debug",
    "qtposition",
    "QtPositioning",
    "QtSerialPort",
    "Qt6SerialPort",
    "cupsprintersupport",
    "windowsprintersupport",
)

# What Chromium's cryptography loads by name, on Linux: no other library says that it wants it.
NSS = ("softokn3", "freebl", "nssckbi", "nssdbm3")

# Libraries, modules and files with which the screen is shown inside the helper's window.
WITH_CHROMIUM = (
    "QtWebEngine",
    "Qt6WebEngine",
    "Qt6WebChannel",
    "QtWebChannel",
    "Qt6Positioning",
    "Qt6PrintSupport",
    "QtPrintSupport",
    "Qt6Qml",
    "QtQml",
    "Qt6Quick",
    "QtQuick",
    *NSS,
)
WITH_CHROMIUM_FOLDERS = ("/resources/", "/qtwebengine_locales/", "/libexec/")
# Chromium's own few words, in the languages of ours; it wants English whatever the person speaks.
VIEWER_LOCALES = ("en-US.pak", "ja.pak")


def data() -> list[tuple[str, str]]:
    """Files that the programs read: texts of both languages, icons, and the viewer's page. Raises SystemExit where one was not made yet."""
    found = [
        *HOUSE.glob("common/host/locale/*/LC_MESSAGES/*.mo"),
        *HOUSE.glob("common/ui/locale/*.qm"),
        *HOUSE.glob("common/ui/icons/*.png"),
        *(path for path in (HOUSE / "helper_agent/viewers/page").rglob("*") if path.is_file()),
    ]
    names = {path.suffix for path in found} | {path.name for path in found}
    for needed in (".mo", ".qm", "rfb.js"):
        if needed not in names:
            raise SystemExit(f"{needed} is missing: run make environment first")
    return [(str(path), str(path.parent.relative_to(HOUSE))) for path in found]


def needed(entry: Entry) -> bool:
    """Whether a file that PyInstaller collected (name in the package, source, kind) is kept."""
    name = entry[0].replace("\\", "/")
    last = name.rpartition("/")[2]
    if "/qtwebengine_locales/" in name:
        return last in VIEWER_LOCALES
    if "/translations/" in name:
        return last == "qtbase_ja.qm"
    return not any(last.startswith((word, f"lib{word}")) for word in UNNEEDED)


def is_chromium(entry: Entry) -> bool:
    """Whether a collected file is Chromium's, or there for it alone."""
    name = entry[0].replace("\\", "/")
    last = name.rpartition("/")[2]
    return last.startswith(tuple(f"{lib}{word}" for word in WITH_CHROMIUM for lib in ("", "lib"))) or any(
        folder in f"/{name}" for folder in WITH_CHROMIUM_FOLDERS
    )


def is_viewer(entry: Entry) -> bool:
    """Whether a collected file is one of those that only the helper's program asks for."""
    return is_chromium(entry) or entry[0].startswith("helper_agent")


@dataclass(frozen=True, kw_only=True)
class FolderContents:
    """What is collected into each of the two folders."""

    user: list[Entry]
    helper: list[Entry]


def folders(found: Any, imports: Imports) -> FolderContents:
    """Of an analysis with the viewer. `imports`: the libraries that a file names, as PyInstaller reads them."""
    imports = functools.cache(imports)
    user = without_orphans((entry for entry in found.binaries if not is_viewer(entry)), imports)
    return FolderContents(
        user=[*user, *(entry for entry in found.datas if not is_viewer(entry))],
        helper=[*without_orphans(found.binaries, imports), *found.datas],
    )


def analysed(analysis: Callable[..., Any], *, viewer: bool = False) -> Any:
    """PyInstaller's Analysis of both programs at once, since they share nearly everything, without what is not needed.

    `viewer`: with what shows the page in the helper's window.
    """
    found = analysis(
        [str(script) for script in PROGRAMS.values()],
        pathex=[str(HOUSE)],
        datas=data(),
        hiddenimports=list(HIDDEN),
        excludes=[*EXCLUDED, *(() if viewer else CHROMIUM)],
    )

    def kept(entries: Iterable[Entry]) -> list[Entry]:
        return [entry for entry in entries if needed(entry) and (viewer or not is_chromium(entry))]

    found.binaries, found.datas = kept(found.binaries), kept(found.datas)
    return found


def scripts(found: Any, program: str) -> list[Any]:
    """What one program runs: PyInstaller's own beginnings, and its script."""
    others = {script.stem for name, script in PROGRAMS.items() if name != program}
    return [entry for entry in found.scripts if entry[0] not in others]


def without_orphans(binaries: Iterable[Entry], imports: Imports) -> list[Entry]:
    """Without the libraries that only came along with plugins that were left out. `imports`: those that a file names.

    On Linux that is ldd's answer, with what those name in turn; on Windows it is what the file itself names.
    """
    left = list(binaries)
    kept: list[Entry] = []
    wanted: set[str] = set()
    while new := [entry for entry in left if _is_asked_for(entry) or _last(entry[0]) in wanted]:
        left = [entry for entry in left if entry not in new]
        kept += new
        wanted |= {_last(name) for entry in new if entry[2] != "SYMLINK" for name, _ in imports(entry[1])}
    names = {entry[0] for entry in kept}
    return [entry for entry in kept if entry[2] != "SYMLINK" or entry[1] in names]


def _is_asked_for(entry: Entry) -> bool:
    """Whether it is there for itself, and not for what loads it."""
    name, last = entry[0].replace("\\", "/"), _last(entry[0])
    if last.endswith(".dll"):  # in one folder with Python's modules; Qt's are always named by what loads them
        return not last.startswith("qt6") or "/plugins/" in name
    by_name = tuple(f"lib{word}" for word in NSS)
    return "/" in name or entry[2] == "EXTENSION" or "python" in last or last.startswith(by_name)


def _last(name: str) -> str:
    """A library as others name it: Windows does not tell capitals."""
    return name.replace("\\", "/").rpartition("/")[2].lower()
