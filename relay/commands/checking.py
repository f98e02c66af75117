"""`check-config`: whether a relay could run with what stands in relay.toml."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from common.host.words import _, harmless, one_line
from relay.commands.shared import folder_option

if TYPE_CHECKING:
    from relay.folder import RelayFolder


@click.command("check-config", help=_("Check relay.toml and what it names."))
@folder_option
@click.option(
    "--deep", is_flag=True, help=_("Also open the database, the mailbox and the ports, and change nothing there.")
)
def check_command(folder: Path, deep: bool) -> int:
    """Read the settings; load the certificate where there is one. Exit code 1 where something is wrong."""
    from common.net.server_tls import RelayTls
    from relay.folder import open_folder

    relay_folder = open_folder(folder)
    if relay_folder.certificate.exists() or not relay_folder.settings.tls.renew:
        RelayTls(certificate=relay_folder.certificate, key=relay_folder.key)
    click.echo(_("{path} is good.").format(path=folder / "relay.toml"))
    return asyncio.run(_look(relay_folder)) if deep else 0


async def _look(folder: "RelayFolder") -> int:
    from common.host.log import setup
    from relay.deep_check import Kind, deep_check

    setup(json=False, level="critical")  # each finding is a sentence
    wrong = False
    async for finding in deep_check(folder):
        click.echo(harmless(one_line(finding.text)), err=finding.kind is not Kind.GOOD)
        wrong = wrong or finding.kind is Kind.WRONG
    return int(wrong)
