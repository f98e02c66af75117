"""The tokens of Negotiate and NTLM (RFC 4559): by the system where it has them (SSPI, GSS-API), else by pyspnego's own code.

Each step may ask a key distribution centre over the network: a thread of its own, never the loop.
"""

import asyncio
import ctypes
import logging
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from common.host.log import get_logger
from common.net.gss import WRONG_PASSWORD, GssContext, GssError
from common.protocol.proxy_login import NEGOTIATE, NTLM, Login

log = get_logger(component="proxy")

_SERVICE: Final = "HTTP"
_DENIED: Final = frozenset(
    {
        -2146893044,  # SEC_E_LOGON_DENIED
        -1073741715,  # STATUS_LOGON_FAILURE
    }
)
_FORBIDDEN: Final = frozenset(
    {
        -2146893051,  # SEC_E_SECPKG_NOT_FOUND
        -2146893054,  # SEC_E_UNSUPPORTED_FUNCTION: what a policy that restricts NTLM answers
        -2147022959,  # ERROR_NTLM_BLOCKED
        1937,  # the same, not as an HRESULT
    }
)


class TokenError(Exception):
    """No token can be made. `wrong_password`: whoever knows it has looked at the password, and refused it; `forbidden`: the system
    makes none of this kind, for nobody.
    """

    def __init__(self, *, wrong_password: bool = False, forbidden: bool = False) -> None:
        super().__init__("no token")
        self.wrong_password = wrong_password
        self.forbidden = forbidden


class Tokens:
    """One login under way, with the proxy that is named `host`. Only for the connection that it began on."""

    def __init__(self, make: Callable[[], Any], *, instead: bool = False) -> None:
        """`make` gives a context with `step(bytes)`; it is called in a thread. `instead`: only for what the system forbids."""
        self._make = make
        self.instead = instead
        self._context: Any = None
        self._stepping = threading.Lock()
        self._over = False

    async def step(self, token: bytes) -> bytes:
        """What to send, for what the proxy sent (nothing at first). Raises TokenError."""
        return await asyncio.to_thread(self._step, token)

    def close(self) -> None:
        """Give back what a library holds: now, or once a step that nobody waits for any more has ended."""
        self._over = True
        if self._stepping.acquire(blocking=False):
            try:
                context, self._context = self._context, None
                if isinstance(context, GssContext):
                    context.close()
            finally:
                self._stepping.release()

    def _step(self, token: bytes) -> bytes:
        try:
            with self._stepping:
                return self._next(token)
        finally:
            if self._over:
                self.close()

    def _next(self, token: bytes) -> bytes:
        try:
            if self._context is None:
                self._context = self._make()
            return bytes(self._context.step(token) or b"")
        except GssError as error:
            log.info("no_token", why=str(error))
            raise TokenError(wrong_password=error.wrong_password) from error
        except Exception as error:  # what a proxy sends may break a library's reading in any way: other routes go on
            log.warning("no_token", why=type(error).__name__)
            raise _token_error(getattr(error, "base_error", None)) from error


def _token_error(native: object) -> TokenError:
    """By the number of SSPI's, or of Kerberos' own."""
    code, minor = getattr(native, "winerror", None), getattr(native, "min_code", None)
    kerberos = isinstance(minor, int) and ctypes.c_int32(minor).value in WRONG_PASSWORD
    return TokenError(wrong_password=kerberos or code in _DENIED, forbidden=code in _FORBIDDEN)


def of_the_person(scheme: str, host: str, *, ticket_only: bool = False) -> list[Tokens]:
    """By what the person who is logged in to this computer has already: a ticket; on Windows the logon itself.

    `ticket_only`: nothing that a proxy of somebody's could guess the password from.
    """
    if sys.platform in {"win32", "darwin"}:
        if ticket_only:
            return [Tokens(_spnego("kerberos", host, None))] if scheme == NEGOTIATE else []
        ntlm = scheme == NTLM and sys.platform == "win32"
        return [Tokens(_spnego(scheme, host, None))] if scheme == NEGOTIATE or ntlm else []
    return [Tokens(lambda: GssContext(host))] if scheme == NEGOTIATE else []


def of_login(scheme: str, host: str, login: Login) -> list[Tokens]:
    """By a name and a password, what is best first.

    A name with its realm (anna@EXAMPLE.ORG) is one of Kerberos. Without one it would be asked for at whatever realm a system
    has by default, which on many is that of strangers.
    """
    made = [Tokens(_spnego(scheme, host, login))]
    if sys.platform == "win32":
        made.append(Tokens(_spnego(scheme, host, login, by_itself=True), instead=True))
    kerberos = scheme == NEGOTIATE and "@" in login.username and sys.platform not in {"win32", "darwin"}
    if kerberos:
        made.insert(0, Tokens(lambda: GssContext(host, (login.username, login.password))))
    return made


def _spnego(scheme: str, host: str, login: Login | None, *, by_itself: bool = False) -> Callable[[], Any]:
    """`by_itself`: by pyspnego's own code, also where the system has some."""

    def make() -> Any:
        import spnego  # takes a moment, and few need it

        logging.getLogger("spnego").setLevel(logging.WARNING)  # else it tells of tokens
        options = spnego.NegotiateOptions.none
        if by_itself:
            options = spnego.NegotiateOptions.use_ntlm if scheme == NTLM else spnego.NegotiateOptions.use_negotiate
        username, password = (None, None) if login is None else (login.username, login.password)
        return spnego.client(
            username,
            password,
            hostname=host,
            service=_SERVICE,
            protocol=scheme,
            context_req=spnego.ContextReq.none,
            options=options,
        )

    return make
