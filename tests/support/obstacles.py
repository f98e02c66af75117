"""What may stand between a computer and the relay, for windows that say so."""

from typing import Final

from common.host.errors import TasukiError

PORTAL: Final = TasukiError("captive_portal", host="relay.example.org", url="https://portal.example.org/")
