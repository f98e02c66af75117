"""Pictures of every window and dialog in English and Japanese, light and dark, at 100 and 200 %, and sheets to look at many at once.

Then the same on small screens (SMALL), as high as these let them be, for sheets of their own.

    screenshots.py OUT [WORD]      only scenes with WORD in their name

OUT/LANGUAGE-SCHEME-SCALE/SCENE.png, and OUT/LANGUAGE-N.png: sheets of all scenes at 100 %, light above dark;
OUT/WIDTHxHEIGHT-SCALE/LANGUAGE-SCHEME/SCENE.png and OUT/WIDTHxHEIGHT-SCALE-LANGUAGE-N.png. Nothing is shown on a screen. Each scale is
a process of its own, since Qt reads it once.
"""

import asyncio
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.offscreen import environment

HOUSE = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "ja")
SCHEMES = ("light", "dark")
SCALES = (100, 200)
ROOM = (1366, 1800)  # pixels at 100 %: what is scrolled on small screens is seen whole
SMALL = (((1024, 600), 100), ((1366, 768), 125))  # pixels of a screen, and its scale
SHEET = (1800, 2600)  # pixels of a sheet
GAP = 24


def main(arguments: list[str]) -> int:
    """Paint all, in processes; put sheets together; say where they are."""
    match arguments:
        case ["--paint", out, scale, word]:
            return paint(
                {(lang, scheme): Path(out) / f"{lang}-{scheme}-{scale}" for lang in LANGUAGES for scheme in SCHEMES},
                word,
            )
        case ["--paint-small", out, word]:
            return paint(
                {(lang, scheme): Path(out) / f"{lang}-{scheme}" for lang in LANGUAGES for scheme in SCHEMES}, word
            )
        case [out, *words] if len(words) <= 1 and not out.startswith("-"):
            with tempfile.TemporaryDirectory() as folder:
                for percent in SCALES:
                    tall = (ROOM[0] * percent // 100, ROOM[1] * percent // 100)
                    environ = {**os.environ, **environment(Path(folder), percent, tall)}
                    command = [sys.executable, "-m", "deploy.tools.screenshots", "--paint", str(Path(out).absolute())]
                    subprocess.run([*command, str(percent), "".join(words)], check=True, cwd=HOUSE, env=environ)
                for size, percent in SMALL:
                    environ = {**os.environ, **environment(Path(folder), percent, size)}
                    command = [
                        sys.executable,
                        "-m",
                        "deploy.tools.screenshots",
                        "--paint-small",
                        str(small(out, size, percent)),
                    ]
                    subprocess.run([*command, "".join(words)], check=True, cwd=HOUSE, env=environ)
            for language in LANGUAGES:
                both = [Path(out) / f"{language}-{scheme}-100" for scheme in SCHEMES]
                print(*sheets(Path(out), language, both), sep="\n")
                for size, percent in SMALL:
                    folder_of = small(out, size, percent)
                    both = [folder_of / f"{language}-{scheme}" for scheme in SCHEMES]
                    print(*sheets(Path(out), f"{folder_of.name}-{language}", both), sep="\n")
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


def small(out: str, size: tuple[int, int], percent: int) -> Path:
    """Where the pictures of a small screen lie."""
    return Path(out).absolute() / f"{size[0]}x{size[1]}-{percent}"


def paint(folders: Mapping[tuple[str, str], Path], word: str) -> int:
    """All scenes at the scale of this process, in these languages and schemes."""
    from common.ui import application
    from common.ui.language import Speech
    from common.ui.theme import Scheme, Theme
    from tests.support.looks import load

    app = application.make("tasuki-pictures", ["tasuki-pictures"])
    theme, speech = Theme(app), Speech(app, "en")

    async def all_scenes() -> None:
        for (language, scheme), folder in folders.items():
            speech.use(language)
            theme.use(Scheme(scheme))
            folder.mkdir(parents=True, exist_ok=True)
            for scene in load():
                if word.lower() not in scene.name.lower():
                    continue
                window = scene.build()
                window.show()
                for _ in range(3):
                    await asyncio.sleep(0)
                window.grab().save(str(folder / f"{file_name(scene.name)}.png"))
                window.close()
                window.deleteLater()

    return application.run(all_scenes)


def file_name(scene: str) -> str:
    """A scene's name as a file's."""
    return re.sub(r"\W+", "-", scene).strip("-")


def sheets(out: Path, called: str, folders: Sequence[Path]) -> list[Path]:
    """The same scene from each of the folders above each other, with its name, as many to a sheet as fit."""
    from PIL import Image, ImageDraw

    made: list[Image.Image] = []
    for old in out.glob(f"{called}-[0-9]*.png"):
        old.unlink()
    x, y, row = SHEET[0], SHEET[1], 0
    for light in sorted(folders[0].glob("*.png")):
        both = [Image.open(folder / light.name).convert("RGB") for folder in folders]
        shrunk = min(1.0, (SHEET[0] / 2 - GAP) / both[0].width, (SHEET[1] / 2 - 2 * GAP) / both[0].height / len(both))
        width, height = (math.floor(side * shrunk) for side in both[0].size)
        whole = GAP + height * len(both)
        if x + width > SHEET[0]:
            x, y, row = 0, y + row + GAP, 0
        if not made or y + whole > SHEET[1]:
            made.append(Image.new("RGB", SHEET, "#7d8594"))
            x, y, row = 0, 0, 0
        ImageDraw.Draw(made[-1]).text((x + 2, y + 6), light.stem, fill="#ffffff")
        for index, picture in enumerate(both):
            made[-1].paste(picture.resize((width, height)), (x, y + GAP + index * height))
        x, row = x + width + GAP, max(row, whole)
    paths = [out / f"{called}-{number}.png" for number in range(1, len(made) + 1)]
    for sheet, path in zip(made, paths, strict=True):
        sheet.save(path)
    return paths


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
