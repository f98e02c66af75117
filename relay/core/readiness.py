"""Why a relay takes no new work: one word each, which /healthz says."""

from enum import StrEnum


class NotReady(StrEnum):
    """The first of these that holds. Programs of operators read them: never rename one."""

    STOPPING = "stopping"
    STARTING = "starting"
    DATABASE = "database"  # what was written last was not: it is tried again by itself
    AUDIT = "audit"  # the audit log alone cannot be written: its table or the right to it is gone
    DAMAGED = "damaged"  # the database: it must be put back from a backup, and nothing is written until then
    BEHIND = (
        "behind"  # the database lacks what was written: the right one must come back, or an operator accept the loss
    )
    CRL = "crl"  # there is no revocation list, or it is not of today: is the CA running, does it reach the mailbox?
