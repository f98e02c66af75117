"""Coroutine tests run on the loop that the programs use: asyncio with Twisted's reactor on it."""

import asyncio
import inspect
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from twisted.internet import asyncioreactor

from common.agent.keeper.process_table import release_shared_memory, shared_memory
from common.net.loop import install
from tests.support import workers

os.environ["LC_ALL"] = "C.UTF-8"  # tests read English, whoever runs them; programs they start inherit it

# A shell starts what runs in the background with these ignored, and what the tests start would inherit that.
if sys.platform != "win32":
    for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
        if signal.getsignal(_number) is signal.SIG_IGN:
            signal.signal(_number, _handler)

GUI = Path(__file__).with_name("gui")
WEB = Path(__file__).with_name("web")

# A busy machine is no bug: how long one example takes is not judged.
hypothesis.settings.register_profile("tasuki", deadline=None)
hypothesis.settings.load_profile("tasuki")

_before = shared_memory().keys()  # somebody else's
_loops: list[asyncio.AbstractEventLoop] = []
_kept: list[object] = []
_around: list[Callable[[Coroutine[Any, Any, None]], Coroutine[Any, Any, None]]] = []  # what a test's coroutine runs in


def pytest_addoption(parser: pytest.Parser) -> None:
    """The switch."""
    parser.addoption("--all", action="store_true", help="also the tests that take long")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked `long` runs with `--all` alone: `make windows ARGS=--all`, `make rooms`."""
    later = [] if config.getoption("--all") else [item for item in items if item.get_closest_marker("long") is not None]
    if later:
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in later]


def pytest_configure(config: pytest.Config) -> None:
    """Install the one loop before any test is imported: Qt's where windows are tested, else a plain one."""
    config.addinivalue_line("markers", "long: takes minutes; runs with --all alone")
    workers.configure(config)
    named = [argument.partition("::")[0] for argument in config.args]
    gui = [Path(name).resolve().is_relative_to(GUI) for name in named]
    web = [Path(name).resolve().is_relative_to(WEB) for name in named]
    if (any(gui) and not all(gui)) or (any(web) and not all(web)):
        raise pytest.UsageError("tests/gui and tests/web run on loops of their own: run each by itself, as make does")
    if any(gui):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from common.ui import application
        from tests.support.watchdog import WatchedApplication, excused

        _kept.append(WatchedApplication(["tasuki-tests"]))
        application.make("tasuki-tests")
        _around.append(excused)
        _loops.append(install(asyncio.get_event_loop()))
    elif any(web):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from common.ui import application

        application.make("tasuki-tests", ["tasuki-tests"])
        _loops.append(install(asyncio.get_event_loop()))
    else:
        for folder in ("tests/gui", "tests/web"):  # not tests/e2e/gui: its windows are other processes
            config.addinivalue_line("norecursedirs", folder)
        loop = asyncio.SelectorEventLoop()
        asyncio.set_event_loop(loop)
        asyncioreactor.install(loop)  # type: ignore[no-untyped-call]
        _loops.append(loop)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """The one loop is this thread's, whatever an `asyncio.run` in the test before has left."""
    asyncio.set_event_loop(_loops[0])


def pytest_sessionfinish() -> None:
    """What programs have left that were killed on purpose: after some runs none would start any more."""
    for pid in shared_memory().keys() - _before:
        if not Path("/proc", str(pid)).exists():
            release_shared_memory(pid)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes do not name a test: nobody can read them, and where they are random two workers would not find the same tests."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test to its end on the one loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    coroutine = pyfuncitem.obj(**arguments)
    for around in _around:
        coroutine = around(coroutine)
    _loops[0].run_until_complete(coroutine)
    return True
