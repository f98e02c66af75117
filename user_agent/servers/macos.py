"""macOS Screen Sharing: Apple's own server, switched on with a VNC password for one session and off again after it.

Only root may switch it. One AppleScript asks the person for that, and its shell keeps waiting as root until the
session's folder has gone (the keeper removes it at the end, however the agent died), and then switches it off.
"""

import shlex
from pathlib import Path

from common.agent.keeper_client import Exit
from common.host.errors import TasukiError
from user_agent.servers.base import Host, Plan, ScreenChoice, TcpAddress, missing
from user_agent.servers.x11vnc import last_line

KICKSTART = "/System/Library/CoreServices/RemoteManagement/ARDAgent.app/Contents/Resources/kickstart"
PORT = 5900  # cannot be chosen


def shell(*, folder: Path) -> str:
    """What root runs. The password is read from a file, so that no process list of another user shows it for long."""
    secret, alive = shlex.quote(str(folder / "passwd")), shlex.quote(str(folder))
    off = f"{KICKSTART} -deactivate -configure -clientopts -setvnclegacy -vnclegacy no -access -off"
    on = (
        f"{KICKSTART} -activate -configure -allowAccessFor -allUsers -privs -all"
        f' -clientopts -setvnclegacy -vnclegacy yes -setvncpw -vncpw "$password"'
    )
    return (
        f"password=$(cat {secret}); rm -f {secret}; trap {shlex.quote(off)} EXIT; {on} || exit 1; "
        f"while [ -d {alive} ]; do sleep 1; done"
    )


def apple_script(command: str) -> str:
    """AppleScript that runs `command` in a shell as root, after asking the person."""
    quoted = command.replace("\\", "\\\\").replace('"', '\\"')
    return f'do shell script "{quoted}" with administrator privileges'


class ScreenSharing:
    """Screen Sharing of macOS 10.14 and later."""

    name = "Screen Sharing"
    platform = "darwin"
    one_screen = False

    def present(self, host: Host) -> bool:
        """Whether this is a Mac that has Apple's tool."""
        return host.platform == self.platform and Path(KICKSTART).exists()

    def why_absent(self, host: Host) -> TasukiError | None:
        """What is missing: the program."""
        return missing(self, host)

    def plan(self, host: Host, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None) -> Plan:
        """The listener is launchd, as root: so the port is Apple's, and it is not our child."""
        del host, port, screen
        return Plan(
            argv=("/usr/bin/osascript", "-e", apple_script(shell(folder=folder))),
            address=TcpAddress(host="127.0.0.1", port=PORT),
            files={str(folder / "passwd"): password.encode() + b"\n"},
            own_child=False,
            patience=120.0,  # the person types the administrator's password
        )

    def explain(self, how: Exit) -> TasukiError:
        """-128 is AppleScript's "User canceled"."""
        if "-128" in how.output:
            return TasukiError("screen_sharing_refused")
        return TasukiError("vnc_server_ended", program=self.name, detail=last_line(how))
