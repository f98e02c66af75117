"""Networks built from namespaces of the kernel: the Internet with the relay in it, and sites, each a PC behind a gateway.

```
 PC ──eth0─lan── gateway ──wan─── Internet: relay, name server
```

Addresses are those that are kept for documentation (RFC 5737, RFC 3849). Everything is named after this process, so that runs
beside each other do not meet, and what a killed run left behind is found by its process that is no more.
"""

import asyncio
import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.demo.programs import Program, ProgramError, Run

HOST = "help.example.org"
RELAY, NAMES, RELAY_V6 = "203.0.113.10", "203.0.113.53", "2001:db8:9::10"
NAMESPACES = Path("/run/netns")
CONFIGURED = Path("/etc/netns")  # what `ip netns exec` lays over /etc, a folder for each namespace
PREFIX = "tasuki"
CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, kw_only=True)
class Internet:
    """The namespace of the relay and of the name server. `name` is the namespace's."""

    run: Run
    name: str

    async def start(self, program: str, *argv: str | Path, environ: Mapping[str, str] | None = None) -> Program:
        """Start a program there; whoever starts it ends it."""
        return await self.run.start(program, "ip", "netns", "exec", self.name, *argv, environ=environ)


@dataclass(kw_only=True)
class Site:
    """A PC and its gateway. `environ`: what programs on the PC are started with, a proxy for example.

    `open_folder`: for files of programs that are another user's; a run's own folder is for nobody else.
    """

    run: Run
    internet: str
    pc: str
    gateway: str
    number: int
    open_folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The PC's."""
        return f"10.{self.number}.0.2"

    @property
    def uplink(self) -> str:
        """The device in the Internet that leads to the gateway."""
        return f"site{self.number}"

    @property
    def gateway_address(self) -> str:
        """The gateway's, on the PC's side."""
        return f"10.{self.number}.0.1"

    async def start(self, program: str, *argv: str | Path, environ: Mapping[str, str] | None = None) -> Program:
        """Start a program on the PC; whoever starts it ends it."""
        command = ("ip", "netns", "exec", self.pc, *argv)
        return await self.run.start(program, *command, environ={**self.environ, **(environ or {})})

    @contextlib.asynccontextmanager
    async def on_gateway(
        self, program: str, *argv: str | Path, port: int = 0, environ: Mapping[str, str] | None = None
    ) -> AsyncIterator[Program]:
        """A program on the gateway until the block is left; it accepts on this port of TCP before the block begins."""
        command = ("ip", "netns", "exec", self.gateway, *argv)
        async with self.run.program(f"{program}-{self.number}", *command, environ=environ) as started:
            if port:
                await accepting(self.gateway, self.gateway_address, port, started)
            yield started

    def filter(self, rules: str, *, on_pc: bool = False) -> None:
        """Load nftables rules, on the gateway if not on the PC."""
        nft(self.pc if on_pc else self.gateway, rules)

    def forward_only(self, *rules: str) -> None:
        """Let the PC out by these rules alone; what was let out may answer."""
        lines = "\n".join(("ct state established,related accept", *rules))
        self.filter(
            f"table inet only {{ chain out {{ type filter hook forward priority 0; policy drop;\n{lines}\n}}\n}}\n"
        )

    def resolve_at(self, *servers: str, search: str = "") -> None:
        """Which name servers the PC asks."""
        write_resolver(self.pc, *servers, search=search)

    def cut_off(self) -> None:
        """No way out at all: only the gateway itself can be reached, and it knows no names."""
        ip(f"-n {self.pc} route del default")
        self.resolve_at(self.gateway_address)

    def move(self, host: int) -> None:
        """Give the PC another address of its network, as another Wi-Fi would."""
        ip(f"-n {self.pc} addr flush dev eth0 scope global")
        ip(f"-n {self.pc} addr add 10.{self.number}.0.{host}/24 dev eth0")
        ip(f"-n {self.pc} route replace default via {self.gateway_address}")

    def unplug(self) -> None:
        """Take the PC's cable out."""
        ip(f"-n {self.pc} link set eth0 down")

    def plug(self) -> None:
        """Put it in again; the PC gets what it had, as from the same server."""
        ip(f"-n {self.pc} link set eth0 up")
        ip(f"-n {self.pc} route replace default via {self.gateway_address}")


def ip(arguments: str) -> None:
    """iproute2's command. Raises ProgramError."""
    done = subprocess.run(["ip", *arguments.split()], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProgramError(f"ip {arguments}: {done.stderr.strip()}")


def nft(namespace: str, rules: str) -> None:
    """Give nftables there these commands. Raises ProgramError."""
    argv = ["ip", "netns", "exec", namespace, "nft", "-f", "-"]
    loaded = subprocess.run(argv, input=rules, text=True, capture_output=True, check=False)
    if loaded.returncode:
        raise ProgramError(f"nft: {loaded.stderr}")


def sysctl(namespace: str, *settings: str) -> None:
    """Set what the kernel does there."""
    subprocess.run(["ip", "netns", "exec", namespace, "sysctl", "-qw", *settings], check=True)


def write_resolver(namespace: str, *servers: str, search: str = "") -> None:
    """Its /etc/resolv.conf."""
    lines = [f"search {search}"] if search else []
    lines += [f"nameserver {server}" for server in servers]
    (CONFIGURED / namespace / "resolv.conf").write_text("\n".join([*lines, "options timeout:5 attempts:2", ""]))


@contextlib.contextmanager
def namespace(name: str) -> Iterator[str]:
    """A network namespace of this process's, with loopback up; its name."""
    whole = f"{PREFIX}{os.getpid()}-{name}"
    ip(f"netns add {whole}")
    try:
        ip(f"-n {whole} link set lo up")
        (CONFIGURED / whole).mkdir(parents=True)
        write_resolver(whole, NAMES)
        yield whole
    finally:
        remove(whole)


def remove(name: str) -> None:
    """Take a namespace away, and what was laid over /etc for it."""
    ip(f"netns del {name}")
    shutil.rmtree(CONFIGURED / name, ignore_errors=True)


def remove_leftovers() -> None:
    """Namespaces of runs that are no more."""
    for path in NAMESPACES.glob(f"{PREFIX}*-*"):
        owner = path.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            with contextlib.suppress(ProgramError):
                remove(path.name)


@contextlib.asynccontextmanager
async def the_internet(run: Run) -> AsyncIterator[Internet]:
    """The relay's namespace, with its addresses and a name server that knows the relay."""
    remove_leftovers()
    with namespace("net") as name:
        for address in (f"{RELAY}/32", f"{NAMES}/32", f"{RELAY_V6}/128"):
            ip(f"-n {name} addr add {address} dev lo{' nodad' if ':' in address else ''}")
        sysctl(name, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        yield Internet(run=run, name=name)


@contextlib.asynccontextmanager
async def name_server(internet: Internet, *records: str) -> AsyncIterator[None]:
    """dnsmasq with these of its options; by default it knows the relay's first address."""
    known = records or (f"--address=/{HOST}/{RELAY}",)
    options = ("--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces", "--user=root", "--pid-file=")
    listen = (f"--listen-address={NAMES}", f"--listen-address={RELAY_V6}", "--local-ttl=0")
    server = await internet.start("names", "dnsmasq", "-k", *options, *listen, *known)
    try:
        await accepting(internet.name, NAMES, 53, server)
        yield
    finally:
        await server.end()


@contextlib.contextmanager
def site(internet: Internet, name: str, number: int) -> Iterator[Site]:
    """A PC behind a gateway that forwards everything, IPv4 alone on the PC's side. `number` tells sites apart."""
    with (
        tempfile.TemporaryDirectory(prefix="tasuki-room-") as opened,
        namespace(f"{name}-pc") as pc,
        namespace(f"{name}-gw") as gateway,
    ):
        open_folder = Path(opened)
        open_folder.chmod(0o755)
        made = Site(
            run=internet.run, internet=internet.name, pc=pc, gateway=gateway, number=number, open_folder=open_folder
        )
        uplink, low = made.uplink, 100 + number * 4
        ip(f"link add wan netns {gateway} type veth peer name {uplink} netns {internet.name}")
        ip(f"link add lan netns {gateway} type veth peer name eth0 netns {pc}")
        for where, device, *addresses in (
            (gateway, "wan", f"203.0.113.{low}/31", f"2001:db8:{number}::2/64"),
            (internet.name, uplink, f"203.0.113.{low + 1}/31", f"2001:db8:{number}::1/64"),
            (gateway, "lan", f"{made.gateway_address}/24"),
            (pc, "eth0", f"{made.address}/24"),
        ):
            for address in addresses:
                ip(f"-n {where} addr add {address} dev {device}{' nodad' if ':' in address else ''}")
            ip(f"-n {where} link set {device} up")
        ip(f"-n {gateway} route add default via 203.0.113.{low + 1}")
        ip(f"-n {gateway} -6 route add default via 2001:db8:{number}::1")
        ip(f"-n {pc} route add default via {made.gateway_address}")
        ip(f"-n {internet.name} route add 10.{number}.0.0/24 via 203.0.113.{low}")
        ip(f"-n {internet.name} -6 route add fd00:{number}::/64 via 2001:db8:{number}::2")
        sysctl(gateway, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        yield made
        ip(f"-n {internet.name} link del {uplink}")  # a namespace goes when the kernel has time for it


def connect(namespace: str, host: str, port: int, *, patience: float = 2) -> socket.socket:
    """A connection that begins in a namespace, by a thread that goes there and ends. Raises OSError."""
    found: list[socket.socket | OSError] = []

    def dial() -> None:
        try:
            with (NAMESPACES / namespace).open("rb") as there:
                if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"cannot go into {namespace}")  # noqa: TRY301 -- of this thread
            found.append(socket.create_connection((host, port), patience))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=dial)
    thread.start()
    thread.join()
    match found:
        case [socket.socket() as connected]:
            return connected
        case [OSError() as error]:
            raise error
        case _:
            raise ProgramError(f"nothing came of dialling {host}:{port}")


async def accepting(namespace: str, host: str, port: int, program: Program, *, within: float = 20) -> None:
    """Wait until a program there accepts on this port. Raises ProgramError."""
    end = time.monotonic() + within
    while True:
        try:
            (await asyncio.to_thread(connect, namespace, host, port)).close()
        except OSError as error:
            if time.monotonic() > end or not program.running:
                raise ProgramError(f"{program.name} does not accept on {host}:{port}{program.tail()}") from error
            await asyncio.sleep(0.1)
        else:
            return
