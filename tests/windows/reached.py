"""Branches for Windows that the unit tests on Wine are not seen to reach: they run in processes that nobody measures.

By the names of `tests.support.platform_branches`.
"""

from collections.abc import Mapping
from typing import Final

_OTHERS: Final = "tests/windows/test_programs_of_others.py"
_CTRL_C: Final = "tests/windows/test_keeper.py::test_ctrl_c_is_the_agents"
_ENDED: Final = f"{_OTHERS}::test_a_program_is_told_to_close_before_it_is_ended"

REACHED: Final[Mapping[str, str]] = {
    "common/agent/keeper/main.py::main": _CTRL_C,
    "common/agent/keeper/windows.py::Family.__enter__": _ENDED,
    "common/agent/keeper/windows.py::WindowsKeeper._start": _ENDED,
    "common/agent/keeper/windows.py::WindowsKeeper.run": _ENDED,
    "common/agent/keeper/windows.py::close_windows": _ENDED,
    "common/host/windows.py::_ThisWindows.at_console": "tests/windows/test_one_monitor.py::test_the_list",
    "common/host/windows.py::_ThisWindows.file_version": f"{_OTHERS}::test_what_a_file_says_of_itself",
    "common/host/windows.py::_ThisWindows.holds_mutex": f"{_OTHERS}::test_the_persons_own_tightvnc_is_left_alone",
    "common/host/windows.py::_ThisWindows.keys_under": f"{_OTHERS}::test_programs_are_found_wherever_they_are",
    "common/host/windows.py::_ThisWindows.machine_has_key": f"{_OTHERS}::test_the_persons_own_tightvnc_is_left_alone",
    "common/host/windows.py::_ThisWindows.texts": f"{_OTHERS}::test_programs_are_found_wherever_they_are",
    "common/host/windows.py::_places": f"{_OTHERS}::test_programs_are_found_wherever_they_are",
    "common/host/windows_monitors.py::layout": "tests/windows/test_one_monitor.py::test_the_list",
    "common/net/loop.py::_waking": _CTRL_C,
    "common/net/loop.py::new_loop": _CTRL_C,
    "common/ui/application.py::make": "tests/windows/test_at_screen.py::test_the_first_window",
    "common/ui/clipboard.py::qt_desktop": "tests/windows/test_at_screen.py::test_the_clipboard",
    "helper_agent/ui/engine_trial.py::main": "tests/windows/test_packages.py::test_where_the_engine_does_not_start",
}
"""Branch → the test, as path::function."""

NEVER_RUN: Final[Mapping[str, str]] = {}
"""Branch → why; docs/architecture.md names it."""
