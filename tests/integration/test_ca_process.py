"""`tasuki-ca serve` as a real process: killed at any moment, it comes back with everything and nothing twice."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.net.certificates import new_key, verify_issued
from common.net.revocation import RevocationList
from common.protocol.certificate_requests import Issued
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from relay.ca.client import AuthorityClient, AuthorityRefusedError, AuthorityUnavailableError
from relay.ca.process import utc_now
from tests.support.ca import Organisation, enrol_request
from tests.support.small_disk import with_small_disk

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}


def command(organisation: Organisation, name: str, *arguments: str) -> list[str]:
    """A command line of tasuki-ca."""
    return [sys.executable, "-m", "relay.ca.cli", name, "--folder", str(organisation.folder), *arguments]


class Process:
    """`tasuki-ca serve`. `log` is what it has written on stderr, by line."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.log: list[str] = []
        self._child: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._heard = threading.Condition()

    def start(self, *options: str) -> None:
        """Start it and wait until it says that it serves."""
        self.log = []
        self._child = subprocess.Popen(
            command(self.organisation, "serve", *options), stderr=subprocess.PIPE, env=ENVIRONMENT, cwd=ROOT, text=True
        )
        self._reader = threading.Thread(target=self._read, args=(self._child,))
        self._reader.start()
        self.wait_for("ca_serving")

    def wait_for(self, word: str) -> None:
        """Until a line of the log has this word."""
        with self._heard:
            assert self._heard.wait_for(lambda: any(word in line for line in self.log), timeout=20), self.log

    def end(self, number: int = signal.SIGKILL) -> int:
        """End it by a signal: its exit code."""
        assert self._child is not None
        assert self._reader is not None
        self._child.send_signal(number)
        code = self._child.wait(10)
        self._reader.join(10)
        self._child = None
        return code

    def clear(self) -> None:
        """After the test."""
        if self._child is not None:
            self.end()

    def _read(self, child: subprocess.Popen[str]) -> None:
        assert child.stderr is not None
        with child.stderr:
            for line in child.stderr:
                with self._heard:
                    self.log.append(line)
                    self._heard.notify_all()


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """A CA that lives now."""
    return Organisation(tmp_path, now=utc_now)


@pytest.fixture
def process(organisation: Organisation) -> Iterator[Process]:
    """Its process, not started yet."""
    process = Process(organisation)
    yield process
    process.clear()


@pytest.fixture
def client(organisation: Organisation) -> AuthorityClient:
    """The relay's client."""
    return AuthorityClient(folder=organisation.mailbox, random=os.urandom, poll=0.01)


def line_of(organisation: Organisation, name: str) -> EnrolmentLine:
    """An enrolment line by the command, which runs beside `serve`."""
    made = subprocess.run(
        command(organisation, "code", "--role", "user", "--name", name),
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return EnrolmentLine.parse(made.stdout)


async def test_a_code_made_beside_serve_enrols(
    organisation: Organisation, process: Process, client: AuthorityClient
) -> None:
    """The lock lets both work."""
    process.start()
    key = new_key()
    issued = await client.submit(enrol_request(line_of(organisation, "Anna"), Role.USER, key))
    assert verify_issued(issued.chain, organisation.root).name == "Anna"
    assert process.end(signal.SIGTERM) == 0


async def test_a_request_made_while_it_was_dead_is_answered(
    organisation: Organisation, process: Process, client: AuthorityClient
) -> None:
    """The caller only waits a little longer."""
    process.start()
    process.end()
    waiting = asyncio.create_task(client.submit(enrol_request(organisation.line(), Role.USER, new_key())))
    await asyncio.sleep(0.05)  # it lies in the mailbox
    assert not waiting.done()
    process.start()
    assert (await waiting).name == "Anna"


async def test_killed_again_and_again(organisation: Organisation, process: Process) -> None:
    """Twenty people enrol while the CA is killed -9 eight times: each gets one certificate, nobody two, none is lost."""
    client = AuthorityClient(folder=organisation.mailbox, random=os.urandom, poll=0.01, deadline=1.0)
    keys = [new_key() for _ in range(20)]
    requests = [
        enrol_request(organisation.line(name=f"Anna {number}"), Role.USER, key) for number, key in enumerate(keys)
    ]

    async def enrol(number: int) -> Issued:
        await asyncio.sleep(0.1 * number)
        while True:
            with contextlib.suppress(AuthorityUnavailableError):
                return await client.submit(requests[number])

    enrolling = asyncio.gather(*(enrol(number) for number in range(20)))
    for turn in range(8):
        await asyncio.to_thread(process.start)
        await asyncio.sleep(0.013 * turn)
        process.end()
    await asyncio.to_thread(process.start)
    issued = await asyncio.wait_for(enrolling, 30)
    records = list(organisation.ca.authority.folder.all_issued())
    assert len(records) == 20
    assert {one.serial for one in records} == {one.serial for one in issued}
    for one, key in zip(issued, keys, strict=True):
        assert verify_issued(one.chain, organisation.root).spki_sha256.hex() in {record.spki for record in records}
        assert key


async def test_two_at_once_with_one_code(organisation: Organisation, process: Process, client: AuthorityClient) -> None:
    """Exactly one wins, over the mailbox too."""
    process.start()
    for turn in range(5):
        line = organisation.line(name=f"Anna {turn}")
        answers = await asyncio.gather(
            *(client.submit(enrol_request(line, Role.USER, new_key())) for _ in range(4)), return_exceptions=True
        )
        assert sum(isinstance(answer, Issued) for answer in answers) == 1
        codes = {answer.code for answer in answers if isinstance(answer, AuthorityRefusedError)}
        assert codes == {"code_used"}


async def test_a_revocation_reaches_the_relay_at_once(
    organisation: Organisation, process: Process, client: AuthorityClient
) -> None:
    """Within a second, by the command beside `serve`, and still there after a kill."""
    process.start()
    person = organisation.person()
    serial = verify_issued(person.chain, organisation.root).serial
    told: asyncio.Queue[RevocationList] = asyncio.Queue()
    watching = asyncio.create_task(client.watch(told.put_nowait, every=0.05))
    revoking = await asyncio.create_subprocess_exec(
        *command(organisation, "revoke", "Anna"), env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    assert await revoking.wait() == 0
    async with asyncio.timeout(1):
        while not (await told.get()).is_revoked(serial):
            pass
    process.end()
    await asyncio.to_thread(process.start)
    async with asyncio.timeout(5):
        assert (await told.get()).is_revoked(serial)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


def test_a_second_serve_is_refused_with_a_sentence(organisation: Organisation, process: Process) -> None:
    """On stderr, exit code 1."""
    process.start()
    second = subprocess.run(
        command(organisation, "serve"), env=ENVIRONMENT, cwd=ROOT, capture_output=True, timeout=20, check=False
    )
    assert second.returncode == 1
    assert b"is used by another Tasuki program" in second.stderr


def test_the_log_holds_no_secret(organisation: Organisation, process: Process) -> None:
    """Neither the code nor the proof, also where everything is logged."""
    line = organisation.line()
    request = enrol_request(line, Role.USER, new_key())
    organisation.ca.mailbox.submit("0" * 32, request)
    process.start("--json", "--level", "debug")
    process.wait_for("certificate_issued")
    assert process.end(signal.SIGTERM) == 0
    text = "".join(process.log)
    assert line.code not in text
    assert request.proof not in text


def test_a_full_disk_is_a_sentence_and_nothing_is_half_done() -> None:
    """By every command; `serve` goes on; with room the same command works."""
    with tempfile.TemporaryDirectory(prefix="tasuki-disk-") as folder:
        program = (sys.executable, "-m", "tests.integration.ca_full_disk_process", folder)
        done = subprocess.run(
            with_small_disk(Path(folder), 1, *program),
            env=ENVIRONMENT,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    for name in ("init, full", "code, full", "revoke, full"):
        code, said = seen[name]
        assert (code, len(said)) == (1, 1), (name, said)
        assert "No space left" in said[0]
    assert [seen[name][0] for name in ("init", "code", "revoke", "code again")] == [0, 0, 0, 0]
    assert (seen["list, full"], seen["list"]) == (["Anna"], ["Anna", "Ben"])
    assert (seen["runs on"], seen["the list is whole"], seen["newer"]) == (True, True, True)
    assert (seen["tracebacks"], seen["halves"]) == (0, [])


def test_commands_go_through_the_process_that_serves(organisation: Organisation, process: Process) -> None:
    """Its log has who ordered; after a kill the socket that is left hinders neither a command nor the next start."""
    arguments = command(organisation, "code", "--role", "user", "--name", "Anna")

    def made() -> EnrolmentLine:
        done = subprocess.run(arguments, capture_output=True, text=True, check=True, env=ENVIRONMENT, cwd=ROOT)
        return EnrolmentLine.parse(done.stdout.strip())

    process.start()
    made()
    process.wait_for("ordered")
    [line] = [one for one in process.log if "ordered" in one]
    assert "operator:" in line
    assert "Anna" not in line
    process.end()
    assert (organisation.folder / "operators.sock").exists()
    made()
    process.start()
    made()
    process.wait_for("ordered")
    assert process.end(signal.SIGTERM) == 0
    assert not (organisation.folder / "operators.sock").exists()
