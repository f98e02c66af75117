"""Settings of both agents."""

from PySide6.QtWidgets import QWidget

from common.host.errors import TasukiError, sentence
from common.protocol.proxies import ProxyUrl
from common.ui.proxy_login import ProxyLoginDialog
from common.ui.settings_values import ProgramOption
from helper_agent.ui.settings import HelperSettings, HelperSettingsDialog, PublicProfile
from tests.support.looks import scene
from user_agent.ui.settings import UserSettings, UserSettingsDialog

HOME = "/home/hanako/.config/tasuki"
DETAILS = {
    "system": "Debian GNU/Linux 12 (bookworm) (6.1.0-37-amd64)",
    "processor": "8 × x86_64",
    "memory": "16 GB",
    "tasuki": "0.1.0",
}
SERVERS = [
    ProgramOption(name="x11vnc"),
    ProgramOption(name="x0vncserver", problem=TasukiError("vnc_server_not_here", name="x0vncserver")),
]
VIEWERS = [
    ProgramOption(name="builtin"),
    ProgramOption(name="tigervnc"),
    ProgramOption(name="ultravnc", problem=TasukiError("no_viewer", name="ultravnc")),
    ProgramOption(name="none"),
]
KEYS = ["Pause", "Ctrl+Alt+Pause", "Ctrl+F9"]
PROFILE = PublicProfile(
    name="Hanako Sato", organisation="Example Support", languages=("ja", "en"), skills=("printers", "mail")
)
SAID = "vnc x11vnc x0vncserver Debian GNU Linux bookworm amd64 amd x86 GB Pause English SSVNC"
SAID += " TigerVNC UltraVNC min Hanako Sato Example Support ja en printers mail proxy example org"


def user(values: UserSettings | None = None) -> UserSettingsDialog:
    """The user's."""
    return UserSettingsDialog(
        values or UserSettings(), programs=SERVERS, stop_keys=KEYS, usual_stop="Pause", details=DETAILS
    )


def helper(values: HelperSettings | None = None) -> HelperSettingsDialog:
    """The helper's."""
    return HelperSettingsDialog(values or HelperSettings(), programs=VIEWERS, profile=PROFILE)


@scene("user settings", values=SAID)
def user_settings() -> QWidget:
    """As they are at first."""
    return user()


@scene("a proxy wants a login", values="proxy example org anna")
def login_wanted() -> QWidget:
    """For the first time."""
    return ProxyLoginDialog(ProxyUrl.parse("http://proxy.example.org:3128"), refused=False)


@scene("a proxy refused a login", values="proxy example org anna")
def login_refused() -> QWidget:
    """What was tried was wrong."""
    return ProxyLoginDialog(ProxyUrl.parse("http://anna:x@proxy.example.org:3128"), refused=True)


@scene("user settings, a wrong proxy", values=SAID + " ftp nonsense socks socks5 socks5h host port is one of")
def wrong_proxy() -> QWidget:
    """What is wrong stands beside the field."""
    dialog = user(UserSettings(proxy="ftp://nonsense", withheld=("memory",), server="x0vncserver", stop="F5"))
    dialog.save.click()
    return dialog


@scene("user settings, all of them", values=SAID)
def all_of_them() -> QWidget:
    """On a screen that has room."""
    dialog = user(UserSettings(proxy="http://me:secret@proxy.example.org:3128"))
    dialog.resize(dialog.width(), 1500)
    return dialog


@scene("helper settings", values=SAID)
def helper_settings() -> QWidget:
    """As they are at first."""
    return helper()


@scene("helper settings, all of them", values=SAID)
def all_of_helper() -> QWidget:
    """On a screen that has room."""
    dialog = helper(HelperSettings(away_after=0, viewer="tigervnc"))
    dialog.resize(dialog.width(), 1600)
    return dialog


@scene("helper settings, not written", values=f"{SAID} {HOME}")
def not_written() -> QWidget:
    """The file could not be written."""
    dialog = helper()
    problem = TasukiError("folder_unusable", folder=HOME, detail="No space left on device")
    dialog.refuse(sentence(problem))
    return dialog
