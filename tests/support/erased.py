"""A list of the erased in memory, for services that want one."""

from common.host.errors import TasukiError
from relay.core.erased import ErasedPerson, merged


class ErasedInMemory:
    """As relay.erased_list.ErasedList. Set `broken` and nothing can be done with it."""

    def __init__(self) -> None:
        self.people: tuple[ErasedPerson, ...] = ()
        self.broken = False

    def check(self) -> None:
        """See there."""
        if self.broken:
            raise TasukiError("order_erase_other_user", folder="/relay", owner="tasuki")

    def add(self, one: ErasedPerson, /) -> None:
        """See there."""
        self.check()
        self.people = merged(self.people, [one])

    def cleared(self) -> None:
        """See there."""
        self.check()
        self.people = tuple(ErasedPerson(person=one.person, accounts=one.accounts, at=one.at) for one in self.people)
