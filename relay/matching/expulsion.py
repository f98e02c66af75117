"""Putting out what a certificate has: requests, sessions and the connection that go by it, and nothing else of its account."""

from common.protocol.messages import Code
from common.protocol.reasons import Why
from relay.core.life import RELAY
from relay.matching.hub import Hub


async def expel(hub: Hub, certificate: str) -> None:
    """It is revoked, or owed to be: at once, whatever the CA does."""
    for request in hub.open_requests:
        if request.life.request.user.certificate == certificate:
            await hub.open_requests.end(request, RELAY, Why.REVOKED)
    await hub.open_requests.end_helper(lambda helper: helper.certificate == certificate, Why.REVOKED)
    connection = hub.connections.of(certificate)
    if connection is not None:
        connection.dismiss(Code.CERTIFICATE_REVOKED)
    hub.serials.pop(certificate, None)
    hub.computers.forget(certificate)
