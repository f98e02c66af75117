"""The keeper: a small process that holds every program an agent starts, and leaves nothing behind when the agent goes.

It runs by itself (`python -I -S main.py`, or a packaged program with ARGUMENT), standard library only; posix.py and windows.py
hold the programs. The agent talks to it over its stdin, one JSON object a line; the end of that input, however it came about,
means: end everything, put settings back, remove what was registered, within 2 s.

Both sides of that are in messages.py, typed for the agent. What is put back comes in the reverse order of its registration,
after the programs have gone.
"""

import contextlib
import importlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

ARGUMENT = "--keeper"  # a packaged program with this alone is its own keeper: there is no python to start there


def emit(event: str, **facts: object) -> None:
    """Tell the agent. It may have gone: then nobody listens, and the work goes on."""
    with contextlib.suppress(OSError):
        data = json.dumps({"event": event, **facts}).encode() + b"\n"
        while data:
            data = data[os.write(1, data) :]


def remove(path: str) -> None:
    """Remove a file or a whole folder; what is not there is fine."""
    if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114 -- pathlib is slow to load
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        os.unlink(path)  # noqa: PTH108


class AtEnd:
    """What is to be put back and removed at the end; the same on every platform."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], None]] = []
        self._paths: list[str] = []

    def remove(self, path: str) -> None:
        """Remove `path` at the very end."""
        self._paths.append(path)

    def discard(self, path: str) -> None:
        """Remove `path` now; the end has nothing to do with it any more."""
        remove(path)
        self._paths = [other for other in self._paths if other != path]

    def put_back(self, path: str, owner: str) -> None:
        """Put back what the journal at `path` holds at the end, where this keeper's agent has written it."""
        journal = beside("journal")
        registry = journal.windows_registry()
        if registry is not None:
            self._steps.append(lambda: journal.put_back(path, registry, owner=owner))

    def run(self) -> None:
        """Put everything back; one step's failure does not stop the others."""
        for step in reversed(self._steps):
            with contextlib.suppress(Exception):
                step()
        for path in self._paths:
            remove(path)
        self._steps.clear()
        self._paths.clear()


class Commands:
    """What the agent may ask for, by its name: the table of this process. The keeper of a platform adds what it does itself."""

    def __init__(self, at_end: AtEnd) -> None:
        self.table: dict[str, Callable[..., None]] = {
            "remove": at_end.remove,
            "discard": at_end.discard,
            "put_back": at_end.put_back,
        }

    def obey(self, line: bytes) -> None:
        """Carry out what one line asks for, with its other fields as arguments; say that it is done where somebody waits for that."""
        command = json.loads(line)
        kind, about = command.pop("do"), command.pop("about", None)
        if kind not in self.table:
            emit("failed", id=about or command.get("id", ""), detail=f"{kind} is no command")
            return
        self.table[kind](**command)
        if about is not None:
            emit("done", about=about)


def beside(name: str) -> Any:
    """The module of this name that lies beside this one, which may run as a file by itself, or be one of a package."""
    if __package__:
        return importlib.import_module(f"{__package__}.{name}")
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")  # noqa: PTH100, PTH118, PTH120
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Run as the keeper of whoever holds our stdin."""
    at_end = AtEnd()
    commands = Commands(at_end)
    if sys.platform == "win32":
        beside("windows").WindowsKeeper(commands, emit, beside("process_table")).run()
    else:
        beside("posix").PosixKeeper(commands, emit, beside("process_table")).run()
    at_end.run()


if __name__ == "__main__":
    main()
