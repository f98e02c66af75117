"""A screen of Qt's offscreen platform: as large as a small laptop's, however large everything is drawn on it."""

import json
from pathlib import Path

SIZE = (1366, 768)  # as windows see it


def environment(folder: Path, percent: int) -> dict[str, str]:
    """What a process is to be started with that draws everything at `percent`. Writes a file into `folder`."""
    path = folder / f"screen-{percent}.json"
    width, height = (side * percent // 100 for side in SIZE)
    screen = {"name": "screen", "x": 0, "y": 0, "width": width, "height": height, "dpr": 1}
    screen |= {"logicalDpi": 96, "logicalBaseDpi": 96}
    path.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
    return {"QT_QPA_PLATFORM": f"offscreen:configfile={path}", "QT_SCALE_FACTOR": str(percent / 100)}
