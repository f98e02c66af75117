"""Coroutine tests run on the loop that the programs use: asyncio with Twisted's reactor on it."""

import asyncio
import inspect
import os

import hypothesis
import pytest
from twisted.internet import asyncioreactor

os.environ["LC_ALL"] = "C.UTF-8"  # tests read English, whoever runs them; programs they start inherit it

# A busy machine is no bug: how long one example takes is not judged.
hypothesis.settings.register_profile("tasuki", deadline=None)
hypothesis.settings.load_profile("tasuki")

_loop = asyncio.SelectorEventLoop()
asyncio.set_event_loop(_loop)
asyncioreactor.install(_loop)  # type: ignore[no-untyped-call]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test to its end on the one loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    _loop.run_until_complete(pyfuncitem.obj(**arguments))
    return True
