"""What the three PyInstaller specs share: what goes into the programs, and what does not."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
_SAID = (HOUSE / "common/agent/composition.py").read_text(encoding="utf-8")
VERSION = re.findall(r'^VERSION = "(.*)"$', _SAID, re.MULTILINE)[0]
NAMES = {"tasuki-user": "Tasuki", "tasuki-helper": "Tasuki Helper"}
PROGRAMS = {"tasuki-user": HERE / "tasuki_user.py", "tasuki-helper": HERE / "tasuki_helper.py"}

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
EXCLUDED = (
    "PySide6.QtWebEngineCore",
    "PySide6.QtWebEngineWidgets",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtOpenGL",
    "PySide6.QtPdf",
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
    "Qt6Qml",
    "Qt6Quick",
    "Qt6VirtualKeyboard",
    "Qt6ShaderTools",
    "QtPdf",
    "QtQml",
    "QtQuick",
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
)


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


def needed(entry: tuple[str, str, str]) -> bool:
    """Whether a file that PyInstaller collected (name in the package, source, kind) is kept."""
    name = entry[0].replace("\\", "/")
    last = name.rpartition("/")[2]
    if "/translations/" in name:
        return last == "qtbase_ja.qm"
    return not any(last.startswith((word, f"lib{word}")) for word in UNNEEDED)


def analysed(analysis: Callable[..., Any]) -> Any:
    """PyInstaller's Analysis of both programs at once, since they share nearly everything, without what is not needed."""
    found = analysis(
        [str(script) for script in PROGRAMS.values()],
        pathex=[str(HOUSE)],
        datas=data(),
        hiddenimports=list(HIDDEN),
        excludes=list(EXCLUDED),
    )
    found.binaries = [entry for entry in found.binaries if needed(entry)]
    found.datas = [entry for entry in found.datas if needed(entry)]
    return found


def scripts(found: Any, program: str) -> list[Any]:
    """What one program runs: PyInstaller's own beginnings, and its script."""
    others = {script.stem for name, script in PROGRAMS.items() if name != program}
    return [entry for entry in found.scripts if entry[0] not in others]


def without_orphans(
    binaries: Iterable[tuple[str, str, str]], imports: Callable[[str], Iterable[tuple[str, str | None]]]
) -> list[tuple[str, str, str]]:
    """Without the libraries that only came along with plugins that were left out. `imports`: what ldd says of a file."""
    entries = list(binaries)
    roots = [entry for entry in entries if "/" in entry[0] or entry[2] == "EXTENSION" or "python" in entry[0]]
    wanted = {name for entry in roots if entry[2] != "SYMLINK" for name, _ in imports(entry[1])}
    kept = [entry for entry in entries if entry in roots or entry[0] in wanted]
    names = {entry[0] for entry in kept}
    return [entry for entry in kept if entry[2] != "SYMLINK" or entry[1] in names]
