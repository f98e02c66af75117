"""The numbers of a session's time: their names, defaults and bounds, once. The agents' settings take them from here."""

from typing import Annotated

import msgspec


def seconds(least: float, most: float) -> msgspec.Meta:
    """The bounds of a number of seconds that a person may set."""
    return msgspec.Meta(ge=least, le=most)


class SessionTiming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds."""

    dial: Annotated[float, seconds(1, 300)] = 30.0  # one round over the relay's addresses, again for each new ticket
    join: Annotated[float, seconds(1, 120)] = 65.0  # from the leg to `ready` (the relay ends a lonely leg after 60)
    secure: Annotated[float, seconds(1, 120)] = 15.0  # end-to-end TLS
    allow: Annotated[float, seconds(1, 60)] = 60.0  # the person's answer; silence is no
    greet: Annotated[float, seconds(1, 180)] = 75.0  # the other side's HELLO: longer than `allow`
    want: Annotated[float, seconds(1, 600)] = 60.0  # the answer to a wish for control; silence is no
    want_again: Annotated[float, seconds(0, 600)] = 10.0  # so long after a no, the next wish is refused without asking
    bye: Annotated[float, seconds(0.1, 30)] = 5.0  # until the leg is dropped behind a BYE
    reason: Annotated[float, seconds(0, 30)] = 2.0  # after a cut, for the relay to say why
    ping: Annotated[float, seconds(0.1, 15)] = 2.0  # at least every so often something goes out
    ack: Annotated[float, seconds(0.05, 15)] = 1.0  # at the latest, for bytes of the picture that were taken
    quiet: Annotated[float, seconds(0.1, 60)] = 5.0  # nothing heard: the person is told
    silence: Annotated[float, seconds(0.3, 60)] = 15.0  # nothing heard: the connection is given up
    probe: Annotated[float, seconds(0.1, 60)] = 3.0  # the network has changed: for a sign of life
    resume: Annotated[float, seconds(1, 3600)] = 180.0  # an interrupted session is tried again so long
    resume_pause: Annotated[float, seconds(0.1, 60)] = 4.0  # at most between two tries
