"""What docs/agents.md and docs/protocol.md list is what the programs have."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from common.agent.settings import AgentSettings
from common.protocol import channel, messages
from helper_agent import orders as helper_orders
from user_agent import orders as user_orders

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
    [("## tasuki-user", set(user_orders.Verb)), ("## tasuki-helper", set(helper_orders.Verb))],
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
            told |= set(re.findall(r'Told\(\s*event="([a-z_]+)"|events\.tell\(\s*"([a-z_]+)"', text))
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
