"""Is its user there? The part of a request's machine between a helper's accept and the grant.

*Probing* belongs to the first accept. Memory alone knows of it: in the store the request waits. It is over with the user's answer
(granted), or without one (it waits on, unseen until its user is back), or when that helper is gone (it waits on, as before).
"""

from dataclasses import replace
from datetime import datetime
from typing import cast

from common.protocol.messages import Code, Mode
from common.protocol.reasons import Why
from relay.core.life import RELAY, AskThere, Hidden, NotThere, Probed
from relay.core.records import Participant
from relay.core.request_draft import WITH_SESSION, Draft, granted, nothing, over, probing, refuse, waiting
from relay.core.request_inputs import Inputs


def _stop_probing(draft: Draft) -> Probed:
    probed = cast("Probed", draft.life.probed)  # else this is another state
    draft.life = replace(draft.life, probed=None)
    return probed


@waiting.upon(Inputs.wanted).to(probing)
def _probe(_: Inputs, draft: Draft, helper: Participant, session: str, now: datetime) -> None:
    if draft.life.unreachable:
        refuse(Code.NOT_HERE)(_, draft)
        return
    draft.life = replace(draft.life, probed=Probed(at=now, helper=helper, session=session))
    draft.effects.append(AskThere())


@probing.upon(Inputs.here).to(granted)
def _answer(_: Inputs, draft: Draft, resumable: bool, now: datetime, *, most: Mode = Mode.CONTROL) -> None:
    probed = _stop_probing(draft)
    draft.grant(probed.helper, probed.session, resumable=resumable, now=now, most=most)


@probing.upon(Inputs.not_here).to(waiting)
def _no_answer(_: Inputs, draft: Draft, now: datetime) -> None:
    probed = _stop_probing(draft)
    draft.log(now, RELAY, "request.not_here", helper=probed.helper.uri)
    draft.effects.append(NotThere(probed.helper))
    if draft.request.call_back_until is None:  # a call back's list says itself that its user is not there
        draft.life = replace(draft.life, unreachable=True)
        draft.effects.append(Hidden(Why.NOT_HERE))


@probing.upon(Inputs.withdrawn).to(waiting)
def _withdraw(_: Inputs, draft: Draft, helper: str) -> None:
    if draft.life.probed is not None and draft.life.probed.helper.account == helper:
        _stop_probing(draft)


probing.upon(Inputs.accepted).loop()(refuse(Code.TOO_LATE))
probing.upon(Inputs.wanted).loop()(refuse(Code.TOO_LATE))
for _state in (*WITH_SESSION, over):
    _state.upon(Inputs.wanted).loop()(refuse(Code.TOO_LATE))
for _state in (waiting, *WITH_SESSION, over):
    _state.upon(Inputs.here).loop()(nothing)
    _state.upon(Inputs.not_here).loop()(nothing)
    _state.upon(Inputs.withdrawn).loop()(nothing)
