"""What stands at the edge of a site and decides how its PC gets out: firewalls, translators, proxies, inspectors.

Each is a context manager that changes one `Site` until its block is left; what is loaded into the kernel goes with the namespace.
"""

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import quote

from tests.support import squid_settings
from tests.support.kerberos import PERSON, prepare
from tests.support.rooms.network import CONFIGURED, Site, ip, sysctl
from tests.support.squid_settings import ALLOWED, KNOWN, USER

HOUSE = Path(__file__).resolve().parents[3]
INSPECTING_SQUID = HOUSE / ".cache" / "unpacked" / "squid-openssl" / "usr"
PROXY_PORT, SOCKS_PORT, PAC_PORT, KDC_PORT = 3128, 1080, 8000, 8888
PASSWORD = "p@s:s/w%ö r#d"
SIMPLE = "secret"

NAT = """table ip nat { chain out { type nat hook postrouting priority 100; oifname "wan" masquerade
 }
}
table inet home {
 chain through { type filter hook forward priority 0; policy drop;
  ct state established,related accept
  iifname "lan" accept
 }
 chain own { type filter hook input priority 0; policy drop;
  ct state established,related accept
  iifname { "lan", "lo" } accept
  icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
 }
}
"""
TOO_BIG_IS_LOST = """table inet hole { chain through { type filter hook forward priority 0; policy accept; meta length > 1280 drop
 }
}
"""


def folder_for(site: Site, name: str) -> Path:
    """A folder that a proxy may write to, which as root gives itself another user."""
    folder = site.open_folder / f"{name}-{site.number}"
    folder.mkdir(mode=0o755)
    if os.getuid() == 0:
        shutil.chown(folder, "proxy")
    return folder


@contextlib.asynccontextmanager
async def squid(
    site: Site, *lines: str, inspecting: str = "", set_here: bool = True, environ: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    """squid, which opens ways to port 443 alone; its address. `inspecting`: the options of a port that looks into TLS."""
    site.cut_off()
    folder = folder_for(site, "squid")
    settings = [
        *squid_settings.base(folder, f"{PROXY_PORT} {inspecting}".strip()),
        "acl secure port 443",
        "http_access deny CONNECT !secure",
        *(line.format(folder=folder) for line in lines),
    ]
    (folder / "squid.conf").write_text("\n".join(settings) + "\n", encoding="utf-8")
    program = str(INSPECTING_SQUID / "sbin" / "squid") if inspecting else "/usr/sbin/squid"
    service = "".join(letter for letter in site.gateway if letter.isalnum())  # squid takes no other signs
    argv = (program, "-N", "-n", service, "-f", folder / "squid.conf")
    async with site.on_gateway("squid", *argv, port=PROXY_PORT, environ=environ):
        url = f"http://{site.gateway_address}:{PROXY_PORT}"
        if set_here:
            site.environ["https_proxy"] = url
        yield url


def login(site: Site, schemes: str, password: str) -> list[str]:
    """squid's lines for USER with this password, in each of the ways that are named: squid_settings.login."""
    ways = [squid_settings.login(one, folder_for(site, f"{one}-login"), password) for one in schemes.split()]
    return [*(line for way in ways for line in way), *KNOWN]


def with_login(url: str, password: str) -> str:
    """The proxy's address with USER and this password before the host."""
    return url.replace("://", f"://{USER}:{quote(password, safe='')}@")


@contextlib.asynccontextmanager
async def kerberos(site: Site) -> AsyncIterator[None]:
    """squid that lets in who has a ticket, the centre that gives them, and a person on the PC who has got one."""
    folder = folder_for(site, "realm")
    address = site.gateway_address
    realm = await asyncio.to_thread(prepare, folder, port=KDC_PORT, address=address, host=address)
    async with site.on_gateway("krb5kdc", "/usr/sbin/krb5kdc", "-n", port=KDC_PORT, environ=realm.centre):
        known = [f"{name}={value}" for name, value in realm.environ.items()]
        asked = ("env", *known, "kinit", "-k", "-t", str(folder / "person"), PERSON)
        await site.run.command("ip", "netns", "exec", site.pc, *asked)
        site.environ.update(realm.environ)
        own = {"KRB5_KTNAME": str(realm.keytab), "KRB5_CONFIG": realm.centre["KRB5_CONFIG"]}
        async with squid(site, *login(site, "negotiate", ""), environ=own):
            yield


@contextlib.asynccontextmanager
async def desktop_setting(site: Site, *, https: str = "", **setting: str) -> AsyncIterator[None]:
    """A proxy in GNOME's settings alone: keys of org.gnome.system.proxy, and `https`, a proxy's host and port."""
    folder = site.run.folder / f"gnome-{site.number}"
    keys = folder / "glib-2.0" / "settings"
    keys.mkdir(parents=True)
    lines = [f"{name.replace('_', '-')}='{value}'" for name, value in setting.items()]
    if https:
        host, _, port = https.rpartition(":")
        lines += ["[system/proxy/https]", f"host='{host}'", f"port={port}"]
    (keys / "keyfile").write_text("\n".join(["[system/proxy]", *lines, ""]), encoding="utf-8")
    site.environ.pop("https_proxy", None)
    site.environ |= {"XDG_CURRENT_DESKTOP": "GNOME", "XDG_CONFIG_HOME": str(folder), "GSETTINGS_BACKEND": "keyfile"}
    yield


@contextlib.asynccontextmanager
async def found_by_name(site: Site) -> AsyncIterator[None]:
    """A PAC file that is found by WPAD: the network's own name server knows `wpad`, and nothing outside."""
    options = ("--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces", "--user=root", "--pid-file=")
    known = (f"--listen-address={site.gateway_address}", f"--host-record=wpad,{site.gateway_address}")
    async with (
        pac_file(site, name="wpad.dat", port=80),
        site.on_gateway("dnsmasq", "dnsmasq", "-k", *options, *known, port=53),
    ):
        yield


@contextlib.asynccontextmanager
async def pac_file(site: Site, *, name: str = "proxy.pac", port: int = PAC_PORT) -> AsyncIterator[str]:
    """squid, and a PAC file in the network that names it; the file's address."""
    folder = site.run.folder / f"pac-{site.number}"
    folder.mkdir()
    async with squid(site, *ALLOWED, set_here=False) as url:
        text = f'function FindProxyForURL(url, host) {{ return "PROXY {url.removeprefix("http://")}"; }}'
        (folder / name).write_text(text, encoding="utf-8")
        served = (sys.executable, "-m", "http.server", str(port), "--bind", site.gateway_address, "--directory")
        async with site.on_gateway("pac", *served, folder, port=port):
            yield f"http://{site.gateway_address}:{port}/{name}"


@contextlib.asynccontextmanager
async def microsocks(
    site: Site, *, login: bool = False, given: str = PASSWORD, scheme: str = "socks5h", names: bool = False
) -> AsyncIterator[str]:
    """microsocks; its address. `login`: it wants PASSWORD, and what is `given` may be something else, or nothing. `names`: the PC can look names up."""
    if names:
        site.forward_only("udp dport 53 accept")
    else:
        site.cut_off()
    wanted = ("-u", USER, "-P", PASSWORD) if login else ()
    argv = ("microsocks", "-i", site.gateway_address, "-p", str(SOCKS_PORT), *wanted)
    async with site.on_gateway("microsocks", *argv, port=SOCKS_PORT):
        url = f"{scheme}://{site.gateway_address}:{SOCKS_PORT}"
        site.environ["all_proxy"] = with_login(url, given) if login and given else url
        yield url


@contextlib.asynccontextmanager
async def dante(site: Site) -> AsyncIterator[None]:
    """Dante's SOCKS server."""
    site.cut_off()
    folder = folder_for(site, "dante")
    config = folder / "danted.conf"
    lines = (
        f"logoutput: {folder}/log",
        f"internal: {site.gateway_address} port = {SOCKS_PORT}",
        "external: wan",
        "socksmethod: none",
        "clientmethod: none",
        "user.privileged: root",
        "user.unprivileged: nobody",
        "client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }",
        "socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }",
    )
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    async with site.on_gateway("danted", "danted", "-f", config, port=SOCKS_PORT):
        site.environ["all_proxy"] = f"socks5h://{site.gateway_address}:{SOCKS_PORT}"
        yield


@contextlib.asynccontextmanager
async def tinyproxy(site: Site, *, seconds: int) -> AsyncIterator[None]:
    """tinyproxy, which cuts what was silent for so many seconds."""
    site.cut_off()
    folder = folder_for(site, "tinyproxy")
    config = folder / "tinyproxy.conf"
    lines = (f"Port {PROXY_PORT}", f"Listen {site.gateway_address}", f"Timeout {seconds}", "MaxClients 50")
    config.write_text("\n".join((*lines, f'LogFile "{folder}/log"')) + "\n", encoding="utf-8")
    async with site.on_gateway("tinyproxy", "tinyproxy", "-d", "-c", config, port=PROXY_PORT):
        site.environ["https_proxy"] = f"http://{site.gateway_address}:{PROXY_PORT}"
        yield


async def authority(site: Site, folder: Path) -> Path:
    """The inspector's own certificate authority in `folder`: its certificate, and `ca.pem` with the key before it."""
    made, key = folder / "ca.crt", folder / "ca.key"
    subject = ("-subj", "/CN=Corp Inspection CA/O=Corp", "-addext", "basicConstraints=critical,CA:TRUE")
    asked = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject)
    await site.run.command(*asked, "-keyout", key, "-out", made)
    (folder / "ca.pem").write_bytes(key.read_bytes() + made.read_bytes())
    if os.getuid() == 0:
        for path in folder.iterdir():
            shutil.chown(path, "proxy")
    return made


async def trust(site: Site, certificate: Path) -> None:
    """Put one more authority among those that the PC's system trusts."""
    mine = CONFIGURED / site.pc / "ssl"
    shutil.copytree("/etc/ssl", mine, symlinks=True, ignore=shutil.ignore_patterns("private"))
    bundle = mine / "certs" / "ca-certificates.crt"
    known = bundle.read_bytes()
    bundle.unlink()
    bundle.write_bytes(known + b"\n" + certificate.read_bytes())
    name = (await site.run.command("openssl", "x509", "-in", certificate, "-noout", "-subject_hash")).strip()
    shutil.copy(certificate, mine / "certs" / f"{name}.0")


@contextlib.asynccontextmanager
async def inspecting_squid(
    site: Site, *, websocket: bool, verifies: bool = False, trusted: bool = True
) -> AsyncIterator[None]:
    """squid that looks into TLS, as companies' gateways do: by default it takes WebSocket's upgrade away.

    `verifies`: it lets nobody through to a relay whose certificate its own store does not know.
    """
    folder = folder_for(site, "inspector")
    certificate = await authority(site, folder)
    maker = folder / "security_file_certgen"  # squid's user may not come to where the project lies
    shutil.copy(INSPECTING_SQUID / "lib" / "squid" / maker.name, maker)
    await site.run.command(maker, "-c", "-s", folder / "made", "-M", "4MB")
    await site.run.command("chown", "-R", "proxy", folder / "made")
    lines = [
        f"sslcrtd_program {maker} -s {folder}/made -M 4MB",
        "sslcrtd_children 1 startup=1 idle=1",
        "acl begin at_step SslBump1",
        "ssl_bump peek begin",
        "ssl_bump bump all",
        *ALLOWED,
    ]
    if not verifies:
        lines += ["tls_outgoing_options flags=DONT_VERIFY_PEER", "sslproxy_cert_error allow all"]
    if websocket:
        lines += [f"http_upgrade_request_protocols {name} allow all" for name in ("OTHER", "WebSocket")]
    port = f"ssl-bump cert={folder}/ca.pem generate-host-certificates=on dynamic_cert_mem_cache_size=4MB"
    async with squid(site, *lines, inspecting=port):
        if trusted:
            await trust(site, certificate)
        yield


def logged(site: Site) -> list[str]:
    """What squid has let through, a line each."""
    return (site.open_folder / f"squid-{site.number}" / "access.log").read_text(encoding="utf-8").splitlines()


REFUSES_UPGRADES = """
from mitmproxy import http
def request(flow):
    if "upgrade" in flow.request.headers:
        flow.response = http.Response.make(403, b"<html>WebSocket is not allowed here</html>", {"content-type": "text/html"})
"""


@contextlib.asynccontextmanager
async def mitmproxy(
    site: Site, *, trusted: bool = True, script: str = "", verifies: bool = False
) -> AsyncIterator[None]:
    """mitmproxy, another inspector."""
    site.cut_off()
    folder = folder_for(site, "mitmproxy")
    more: list[str | Path] = [] if verifies else ["--ssl-insecure"]
    if script:
        (folder / "script.py").write_text(script, encoding="utf-8")
        more += ["-s", folder / "script.py"]
    where = ("--listen-host", site.gateway_address, "-p", str(PROXY_PORT), "--set", f"confdir={folder}")
    environ = {"HOME": str(folder), "PYTHONSAFEPATH": ""}
    argv = ("/usr/bin/mitmdump", "--mode", "regular", *where, *more)
    async with site.on_gateway("mitmproxy", *argv, port=PROXY_PORT, environ=environ):
        site.environ["https_proxy"] = f"http://{site.gateway_address}:{PROXY_PORT}"
        if trusted:
            await trust(site, folder / "mitmproxy-ca-cert.pem")
        yield


def too_big_is_lost(site: Site) -> None:
    """A tunnel that drops what is larger than 1280 bytes, and tells nobody (RFC 2923).

    Segments are cut where they are sent, as on a wire: between namespaces the kernel would hand on many of them as one.
    """
    for where, device in ((site.pc, "eth0"), (site.internet, site.uplink)):
        ip(f"-n {where} link set {device} gso_max_segs 1")
    site.filter(TOO_BIG_IS_LOST)


def only_v6(site: Site, *, keep_v4: bool = False) -> None:
    """Give the PC an IPv6 address and a way out with it; and take IPv4's."""
    number = site.number
    ip(f"-n {site.gateway} addr add fd00:{number}::1/64 dev lan nodad")
    if not keep_v4:
        ip(f"-n {site.pc} addr flush dev eth0 scope global")
        site.resolve_at("2001:db8:9::10")
    ip(f"-n {site.pc} addr add fd00:{number}::2/64 dev eth0 nodad")
    ip(f"-n {site.pc} -6 route replace default via fd00:{number}::1")


@contextlib.asynccontextmanager
async def nat64(site: Site) -> AsyncIterator[None]:
    """IPv6 alone at the PC, translated for relays that have IPv4 alone."""
    only_v6(site)
    folder = folder_for(site, "tayga")
    (folder / "tayga.conf").write_text(
        "tun-device nat64\nipv4-addr 192.168.255.1\nprefix 2001:db8:64::/96\nipv6-addr 2001:db8:64:1::1\n"
        f"dynamic-pool 192.168.255.0/24\ndata-dir {folder}\n"
    )
    gateway = site.gateway
    ip(f"-n {gateway} tuntap add dev nat64 mode tun")
    ip(f"-n {gateway} link set nat64 up")
    ip(f"-n {gateway} addr add 192.168.255.254/32 dev nat64")
    ip(f"-n {gateway} route add 192.168.255.0/24 dev nat64")
    ip(f"-n {gateway} -6 route add 2001:db8:64::/96 dev nat64")
    site.filter('table ip nat { chain out { type nat hook postrouting priority 100; oifname "wan" masquerade\n}\n}\n')
    async with site.on_gateway("tayga", "tayga", "-c", folder / "tayga.conf", "--nodetach"):
        yield


def forgetful(site: Site, *, seconds: int) -> None:
    """A translator that forgets connections which were silent for so long, and lets none of them through any more."""
    site.filter(NAT)
    timeout = f"net.netfilter.nf_conntrack_tcp_timeout_established={seconds}"
    sysctl(site.gateway, timeout, "net.netfilter.nf_conntrack_tcp_loose=0")
    site.filter(
        "table inet forgets { chain through { type filter hook forward priority -5;\n"
        "ct state invalid drop\ntcp flags & (syn|ack) == ack ct state new drop\n}\n}\n"
    )


@contextlib.asynccontextmanager
async def inner_names(site: Site, *records: str) -> AsyncIterator[None]:
    """A name server of the site's own, which knows no name outside."""
    options = ("--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces", "--user=root", "--pid-file=")
    argv = ("dnsmasq", "-k", *options, f"--listen-address={site.gateway_address}", *records, "--address=/#/")
    async with site.on_gateway("names", *argv, port=53):
        yield


EMULATOR = Path(__file__).with_name("line.py")


@contextlib.asynccontextmanager
async def slow_line(site: Site, *, delay: float, loss: float, kilobits: int) -> AsyncIterator[None]:
    """A line between PC and gateway: seconds of delay each way, a part of the packets lost, kilobits a second each way."""
    ip(f"-n {site.pc} link del eth0")
    ends = (site.pc, "eth0", site.gateway, "lan")
    argv = (sys.executable, EMULATOR, *ends, str(delay), str(loss), str(kilobits))
    async with site.run.program(f"line-{site.number}", *argv) as line:
        await line.event("ready")
        ip(f"-n {site.pc} addr add {site.address}/24 dev eth0")
        ip(f"-n {site.gateway} addr add {site.gateway_address}/24 dev lan")
        for where, device in ((site.pc, "eth0"), (site.gateway, "lan")):
            ip(f"-n {where} link set {device} up mtu 1500")
        ip(f"-n {site.pc} route replace default via {site.gateway_address}")
        yield
