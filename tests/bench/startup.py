"""From the start of a program to its first window on the screen, and how large the packaged programs are.

    python -m tests.bench.startup [--packages dist] [--times 5] [--json FILE]

Under Xvfb without a window manager, each time with an empty folder, beside a bare PySide6 window in the same run. Times
are medians; the package's are told where it was built (make package). Seconds are this machine's: look at the ratio.
"""

import argparse
import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from Xlib import X
from Xlib.display import Display

from deploy.packages.parts import FOLDERS
from tests.bench.measure import cpu_seconds, resident_kib
from tests.support.display import virtual_display

GOAL = 1.5  # seconds from the start to the first window
PATIENCE = 30.0
PROGRAMS = ("tasuki-user", "tasuki-helper")
BARE = """
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication(["bare"])
window = QLabel("bare")
window.show()
app.exec()
"""


@dataclass(frozen=True, kw_only=True)
class Start:
    """One program: seconds and CPU seconds to its first window, MiB of memory once it is there, MB on the disk (0: not counted)."""

    what: str
    seconds: float
    cpu: float
    ratio: float  # of the seconds, to the bare window's
    resident: float
    size: float = 0.0
    good: bool | None = None


def until_mapped(display: str, argv: Sequence[str | Path], environ: Mapping[str, str]) -> tuple[float, ...]:
    """Start it, and end it again: seconds and CPU seconds to its first mapped window, MiB of memory then. Raises TimeoutError."""
    connection = Display(display)
    try:
        connection.screen().root.change_attributes(event_mask=X.SubstructureNotifyMask)
        connection.sync()
        begun = time.perf_counter()
        with subprocess.Popen(
            [str(word) for word in argv],
            env={**environ, "DISPLAY": display},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                _first_map(connection, process, begun + PATIENCE)
                seconds = time.perf_counter() - begun
                return seconds, cpu_seconds([process.pid]), resident_kib(process.pid) / 1024
            finally:
                process.kill()
    finally:
        connection.close()


def _first_map(connection: Display, process: "subprocess.Popen[bytes]", deadline: float) -> None:
    while time.perf_counter() < deadline:
        while connection.pending_events():
            if connection.next_event().type == X.MapNotify:
                return
        select.select([connection.fileno()], [], [], 0.5)
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace") if process.stderr is not None else ""
            raise ChildProcessError(f"{process.args!r} ended before it showed a window: {said.strip()[-500:]}")
    raise TimeoutError(f"{process.args!r} has shown no window")


def median(display: str, argv: Sequence[str | Path], times: int) -> tuple[float, ...]:
    """The medians of so many starts, after one that fills the disk's cache."""
    outcomes = []
    for _ in range(times + 1):
        with tempfile.TemporaryDirectory() as home:
            environ = {name: os.environ[name] for name in ("PATH", "LC_ALL", "LANG") if name in os.environ}
            environ |= {"HOME": home, "XDG_RUNTIME_DIR": home, "QT_QPA_PLATFORM": "xcb", "PYTHONSAFEPATH": "1"}
            outcomes.append(until_mapped(display, argv, environ))
    return tuple(statistics.median(values) for values in zip(*outcomes[1:], strict=True))


def megabytes(folder: Path) -> float:
    """What the files in the folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def measure(packages: Path, times: int) -> list[Start]:
    """The bare window, the programs of this environment, and those of the packages where there are any."""
    with virtual_display(size="1280x800") as display:
        bare, cpu, resident = median(display, [sys.executable, "-c", BARE], times)
        table = [Start(what="bare PySide6 window", seconds=bare, cpu=cpu, ratio=1.0, resident=resident)]
        places = [("", program, Path(sys.executable).parent, 0.0) for program in PROGRAMS]
        for program, folder in zip(PROGRAMS, (packages / name for name in FOLDERS), strict=True):
            if folder.is_dir():
                places.append((", packaged", program, folder, megabytes(folder)))
        for label, program, folder, size in places:
            seconds, cpu, resident = median(display, [folder / program], times)
            table.append(
                Start(
                    what=program + label,
                    seconds=seconds,
                    cpu=cpu,
                    ratio=seconds / bare,
                    resident=resident,
                    size=size,
                    good=seconds <= GOAL,
                )
            )
    return table


def show(table: Sequence[Start]) -> None:
    """As text."""
    print(f"{'first window after':42}{'s':>8}{'ratio':>8}{'CPU s':>8}{'MiB':>8}{'MB, disk':>10}  ≤ {GOAL} s")
    for row in table:
        size = f"{row.size:10.0f}" if row.size else " " * 10
        verdict = "" if row.good is None else ("  yes" if row.good else "  NO")
        print(f"{row.what:42}{row.seconds:8.2f}{row.ratio:8.2f}{row.cpu:8.2f}{row.resident:8.0f}{size}{verdict}")


def main() -> None:
    """Run, print, and write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, default=Path("dist"))
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table = measure(options.packages.resolve(), options.times)
    show(table)
    if not (options.packages / FOLDERS[0]).is_dir():
        print("The packaged programs were not measured: make package builds them.")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps([asdict(row) for row in table], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
