"""`tasuki-relay`: make a relay, run it, and give it orders.

Orders go to the running relay through its control socket; where none runs, they are carried out on its folder, whose
lock is held meanwhile. Only `serve` and such an offline order load the relay itself.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
import msgspec

from common.host import command as console
from common.host.errors import TasukiError
from common.host.log import setup
from common.host.words import _, ngettext
from common.protocol.identity import Role
from relay.ordering import carry_out

F = TypeVar("F", bound=Callable[..., Any])

_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TASUKI_RELAY_FOLDER",
    required=True,
    help=_("The relay's folder."),
)
_json = click.option("--json", "as_json", is_flag=True, help=_("Print JSON for scripts."))
_role = click.option("--role", type=click.Choice([role.value for role in Role]), help=_("Which role's account."))
_everything = click.option("--all", "everything", is_flag=True, help=_("Also what is over."))
_PAGE = 1000


@click.group(help=_("The relay of Tasuki, remote support through a relay that cannot read it."))
def main_group() -> None:
    """The group that the subcommands hang on."""


# making and running


@main_group.command("init", help=_("Make a relay, its certificate and the organisation's CA in an empty folder."))
@_folder
@click.option("--organisation", required=True, help=_("The organisation's name in certificates; it never changes."))
@click.option("--host", required=True, help=_("The name or address by which agents reach the relay."))
@click.option("--port", type=click.IntRange(1, 65535), default=443, show_default=True, help=_("The matching port."))
@click.option(
    "--mailbox",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=_("The CA is elsewhere already, and this is the folder shared with it."),
)
def init_command(folder: Path, organisation: str, host: str, port: int, mailbox: Path | None) -> None:
    """Make everything, then say what to do next."""
    from relay.founding import found

    found(folder, organisation=organisation, host=host, port=port, mailbox=mailbox)
    click.echo(_("The relay of {organisation} is ready in {folder}.").format(organisation=organisation, folder=folder))
    if mailbox is None:
        click.echo(
            _("Start the certificate authority:  {command}").format(command=f"tasuki-ca serve --folder {folder / 'ca'}")
        )
    click.echo(_("Start the relay:  {command}").format(command=f"tasuki-relay serve --folder {folder}"))
    click.echo(
        _("Then add people:  {command}").format(
            command=f"tasuki-relay account add --folder {folder} --role helper --name NAME --enrol"
        )
    )
    if mailbox is None:
        click.echo(_("Keep a backup of {folder} in a safe place.").format(folder=folder / "ca"))


@main_group.command("serve", help=_("Run the relay until it is stopped."))
@_folder
@click.option("--json", "as_json", is_flag=True, help=_("Print events and write the log as JSON."))
def serve_command(folder: Path, as_json: bool) -> int:
    """Run until SIGINT or SIGTERM."""
    from common.net.loop import install, run

    install()
    from relay.app import serve
    from relay.place import open_place

    place = open_place(folder)
    logs = place.settings.logs
    setup(json=as_json or logs.json, level=logs.level)
    events = console.Events(json=as_json)

    def announce(told: dict[str, Any]) -> None:
        where = ", ".join(told["listening"])
        events.tell("serving", _("The relay listens on {where}.").format(where=where), **told)

    return run(lambda: serve(place, announce=announce))


@main_group.command("check-config", help=_("Check relay.toml and what it names."))
@_folder
def check_command(folder: Path) -> None:
    """Read the settings; load the certificate where there is one."""
    from common.net.server_tls import RelayTls
    from relay.place import open_place

    place = open_place(folder)
    if place.certificate.exists() or not place.settings.tls.renew:
        RelayTls(certificate=place.certificate, key=place.key)
    click.echo(_("{path} is good.").format(path=folder / "relay.toml"))


# accounts


@main_group.group("account", help=_("People and their accounts."))
def account_group() -> None:
    """Accounts."""


@account_group.command("add", help=_("Add an account."))
@_folder
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help=_("What the person does.")
)
@click.option("--name", required=True, help=_("The person's name as others will see it."))
@click.option(
    "--language", "languages", multiple=True, help=_("A language that a helper speaks; again for further ones.")
)
@click.option("--skill", "skills", multiple=True, help=_("What a helper knows about; again for further ones."))
@click.option("--enrol", is_flag=True, help=_("Print an enrolment line, by the CA in this folder."))
@_json
def account_add(
    *,
    folder: Path,
    role: str,
    name: str,
    languages: tuple[str, ...],
    skills: tuple[str, ...],
    enrol: bool,
    as_json: bool,
) -> None:
    """Add, and say how to enrol."""
    arguments = {"role": role, "name": name, "languages": list(languages), "skills": list(skills)}
    account = carry_out(folder, "account.add", arguments, what=name)
    if enrol:
        _print_line(folder, account, as_json=as_json)
    elif as_json:
        _print_json(account)
    else:
        click.echo(
            _("Added {name} ({role}), account {account}.").format(name=name, role=role, account=account["identifier"])
        )
        click.echo(
            _("For an enrolment line, where the CA is:  {command}").format(command=_code_command(folder, account))
        )


@account_group.command("enrol", help=_("Print a further enrolment line for an account, by the CA in this folder."))
@_folder
@click.argument("who")
@_role
@_json
def account_enrol(folder: Path, who: str, role: str | None, as_json: bool) -> None:
    """For a new computer, or when the first line was lost."""
    account = carry_out(folder, "account.list", {}, what=who)
    found = [one for one in account if who in {one["identifier"], one["name"]} and role in {None, one["role"]}]
    if len(found) != 1:
        raise TasukiError("order_ambiguous" if found else "order_no_account", what=who)
    _print_line(folder, found[0], as_json=as_json)


@account_group.command("list", help=_("List accounts."))
@_folder
@_json
def account_list(folder: Path, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, "account.list", {}):
        state = _("disabled") if one["disabled_at"] else ""
        _print_row(one, f"{one['identifier']}  {one['role']:<6}  {one['name']}  {state}", as_json=as_json)


@account_group.command("disable", help=_("Disable an account: its sessions end, and it cannot come in."))
@_folder
@click.argument("who")
@_role
def account_disable(folder: Path, who: str, role: str | None) -> None:
    """Disable."""
    account = carry_out(folder, "account.disable", {"who": who, "role": role}, what=who)
    click.echo(_("{name} is disabled.").format(name=account["name"]))


@account_group.command("enable", help=_("Enable an account again."))
@_folder
@click.argument("who")
@_role
def account_enable(folder: Path, who: str, role: str | None) -> None:
    """Enable."""
    account = carry_out(folder, "account.enable", {"who": who, "role": role}, what=who)
    click.echo(_("{name} is enabled.").format(name=account["name"]))


# groups


@main_group.group("group", help=_("Groups of helpers."))
def group_group() -> None:
    """Groups."""


@group_group.command("add", help=_("Add a group."))
@_folder
@click.argument("name")
def group_add(folder: Path, name: str) -> None:
    """Add."""
    carry_out(folder, "group.add", {"name": name}, what=name)
    click.echo(_("Added the group {name}.").format(name=name))


@group_group.command("remove", help=_("Remove a group; requests that wait for it are over."))
@_folder
@click.argument("name")
def group_remove(folder: Path, name: str) -> None:
    """Remove."""
    carry_out(folder, "group.remove", {"name": name}, what=name)
    click.echo(_("Removed the group {name}.").format(name=name))


@group_group.command("list", help=_("List groups and their members."))
@_folder
@_json
def group_list(folder: Path, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, "group.list", {}):
        members = ", ".join(member["name"] or member["identifier"] for member in one["members"])
        _print_row(one, f"{one['name']}: {members}", as_json=as_json)


@group_group.command("join", help=_("Put helpers into a group."))
@_folder
@click.argument("name")
@click.argument("members", nargs=-1, required=True)
def group_join(folder: Path, name: str, members: tuple[str, ...]) -> None:
    """Members by name or UUID."""
    carry_out(folder, "group.join", {"name": name, "members": list(members)}, what=", ".join((name, *members)))
    click.echo(_("Joined {name}: {members}.").format(members=", ".join(members), name=name))


@group_group.command("leave", help=_("Take helpers out of a group."))
@_folder
@click.argument("name")
@click.argument("members", nargs=-1, required=True)
def group_leave(folder: Path, name: str, members: tuple[str, ...]) -> None:
    """Members by name or UUID."""
    carry_out(folder, "group.leave", {"name": name, "members": list(members)}, what=", ".join((name, *members)))
    click.echo(_("Left {name}: {members}.").format(members=", ".join(members), name=name))


# sessions and requests


@main_group.group("sessions", help=_("Sessions."))
def sessions_group() -> None:
    """Sessions."""


@sessions_group.command("list", help=_("List live sessions."))
@_folder
@_everything
@_json
def sessions_list(folder: Path, everything: bool, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, "sessions.list", {"all": everything}):
        state = one["why"] or ("active" if one["active_at"] else "granted")
        text = (
            f"{one['identifier']}  {_moment(one['granted_at'])}  {state}  {one['mode']}  "
            f"{one['user']['name']} – {one['helper']['name']}  {_bytes(one['up'])}/{_bytes(one['down'])}"
        )
        _print_row(one, text, as_json=as_json)


@sessions_group.command("end", help=_("End a session."))
@_folder
@click.argument("session")
def sessions_end(folder: Path, session: str) -> None:
    """End."""
    carry_out(folder, "sessions.end", {"session": session}, what=session)
    click.echo(_("The session {session} is over.").format(session=session))


@main_group.group("requests", help=_("Requests for help."))
def requests_group() -> None:
    """Requests."""


@requests_group.command("list", help=_("List open requests in the order of the queue."))
@_folder
@_everything
@_json
def requests_list(folder: Path, everything: bool, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, "requests.list", {"all": everything}):
        to = one["to"]
        text = (
            f"{one['identifier']}  {_moment(one['asked_at'])}  {one['why'] or one['state']}  {one['mode']}  "
            f"{one['user']['name']} → {to.get('uri') or to.get('group') or to['kind']}  {one['topic']}"
        )
        _print_row(one, text, as_json=as_json)


@requests_group.command("end", help=_("End a request, and its session."))
@_folder
@click.argument("request")
def requests_end(folder: Path, request: str) -> None:
    """End."""
    carry_out(folder, "requests.end", {"request": request}, what=request)
    click.echo(_("The request {request} is over.").format(request=request))


# audit


@main_group.group("audit", help=_("The audit log."))
def audit_group() -> None:
    """The audit log."""


@audit_group.command("show", help=_("Print the audit log."))
@_folder
@click.option("--after", type=click.IntRange(0), default=0, help=_("Only rows behind this number."))
@click.option("--limit", type=click.IntRange(1), help=_("At most so many rows."))
@_json
def audit_show(folder: Path, after: int, limit: int | None, as_json: bool) -> None:
    """A line each, page by page."""
    left = limit
    while left is None or left > 0:
        rows = carry_out(folder, "audit.show", {"after": after, "limit": _PAGE if left is None else min(left, _PAGE)})
        if not rows:
            return
        for row in rows:
            facts = " ".join(f"{name}={value}" for name, value in row["facts"].items())
            text = f"{row['number']}  {_moment(row['at'])}  {row['actor']}  {row['event']}  {row['subject']}  {facts}"
            _print_row(row, text.rstrip(), as_json=as_json)
        after = rows[-1]["number"]
        left = None if left is None else left - len(rows)


@audit_group.command("verify", help=_("Check that nothing in the audit log was changed or taken out."))
@_folder
@_json
def audit_verify(folder: Path, as_json: bool) -> int:
    """Exit code 1 where the chain is broken."""
    verdict = carry_out(folder, "audit.verify", {})
    if as_json:
        _print_json(verdict)
        return 0 if verdict["holds"] else 1
    if not verdict["holds"]:
        raise TasukiError("audit_broken", number=verdict["broken_at"])
    click.echo(
        ngettext(
            "The audit log holds together: {count} row, head {head}.",
            "The audit log holds together: {count} rows, head {head}.",
            verdict["rows"],
        ).format(count=verdict["rows"], head=verdict["head"])
    )
    return 0


# enrolment lines


def _code_command(folder: Path, account: dict[str, Any]) -> str:
    name = account["name"].replace("'", "'\\''")
    return (
        f"tasuki-ca code --folder {folder / 'ca'} --role {account['role']} --name '{name}' "
        f"--account {account['identifier']}"
    )


def _print_line(folder: Path, account: dict[str, Any], *, as_json: bool) -> None:
    """The line alone on stdout, so that it can be piped; what is said about it goes to stderr."""
    from relay.founding import run_ca

    ca = folder / "ca"
    if not (ca / "ca.toml").exists():
        raise TasukiError("ca_not_here", folder=ca, command=_code_command(folder, account))
    carry_out(folder, "account.enrol", {"who": account["identifier"]}, what=account["name"])
    line = run_ca(
        "code", "--folder", ca, "--role", account["role"], "--name", account["name"], "--account", account["identifier"]
    ).strip()
    if as_json:
        _print_json({**account, "line": line})
        return
    click.echo(line)
    click.echo(
        _("Hand this line to {name}. It works once, within a day. Account {account}.").format(
            name=account["name"], account=account["identifier"]
        ),
        err=True,
    )


def _print_row(value: Any, text: str, *, as_json: bool) -> None:
    if as_json:
        _print_json(value)
    else:
        click.echo(text.rstrip())


def _print_json(value: Any) -> None:
    click.echo(msgspec.json.encode(value))


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def _bytes(count: int | None) -> str:
    return "–" if count is None else str(count)


def main() -> NoReturn:
    """The console script."""
    console.run(main_group)


if __name__ == "__main__":
    main()
