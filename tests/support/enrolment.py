"""An agent's way to the CA without a network: a relay between that can be told to lie."""

from collections.abc import Callable
from email.utils import format_datetime
from pathlib import Path

import msgspec

from common.agent.enrolment.enrol import EnrolmentOutcome, enrol, renew
from common.agent.enrolment.profile import Profile
from common.net.https_request import HttpAnswer
from common.protocol.certificate_requests import Answer, CertificateRequest, EnrolRequest, Issued
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from tests.support.ca import Organisation

ChangeRequest = Callable[[CertificateRequest], CertificateRequest]
ChangeAnswer = Callable[[Answer], Answer]


class BetweenRelay:
    """Passes requests to the CA and answers back, changed as told. `asked` is what came, with its address."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.asked: list[tuple[str, CertificateRequest]] = []
        self.change_request: ChangeRequest = lambda request: request
        self.change_answer: ChangeAnswer = lambda answer: answer
        self.raw: HttpAnswer | None = None
        self.lose: Exception | None = None
        self.date: str | None = None

    async def post(self, host: str, port: int, *, target: str, body: bytes, **_options: object) -> HttpAnswer:
        """In place of common.net.https_request.post_json."""
        request = msgspec.json.decode(body, type=CertificateRequest)
        self.asked.append((f"{host}:{port}{target}", request))
        answer = self.organisation.ca.authority.answer(self.change_request(request))
        if self.lose is not None:
            raise self.lose
        if self.raw is not None:
            return self.raw
        date = format_datetime(self.organisation.now(), usegmt=True) if self.date is None else self.date
        status = 200 if isinstance(answer, Issued) else 403
        return HttpAnswer(status=status, date=date, body=msgspec.json.encode(self.change_answer(answer)))


class Computer:
    """An agent's profile and its relay. Enrols and renews with the organisation's clock."""

    def __init__(self, folder: Path, organisation: Organisation, role: Role = Role.USER) -> None:
        self.organisation = organisation
        self.role = role
        self.folder = folder
        self.relay = BetweenRelay(organisation)
        self.profile = Profile.open(role=role, folder=folder)

    async def enrol(self, line: EnrolmentLine | None = None, *, replace: bool = False) -> EnrolmentOutcome:
        """Enrol, by a new line where none is given."""
        return await enrol(
            self.profile,
            line or self.organisation.line(self.role),
            clock=self.organisation.now,
            replace=replace,
            post=self.relay.post,
        )

    async def renew(self) -> EnrolmentOutcome:
        """Renew."""
        return await renew(self.profile, clock=self.organisation.now, post=self.relay.post)

    def restart(self) -> None:
        """The program ends and starts again."""
        self.profile = Profile.open(role=self.role, folder=self.folder)

    def asked_for(self) -> EnrolRequest:
        """The first request, an enrolment."""
        request = self.relay.asked[0][1]
        assert isinstance(request, EnrolRequest)
        return request
