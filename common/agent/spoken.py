"""The language of agent.toml, known before the command line is read: help is in it too."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from common.agent.enrolment.folder import default_folder
from common.agent.settings import read
from common.host.errors import TasukiError
from common.host.words import LANGUAGES, set_language
from common.protocol.identity import Role


def speak_as_set(role: Role, argv: Sequence[str], environ: Mapping[str, str]) -> None:
    """Speak the language that the settings name, where they can be read; what is wrong with them is told later."""
    try:
        language = read(_folder(role, argv, environ)).language
    except TasukiError:
        return
    if language in LANGUAGES:
        set_language(language)


def _folder(role: Role, argv: Sequence[str], environ: Mapping[str, str]) -> Path:
    for option, value in zip(argv, [*argv[1:], ""], strict=False):
        if option == "--folder" and value:
            return Path(value)
        if option.startswith("--folder="):
            return Path(option.removeprefix("--folder="))
    named = environ.get(f"TASUKI_{role.value.upper()}_FOLDER", "")
    return Path(named) if named else default_folder(role)
