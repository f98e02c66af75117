"""The built-in viewer's page in a window that a browser makes for it alone: no tabs, no address, and in full screen nearly every key.

Chromium and its kin have such windows, Firefox has none (there the page opens in a tab). The window runs on a profile of
its own in the session's folder, and so in processes of its own: it neither joins a browser that runs already nor shares
its extensions, ends with the session, and leaves nothing behind.
"""

from collections.abc import Iterator
from pathlib import Path

from common.host.computer import Computer

ON_PATH = (
    *("chromium", "google-chrome-stable", "google-chrome", "microsoft-edge-stable", "microsoft-edge"),
    *("brave-browser", "vivaldi-stable", "chromium-browser"),
)
ON_WINDOWS = (
    (r"Microsoft\Edge\Application", "msedge.exe"),
    (r"Google\Chrome\Application", "chrome.exe"),
    (r"BraveSoftware\Brave-Browser\Application", "brave.exe"),
)
ON_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
SIZE = (1100, 760)
# It shows one page of this computer's: it asks nothing of the person, and nothing of anybody's server.
SETTINGS = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-sync",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-features=Translate,MediaRouter",
    "--password-store=basic",
    "--class=tasuki-viewer",
)
_SCRIPT = 4096  # bytes of a script that say what it starts


def program(computer: Computer) -> str | None:
    """The browser that can; None where there is none, or the person has named another one by BROWSER."""
    if computer.environ.get("BROWSER"):
        return None
    return next(_found(computer), None)


def command(browser: str, *, address: str, folder: Path) -> tuple[str, ...]:
    """How to start it. `folder` is private and new, or was used by it before; `address` stands in process lists."""
    size = f"--window-size={SIZE[0]},{SIZE[1]}"
    return (browser, f"--app={address}", f"--user-data-dir={folder}", size, *SETTINGS)


def _found(computer: Computer) -> Iterator[str]:
    if computer.platform == "win32":
        for folder, name in ON_WINDOWS:
            if path := computer.installed((folder,), name):
                yield path
    elif computer.platform == "darwin":
        yield from (path for path in ON_MACOS if Path(path).is_file())
    else:
        for name in ON_PATH:
            path = computer.on_path(name)
            if path is not None and not _is_snap(Path(path)):
                yield path


def _is_snap(path: Path) -> bool:
    """Whether it is shut into a snap, which enters no private folder of ours; Ubuntu's chromium-browser is a script that starts one."""
    if "snap" in path.resolve().parts or "snap" in path.parts:
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_SCRIPT)
    except OSError:
        return False
    return head.startswith(b"#!") and b"/snap/bin/" in head
