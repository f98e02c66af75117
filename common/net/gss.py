"""Kerberos by the system's own GSS-API library (RFC 2743, RFC 2744), through ctypes: the ticket of whoever is logged in.

For Linux alone: no wheel of a Python binding is to be had there, while the library lies on nearly every desktop. Where it is not,
nobody has a ticket either. Windows and macOS have theirs through pyspnego. Calls wait for the network: not on the event loop.
"""

import ctypes
import functools
from typing import Any, Final

LIBRARY: Final = "libgssapi_krb5.so.2"

_SPNEGO: Final = bytes.fromhex("2b0601050502")  # 1.3.6.1.5.5.2
_KERBEROS: Final = bytes.fromhex("2a864886f712010202")  # 1.2.840.113554.1.2.2
_HOST_SERVICE: Final = bytes.fromhex("2a864886f71201020104")  # 1.2.840.113554.1.2.1.4
_USER_NAME: Final = bytes.fromhex("2a864886f71201020101")  # 1.2.840.113554.1.2.1.1
_FAILED: Final = 0xFFFF0000  # calling and routine errors of a major status
_INITIATE: Final = 1
_OF_MECHANISM: Final = 2
WRONG_PASSWORD: Final = frozenset(
    {
        -1765328360,  # KRB5KDC_ERR_PREAUTH_FAILED
        -1765328353,  # KRB5KRB_AP_ERR_BAD_INTEGRITY
        -1765328378,  # KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN
    }
)
"""Minor codes by which a key distribution centre says so."""


class GssError(Exception):
    """No ticket, no library, or the other side's answer is none. `wrong_password`: the key distribution centre said so."""

    def __init__(self, detail: str, *, wrong_password: bool = False) -> None:
        super().__init__(detail)
        self.wrong_password = wrong_password


class _Buffer(ctypes.Structure):
    _fields_ = (("length", ctypes.c_size_t), ("value", ctypes.c_void_p))


class _Oid(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint32), ("elements", ctypes.c_void_p))


class _OidSet(ctypes.Structure):
    _fields_ = (("count", ctypes.c_size_t), ("elements", ctypes.c_void_p))


@functools.cache
def _library() -> Any:
    """Raises GssError where there is none."""
    try:
        library = ctypes.CDLL(LIBRARY)
        for name in ("gss_init_sec_context", "gss_import_name", "gss_acquire_cred_with_password", "gss_display_status"):
            getattr(library, name).restype = ctypes.c_uint32
    except (OSError, AttributeError) as error:
        raise GssError("no GSS-API library") from error
    return library


class GssContext:
    """With the service HTTP of `host`. Without a login (name, password) the ticket that is there counts. One thread at a time."""

    def __init__(self, host: str, login: tuple[str, str] | None = None) -> None:
        """Raises GssError."""
        self._gss = _library()
        self._kept: list[Any] = []  # memory that the library reads
        self._minor = ctypes.c_uint32()
        self._context, self._target, self._credential = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        # A login is Kerberos' own: under SPNEGO's name the library hides its codes. A proxy's Negotiate takes both (RFC 4559).
        self._mechanism = self._oid(_SPNEGO if login is None else _KERBEROS)
        self._name(f"HTTP@{host}", _HOST_SERVICE, self._target)
        if login is not None:
            self._log_in(*login)

    def step(self, token: bytes) -> bytes:
        """What to send next, with what the other side sent (nothing at first); empty at the end. Raises GssError."""
        out = _Buffer()
        major = self._gss.gss_init_sec_context(
            ctypes.byref(self._minor),
            self._credential,
            ctypes.byref(self._context),
            self._target,
            ctypes.byref(self._mechanism),
            ctypes.c_uint32(0),
            ctypes.c_uint32(0),
            None,
            ctypes.byref(self._buffer(token)),
            None,
            ctypes.byref(out),
            None,
            None,
        )
        self._check(major)
        try:
            return ctypes.string_at(out.value, out.length) if out.value else b""
        finally:
            self._gss.gss_release_buffer(ctypes.byref(ctypes.c_uint32()), ctypes.byref(out))

    def close(self) -> None:
        """Give back what the library holds."""
        minor = ctypes.byref(ctypes.c_uint32())
        self._gss.gss_delete_sec_context(minor, ctypes.byref(self._context), None)
        self._gss.gss_release_name(minor, ctypes.byref(self._target))
        self._gss.gss_release_cred(minor, ctypes.byref(self._credential))

    def _log_in(self, username: str, password: str) -> None:
        name = ctypes.c_void_p()
        self._name(username, _USER_NAME, name)
        wanted = _OidSet(1, ctypes.addressof(self._mechanism))
        try:
            major = self._gss.gss_acquire_cred_with_password(
                ctypes.byref(self._minor),
                name,
                ctypes.byref(self._buffer(password.encode())),
                ctypes.c_uint32(0),
                ctypes.byref(wanted),
                ctypes.c_int(_INITIATE),
                ctypes.byref(self._credential),
                None,
                None,
            )
            self._check(major)
        finally:
            self._gss.gss_release_name(ctypes.byref(ctypes.c_uint32()), ctypes.byref(name))

    def _name(self, text: str, kind: bytes, into: ctypes.c_void_p) -> None:
        buffer, oid = self._buffer(text.encode()), self._oid(kind)
        minor, name = ctypes.byref(self._minor), ctypes.byref(into)
        self._check(self._gss.gss_import_name(minor, ctypes.byref(buffer), ctypes.byref(oid), name))

    def _buffer(self, data: bytes) -> _Buffer:
        return _Buffer(len(data), self._memory(data) if data else None)

    def _oid(self, der: bytes) -> _Oid:
        oid = _Oid(len(der), self._memory(der))
        self._kept.append(oid)
        return oid

    def _memory(self, data: bytes) -> int:
        held = ctypes.create_string_buffer(data, len(data))
        self._kept.append(held)
        return ctypes.addressof(held)

    def _check(self, major: int) -> None:
        if major & _FAILED:
            code = ctypes.c_int32(self._minor.value).value
            raise GssError(self._words(), wrong_password=code in WRONG_PASSWORD)

    def _words(self) -> str:
        """The library's, for the log."""
        out, more = _Buffer(), ctypes.c_uint32()
        nothing = ctypes.byref(ctypes.c_uint32())
        code, of_mechanism = self._minor, ctypes.c_int(_OF_MECHANISM)
        self._gss.gss_display_status(nothing, code, of_mechanism, None, ctypes.byref(more), ctypes.byref(out))
        try:
            return (
                ctypes.string_at(out.value, out.length).decode(errors="replace").rstrip("\0")
                if out.value
                else "GSS-API"
            )
        finally:
            self._gss.gss_release_buffer(nothing, ctypes.byref(out))
