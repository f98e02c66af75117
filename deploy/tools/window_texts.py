"""Bring the windows' texts for translators up to date: Qt Linguist's files, from the source.

New texts come in empty, texts that the source no longer has go out. No line numbers are written, so that a change of a
file is a change of its texts. The English file has only what counts something, since English has a singular too.
"""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

HOUSE = Path(__file__).resolve().parents[2]
LOCALE = HOUSE / "common" / "ui" / "locale"
ROOMS = ("common/ui", "user_agent/ui", "helper_agent/ui")
LUPDATE = Path(sys.executable).with_name("pyside6-lupdate")


def main() -> int:
    """Write each language's file; tell which texts wait for a translator."""
    sources = sorted(str(path.relative_to(HOUSE)) for room in ROOMS for path in (HOUSE / room).rglob("*.py"))
    for language, only in (("ja", []), ("en", ["-pluralonly"])):
        path = LOCALE / f"tasuki_{language}.ts"
        command = [str(LUPDATE), "-silent", "-no-obsolete", "-locations", "none", "-source-language", "en"]
        command += ["-target-language", language, *only, *sources, "-ts", str(path)]
        subprocess.run(command, check=True, cwd=HOUSE)
        waiting = untranslated(path)
        print(f"{path.name}: {len(waiting)} without a translation", *waiting, sep="\n  ")
    return 0


def untranslated(path: Path) -> list[str]:
    """The source texts that have no finished translation, each with the class it stands in."""
    return [
        f"{context.findtext('name')}: {message.findtext('source')}"
        for context in ET.parse(path).getroot().iter("context")
        for message in context.iter("message")
        if (found := message.find("translation")) is None or found.get("type") == "unfinished"
    ]


if __name__ == "__main__":
    sys.exit(main())
