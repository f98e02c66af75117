"""A screen of Qt's offscreen platform, of any size in pixels, on which everything is drawn at any scale."""

import json
from pathlib import Path

SIZE = (1366, 768)  # a small laptop's


def environment(folder: Path, percent: int, size: tuple[int, int] | None = None) -> dict[str, str]:
    """What a process is to be started with that draws everything at `percent`. Writes a file into `folder`.

    `size`: the screen's pixels; None: as many as a small laptop's screen has at 100 %, whatever the scale.
    """
    width, height = size or tuple(side * percent // 100 for side in SIZE)
    path = folder / f"screen-{width}-{height}-{percent}.json"
    screen = {"name": "screen", "x": 0, "y": 0, "width": width, "height": height, "dpr": 1}
    screen |= {"logicalDpi": 96, "logicalBaseDpi": 96}
    path.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
    return {"QT_QPA_PLATFORM": f"offscreen:configfile={path}", "QT_SCALE_FACTOR": str(percent / 100)}
