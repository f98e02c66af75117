"""What docs/agents.md and docs/protocol.md list is what the programs have."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from common.agent.history import NOTE_LIMIT
from common.agent.session.session_control import LETTERS, LINES
from common.agent.settings import AgentSettings
from common.host.command import MAX_LINE
from common.host.typed import ORDER_LIMIT
from common.protocol import channel, channel_frames, messages, texts
from common.protocol.channel_clip import CLIP_WINDOW, CLIPBOARD_LIMIT
from common.protocol.channel_flow import CONTROLS, DRAWINGS, DRAWN, POINTERS
from common.protocol.identity import NAME_LIMIT
from common.protocol.rfb import limits
from common.protocol.rfb.handshake import MAX_REASON
from common.protocol.rfb.input_way import MAX_HELD
from common.protocol.rfb.pixels import MAX_NAME
from common.protocol.rfb.rectangles import MAX_CURSOR, SLACK
from common.protocol.rfb.state import MAX_CHANGES
from helper_agent import orders as helper_orders
from relay.settings import RelayLimits
from user_agent import orders as user_orders
from user_agent.area.keeping import RESTS

HOUSE = Path(__file__).resolve().parents[3]
AGENTS = (HOUSE / "docs/agents.md").read_text(encoding="utf-8")
PROTOCOL = (HOUSE / "docs/protocol.md").read_text(encoding="utf-8")


def quoted(text: str) -> set[str]:
    """What stands in `backquotes`."""
    return set(re.findall(r"`([^`]+)`", text))


def test_every_setting_of_the_agents_is_documented() -> None:
    """The rows of agent.toml name each key, and no other."""
    told: set[str] = set()
    for line in AGENTS.partition("## agent.toml")[2].splitlines():
        if line.startswith("| `"):
            names = quoted(line.split("|")[1])
            section = next((name.partition("]")[0] + "] " for name in names if name.startswith("[")), "")
            told |= {name if name.startswith("[") else section + name for name in names}
    known: set[str] = set()
    for field in msgspec.structs.fields(AgentSettings):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            known |= {f"[{field.name}] {inner.name}" for inner in msgspec.structs.fields(field.type)}
        else:
            known.add(field.name)
    assert told == known


@pytest.mark.parametrize(
    ("heading", "verbs"),
    [("## tasuki-user", set(user_orders.UserVerb)), ("## tasuki-helper", set(helper_orders.HelperVerb))],
    ids=["user", "helper"],
)
def test_every_order_is_documented(heading: str, verbs: set[str]) -> None:
    """Each has its word in the paragraph that begins with Orders."""
    section = AGENTS.partition(f"\n{heading}\n")[2]
    paragraph = section[section.index("Orders:") :].partition("\n\n")[0]
    assert verbs <= {name.partition(" ")[0] for name in quoted(paragraph)}


def test_every_event_is_documented() -> None:
    """Each event that the source tells by a name has a row."""
    rows = {name for line in AGENTS.splitlines() if line.startswith("| `") for name in quoted(line.split("|")[1])}
    told: set[tuple[str, str]] = set()
    for room in ("common/agent", "user_agent", "helper_agent"):
        for path in (HOUSE / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            told |= set(re.findall(r'AgentEvent\(\s*name="([a-z_]+)"|events\.tell\(\s*"([a-z_]+)"', text))
    assert len(told) > 15
    assert {one or other for one, other in told} <= rows


def told_messages() -> dict[str, set[str]]:
    """name{fields} as docs/protocol.md has them."""
    found = re.findall(r"`([a-z_]+)\{([^{}`]*)\}`", PROTOCOL)
    return {name: {field.strip() for field in fields.split(",") if field.strip()} for name, fields in found}


@pytest.mark.parametrize("message", [*get_args(messages.FromRelay), *get_args(messages.FromAgent)])
def test_every_message_of_matching_is_documented(message: type[msgspec.Struct]) -> None:
    """With all of its fields."""
    tag = message.__struct_config__.tag
    assert told_messages()[str(tag)] == {field.encode_name for field in msgspec.structs.fields(message)}


def test_every_kind_of_control_is_documented() -> None:
    """Each CONTROL payload of the channel, with its fields."""
    told = told_messages()
    for kind in get_args(channel.Control):
        fields = {field.encode_name for field in msgspec.structs.fields(kind)}
        assert told[str(kind.__struct_config__.tag)] == fields


_FRAMES = (
    channel_frames.FrameType.HELLO,
    channel_frames.FrameType.RFB,
    channel_frames.FrameType.ACK,
    channel_frames.FrameType.CONTROL,
    channel_frames.FrameType.PING,
    channel_frames.FrameType.PONG,
    channel_frames.FrameType.BYE,
    channel_frames.FrameType.CLIP,
    channel_frames.FrameType.CLIP_ACK,
)
LIMITS: dict[str, list[float]] = {
    "a topic, a reason": [texts.TEXT_LIMIT],
    "a chat message": [texts.CHAT_LIMIT],
    "a text that is typed": [texts.TYPE_LIMIT],
    "the name of a person": [NAME_LIMIT],
    "languages, skills": [texts.WORDS_LIMIT],
    "details of a computer": [texts.TEXT_LIMIT, texts.WORD_LIMIT, texts.DETAILS_LIMIT],
    "a computer's name": [texts.COMPUTER_NAME_LIMIT],
    "an identity URI": [texts.URI_LIMIT, texts.HOST_LIMIT, texts.WORD_LIMIT],
    "a note of one's own": [NOTE_LIMIT],
    "an order's session": [texts.WORD_LIMIT],
    "a proxy's address": [ORDER_LIMIT],
    "a line on an agent's stdin": [MAX_LINE],
    "a message to the relay": [RelayLimits().matching_message],
    "a message to an agent": [RelayLimits().agent_message],
    "messages of one": [RelayLimits().matching_messages, 10],
    "requests of one": [RelayLimits().requests_per_minute],
    "CONTROL frames": list(CONTROLS),
    "screens in": [channel.SCREENS_LIMIT],
    "changes of the screen": [RESTS],
    "pointer moves": list(POINTERS),
    "places that are drawn": [*DRAWN, *DRAWINGS],
    "frames: HELLO": [channel_frames.LIMITS[kind] for kind in _FRAMES],
    "RFB that was not": [channel_frames.WINDOW],
    "a clipboard": [CLIPBOARD_LIMIT, CLIP_WINDOW],
    "a fence's": [limits.MAX_FENCE],
    "what is left out": [limits.MAX_SKIPPED + 1],
    "encodings that": [0xFFFF],
    "keys held": [MAX_HELD],
    "changes of the pixel format": [MAX_CHANGES],
    "a desktop's name": [MAX_NAME, MAX_CURSOR, MAX_CURSOR],
    "compressed data": [SLACK],
    "a VNC server's reason": [MAX_REASON],
}
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def test_every_limit_is_told_as_it_is() -> None:
    """A row for each, with the number that the program has; and the rates of chat and typed text, which an agent keeps by itself."""
    table = PROTOCOL.partition("| what | at most | and more |")[2]
    rows = [line.split("|")[1:4] for line in table.splitlines() if line.startswith("| ")]
    told = {}
    for what, most, _ in rows:
        found = re.findall(r"([0-9][0-9,]*)(?: (KiB|MiB|GiB))?", most)
        told[what.strip()] = [int(number.replace(",", "")) * UNITS.get(unit, 1) for number, unit in found]
    assert len(told) == len(LIMITS)
    for what, numbers in LIMITS.items():
        [row] = [name for name in told if name.startswith(what)]
        assert told[row] == numbers, row
    assert f"at most {LINES[0]} chat messages and texts to be typed in {LINES[1]:.0f} s" in table
    assert f"at most {LETTERS[0]:,} characters in {LETTERS[1]:.0f} s" in table
