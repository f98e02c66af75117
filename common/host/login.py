"""Who has logged in to this computer: what somebody claims who enrols with a line for many."""

import getpass
import sys

from common.protocol.identity import NAME_LIMIT
from common.protocol.texts import clean_name


def login_and_name() -> tuple[str, str]:
    """The login, and the person's name where the system has one, else the login again. It waits for the system."""
    try:
        login = getpass.getuser()
    except (OSError, KeyError, ImportError):
        login = ""
    login = clean_name(login, limit=NAME_LIMIT).strip() or "?"
    return login, clean_name(_full_name(), limit=NAME_LIMIT).strip() or login


def _full_name() -> str:
    if sys.platform == "win32":
        return ""
    import os
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_gecos.split(",")[0]
    except KeyError:
        return ""
