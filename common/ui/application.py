"""The one QApplication, with asyncio and Twisted's reactor on its loop, and one process a person: a second start raises the first.

Call `make` first thing, show a window, then await `engine`: only now may anything import Twisted's reactor.
"""

import asyncio
import contextlib
import ctypes
import gc
import hashlib
import importlib
import os
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication

from common.host import session_bus
from common.host.errors import TasukiError
from common.host.files import FolderLock, private_folder
from common.net import loop as one_loop
from common.ui import input_method
from common.ui.app_icon import app_icon

MAX_WORD = 4096  # bytes that a second start may say
PATIENCE = 2000  # milliseconds for the first start to listen to the second
TURN = 0.02  # seconds between two tries to tell it
QUIET = 1.0  # seconds until what follows a session's end is done


def make(name: str, argv: list[str] | None = None) -> QApplication:
    """The application, its loop made current, closing no window ending it. `name` is for the desktop."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        session_bus.launch_none(os.environ)
        # Without it QtWebEngine, which is loaded with the first session, could no longer be.
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
        with input_method.chosen(os.environ):
            app = QApplication(sys.argv[:1] if argv is None else argv)
    app.setApplicationName(name)
    app.setWindowIcon(app_icon())  # of every window that sets no other
    app.setDesktopFileName(name)
    if sys.platform == "win32":  # else whatever Python runs is one program to the task bar
        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(name)
    app.setQuitOnLastWindowClosed(False)
    loop = qasync.QSelectorEventLoop(app)
    # qasync's own leaves threads of Qt's behind, which abort the process
    loop.set_default_executor(ThreadPoolExecutor())
    asyncio.set_event_loop(loop)
    return app


def run(main: Callable[[], Coroutine[Any, Any, int | None]]) -> int:
    """Run `main()` on the loop that `make` made, to its end: its exit code. Signals cancel it (common.net.loop.run)."""
    return one_loop.run_bare(asyncio.get_event_loop(), main)


async def engine(*modules: str) -> None:
    """Load what takes long and no first window needs: Twisted, whose reactor is put on the loop, and then `modules`, none with Qt in it.

    In a thread, so that the windows stay alive.
    """
    await asyncio.to_thread(importlib.import_module, "twisted.internet.asyncioreactor")
    one_loop.install(asyncio.get_running_loop())
    for name in modules:
        await asyncio.to_thread(importlib.import_module, name)


def settle() -> None:
    """What was made until now stays to the end: collections of garbage pass it over from here on, and take no time."""
    gc.freeze()


def tidy() -> None:
    """A session is over: what it left in cycles goes soon, and native memory and keys with it.

    Python counts objects, and would come for those few only after many sessions.
    """
    asyncio.get_running_loop().call_later(QUIET, gc.collect)


def _user() -> str:
    """Who runs this, as the system tells people apart."""
    if sys.platform == "win32":
        return os.environ.get("USERNAME", "")
    return str(os.getuid())


class OnlyOne(QObject):
    """One running program for each of a person's folders. `called(word)`: a second start said something, `""` for only "show"."""

    called = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        digest = hashlib.sha256(f"{_user()}\0{folder.absolute()}".encode()).hexdigest()[:32]
        self._name = f"tasuki-{digest}"
        self._folder = folder
        self._lock: FolderLock | None = None
        self._server: QLocalServer | None = None
        self._talking: list[QLocalSocket] = []

    def first(self, word: str = "") -> bool:
        """Whether this is the first start. If not, the first one was told `word` and shows itself.

        Of several that begin in the same instant a lock on the folder makes one the first, and the others wait for it.
        """
        deadline = time.monotonic() + PATIENCE / 1000
        while not self._tell(word):
            if self._alone():
                return self._listen(word)
            if time.monotonic() > deadline:
                return True  # it hangs: rather twice than never; who works in the folder is decided by another lock
            time.sleep(TURN)
        return False

    def _alone(self) -> bool:
        """Whether no other start is the first. Where the folder cannot be used, so that the windows can say it."""
        try:
            lock = FolderLock(private_folder(self._folder), "window")
            lock.acquire()
        except TasukiError as error:
            return error.code != "folder_in_use"
        self._lock = lock
        return True

    def _listen(self, word: str) -> bool:
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(self._name)  # what a crash left, since nobody answered
        if not server.listen(self._name):
            return not self._tell(word)  # another one was quicker; if not even that, rather twice than never
        server.newConnection.connect(self._came)
        self._server = server
        return True

    def close(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _tell(self, word: str) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(PATIENCE):
            return False
        socket.write(word.encode()[: MAX_WORD - 1] + b"\n")
        socket.waitForBytesWritten(PATIENCE)
        socket.disconnectFromServer()
        return True

    def _came(self) -> None:
        if self._server is None:
            return
        while (socket := self._server.nextPendingConnection()) is not None:
            self._talking.append(socket)
            socket.readyRead.connect(self._hear)
            socket.disconnected.connect(self._part)
        self._hear()
        self._part()  # who was gone before anybody heard that

    def _hear(self) -> None:
        """Whoever of them has said something. No slot holds its sender: Qt would free that while it is being freed."""
        words: list[str] = []
        for socket in tuple(self._talking):
            if socket.canReadLine():
                words.append(bytes(socket.readLine(MAX_WORD).data()).decode("utf-8", "replace").strip())
                socket.disconnectFromServer()
            elif socket.bytesAvailable() >= MAX_WORD:
                socket.abort()
        for word in words:
            self.called.emit(word)

    def _part(self) -> None:
        gone = [socket for socket in self._talking if socket.state() is QLocalSocket.LocalSocketState.UnconnectedState]
        for socket in gone:
            self._talking.remove(socket)
            socket.deleteLater()


async def once(signal: Any) -> Any:
    """Wait for a Qt signal once; what it carried."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def fired(*values: Any) -> None:
        if not future.done():
            future.set_result(values[0] if len(values) == 1 else values)

    signal.connect(fired)
    try:
        return await future
    finally:
        with contextlib.suppress(RuntimeError, TypeError):  # its object has been deleted meanwhile
            signal.disconnect(fired)
