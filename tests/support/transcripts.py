"""What transcripts of matching say again and again."""

from collections.abc import Sequence

from common.protocol.identity import Role
from common.protocol.messages import Mode, Request, To, ToHelper
from tests.support.relay_in_memory import Agent, RelayInMemory


def by_name(helper: Agent) -> ToHelper:
    """This helper, asked by name."""
    return ToHelper(uri=helper.listener.identified.participant.uri)


def ask(to: To, request: str = "a" * 32, mode: Mode = Mode.CONTROL) -> Request:
    """A request."""
    return Request(request=request, to=to, mode=mode, topic="printer", inventory={"os": "Debian"})


async def user_and_helper(relay: RelayInMemory, *, features: Sequence[str] = ()) -> tuple[Agent, Agent]:
    """Anna, a user, and Hana, a helper who watches the queue; their lists do not matter."""
    user = await relay.agent(Role.USER, "Anna", features=features)
    helper = await relay.agent(Role.HELPER, "Hana", watch=True, features=features)
    await relay.advance(1)
    helper.forget()
    return user, helper


async def renewed(relay: RelayInMemory, agent: Agent) -> Agent:
    """The same person's agent with a new certificate, connected."""
    who = agent.listener.identified
    return await relay.connect(relay.organisation.person(who.role, who.participant.name, who.participant.account))
