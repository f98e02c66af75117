"""The version of Tasuki: of the agents, the relay and the CA alike."""

from typing import Final

VERSION: Final = "0.1.0"
