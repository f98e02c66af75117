"""Records to rows and back. A row is a dictionary by column name, or what SQLAlchemy calls a RowMapping."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import RowMapping

from common.protocol.identity import Role
from common.protocol.messages import Mode, To, ToAnyone, ToGroup, ToHelper
from common.protocol.reasons import Why
from relay.core.queue import line_of
from relay.core.records import (
    AccountRecord,
    AuditEntry,
    AuditRow,
    CertificateRecord,
    EnrolmentRecord,
    GroupRecord,
    HeadRecord,
    NameBeside,
    Participant,
    PersonRecord,
    RequestRecord,
    RequestState,
    RevocationRecord,
    SegmentRecord,
    SessionRecord,
)

Row = dict[str, Any]


_SAME_IN_PERSON = (
    *("identifier", "external_id", "name", "department", "email", "note"),
    *("created_at", "left_at", "left_by_list"),
)


def person_row(person: PersonRecord) -> Row:
    """For the table people."""
    return {name: getattr(person, name) for name in _SAME_IN_PERSON}


def person_of(row: RowMapping) -> PersonRecord:
    """From the table people."""
    return PersonRecord(**{name: row[name] for name in _SAME_IN_PERSON})


def account_row(account: AccountRecord) -> Row:
    """For the table accounts."""
    return {
        "identifier": account.identifier,
        "person": account.person,
        "role": account.role.value,
        "name": account.name,
        "languages": list(account.languages),
        "skills": list(account.skills),
        "created_at": account.created_at,
        "disabled_at": account.disabled_at,
        "disabled_by_list": account.disabled_by_list,
    }


def account_of(row: RowMapping) -> AccountRecord:
    """From the table accounts."""
    return AccountRecord(
        identifier=row["identifier"],
        person=row["person"],
        role=Role(row["role"]),
        name=row["name"],
        languages=tuple(row["languages"]),
        skills=tuple(row["skills"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        disabled_by_list=row["disabled_by_list"],
    )


def group_row(group: GroupRecord) -> Row:
    """For the table groups."""
    return {
        "name": group.name,
        "created_at": group.created_at,
        "restricted": group.restricted,
        "most": group.most.value,
        "hours": list(group.hours),
        "time_zone": group.time_zone,
    }


def group_of(row: RowMapping, members: Iterable[str], askers: Iterable[str]) -> GroupRecord:
    """From the table groups."""
    return GroupRecord(
        name=row["name"],
        created_at=row["created_at"],
        members=frozenset(members),
        restricted=row["restricted"],
        askers=frozenset(askers),
        most=Mode(row["most"]),
        hours=tuple(row["hours"]),
        time_zone=row["time_zone"],
    )


UNREADABLE: Final = (ValueError, TypeError, LookupError, ArithmeticError)
"""What reading a row raises whose values nobody ever wrote: damage."""


def membership_of(row: RowMapping) -> tuple[str, str]:
    """Group and account, from the tables memberships and askers."""
    return row["group"], row["account"]


def enrolment_row(enrolment: EnrolmentRecord) -> Row:
    """For the table enrolments."""
    return {name: getattr(enrolment, name) for name in ("account", "created_at", "used_at", "expires_at")}


def enrolment_of(row: RowMapping) -> EnrolmentRecord:
    """From the table enrolments."""
    return EnrolmentRecord(**row)


def certificate_row(certificate: CertificateRecord) -> Row:
    """For the table certificates."""
    return {
        "fingerprint": certificate.fingerprint,
        "account": certificate.account,
        "serial": certificate.serial,
        "not_after": certificate.not_after,
        "seen_at": certificate.seen_at,
        "given_computer": certificate.computer,  # relay.store.unit makes a number of it
        "computer_name": certificate.computer_name,
        "system": certificate.system,
        "version": certificate.version,
    }


def certificate_of(row: RowMapping) -> CertificateRecord:
    """From the table certificates."""
    return CertificateRecord(**row)


_SAME_IN_REVOCATION = ("identifier", "account", "serial", "superseded", "asked_at", "done_at")


def revocation_row(revocation: RevocationRecord) -> Row:
    """For the table revocations."""
    return {name: getattr(revocation, name) for name in _SAME_IN_REVOCATION}


def revocation_of(row: RowMapping) -> RevocationRecord:
    """From the table revocations."""
    return RevocationRecord(**{name: row[name] for name in _SAME_IN_REVOCATION})


def _participant_row(prefix: str, participant: Participant) -> Row:
    return {
        f"{prefix}_account": participant.account,
        f"{prefix}_certificate": participant.certificate,
        f"{prefix}_uri": participant.uri,
        f"{prefix}_name": participant.name,
    }


def _participant_of(prefix: str, row: RowMapping) -> Participant:
    return Participant(
        account=row[f"{prefix}_account"],
        certificate=row[f"{prefix}_certificate"],
        uri=row[f"{prefix}_uri"],
        name=row[f"{prefix}_name"],
    )


def to_of(kind: str, target: str) -> To:
    """What `line_of` gave, from two columns. Raises ValueError."""
    match kind:
        case "helper":
            return ToHelper(uri=target)
        case "group":
            return ToGroup(group=target)
        case "anyone":
            return ToAnyone()
        case _:
            raise ValueError(f"a request to {kind}")


def request_row(record: RequestRecord) -> Row:
    """For the table requests."""
    kind, target = line_of(record.to)
    return {
        "identifier": record.identifier,
        "state": record.state.value,
        **_participant_row("user", record.user),
        "to_kind": kind,
        "to_target": target,
        "mode": record.mode.value,
        "topic": record.topic,
        "inventory": record.inventory,
        "note": record.note,
        "asked_at": record.asked_at,
        "waiting_since": record.waiting_since,
        "over_at": record.over_at,
        "why": record.why,
        "session": record.session,
        "declined": sorted(record.declined),
        "call_back_until": record.call_back_until,
    }


def request_of(row: RowMapping) -> RequestRecord:
    """From the table requests."""
    return RequestRecord(
        identifier=row["identifier"],
        state=RequestState(row["state"]),
        user=_participant_of("user", row),
        to=to_of(row["to_kind"], row["to_target"]),
        mode=Mode(row["mode"]),
        topic=row["topic"],
        inventory=row["inventory"],
        note=row["note"],
        asked_at=row["asked_at"],
        waiting_since=row["waiting_since"],
        over_at=row["over_at"],
        why=None if row["why"] is None else Why(row["why"]),
        session=row["session"],
        declined=frozenset(row["declined"]),
        call_back_until=row["call_back_until"],
    )


_SAME_IN_SESSION = (
    *("identifier", "request", "granted_at", "spliced_at", "active_at", "ended_at"),
    *("up", "down", "retickets_user", "retickets_helper"),
    *("resumable", "interrupted_at", "interruptions", "mode_changes"),
)


def session_row(record: SessionRecord) -> Row:
    """For the table sessions."""
    return {
        **{name: getattr(record, name) for name in _SAME_IN_SESSION},
        **_participant_row("user", record.user),
        **_participant_row("helper", record.helper),
        "mode": record.mode.value,
        "last_mode": None if record.last_mode is None else record.last_mode.value,
        "why": record.why,
    }


def session_of(row: RowMapping) -> SessionRecord:
    """From the table sessions."""
    return SessionRecord(
        **{name: row[name] for name in _SAME_IN_SESSION},
        user=_participant_of("user", row),
        helper=_participant_of("helper", row),
        mode=Mode(row["mode"]),
        last_mode=None if row["last_mode"] is None else Mode(row["last_mode"]),
        why=None if row["why"] is None else Why(row["why"]),
    )


def audit_row(row: AuditRow) -> Row:
    """For the table audit."""
    return {
        "number": row.number,
        "at": row.entry.at,
        "actor": row.entry.actor,
        "event": row.entry.event,
        "subject": row.entry.subject,
        "facts": row.entry.facts,
        "previous": row.previous,
        "digest": row.digest,
        "version": row.version,
        "names": row.names,
        "erased": row.erased,
    }


def audit_of(row: RowMapping) -> AuditRow:
    """From the table audit."""
    entry = AuditEntry(at=row["at"], actor=row["actor"], event=row["event"], subject=row["subject"], facts=row["facts"])
    return AuditRow(
        number=row["number"],
        entry=entry,
        names=row["names"],
        previous=row["previous"],
        digest=row["digest"],
        version=row["version"],
        erased=row["erased"],
    )


def head_row(head: HeadRecord) -> Row:
    """For the table audit_heads."""
    return {name: getattr(head, name) for name in ("number", "digest", "at", "document", "refused")}


def head_of(row: RowMapping) -> HeadRecord:
    """From the table audit_heads."""
    return HeadRecord(**row)


def segment_row(segment: SegmentRecord) -> Row:
    """For the table audit_segments."""
    return {name: getattr(segment, name) for name in ("first", "last", "digest", "at")}


def segment_of(row: RowMapping) -> SegmentRecord:
    """From the table audit_segments."""
    return SegmentRecord(**row)


def beside_of(row: RowMapping) -> tuple[str, NameBeside]:
    """The digest and what it is of, from the table audit_names."""
    return row["digest"], NameBeside(account=row["account"], salt=row["salt"], name=row["name"])
