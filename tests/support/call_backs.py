"""Call backs at a relay in memory: how one is left, and how a helper sees it."""

from common.protocol.identity import Role
from common.protocol.messages import Mode, Request, RequestEntry, Requests, To, ToAnyone
from tests.support.relay_in_memory import Agent, RelayInMemory

ID = "a" * 32
DAY = 86400.0


def left(to: To | None = None, *, topic: str = "", request: str = ID) -> Request:
    """As the user's agent says it."""
    return Request(request=request, to=to or ToAnyone(), mode=Mode.VIEW, topic=topic, call_back=True)


def entry(helper: Agent) -> RequestEntry:
    """The newest state of the one request that this helper sees."""
    return [one for message in helper.heard(Requests) for one in message.set][-1]


async def asked(relay: RelayInMemory, name: str = "Anna", to: To | None = None, *, request: str = ID) -> Agent:
    """A user who has asked, waited, and left it."""
    user = await relay.agent(Role.USER, name)
    user.say(Request(request=request, to=to or ToAnyone(), mode=Mode.VIEW))
    await relay.settle()
    await relay.advance(60)
    user.say(left(to, request=request))
    await relay.settle()
    return user
