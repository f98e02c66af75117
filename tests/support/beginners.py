"""Words that a beginner does not know, in English and Japanese: no main window says one.

What stands between “ ” or 「 」 is written on somebody else's screen, and has to be found there; so are names of programs, which
are words of their own (x11vnc), and pages and files. A table's kind in a file dialog (*.csv) is the file's ending.
"""

import re
from typing import Final

_ENGLISH: Final = (
    "TCP", "UDP", "TLS", "SSL", "HTTPS?", "WebSockets?", "certificates?", "certified", "proxy", "proxies", "SOCKS5?h?", "DNS",
    "IP", "ports?", "VNC", "RFB", "X11", "Xorg", "Wayland", "DISPLAY", "XAUTHORITY", "URIs?", "URLs?", "UUIDs?", "CRL", "TOML",
    "JSON", "PEM", "UTF-8", "hash", "hashes", "framebuffer", "protocols?", "loopback", "localhost", "firewall", "NAT", "relay",
    "servers?", "hosts?", "stdin", "D-Bus", "systemd", "daemon", "encodings?", "bytes?", "KiB", "MiB", "PNG", "CSV", "fingerprint",
    "private key", "public key", "agent", "handshake", "socket", "timeout", "latency", "bandwidth", "kickstart", "DER", "ROOT",
    "status code", "stack trace", "exception",
)  # fmt: skip
_JAPANESE: Final = (
    "証明書", "プロキシ", "(?<!サ)ポート", "フレームバッファ", "プロトコル", "ループバック", "ファイアウォール", "サーバー", "ホスト", "秘密鍵", "公開鍵",
    "認証局", "エージェント", "バイト", "指紋", "ソケット", "タイムアウト", "ハッシュ", "例外", "標準入力", "失効",
)  # fmt: skip
_UNKNOWN: Final = (
    re.compile(rf"(?<![A-Za-z0-9_*.])(?:{'|'.join(_ENGLISH)})(?![A-Za-z0-9_])", re.IGNORECASE),
    re.compile("|".join(_JAPANESE)),
)
_ELSEWHERE: Final = re.compile(
    "https://\\S+|(?<!\\S)/\\S+|TightVNC Server|“[^”]*”|「[^」]*」|\\{[^}]*\\}|\\(\\*\\.[a-z]+\\)"
)


def unknown_words(text: str) -> set[str]:
    """Those of them that a text of a window says."""
    said = _ELSEWHERE.sub(" ", text)
    return {found.group() for pattern in _UNKNOWN for found in pattern.finditer(said)}
