"""A session bus that starts nothing by itself: what is on it is what a test has put there.

With Debian's settings whoever asks for an input method or for notices too early gets a program that nobody waits for.
"""

from pathlib import Path

SETTINGS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def bus_in(folder: Path) -> tuple[list[str], str]:
    """The command of one whose socket and settings lie in `folder`, and its address."""
    address = f"unix:path={folder}/bus"
    settings = folder / "bus.conf"
    settings.write_text(SETTINGS.format(address=address), encoding="utf-8")
    return ["dbus-daemon", f"--config-file={settings}", "--nofork", "--nopidfile"], address
