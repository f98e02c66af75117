"""What the dataplane tells whoever keeps the sessions' records."""

from typing import Protocol

from common.protocol.reasons import Why


class SessionEvents(Protocol):
    """The listener of a Dataplane. Called from the loop, one call a turn, never from inside a call to the Dataplane."""

    def spliced(self, session: str) -> None:
        """Both legs are here and got `ready`."""

    def over(self, session: str, why: Why, up: int, down: int) -> None:
        """A session that had a leg has none any more. Told exactly once for each session that had one.

        `up` is the payload in bytes that the user's leg sent and the helper's was given, `down` the other way. `why`:
        what `Dataplane.end` was told, or USER_GONE / HELPER_GONE (that leg's stream ended first), NEVER_JOINED (a
        partner did not come in time), SILENT, PROTOCOL (a byte before `ready`, a frame against the rules),
        RELAY_STOPPED.
        """


class NullEvents:
    """For where nobody keeps records."""

    def spliced(self, session: str) -> None:
        """Nothing."""

    def over(self, session: str, why: Why, up: int, down: int) -> None:
        """Nothing."""
