"""Legs and the splice between two of them.

Five words make up the rest. A *leg* is one agent's WebSocket connection for one session. It is *parked* until its
partner's leg is here; then both get the text frame `ready`, and the two are a *splice*: payload goes from one to the
other as it arrives, and nothing of it is kept or read. *Backpressure* is what a full output does to the other side's
input. A session is *over* once, for one reason, with a count of the bytes that went each way.

To read in this order: `plane` (all sessions), `splices` (one session's two legs, by relay.core.pairing), `legs` (one leg),
`frames` (the bytes). What matching and it say to each other is in relay.core.leg_messages.
"""

from relay.dataplane.plane import Dataplane

__all__ = ["Dataplane"]
