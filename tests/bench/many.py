"""A company's machines that enrol with one line for many, from one address: all wait, one yes lets them in, all are in.

    python -m tests.bench.many [--machines 5060]

Real relay, real CA, and as many keys as machines; each machine's requests are those of an agent, over outer TLS, a connection each.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from common.net.certificates import PrivateKey, make_csr, new_key, spki_sha256
from common.net.https_request import post_json
from common.net.loop import install, run
from common.net.proxy_routes import DIRECT
from common.net.tls import OuterTrust
from common.protocol.certificate_requests import Answer, Claims, EnrolRequest, Issued, NotIssued, Refusal
from common.protocol.computer_claim import ComputerClaim
from common.protocol.enrolment import EnrolmentLine, account_id, claims_proof
from common.protocol.identity import Role
from deploy.demo.organisation import organisation
from deploy.demo.programs import Run

SECONDS: Final = 1200.0
"""What all of it may take, for 5,060 machines."""
AT_ONCE: Final = 24


@dataclass(frozen=True, kw_only=True)
class EnrolledMany:
    """Seconds of the clock: until all wait, for the yes, until all are in; and how often somebody was told to come again."""

    enrolled: int
    waiting: float
    yes: float
    fetching: float
    again: int

    @property
    def seconds(self) -> float:
        """Of all of it."""
        return self.waiting + self.yes + self.fetching


class _Office:
    """All machines, and the line that they have."""

    def __init__(self, line: EnrolmentLine, machines: int) -> None:
        self._line = line
        self._keys = [new_key() for _ in range(machines)]
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.answers: Counter[str] = Counter()

    async def all_ask(self) -> Counter[str]:
        """Each until it has an answer that is its own; how often which came."""
        self.answers.clear()
        await asyncio.gather(*(self._ask(number, key) for number, key in enumerate(self._keys)))
        return self.answers

    async def _ask(self, number: int, key: PrivateKey) -> None:
        claims = Claims(name=f"Machine {number}", login=f"login{number}")
        proof = claims_proof(self._line.code, Role.USER, spki_sha256(key), (claims.name, claims.login, f"PC-{number}"))
        request = EnrolRequest(
            id=account_id(self._line.code),
            role=Role.USER,
            csr=make_csr(key),
            proof=proof.hex(),
            computer=ComputerClaim(name=f"PC-{number}"),
            claims=claims,
        )
        while True:
            async with self._turns:
                answer = await post_json(
                    self._line.host,
                    self._line.port,
                    target="/api/v1/enrol",
                    body=msgspec.json.encode(request),
                    trust=OuterTrust(root_sha256=self._line.root),
                    routes=DIRECT,
                )
            said = msgspec.json.decode(answer.body, type=Answer)
            code = "issued" if isinstance(said, Issued) else said.code
            self.answers[code] += 1
            if not isinstance(said, NotIssued) or said.code != Refusal.BUSY:
                return
            await asyncio.sleep(min(said.retry_after, 5))


async def enrol_many(folder: Path, machines: int) -> EnrolledMany:
    """So many, in a folder of their own."""
    programs = Run.new(folder)
    async with organisation(programs) as place:
        ca = ("--folder", place.folder / "ca")
        told = await programs.command("tasuki-ca", "code", *ca, "--many", "--count", str(machines))
        office = _Office(EnrolmentLine.parse(told.split()[0]), machines)
        began = time.monotonic()
        first = dict(await office.all_ask())
        if first.get(Refusal.WAITS, 0) != machines:
            raise RuntimeError(f"not all wait: {first}")
        all_wait = time.monotonic()
        await programs.command("tasuki-ca", "yes", *ca, "--all", "--network", "127.0.0.0/8", within=SECONDS)
        said = time.monotonic()
        second = dict(await office.all_ask())
        done = time.monotonic()
        return EnrolledMany(
            enrolled=second.get("issued", 0),
            waiting=all_wait - began,
            yes=said - all_wait,
            fetching=done - said,
            again=first.get(Refusal.BUSY, 0) + second.get(Refusal.BUSY, 0),
        )


async def _print(machines: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        measured = await enrol_many(Path(folder), machines)
    print(
        f"{measured.enrolled} of {machines} machines are in: {measured.waiting:.0f} s until all wait, {measured.yes:.0f} s for the yes, "
        f"{measured.fetching:.0f} s until all are in, {measured.again} times told to come again",
        flush=True,
    )


def main() -> None:
    """Print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--machines", type=int, default=5060)
    machines = parser.parse_args().machines
    install()
    run(lambda: _print(machines))


if __name__ == "__main__":
    main()
