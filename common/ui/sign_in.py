"""The page of a network that wants people to sign in first, opened in their browser."""

from typing import Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from common.host.errors import TasukiError

CAPTIVE_PORTAL: Final = "captive_portal"


def sign_in_page(error: object) -> str:
    """Where it is; empty where it is not that which is in the way."""
    return str(error.facts.get("url", "")) if isinstance(error, TasukiError) and error.code == CAPTIVE_PORTAL else ""


def open_page(address: str) -> None:
    """Open it: a page of the web, and nothing else that an address could name."""
    if (url := QUrl(address)).scheme() in {"http", "https"}:
        QDesktopServices.openUrl(url)
