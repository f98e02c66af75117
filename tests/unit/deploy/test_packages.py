"""What goes into the packages, and what a Debian package depends on; no package is built here."""

import ast
import configparser
import importlib.util
import inspect
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from common.agent import autostart, packaged
from deploy.packages import deb, parts
from deploy.packages.check import wrappers
from helper_agent.ui import engine_trial
from user_agent.input.releaser import main as releaser
from user_agent.servers import tightvnc, ultravnc

PACKAGES = Path(parts.__file__).parent


@pytest.mark.parametrize("system", ["linux", "windows", "macos"])
def test_every_spec_is_python_and_takes_what_parts_has(system: str) -> None:
    """A spec for each system; its folders are collected in the order in which their bills are written."""
    text = (PACKAGES / f"{system}.spec").read_text(encoding="utf-8")
    compile(text, system, "exec")
    taken = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) and node.module == "parts"]
    assert taken
    for name in (alias.name for node in taken for alias in node.names):
        assert hasattr(parts, name), name
    collected = [
        str(keyword.value.value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "COLLECT"
        for keyword in node.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    ]
    assert tuple(collected) == (parts.FOLDERS[:1] if system == "macos" else parts.FOLDERS)


def test_a_mac_is_told_why_the_network_is_asked_for() -> None:
    """Apple wants it of whatever reaches a computer in its own network, as a relay or a proxy may be; in both languages."""
    tree = ast.parse((PACKAGES / "macos.spec").read_text(encoding="utf-8"))
    found = [
        ast.literal_eval(value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "NSLocalNetworkUsageDescription"
    ]
    assert found
    assert all("relay" in text and "中継サーバー" in text for text in found)


def test_what_is_named_is_there() -> None:
    """Modules that are found by name at run time, the programs' beginnings, and the one version."""
    for name in parts.HIDDEN:
        assert importlib.util.find_spec(name) is not None, name
    for program, script in parts.PROGRAMS.items():
        assert script.is_file()
        assert script.stem == program.replace("-", "_")
    assert parts.VERSION.count(".") == 2


def test_the_user_s_program_is_its_own_releaser() -> None:
    """By the argument with which the agent starts it."""
    script = parts.PROGRAMS["tasuki-user"].read_text(encoding="utf-8")
    assert f'others={{"{releaser.ARGUMENT}": release}}' in script


def test_the_helper_s_program_tries_the_engine_itself() -> None:
    """By the argument with which the agent starts it."""
    script = parts.PROGRAMS["tasuki-helper"].read_text(encoding="utf-8")
    assert f'others={{"{engine_trial.ARGUMENT}": try_engine}}' in script


def test_only_the_windows_own_texts_and_plugins_are_kept() -> None:
    """Of Qt's translations the Japanese base; no libraries of faces that we do not have."""
    kept = ("PySide6/Qt/translations/qtbase_ja.qm", "PySide6/Qt/plugins/platforms/libqxcb.so", "libQt6Core.so.6")
    gone = (
        "PySide6/Qt/translations/qtbase_fr.qm",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/lib/libQt6Pdf.so.6",
        "PySide6/Qt/translations/qtwebengine_locales/fr.pak",
        "PySide6\\opengl32sw.dll",
        "PySide6\\plugins\\imageformats\\qpdf.dll",
        "PySide6\\resources\\v8_context_snapshot.debug.bin",
    )
    assert [name for name in (*kept, *gone) if parts.needed((name, "", "BINARY"))] == list(kept)


def test_libraries_that_nobody_loads_go_with_their_plugin() -> None:
    """What a plugin that was left out has brought along is left out too; what something still loads stays."""
    binaries = [
        ("libpython3.11.so.1.0", "/usr/lib/libpython3.11.so.1.0", "BINARY"),
        ("plugins/libqxcb.so", "/qt/libqxcb.so", "BINARY"),
        ("_ssl.so", "/lib/_ssl.so", "EXTENSION"),
        ("libX11.so.6", "/usr/lib/libX11.so.6", "BINARY"),
        ("libssl.so.3", "/usr/lib/libssl.so.3", "BINARY"),
        ("libgtk-3.so.0", "/usr/lib/libgtk-3.so.0", "BINARY"),
        ("libQt6Core.so.6", "Qt/lib/libQt6Core.so.6", "SYMLINK"),
        ("libQt6Gone.so.6", "Qt/lib/libQt6Gone.so.6", "SYMLINK"),
        ("Qt/lib/libQt6Core.so.6", "/qt/libQt6Core.so.6", "BINARY"),
    ]
    loads = {"/qt/libqxcb.so": ["libX11.so.6", "libQt6Core.so.6"], "/lib/_ssl.so": ["libssl.so.3"]}
    kept = parts.without_orphans(binaries, lambda path: [(name, None) for name in loads.get(path, [])])
    assert {entry[0] for entry in binaries} - {entry[0] for entry in kept} == {"libgtk-3.so.0", "libQt6Gone.so.6"}


def test_on_windows_a_library_names_the_next() -> None:
    """Not all of them at once, as ldd does; capitals do not count, and what is no library of Qt's stays as it is."""
    modules = [
        ("PySide6\\QtCore.pyd", "C:\\QtCore.pyd", "EXTENSION"),
        ("PySide6\\QtQuick.pyd", "C:\\QtQuick.pyd", "EXTENSION"),
    ]
    libraries = [
        (name, f"C:\\{name}", "BINARY")
        for name in (
            "PySide6\\Qt6Core.dll",
            "PySide6\\Qt6Quick.dll",
            "PySide6\\Qt6OpenGL.dll",
            "PySide6\\MSVCP140.dll",
            "PySide6\\plugins\\platforms\\qwindows.dll",
            "python311.dll",
        )
    ]
    loads = {
        "C:\\QtCore.pyd": ["QT6CORE.dll"],
        "C:\\QtQuick.pyd": ["Qt6Quick.dll"],
        "C:\\PySide6\\Qt6Quick.dll": ["Qt6OpenGL.dll", "KERNEL32.dll"],
    }

    def imports(path: str) -> list[tuple[str, str | None]]:
        return [(name, None) for name in loads.get(path, [])]

    def kept(entries: list[parts.Entry]) -> set[str]:
        return {name.rpartition("\\")[2] for name, _, _ in parts.without_orphans(entries, imports)}

    everything = {name.rpartition("\\")[2] for name, _, _ in (*modules, *libraries)}
    assert kept([*modules, *libraries]) == everything
    assert kept([modules[0], *libraries]) == everything - {"QtQuick.pyd", "Qt6Quick.dll", "Qt6OpenGL.dll"}


def test_chromium_is_the_helper_s_alone() -> None:
    """With what only it loads, also by name alone; what both load is in both folders, and the page is the helper's."""
    own = [
        ("PySide6/QtWebEngineCore.abi3.so", "/site/PySide6/QtWebEngineCore.abi3.so", "EXTENSION"),
        ("PySide6/Qt/lib/libQt6WebEngineCore.so.6", "/qt/libQt6WebEngineCore.so.6", "BINARY"),
        ("libQt6WebEngineCore.so.6", "PySide6/Qt/lib/libQt6WebEngineCore.so.6", "SYMLINK"),
        ("PySide6/Qt/libexec/QtWebEngineProcess", "/qt/QtWebEngineProcess", "BINARY"),
        ("libnss3.so", "/usr/lib/libnss3.so", "BINARY"),
        ("libsoftokn3.so", "/usr/lib/libsoftokn3.so", "BINARY"),
    ]
    both = [
        ("PySide6/QtCore.abi3.so", "/site/PySide6/QtCore.abi3.so", "EXTENSION"),
        ("libglib-2.0.so.0", "/usr/lib/libglib-2.0.so.0", "BINARY"),
    ]
    own_data = [
        ("PySide6/Qt/resources/icudtl.dat", "/qt/icudtl.dat", "DATA"),
        ("PySide6/Qt/translations/qtwebengine_locales/ja.pak", "/qt/ja.pak", "DATA"),
        ("helper_agent/viewers/page/page.js", "/house/page.js", "DATA"),
    ]
    both_data = [("common/ui/icons/copy.png", "/house/copy.png", "DATA")]
    loads = {
        "/site/PySide6/QtCore.abi3.so": ["libglib-2.0.so.0"],
        "/site/PySide6/QtWebEngineCore.abi3.so": ["libQt6WebEngineCore.so.6"],
        "/qt/libQt6WebEngineCore.so.6": ["libnss3.so", "libglib-2.0.so.0"],
    }
    found = SimpleNamespace(binaries=[*own, *both], datas=[*own_data, *both_data])
    made = parts.folders(found, lambda path: [(name, None) for name in loads.get(path, [])])
    assert set(made.user) == {*both, *both_data}
    assert set(made.helper) == {*own, *both, *own_data, *both_data}


SAID = """\
\tlinux-vdso.so.1 (0x00007ffd)
\tlibQt6Core.so.6 => /opt/tasuki/_internal/libQt6Core.so.6 (0x00007f)
\tlibEGL.so.1 => /lib/x86_64-linux-gnu/libEGL.so.1 (0x00007f)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f)
"""


def test_what_ldd_says() -> None:
    """Libraries outside the folder are depended on; one that is nowhere stops the build."""
    assert list(deb.loaded(SAID, inside="/opt/tasuki")) == [
        "/lib/x86_64-linux-gnu/libEGL.so.1",
        "/lib64/ld-linux-x86-64.so.2",
    ]
    with pytest.raises(SystemExit, match=r"libgone\.so"):
        list(deb.loaded("\tlibgone.so => not found\n", inside="/opt/tasuki"))


@pytest.mark.parametrize("program", parts.PROGRAMS)
def test_menu_entries(program: str) -> None:
    """In both languages, started by name, and nothing that starts by itself."""
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(PACKAGES / f"{program}.desktop", encoding="utf-8")
    section = entry["Desktop Entry"]
    assert section["Exec"] == section["StartupWMClass"] == program
    assert section["Name[ja]"]
    assert section["Comment[ja]"]
    assert not [key for key in section if key.startswith("X-GNOME-Autostart")]


def test_the_helper_s_package_lays_itself_beside_the_user_s() -> None:
    """Of the same version, and for each program one package with its menu entry."""
    assert "tasuki (= {version})" in deb.HELPER.besides
    assert {package.program for package in (deb.USER, deb.HELPER)} == set(parts.PROGRAMS)
    assert (deb.USER.name, deb.HELPER.name) == parts.FOLDERS


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="Debian alone has its packages")
def test_no_file_is_in_both_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are installed together; AppArmor is told of the helper's sandbox where it can be, and forgets it."""
    monkeypatch.setattr(deb, "_with_version", lambda name: name)
    for folder in parts.FOLDERS:
        for name in ("_internal/shared.so", "sbom.cdx.json", "licences/a/LICENSE", folder.replace("tasuki", "x")):
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / name).write_text(folder)
    (tmp_path / "tasuki-helper/_internal/chromium.so").write_text("x")
    user, helper = (tmp_path / folder for folder in parts.FOLDERS)
    made = deb.build(user, helper, tmp_path, tmp_path, version="1.2")
    held = []
    for package in made:
        listed = subprocess.run(["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True).stdout
        held.append({line.split()[5] for line in listed.splitlines() if not line.startswith("d")})
    assert not held[0] & held[1]
    assert "./opt/tasuki/_internal/shared.so" in held[0]
    assert {"./opt/tasuki/_internal/chromium.so", "./opt/tasuki/apparmor"} <= held[1]
    assert {"./usr/bin/tasuki-user", "./usr/bin/tasuki-helper"} <= held[0] | held[1]
    said = [
        subprocess.run(["dpkg-deb", "--field", one, "Depends"], capture_output=True, text=True, check=True).stdout
        for one in made
    ]
    assert "tasuki (= 1.2)" in said[1]
    assert "tasuki (" not in said[0]


def test_wrappers_pass_arguments_on(tmp_path: Path) -> None:
    """A command with blanks in it is quoted."""
    folder = wrappers(tmp_path / "programs", {"tasuki-user": ["chroot", "/a root", "/usr/bin/tasuki-user"]})
    assert (folder / "tasuki-user").read_text() == "#!/bin/sh\nexec chroot '/a root' /usr/bin/tasuki-user \"$@\"\n"


def test_the_workflow_and_the_installer_name_what_is_there() -> None:
    """Files of this tree that they use exist; the installer asks for no administrator and takes the enrolment line."""
    house = PACKAGES.parents[1]
    workflow = (house / ".github/workflows/packages.yml").read_text(encoding="utf-8")
    for path in ("deploy/tools/fetch_novnc.py", "tests/windows/servers", "deploy/requirements/dev.txt"):
        assert path in workflow
        assert (house / path).exists()
    for module in ("deploy.packages", "deploy.packages.installer"):
        assert f"python -m {module}\n" in workflow
        assert importlib.util.find_spec(module) is not None
    installer = (PACKAGES / "windows.iss").read_text(encoding="utf-8")
    assert "PrivilegesRequired=lowest" in installer
    assert "{param:ENROL|}" in installer


def test_the_manifest() -> None:
    """Sharp on each of several screens, long paths, and no code page of its own: the programs are the same where Python is installed."""
    root = ET.parse(PACKAGES / "windows.manifest").getroot()
    told = {element.tag.rpartition("}")[2]: element.text for element in root.iter() if element.text}
    assert (told["dpiAwareness"], told["dpiAware"], told["longPathAware"]) == ("PerMonitorV2", "true/pm", "true")
    assert "activeCodePage" not in told


def test_the_installer_looks_where_the_program_looks() -> None:
    """For a VNC server, for programs that run, and for the start with the desktop; what is started has no console."""
    installer = (PACKAGES / "windows.iss").read_text(encoding="utf-8")
    named = set(re.findall(r'^#define (?:UltraVnc|UltraVncOld|TightVnc) "(.+)"$', installer, re.MULTILINE))
    looked = {rf"{folder}\winvnc.exe" for folder in ultravnc.FOLDERS}
    assert named == looked | {rf"{folder}\tvnserver.exe" for folder in tightvnc.FOLDERS}
    services = re.findall(r'^#define \w+Service "(.+)"$', installer, re.MULTILINE)
    sources = inspect.getsource(ultravnc), inspect.getsource(tightvnc)
    assert all(f'service="{name}"' in source for name, source in zip(services, sources, strict=True))
    assert f'#define Mutex "{packaged.MUTEX}"' in installer
    assert f'Subkey: "{autostart.RUN_KEY}"' in installer
    started = re.findall(r'^(?:Name: .*|)Filename: "\{app\}\\([\w-]+\.exe)"', installer, re.MULTILINE)
    assert set(started) == {f"{program}w.exe" for program in parts.PROGRAMS}


def test_the_installer_speaks_both_languages() -> None:
    """Every text of ours."""
    installer = (PACKAGES / "windows.iss").read_text(encoding="utf-8")
    english, japanese = (set(re.findall(rf"^{language}\.(\w+)=", installer, re.MULTILINE)) for language in ("en", "ja"))
    assert english
    assert english == japanese
    used = set(re.findall(r"\{cm:(\w+)\}", installer)) | set(re.findall(r"CustomMessage\('(\w+)'\)", installer))
    assert used == english
