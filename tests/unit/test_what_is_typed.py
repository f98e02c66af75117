"""Everything that a person can type at a command line has a limit, which is said there: each option, argument and order of all programs."""

import io
import json
from collections.abc import Iterator
from typing import Any

import click
import pytest

from common.agent.history import NOTE_LIMIT
from common.agent.terminal import Terminal
from common.host.command import MAX_LINE, Events
from common.host.errors import TasukiError
from common.host.typed import ORDER_LIMIT, TypedText, typed
from common.protocol.identity import NAME_LIMIT
from common.protocol.texts import CHAT_LIMIT, HOST_LIMIT, TEXT_LIMIT, URI_LIMIT, WORD_LIMIT
from helper_agent import cli as helper_cli
from helper_agent.terminal import HelperTerminal
from relay import cli as relay_cli
from relay.admin.orders import ABOUT_LIMIT
from relay.ca import cli as ca_cli
from relay.commands.asked import Day, Place
from user_agent import cli as user_cli
from user_agent.terminal import UserTerminal

PROGRAMS: dict[str, click.Command] = {
    "tasuki-user": user_cli.main_group,
    "tasuki-helper": helper_cli.main_group,
    "tasuki-relay": relay_cli.main_group,
    "tasuki-ca": ca_cli.main_group,
}
# What is no text: a number, a day, a place between pages, a word of a list, yes or no, a file of this computer (whose name may be any bytes).
NO_TEXT = (click.IntRange, click.types.IntParamType, click.Choice, click.types.BoolParamType, click.Path, Day, Place)
# What each means, and how long it may be: the number that the wire has where it crosses one, and the windows where they ask for it.
LIMITS = {
    "topic": TEXT_LIMIT, "reason": TEXT_LIMIT,
    "group": NAME_LIMIT, "name": NAME_LIMIT, "new_name": NAME_LIMIT, "display_name": NAME_LIMIT, "languages": NAME_LIMIT, "skills": NAME_LIMIT,
    "helper": URI_LIMIT, "who": URI_LIMIT, "members": URI_LIMIT, "users": URI_LIMIT, "what": URI_LIMIT, "which": URI_LIMIT, "hosts": URI_LIMIT, "server": URI_LIMIT,
    "host": HOST_LIMIT, "other": URI_LIMIT,
    "external_id": NAME_LIMIT, "department": NAME_LIMIT, "email": ABOUT_LIMIT, "note": ABOUT_LIMIT, "person": WORD_LIMIT,
    "words": URI_LIMIT, "networks": WORD_LIMIT, "code_id": WORD_LIMIT,
    "organisation": WORD_LIMIT, "account": WORD_LIMIT, "accounts": WORD_LIMIT, "session": WORD_LIMIT, "request": WORD_LIMIT, "screens": WORD_LIMIT, "display": WORD_LIMIT,
    "line": ORDER_LIMIT, "proxy": ORDER_LIMIT, "url": ORDER_LIMIT, "database": ORDER_LIMIT,
    "hours": NAME_LIMIT, "zone": WORD_LIMIT, "names": NAME_LIMIT,
}  # fmt: skip


def parameters(command: click.Command, path: str) -> Iterator[tuple[str, click.Parameter, click.Context]]:
    """Each of this command and of those below it, with the words that lead there."""
    context = click.Context(command, info_name=path)
    for parameter in command.get_params(context):
        if parameter.name not in {"help", "version"}:
            yield f"{path} {parameter.name}", parameter, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from parameters(below, f"{path} {name}")


EVERY = [one for name, command in PROGRAMS.items() for one in parameters(command, name)]
TEXTS = [one for one in EVERY if not isinstance(one[1].type, NO_TEXT)]
every_text = pytest.mark.parametrize(("path", "parameter", "context"), TEXTS, ids=[one[0] for one in TEXTS])


def given(parameter: click.Parameter, context: click.Context, text: str) -> Any:
    """What the command gets for this text."""
    several = parameter.nargs == -1 or getattr(parameter, "multiple", False)
    value = parameter.type_cast_value(context, [text] if several else text)
    return value[0] if several else value


def test_they_are_found() -> None:
    """All four programs have some."""
    assert {path.split()[0] for path, *_ in TEXTS} == set(PROGRAMS)
    assert "tasuki-user ask topic" in {path for path, *_ in TEXTS}


@every_text
def test_each_has_its_limit_and_says_it(path: str, parameter: click.Parameter, context: click.Context) -> None:
    """The longest is taken; one character more, and bytes that are no text, are a wrong usage that names what was wrong."""
    kind = parameter.type
    assert isinstance(kind, TypedText), path
    assert parameter.name is not None
    assert kind.limit == LIMITS[parameter.name], path
    assert given(parameter, context, "日" * kind.limit) == "日" * kind.limit
    for text, word in (("日" * (kind.limit + 1), str(kind.limit)), ("caf\udce9", "UTF-8")):
        with pytest.raises(click.BadParameter) as refused:
            given(parameter, context, text)
        shown = refused.value.format_message()
        assert word in shown
        assert (parameter.get_error_hint(context)) in shown


class UserPlay:
    """user_agent.app.UserApp, as far as texts go to it: it takes what the wire takes."""

    class _View:
        stage = None

    view = _View()

    def chat(self, text: str) -> bool:
        """As common.agent.session does."""
        return bool(typed(text, limit=CHAT_LIMIT))


def told(terminal: Terminal[Any], out: io.StringIO, line: str) -> dict[str, Any]:
    """The last that was said after this line; empty where nothing was."""
    out.seek(0)
    out.truncate()
    terminal.order(line)
    lines = out.getvalue().splitlines()
    return json.loads(lines[-1]) if lines else {}


@pytest.mark.parametrize("make", [UserTerminal, HelperTerminal])
@pytest.mark.parametrize(
    "line", ["chat caf\udce9", "\udce9", "note 1 \udce9", "transfer helper \udce9", "decline \udce9"]
)
def test_orders_that_are_no_text(make: type[UserTerminal] | type[HelperTerminal], line: str) -> None:
    """Whatever is ordered: it is said, nothing is carried out, and the program can say it also as JSON."""
    out = io.StringIO()
    assert told(make(Events(json=True, stream=out)), out, line)["code"] == "text_not_utf8"


def test_a_chat_of_ten_thousand_letters() -> None:
    """Both numbers are said, and it is not cut; the longest that may be is taken."""
    out = io.StringIO()
    terminal = UserTerminal(Events(json=True, stream=out))
    terminal.app = UserPlay()  # type: ignore[assignment]
    said = told(terminal, out, "chat " + "x" * 10_000)
    assert (said["event"], said["code"]) == ("problem", "text_too_long")
    assert "10000" in said["text"]
    assert str(CHAT_LIMIT) in said["text"]
    assert told(terminal, out, "chat " + "x" * CHAT_LIMIT) == {}


def test_a_line_holds_all_that_may_be_said() -> None:
    """Whatever is not too long comes whole, however many bytes a letter takes."""
    assert 4 * max(CHAT_LIMIT, NOTE_LIMIT, TEXT_LIMIT + URI_LIMIT) + 100 < MAX_LINE


def test_one_number_for_wire_and_terminal() -> None:
    """The wire's types are made of the numbers that commands and windows say."""
    from common.protocol import texts

    for kind, limit in (
        (texts.Text, TEXT_LIMIT),
        (texts.ChatText, CHAT_LIMIT),
        (texts.Name, NAME_LIMIT),
        (texts.MaybeName, NAME_LIMIT),
        (texts.Uri, URI_LIMIT),
        (texts.Host, HOST_LIMIT),
        (texts.Word, WORD_LIMIT),
    ):
        assert kind.__metadata__[0].max_length == limit  # type: ignore[attr-defined]
    with pytest.raises(TasukiError):
        typed("x" * (TEXT_LIMIT + 1), limit=TEXT_LIMIT)
