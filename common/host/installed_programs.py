"""Where a program of Windows may have been installed: the usual folders, and what its installer has written down. Pure."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PureWindowsPath

from common.host.windows import Windows

APP_PATHS = r"Software\Microsoft\Windows\CurrentVersion\App Paths"
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
SERVICES = r"SYSTEM\CurrentControlSet\Services"
_VARIABLE = re.compile(r"%([^%]+)%")
_PROGRAM = re.compile(r'\s*(?:"(?P<quoted>[^"]+)"|(?P<plain>.+?\.exe))(?:\s|$)', re.IGNORECASE)


def places(
    program: str, *, folders: tuple[str, ...], service: str, environ: Mapping[str, str], windows: Windows
) -> Iterator[str]:
    """Paths at which `program` may be, the likeliest first; each may be absent.

    `folders` are its folders under those for programs, `service` is the name of the Windows service that it may be ("": none).
    """
    bases = [environ.get(name, "") for name in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)")]
    if local := environ.get("LOCALAPPDATA"):
        bases.append(str(PureWindowsPath(local) / "Programs"))
    yield from (str(PureWindowsPath(base) / folder / program) for base in bases if base for folder in folders)
    known = [*windows.texts(rf"{APP_PATHS}\{program}", "")]
    for key in windows.keys_under(UNINSTALL):
        named = windows.texts(rf"{UNINSTALL}\{key}", "DisplayName")
        if any(PureWindowsPath(folder).name.lower() in name.lower() for folder in folders for name in named):
            installed = windows.texts(rf"{UNINSTALL}\{key}", "InstallLocation")
            known += [str(PureWindowsPath(place.strip('" ')) / program) for place in installed if place.strip('" ')]
    if service:
        known += windows.texts(rf"{SERVICES}\{service}", "ImagePath")
    for text in known:
        path = program_of(text, environ)
        if PureWindowsPath(path).name.lower() == program.lower():
            yield path


def program_of(command: str, environ: Mapping[str, str]) -> str:
    """The program of a command line as the registry holds it: in quotation marks or up to ".exe", with variables."""
    upper = {name.upper(): value for name, value in environ.items()}
    plain = _VARIABLE.sub(lambda match: upper.get(match[1].upper(), match[0]), command)
    match = _PROGRAM.match(plain)
    return (match["quoted"] or match["plain"]) if match is not None else plain.strip()
