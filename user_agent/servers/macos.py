"""macOS Screen Sharing: Apple's own server, which the person has switched on, with a VNC password for one session.

No program may switch it on (docs/macos.md), and only root may give it a VNC password. One AppleScript asks the person
for that; its shell waits as root until the session's folder has gone (the keeper removes it at the end, however the
agent died), and then switches the login by VNC password off again. It writes nothing where the person could put a link.
"""

import shlex
import socket
import time
from collections.abc import Callable
from pathlib import Path, PurePath

from common.agent.keeper.client import Exit
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.rfb.handshake import VNC_AUTH
from user_agent.servers.base import ScreenChoice, ServerKind, ServerPlan, TcpAddress

KICKSTART = "/System/Library/CoreServices/RemoteManagement/ARDAgent.app/Contents/Resources/kickstart"
HOST, PORT = "127.0.0.1", 5900  # the port cannot be chosen
ANSWER = 2.0  # seconds for its first words
LOOKS = 3  # a second apart: after a session root's shell needs a moment to switch the login off
PASSWORD_LENGTH = 8

_VERSION = b"RFB 003.008\n"


def offered(port: int = PORT) -> bytes | None:
    """The security types that whoever listens there offers (RFC 6143, 7.1.2), none where it speaks no RFB; None where nobody does."""
    try:
        with socket.create_connection((HOST, port), timeout=ANSWER) as sock, sock.makefile("rb") as stream:
            if not stream.read(len(_VERSION)).startswith(b"RFB "):
                return b""
            sock.sendall(_VERSION)
            return stream.read(int.from_bytes(stream.read(1), "big"))
    except ConnectionRefusedError:
        return None
    except OSError:
        return b""


def shell(*, folder: PurePath) -> str:
    """What root runs. The password is read from a file: kickstart takes it as an argument, but for a moment only."""
    secret, alive = shlex.quote(str(folder / "passwd")), shlex.quote(str(folder))
    options = f"{KICKSTART} -configure -clientopts"
    off = f"{options} -setvnclegacy -vnclegacy no"
    on = f'{options} -setvncpw -vncpw "$password" && {options} -setvnclegacy -vnclegacy yes'
    return (
        f"password=$(head -c {PASSWORD_LENGTH} {secret}); trap {shlex.quote(off)} EXIT; {{ {on}; }} || exit 1; "
        f"while [ -d {alive} ]; do sleep 1; done"
    )


def apple_script(command: str) -> str:
    """AppleScript that runs `command` in a shell as root, after asking the person."""
    quoted = command.replace("\\", "\\\\").replace('"', '\\"')
    return f'do shell script "{quoted}" with administrator privileges'


class ScreenSharing(ServerKind):
    """Screen Sharing of macOS 10.14 and later.

    `offered` gives the security types of what listens on its port, None where nothing does; `pause` waits, in seconds.
    """

    name = "Screen Sharing"
    platform = "darwin"
    one_screen = False
    one_look = False
    sleeps_alone = False

    def __init__(
        self, *, offered: Callable[[], bytes | None] = offered, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._offered = offered
        self._pause = pause

    def program(self, computer: Computer) -> str | None:  # noqa: ARG002 -- every Mac has it in the same place
        """Apple's tool."""
        return KICKSTART if Path(KICKSTART).exists() else None

    def why_busy(self, computer: Computer) -> TasukiError | None:
        """Only the person may switch it on; and a VNC password of theirs, which cannot be put back, is left alone."""
        del computer
        for look in range(LOOKS):
            if look:
                self._pause(1.0)
            types = self._offered()
            if types is None:
                return TasukiError("screen_sharing_off")
            if VNC_AUTH not in types:
                return None
        return TasukiError("screen_sharing_has_password")

    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """The listener is launchd, as root: so the port is Apple's, and it is not our child."""
        del computer, port, screen
        return ServerPlan(
            argv=("/usr/bin/osascript", "-e", apple_script(shell(folder=folder))),
            address=TcpAddress(host=HOST, port=PORT),
            files={str(folder / "passwd"): password.encode()},
            own_child=False,
            ready=lambda: VNC_AUTH in (self._offered() or b""),
            patience=120.0,  # the person types the administrator's password
        )

    def explain(self, how: Exit) -> TasukiError:
        """-128 is AppleScript's "User canceled"."""
        if "-128" in how.output:
            return TasukiError("screen_sharing_refused")
        return super().explain(how)
