"""Look for secrets where none may be: known ones however they are written, and whatever has the shape of a ticket, an
enrolment code or a private key.
"""

import base64
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from deploy.demo.programs import Run

TICKET = re.compile(r"(?<![\w+/-])[A-Za-z0-9_-]{22}(?![\w+/=-])")
CODE = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{26}(?![A-Z2-7])")
KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def leaks(text: str, known: Iterable[str] = ()) -> Iterator[str]:
    """What in `text` is a secret, as kind and line; never the secret itself."""
    secrets = {form for secret in known if secret for form in forms(secret)}
    for number, line in enumerate(text.splitlines(), 1):
        if any(secret in line for secret in secrets):
            yield f"line {number}: a known secret"
        if any(looks_random(match.group()) for match in TICKET.finditer(line)):
            yield f"line {number}: something like a ticket"
        if CODE.search(line):
            yield f"line {number}: something like an enrolment code"
        if KEY.search(line):
            yield f"line {number}: a private key"


def forms(secret: str) -> Iterator[str]:
    """How it may be written: as it is, in an address, in JSON, in hex, and within something that is base64 as a whole."""
    raw = secret.encode()
    yield from (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], raw.hex())
    for before, shared in ((0, 0), (1, 2), (2, 3)):  # the characters at both ends belong to the neighbours too
        inner = base64.b64encode(bytes(before) + raw).rstrip(b"=")[shared:-1].decode()
        if len(inner) >= 8:
            yield from (inner, inner.translate(_URL_SAFE))


_URL_SAFE = str.maketrans("+/", "-_")


def looks_random(word: str) -> bool:
    """Whether 22 characters can be base64url of 16 random bytes: small and capital letters and digits, well mixed."""
    kinds = [
        sum(map(str.islower, word)),
        sum(map(str.isupper, word)),
        sum(map(str.isdigit, word)),
    ]
    changes = sum(a.isupper() != b.isupper() for a, b in itertools.pairwise(word))
    return min(kinds[:2]) >= 2 and changes >= 5


def leaks_of(run: Run, known: Iterable[str] = ()) -> list[str]:
    """All leaks in the logs of a run."""
    known = list(known)
    return [
        f"{path.name}, {leak}"
        for path in sorted((run.folder / "logs").glob("*.log"))
        for leak in leaks(path.read_text(encoding="utf-8", errors="replace"), known)
    ]


def private_keys(folder: Path) -> Iterator[str]:
    """Lines of every private key that lies under `folder`: not one of them may be anywhere else."""
    for path in folder.rglob("*.pem"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "PRIVATE KEY" in text:
            yield from (line for line in text.splitlines() if not line.startswith("-") and len(line) > 40)
