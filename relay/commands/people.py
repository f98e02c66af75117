"""`person …`: who there is, in which roles, and their enrolment lines."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from common.host.typed import TypedName, TypedText
from common.host.words import _, ngettext
from common.protocol.identity import NAME_LIMIT, Role
from common.protocol.texts import URI_LIMIT
from relay.admin.orders import (
    ABOUT_LIMIT,
    AddPerson,
    AddRole,
    ChangePerson,
    DisablePerson,
    EnablePerson,
    JoinPeople,
    LeavePerson,
    ListComputers,
    ListPeople,
    RenamePerson,
    ReturnPerson,
    ShowPerson,
)
from relay.commands import enrolling
from relay.commands.computers import is_old
from relay.commands.shared import (
    add_command,
    carry_out,
    folder_option,
    json_option,
    moment,
    print_json,
    print_row,
    role_option,
)


@click.group("person", help=_("People, and what they do with Tasuki."))
def person_group() -> None:
    """People."""


_languages = click.option(
    "--language",
    "languages",
    type=TypedName(NAME_LIMIT),
    multiple=True,
    help=_("A language that a helper speaks; again for further ones."),
)
_skills = click.option(
    "--skill",
    "skills",
    type=TypedName(NAME_LIMIT),
    multiple=True,
    help=_("What a helper knows about; again for further ones."),
)


_Command = TypeVar("_Command", bound=Callable[..., Any])


def _written_down(*, empty: str | None) -> Callable[[_Command], _Command]:
    """Options for what is written down about a person; `empty` where one is not given."""

    def decorate(command: _Command) -> _Command:
        for option in (
            click.option("--note", type=TypedText(ABOUT_LIMIT), default=empty, help=_("A note for operators.")),
            click.option("--email", type=TypedText(ABOUT_LIMIT), default=empty, help=_("An e-mail address.")),
            click.option(
                "--department",
                type=TypedName(NAME_LIMIT),
                default=empty,
                help=_("The department; it stands behind the name where somebody else has the same."),
            ),
            click.option(
                "--external-id",
                type=TypedName(NAME_LIMIT),
                default=empty,
                help=_("What your own records call the person: a staff number, say."),
            ),
        ):
            command = option(command)
        return command

    return decorate


@person_group.command("add", help=_("Add a person."))
@folder_option
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help=_("What the person does; again for a helper who is a user too."),
)
@click.option("--name", type=TypedName(NAME_LIMIT), required=True, help=_("The person's name as others will see it."))
@_written_down(empty="")
@_languages
@_skills
@click.option("--enrol", is_flag=True, help=_("Print an enrolment line for each role, by the CA in this folder."))
@json_option
def person_add(*, folder: Path, roles: tuple[str, ...], enrol: bool, as_json: bool, **written_down: Any) -> None:
    """Add, and say how to enrol."""
    order = AddPerson(roles=tuple(role for role in Role if role.value in roles), **written_down)
    if enrol:
        person, lines = enrolling.new_person(folder, order)
        _print_lines(person, lines, wanted=order.name, as_json=as_json)
        enrolling.done(folder, order)
        return
    person = carry_out(folder, order)
    if as_json:
        print_json(person)
        return
    click.echo(
        _("Added {name} ({roles}), person {person}.").format(
            name=person["name"], roles=", ".join(roles), person=person["identifier"]
        )
    )
    for account in person["accounts"]:
        click.echo(
            _("For an enrolment line, where the CA is:  {command}").format(
                command=enrolling.code_command(folder, person, account)
            )
        )


_who = click.argument("who", type=TypedName(URI_LIMIT))


@person_group.command(
    "enrol", help=_("Print a further enrolment line, by the CA in this folder; --role may be a new one.")
)
@folder_option
@_who
@role_option
@_languages
@_skills
@click.option("--keep", is_flag=True, help=_("Older lines of the account that nobody has used stay good."))
@json_option
def person_enrol(
    *,
    folder: Path,
    who: str,
    role: Role | None,
    languages: tuple[str, ...],
    skills: tuple[str, ...],
    keep: bool,
    as_json: bool,
) -> None:
    """For a new computer, when the first line was lost, or for one who helps from now on."""
    person = carry_out(folder, ShowPerson(who=who))
    if role is not None and role.value not in {one["role"] for one in person["accounts"]}:
        enrolling.check_ca(folder)
        person = carry_out(folder, AddRole(who=person["identifier"], role=role, languages=languages, skills=skills))
    account = enrolling.account_of(person, role, who=who)
    line = enrolling.further_line(folder, person, account, keep=keep)
    _print_lines(person, [line], wanted=person["name"], as_json=as_json)


@person_group.command("list", help=_("List people."))
@folder_option
@click.option("--not-enrolled", is_flag=True, help=_("Only who has never had a certificate, in some role."))
@click.option("--line-expired", is_flag=True, help=_("Only those of them whose last enrolment line is no longer good."))
@click.option(
    "--old-version", is_flag=True, help=_("Only who has Tasuki on a computer that is older than the relay's.")
)
@json_option
def person_list(folder: Path, not_enrolled: bool, line_expired: bool, old_version: bool, as_json: bool) -> None:
    """A line each."""
    people = carry_out(folder, ListPeople())
    if old_version:
        old = {one["person"] for one in carry_out(folder, ListComputers()) if is_old(one["version"])}
        people = [one for one in people if one["identifier"] in old]
    for one in people:
        new = [account for account in one["accounts"] if not account["enrolled"] and not account["disabled_at"]]
        if (not_enrolled or line_expired) and not new:
            continue
        if line_expired and not any(account["line_expired"] for account in new):
            continue
        print_row(one, _row(one), as_json=as_json)


@person_group.command("show", help=_("Show a person: accounts, groups, enrolment lines, certificates."))
@folder_option
@_who
@json_option
def person_show(folder: Path, who: str, as_json: bool) -> None:
    """All that is known."""
    one = carry_out(folder, ShowPerson(who=who))
    if as_json:
        print_json(one)
        return
    click.echo(_row(one))
    for label, value in (
        (_("e-mail"), one["email"]),
        (_("note"), one["note"]),
        (_("groups"), ", ".join(one["groups"])),
    ):
        if value:
            click.echo(f"  {label}: {value}")
    histories = {history["account"]: history for history in one["history"]}
    for account in one["accounts"]:
        history = histories[account["identifier"]]
        click.echo(f"  {account['role']}  {account['identifier']}  {account['name']}  {_state(account)}".rstrip())
        for enrolment in history["enrolments"]:
            used = _("used {time}").format(time=moment(enrolment["used_at"])) if enrolment["used_at"] else ""
            click.echo(f"    {_('line')}  {moment(enrolment['created_at'])}  {used}".rstrip())
        for certificate in history["certificates"]:
            until = _("until {time}").format(time=moment(certificate["not_after"]))
            click.echo(f"    {_('certificate')}  {certificate['serial']}  {until}")


@person_group.command("change", help=_("Change what is written down about a person; an empty text removes it."))
@folder_option
@_who
@_written_down(empty=None)
@json_option
def person_change(folder: Path, who: str, as_json: bool, **changed: str | None) -> None:
    """Everything but the name, which is ordered at the CA."""
    one = carry_out(folder, ChangePerson(who=who, **changed))
    print_row(one, _row(one), as_json=as_json)


@person_group.command(
    "rename", help=_("Rename a person: at the CA, where it is in this folder, and here. Accounts and history stay.")
)
@folder_option
@_who
@click.argument("name", type=TypedName(NAME_LIMIT))
@json_option
def person_rename(folder: Path, who: str, name: str, as_json: bool) -> None:
    """At the CA first: it is the one that refuses names. Given again, it changes nothing."""
    person = carry_out(folder, ShowPerson(who=who))
    given, told = enrolling.rename_at_ca(folder, person, name)
    one = carry_out(folder, RenamePerson(who=person["identifier"], name=name))
    if as_json:
        print_json(one)
        return
    click.echo(_("{before} is called {name} from now on.").format(before=person["name"], name=given))
    if given != name:
        click.echo(
            _("Somebody else is called {wanted}, so the name is {name}.").format(wanted=name, name=given), err=True
        )
    if told:
        click.echo(told, err=True)


@person_group.command("join", help=_("Make one person of two: WHO, who has the accounts of OTHER too from now on."))
@folder_option
@_who
@click.argument("other", type=TypedName(URI_LIMIT))
@json_option
def person_join(folder: Path, who: str, other: str, as_json: bool) -> None:
    """At the CA first, where it is in this folder: it gives both one name."""
    goes = carry_out(folder, ShowPerson(who=other))["identifier"]
    stays = carry_out(folder, ShowPerson(who=who))["identifier"]
    told = enrolling.join_at_ca(folder, stays, goes)  # given again, it changes nothing
    one = carry_out(folder, JoinPeople(who=stays, other=goes))
    print_row(one, _row(one), as_json=as_json)
    if told:
        click.echo(told, err=True)


_which = (_who, role_option)
add_command(
    person_group,
    "disable",
    help=_("Disable a person: sessions end, and nobody comes in; of one role, or of all."),
    order=DisablePerson,
    done=_("{name} is disabled."),
    arguments=_which,
)
add_command(
    person_group,
    "enable",
    help=_("Enable a person again."),
    order=EnablePerson,
    done=_("{name} is enabled."),
    arguments=_which,
)

add_command(
    person_group,
    "leave",
    help=_("Somebody has left: out at once, in no group any more, and revoked by the CA as soon as it answers."),
    order=LeavePerson,
    done=_("{name} is out. The CA is asked to revoke what {name} has; tasuki-relay person show says whether it has."),
    arguments=[_who],
)
add_command(
    person_group,
    "return",
    help=_("Somebody who had left is here again."),
    order=ReturnPerson,
    done=_("{name} may come in again, with a new enrolment line (tasuki-relay person enrol) for each computer."),
    arguments=[_who],
)


@person_group.command(
    "export-all",
    help=_(
        "Write all that is kept about a person into one JSON file: to answer whoever asks what is known about them."
    ),
)
@folder_option
@_who
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
def person_export_all(folder: Path, who: str, target: Path) -> None:
    """Read by this process, beside the relay."""
    from relay.commands.about import export_all

    export_all(folder, who, target)


@person_group.command("erase", help=_("Erase somebody who has left: no name of theirs stays in the records."))
@folder_option
@_who
@click.option("--yes", "confirmed", is_flag=True, help=_("Do not ask whether it is meant."))
@click.option(
    "--name",
    "names",
    multiple=True,
    type=TypedName(NAME_LIMIT),
    help=_("What they were called as well, where that is not known here any more; several times."),
)
@json_option
def person_erase(folder: Path, who: str, confirmed: bool, names: tuple[str, ...], as_json: bool) -> int:
    """At the CA in this folder too. Exit code 1 where something is left, which is named."""
    from relay.commands.erasing import erase

    return erase(folder, who, names=names, confirmed=confirmed, as_json=as_json)


def _state(account: dict[str, Any]) -> str:
    return _("disabled") if account["disabled_at"] else ""


def state_of(one: dict[str, Any]) -> str:
    """Who cannot come in, and why; empty for who can."""
    disabled = [account["role"] for account in one["accounts"] if account["disabled_at"]]
    states = [_("{role} disabled").format(role=role) for role in disabled]
    if not one["name"]:
        states = [_("erased")]
    elif one["left_at"]:
        states = [_("left")]
    elif len(disabled) == len(one["accounts"]):
        states = [_("disabled")]
    if one["owed"]:
        states.append(_("revocation owed"))
    return ", ".join(states)


def _row(one: dict[str, Any]) -> str:
    """A person in one line. The name is the certified one, by which others choose."""
    accounts = one["accounts"]
    roles = "+".join(account["role"] for account in accounts)
    names = dict.fromkeys(account["name"] for account in accounts)
    parts = [
        one["identifier"],
        f"{roles:<11}",
        " / ".join(names) or one["name"],
        one["department"],
        one["external_id"] or "",
        f"[{', '.join(one['groups'])}]" if one["groups"] else "",
        state_of(one),
    ]
    return "  ".join(part for part in parts if part)


def _print_lines(person: dict[str, Any], lines: list[enrolling.MadeLine], *, wanted: str, as_json: bool) -> None:
    """The lines alone on stdout, so that they can be piped; what is said about them goes to stderr."""
    if as_json:
        print_json({**person, "lines": lines})
        return
    for line in lines:
        click.echo(line.line)
    name = lines[0].name
    if name != wanted:
        click.echo(
            _("Somebody else is called {wanted}, so the name is {name}.").format(wanted=wanted, name=name), err=True
        )
    roles = ", ".join(line.role for line in lines)
    click.echo(
        ngettext(
            "Hand this line to {name} ({roles}). It works once, within a day. Person {person}.",
            "Hand these lines to {name} ({roles}, in this order). Each works once, within a day. Person {person}.",
            len(lines),
        ).format(name=name, roles=roles, person=person["identifier"]),
        err=True,
    )
    if any(line.withdrawn for line in lines):
        from relay.ca.naming_commands import withdrawn  # what most commands need no part of

        click.echo(withdrawn(sum(line.withdrawn for line in lines)), err=True)
