"""What click itself says in help and in errors of usage, here so that it is translated with everything else.

click looks its texts up by the standard gettext: it is given our catalogue, and speaks the language of the environment.
A text that a later click words differently stays English.
"""

import gettext

import click

from common.host.click_layout import JapaneseFormatter, set_short_helps
from common.host.sentences import marked
from common.host.words import LOCALE_FOLDER, current_language

_DOMAIN = "tasuki"


def marked_plural(singular: str, plural: str) -> tuple[str, str]:
    """Mark both for the catalogue."""
    return singular, plural


TEXTS = (
    marked("Usage:"),
    marked("Options"),
    marked("Commands"),
    marked("Positional arguments"),
    marked("Show this message and exit."),
    marked("required"),
    marked("default: {default}"),
    marked("env var: {var}"),
    marked("Error: {message}"),
    marked("Try '{command} {option}' for help."),
    marked("Missing command."),
    marked("Missing argument"),
    marked("Missing option"),
    marked("No such option {name!r}."),
    marked("No such command {name!r}."),
    marked("Option {name!r} does not take a value."),
    marked("Invalid value: {message}"),
    marked("Invalid value for {param_hint}: {message}"),
    marked("Choose from:\n\t{choices}"),
    marked("{value!r} is not a valid {number_type}."),
    marked("{value} is not in the range {range}."),
    marked("{name} {filename!r} does not exist."),
    marked("{name} {filename!r} is a file."),
    marked("{name} {filename!r} is a directory."),
    marked("{name} {filename!r} is not readable."),
    marked("file"),
    marked("directory"),
    marked("path"),
)
PLURALS = (
    marked_plural("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    marked_plural("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    marked_plural("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    marked_plural("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
)


def teach(command: click.Command) -> None:
    """From now on click finds its texts in our catalogue, and lays out help as the person's language needs it."""
    gettext.bindtextdomain(_DOMAIN, str(LOCALE_FOLDER))
    gettext.textdomain(_DOMAIN)
    if current_language() == "ja":
        click.Context.formatter_class = JapaneseFormatter
        set_short_helps(command)
