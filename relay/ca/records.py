"""What lies in the CA's folder, a small JSON file a fact. Which file it is: `relay.ca.folder`."""

import msgspec

from common.protocol.identity import Role


class CodeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was handed out. `code` is empty once nothing can be made with it any more. Times are Unix seconds."""

    id: str
    code: str
    account: str
    role: Role
    name: str
    expires: float
    revoked: bool = False

    def __repr__(self) -> str:
        return f"CodeRecord(id={self.id!r}, account={self.account!r})"  # never the code


class ManyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line for many: so many may come and wait with it. `code` is empty once nobody can come with it. Times are Unix seconds."""

    id: str
    code: str
    count: int
    made: float
    expires: float
    revoked: bool = False

    def __repr__(self) -> str:
        return f"ManyRecord(id={self.id!r})"  # never the code


class AskingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who came with a line for many, and what they claim. `code`: the id of the code that a yes has made, for `account`; `refused`: it was a no."""

    key: str
    line: str
    name: str
    login: str
    computer: str
    address: str
    spki: str
    since: float
    code: str = ""
    account: str = ""
    refused: bool = False


class IssuedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate. `serial` and `spki` are hex; `code` is the id of the code it used up, `renews` an older serial."""

    serial: str
    account: str
    role: str
    name: str
    not_before: float
    not_after: float
    spki: str
    certificate: bytes
    code: str = ""
    renews: str = ""


class RevokedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A revoked certificate; `at` and `not_after` in Unix seconds."""

    serial: str
    account: str
    at: float
    not_after: float
    reason: str = ""


class ListedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A revoked certificate that a list has told of, since `at` (Unix seconds)."""

    serial: str
    at: float


class BlockedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An account for which nothing is renewed. A new code for it lifts this."""

    account: str
    at: float
    reason: str = ""


class NameRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a display name is: `account` is the person's UUID, which before there were people was the account's."""

    name: str
    account: str


class PersonNameRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is called in certificates (`name`), and what was asked for (`wanted`), which another may have.

    `accounts`: those beside the one with the person's own UUID. Only an index: members/ says whose an account is.
    """

    person: str
    name: str
    wanted: str
    accounts: list[str] = []


class RenamedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose name has changed, at `at` (Unix seconds)."""

    account: str
    at: float


class MemberRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Of which person an account is."""

    account: str
    person: str
