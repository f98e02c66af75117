"""An agent's folder, as far as a start must know it before anything else."""

from pathlib import Path
from typing import Final

import platformdirs

from common.protocol.identity import Role

PROFILE: Final = "profile.json"
DESK: Final = "desk.json"
CALL_BACK: Final = "call-back.json"
OF_ONE_ORGANISATION: Final = (DESK, CALL_BACK)
"""What was said by one organisation's relay, or to it: nothing to another one."""


def default_folder(role: Role) -> Path:
    """Where an agent's folder lies where the person names none: the person's own place for settings."""
    return platformdirs.user_config_path("tasuki", appauthor=False) / role.value


def is_enrolled(folder: Path) -> bool:
    """Whether it looks so. common.agent.enrolment.profile knows."""
    return (folder / PROFILE).exists()
