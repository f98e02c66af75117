"""`person export-all`: everything about one person in one file, read by this process beside the relay."""

import asyncio
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import click
import msgspec

from common.host.clock import utc_now
from common.host.words import _
from relay.admin.about import LISTS, Piece, about
from relay.admin.history import reading
from relay.commands.tables import whole_file
from relay.folder import open_folder


def export_all(folder: Path, who: str, target: Path) -> None:
    """Write the document. Raises TasukiError (order_no_person, order_ambiguous, file_not_written, relay_store_…)."""
    opened = open_folder(folder)

    async def write() -> str:
        async with reading(opened.database) as reader:
            pieces = about(reader, who, organisation=opened.settings.organisation, now=utc_now())
            first = [await anext(pieces) for _member in ("organisation", "made_at", "person")]
            name = str(first[-1][1]["name"])
            with whole_file(target) as file:
                document = _Document(file)
                document.add(first)
                async for piece in pieces:
                    document.add([piece])
                document.end()
        return name

    name = asyncio.run(write())
    text = _(
        "All that the relay keeps about {name} is in {path}. What the certificate authority keeps is in its own folder."
    )
    click.echo(text.format(name=name, path=target), err=True)


class _Document:
    """A JSON object, written member by member; every list of LISTS is there in the end, each value on a line."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._lists = iter(LISTS)
        self._open = ""
        self._separators = itertools.chain(["{"], itertools.repeat(","))

    def add(self, pieces: Iterable[Piece]) -> None:
        """The next of them, in the order of LISTS."""
        for name, value in pieces:
            text = msgspec.json.encode(value).decode()
            if name not in LISTS:
                self._file.write(f"{next(self._separators)}\n{msgspec.json.encode(name).decode()}: {text}")
                continue
            begun = self._open == name
            while self._open != name:
                self._begin_next()
            self._file.write(f"{',' if begun else ''}\n{text}")

    def end(self) -> None:
        """The lists that nothing is in, and the end."""
        while self._open != LISTS[-1]:
            self._begin_next()
        self._file.write("]\n}\n")

    def _begin_next(self) -> None:
        if self._open:
            self._file.write("]")
        self._open = next(self._lists)
        self._file.write(f'{next(self._separators)}\n"{self._open}": [')
