"""Bring the texts for translators up to date: the template from the source, and each language's catalogue from the template.

New texts come in empty, texts that the source no longer has go out. No dates and no line numbers are written, so that a
change of the catalogue is a change of its texts.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

HOUSE = Path(__file__).resolve().parents[2]
LOCALE = HOUSE / "common" / "host" / "locale"
ROOMS = ("common", "relay", "user_agent", "helper_agent", "deploy")
METHODS = [("**.py", "python")]
KEYWORDS = {**DEFAULT_KEYWORDS, "marked": None, "marked_plural": (1, 2)}
KEPT_HEADERS = (b"Language:", b"Plural-Forms:", b"MIME-Version:", b"Content-Type:", b"Content-Transfer-Encoding:")


def main() -> int:
    """Write the template and every catalogue; tell how many texts wait for a translator."""
    template = Catalog(charset="utf-8", fuzzy=False, header_comment="# Texts of Tasuki.")
    for room in ROOMS:
        for _name, _line, message, _comments, _context in extract_from_dir(HOUSE / room, METHODS, keywords=KEYWORDS):
            template.add(message)
    write(template, LOCALE / "tasuki.pot")
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/tasuki.po")):
        language = path.parent.parent.name
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        catalogue.update(template, no_fuzzy_matching=True, keep_user_comments=False)
        catalogue.obsolete.clear()
        write(catalogue, path)
        waiting = [message.id for message in catalogue if message.id and not message.string]
        print(f"{language}: {len(catalogue)} texts, {len(waiting)} without a translation", *waiting, sep="\n  ")
    return 0


def write(catalogue: Catalog, path: Path) -> None:
    """Write one file, of its headers only those that say how to read it."""
    out = io.BytesIO()
    write_po(out, catalogue, width=0, no_location=True)
    head, empty, texts = out.getvalue().partition(b"\n\n")
    lines = [line for line in head.splitlines() if line[:1] != b'"' or line[1:].startswith(KEPT_HEADERS)]
    path.write_bytes(b"\n".join(lines) + empty + texts)


if __name__ == "__main__":
    sys.exit(main())
