"""Lock what is installed: a requirement file with hashes for each extra of setup.cfg, for every system and Python at once.

    lock.py [--upgrade] [EXTRA…]      into deploy/requirements; versions that are there stay where setup.cfg allows them

Run by an environment that has uv (`make lock` makes one). One package has one version in all files. What builds the project
(pyproject.toml) is in each of them, so that nothing else is fetched while it is installed. No index is named in a file:
hashes say what is right, wherever it comes from.
"""

import argparse
import configparser
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
LOCKS = HOUSE / "deploy" / "requirements"
OLDEST = "3.11"
# Extras that are tools in an environment of their own: the project is not installed beside them.
ALONE = ("lock", "node")

HEAD = """\
# {name}: what setup.cfg asks for, as it is installed. Made by `make lock`; not to be changed by hand.
"""


def extras(house: Path = HOUSE) -> list[str]:
    """The names of all extras: each has a lock."""
    return list(_config(house)["options.extras_require"])


def wanted(extra: str, house: Path = HOUSE) -> list[str]:
    """Requirements (PEP 508) that the lock of `extra` is made from: its own, those of extras it names, the project's, the build's."""
    config = _config(house)
    found = list(_with_named(extra, config))
    if extra not in ALONE:
        pyproject = tomllib.loads((house / "pyproject.toml").read_text(encoding="utf-8"))
        found += _lines(config["options"]["install_requires"]) + pyproject["build-system"]["requires"]
    return list(dict.fromkeys(found))


def pins(text: str) -> Iterator[str]:
    """The lines `name==version`, with their markers, of a lock's text."""
    for line in text.splitlines():
        if match := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?==[^\\#]+", line):
            yield match[0].strip()


def lock(names: Iterable[str], *, upgrade: bool) -> None:
    """Write the locks of these extras. Raises CalledProcessError where uv finds no set of versions."""
    LOCKS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        everything = Path(folder) / "everything.txt"
        if not upgrade:
            kept = {pin for path in sorted(LOCKS.glob("*.txt")) for pin in pins(path.read_text(encoding="utf-8"))}
            everything.write_text("".join(f"{pin}\n" for pin in sorted(kept)), encoding="utf-8")
        together = {line for name in extras() if name not in ALONE for line in wanted(name)}
        _compile(sorted(together), everything)
        for name in names:
            made = Path(folder) / f"{name}.txt"
            if name not in ALONE:  # uv prefers the versions that its output holds before
                made.write_text(everything.read_text(encoding="utf-8"), encoding="utf-8")
            elif not upgrade and (LOCKS / made.name).exists():
                made.write_text((LOCKS / made.name).read_text(encoding="utf-8"), encoding="utf-8")
            _compile(wanted(name), made)
            text = HEAD.format(name=name) + made.read_text(encoding="utf-8")
            (LOCKS / made.name).write_text(text, encoding="utf-8")


def _compile(requirements: list[str], output: Path) -> None:
    source = output.with_name("setup.cfg.in")  # stands behind each version as the one who asked for it
    source.write_text("\n".join(requirements), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "uv", "--quiet", "--no-config", "pip", "compile", source.name),
        *("--output-file", output.name, "--generate-hashes", "--universal", "--python-version", OLDEST),
        *("--fork-strategy", "fewest", "--no-build", "--no-header", "--no-emit-index-url", "--no-emit-find-links"),
    ]
    subprocess.run(command, check=True, cwd=output.parent, stdout=subprocess.DEVNULL)


def _with_named(extra: str, config: configparser.ConfigParser) -> Iterator[str]:
    """An extra's own requirements, where `tasuki[a,b]` stands for those of a and b."""
    for line in _lines(config["options.extras_require"][extra]):
        if match := re.fullmatch(r"tasuki\[(.+)\]", line):
            for name in match[1].split(","):
                yield from _with_named(name.strip(), config)
        else:
            yield line


def _config(house: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    config.read(house / "setup.cfg", encoding="utf-8")
    return config


def _lines(value: str) -> list[str]:
    return [line.strip() for line in value.splitlines() if line.strip()]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="the newest versions that setup.cfg allows")
    parser.add_argument("extras", nargs="*", metavar="EXTRA", default=extras())
    options = parser.parse_args()
    lock(options.extras, upgrade=options.upgrade)
