"""A database as the first revision of the relay left it, with something in each table."""

from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import relay.store
from relay.core.records import AuditEntry
from relay.store import chain
from tests.support.clock import START

ANNA, HANA, TWIN = (f"00000000-0000-4000-8000-{number:012x}" for number in (1, 2, 3))


def make(connection: sa.Connection, *, up_to: str = "0001", audit_rows: int = 1) -> None:
    """Make the tables of the first revision, and fill them; two accounts have one name, as two roles could. Then take the steps to `up_to`."""
    config = Config()
    config.set_main_option("script_location", str(Path(relay.store.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    at = START.astimezone(UTC).replace(tzinfo=None) if connection.dialect.name == "sqlite" else START

    def put(table: str, **row: Any) -> None:
        names = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f'INSERT INTO "{table}" ({names}) VALUES ({values})'), row)

    for identifier, role, name in ((ANNA, "user", "Anna"), (HANA, "helper", "Hana"), (TWIN, "helper", "Anna")):
        put("accounts", identifier=identifier, role=role, name=name, name_key=name.casefold(), languages="[]",
            skills='["mail"]', created_at=at, disabled_at=at if identifier == TWIN else None)  # fmt: skip
        put("certificates", fingerprint=identifier, account=identifier, serial="1f", not_after=at, seen_at=at)
        put("enrolments", account=identifier, created_at=at, used_at=None)
    put("groups", name="Desk", created_at=at)
    put("memberships", group="Desk", account=HANA)
    user = {"user_account": ANNA, "user_certificate": "c", "user_uri": "u", "user_name": "Anna"}
    helper = {"helper_account": HANA, "helper_certificate": "c", "helper_uri": "h", "helper_name": "Hana"}
    put("requests", identifier="a" * 32, state="over", **user, to_kind="group", to_target="Desk", mode="view",
        topic="", inventory="{}", note="", asked_at=at, waiting_since=at, over_at=at, declined="[]")  # fmt: skip
    put("sessions", identifier="b" * 32, request="a" * 32, **user, **helper, mode="view", granted_at=at,
        ended_at=at, retickets_user=0, retickets_helper=0)  # fmt: skip
    previous = chain.START
    for number in range(1, audit_rows + 1):
        facts: dict[str, str | int | None] = {"n": number - 1} if number > 1 else {}
        entry = AuditEntry(at=START, actor="a", event="e", subject="s", facts=facts)
        row = chain.link(entry, number=number, previous=previous, version=1)
        put("audit", number=number, at=at, actor="a", event="e", subject="s", facts=msgspec.json.encode(facts).decode(),
            previous=row.previous, digest=row.digest)  # fmt: skip
        previous = row.digest
    if up_to != "0001":
        config.attributes["connection"] = connection
        command.upgrade(config, up_to)
