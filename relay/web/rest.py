"""REST: health, enrolment and renewal. What the relay says of itself is at /api/v1/openapi.json.

A certificate request passes through to the CA as it came; the relay adds nothing and can change nothing that the CA or
the agent would not notice. Pages for operators hang on the same application, beside these.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import HTTPException

from common.host.log import get_logger
from common.net.certificates import CertificateError, read_identity
from common.protocol.certificate_requests import (
    CertificateRequest,
    EnrolRequest,
    Issued,
    Refusal,
    Refused,
    RenewRequest,
    Root,
)
from common.protocol.reading import UNDECODABLE
from relay.core.admission import AddressRate

log = get_logger()


_NOT_KEPT: Final = {
    "no_account": (Refusal.ACCOUNT_DISABLED, 403),
    "account_disabled": (Refusal.ACCOUNT_DISABLED, 403),
    "unwritable": (Refusal.UNAVAILABLE, 503),
}
"""What the desk says when it does not keep a certificate, and what the agent hears then."""


class RefusedError(Exception):
    """There is no certificate: `code` for the body, `status` for the answer."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Accounts(Protocol):
    """What REST needs of the desk."""

    @property
    def ready(self) -> bool:
        """Whether new work can be taken."""

    def may_renew(self, account: str) -> bool:
        """Whether this account is known and enabled."""

    async def enrolled(self, leaf: bytes, *, renewed: bool = False) -> None:
        """Keep this certificate. Raises an Exception with `code` where the account may have none."""


class Authority(Protocol):
    """The way to the CA."""

    def __call__(self, request: CertificateRequest, /) -> Awaitable[Issued]:
        """Hand the request in. Raises RefusedError."""


def build(
    *, accounts: Accounts, authority: Authority, root: bytes, rate: AddressRate, seconds: Callable[[], float]
) -> FastAPI:
    """The application. `root`: the organisation's, DER. `seconds`: monotonic, for the rate."""
    app = FastAPI(
        title="Tasuki relay",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )

    @app.get("/healthz", summary="Whether the relay can take work", responses={503: {"description": "It cannot"}})
    async def healthz() -> dict[str, str]:
        if not accounts.ready:
            raise HTTPException(503, "The relay takes no new work now.")
        return {"status": "ok"}

    @app.get("/api/v1/root", summary="The organisation's root certificate, for who holds an enrolment line")
    async def root_certificate() -> Response:
        return _json(200, Root(root=root))

    @app.post(
        "/api/v1/enrol", summary="A first certificate, by the code of an enrolment line", **_described(EnrolRequest)
    )
    async def enrol(request: Request) -> Response:
        return await _certify(request, EnrolRequest, renewed=False)

    @app.post("/api/v1/renew", summary="The next certificate, by the key of the last", **_described(RenewRequest))
    async def renew(request: Request) -> Response:
        return await _certify(request, RenewRequest, renewed=True)

    async def _certify(request: Request, kind: type[EnrolRequest] | type[RenewRequest], *, renewed: bool) -> Response:
        try:
            _check_rate(request, rate, seconds())
            asked = _decode(await request.body(), kind)
            if isinstance(asked, RenewRequest):
                _check_account(asked, accounts)
            issued = await authority(asked)
            await _keep(issued, accounts, renewed=renewed)
        except RefusedError as error:
            log.info("certificate_not_given", path=request.url.path, refusal=error.code)
            return _json(error.status, Refused(code=error.code))
        log.info("certificate_given", account=issued.account, role=issued.role, serial=issued.serial)
        return _json(200, issued)

    return app


def _check_rate(request: Request, rate: AddressRate, now: float) -> None:
    if not rate.allow(request.client.host if request.client is not None else "", now):
        raise RefusedError(Refusal.BUSY, 429)


def _decode(body: bytes, kind: type[EnrolRequest] | type[RenewRequest]) -> EnrolRequest | RenewRequest:
    try:
        return msgspec.json.decode(body, type=kind)
    except UNDECODABLE:
        raise RefusedError(Refusal.MALFORMED, 400) from None


def _check_account(asked: RenewRequest, accounts: Accounts) -> None:
    """Whose certificate it is the CA checks; here only that the account, whosever it is, may have one."""
    try:
        uri, _ = read_identity(asked.chain[0])
    except CertificateError:
        raise RefusedError(Refusal.BAD_CERTIFICATE, 403) from None
    if not accounts.may_renew(uri.account):
        raise RefusedError(Refusal.ACCOUNT_DISABLED, 403)


async def _keep(issued: Issued, accounts: Accounts, *, renewed: bool) -> None:
    try:
        await accounts.enrolled(issued.chain[0], renewed=renewed)
    except Exception as error:
        code = getattr(error, "code", None)
        if code is None:
            log.exception("certificate_not_kept", account=issued.account)
            raise RefusedError(Refusal.UNAVAILABLE, 503) from error
        log.warning("certificate_not_kept", account=issued.account, refusal=code)
        raise RefusedError(*_NOT_KEPT.get(code, (Refusal.BAD_CERTIFICATE, 403))) from error


def _json(status: int, answer: msgspec.Struct) -> Response:
    return Response(
        msgspec.json.encode(answer),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _described(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """What FastAPI cannot read from a function that takes the body as it came."""

    def schema(what: Any) -> dict[str, Any]:
        (found,), definitions = msgspec.json.schema_components([what], ref_template="#/components/schemas/{name}")
        name = found["$ref"].rpartition("/")[2] if "$ref" in found else None
        return dict(definitions[name]) if name is not None else dict(found)

    def content(what: Any) -> dict[str, Any]:
        return {"application/json": {"schema": schema(what)}}

    refused = {"description": "There is none; `code` says why", "content": content(Refused)}
    return {
        "response_class": Response,
        "responses": {
            200: {"description": "The certificate", "content": content(Issued)},
            **dict.fromkeys((400, 403, 404, 409, 410, 429, 503), refused),
        },
        "openapi_extra": {"requestBody": {"required": True, "content": content(kind)}},
    }
