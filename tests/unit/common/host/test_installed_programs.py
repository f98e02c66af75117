"""Where programs of Windows are looked for."""

from collections.abc import Mapping

import pytest

from common.host.computer import Computer
from common.host.installed_programs import APP_PATHS, SERVICES, UNINSTALL, program_of
from common.host.windows import Windows

ENVIRON = {
    "ProgramFiles": r"C:\Program Files",
    "ProgramFiles(x86)": r"C:\Program Files (x86)",
    "LOCALAPPDATA": r"C:\Users\Hana\AppData\Local",
    "SystemDrive": "D:",
}


class Registry(Windows):
    """Texts of the registry, by key and name, and one file."""

    def __init__(self, file: str, held: Mapping[tuple[str, str], str]) -> None:
        self._file = file
        self._held = held

    def is_file(self, path: str) -> bool:
        """Whether it is the one."""
        return path == self._file

    def texts(self, key: str, name: str) -> tuple[str, ...]:
        """What is held."""
        return (self._held[key, name],) if (key, name) in self._held else ()

    def keys_under(self, key: str) -> tuple[str, ...]:
        """The names of what is held below."""
        return tuple(
            dict.fromkeys(held[len(key) + 1 :].partition("\\")[0] for held, _ in self._held if held.startswith(key))
        )


ELSEWHERE = r"E:\Tools\UltraVNC\winvnc.exe"


@pytest.mark.parametrize(
    ("file", "held"),
    [
        (r"C:\Program Files\uvnc bvba\UltraVNC\winvnc.exe", {}),
        (r"C:\Program Files (x86)\UltraVNC\winvnc.exe", {}),
        (r"C:\Users\Hana\AppData\Local\Programs\UltraVNC\winvnc.exe", {}),
        (ELSEWHERE, {(rf"{APP_PATHS}\winvnc.exe", ""): ELSEWHERE}),
        (
            ELSEWHERE,
            {
                (rf"{UNINSTALL}\Other_is1", "DisplayName"): "Another",
                (rf"{UNINSTALL}\Other_is1", "InstallLocation"): r"C:\Other",
                (rf"{UNINSTALL}\Ultravnc2_is1", "DisplayName"): "UltraVNC",
                (rf"{UNINSTALL}\Ultravnc2_is1", "InstallLocation"): "E:\\Tools\\UltraVNC\\",
            },
        ),
        (ELSEWHERE, {(rf"{SERVICES}\uvnc_service", "ImagePath"): rf'"{ELSEWHERE}" -service'}),
    ],
    ids=["usual", "of 32 bits", "for one person", "App Paths", "its installer's note", "its service"],
)
def test_a_program_is_found(file: str, held: Mapping[tuple[str, str], str]) -> None:
    """In the usual folders, also those for one person, and where an installer has written down that it is."""
    computer = Computer(environ=ENVIRON, platform="win32", windows=Registry(file, held))
    found = computer.installed((r"uvnc bvba\UltraVNC", "UltraVNC"), "winvnc.exe", service="uvnc_service")
    assert found == file


def test_no_other_program_is_taken_for_it() -> None:
    """A service may be another program of that name, and a note may be of something that has gone."""
    held = {
        (rf"{SERVICES}\uvnc_service", "ImagePath"): r"C:\Windows\System32\svchost.exe -k x",
        (rf"{APP_PATHS}\winvnc.exe", ""): ELSEWHERE,
        (rf"{UNINSTALL}\Ultravnc2_is1", "DisplayName"): "UltraVNC",
        (rf"{UNINSTALL}\Ultravnc2_is1", "InstallLocation"): "",
    }
    computer = Computer(environ=ENVIRON, platform="win32", windows=Registry(r"C:\Windows\System32\svchost.exe", held))
    assert computer.installed(("UltraVNC",), "winvnc.exe", service="uvnc_service") is None


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (r'"C:\Program Files\a b\x.exe" -service', r"C:\Program Files\a b\x.exe"),
        (r"C:\Program Files\a b\x.EXE -service", r"C:\Program Files\a b\x.EXE"),
        (r"%systemdrive%\x.exe", r"D:\x.exe"),
        (r"%nowhere%\x.exe", r"%nowhere%\x.exe"),
        ("", ""),
    ],
)
def test_the_program_of_a_command_line(command: str, program: str) -> None:
    """With quotation marks or without, and with variables of whatever case."""
    assert program_of(command, ENVIRON) == program
