"""Values of any msgspec type, right ones and nearly right ones, from a seed: what a grammar of messages is made of.

The types are read as msgspec itself reads them, so that a kind of message that is new is tried without a word here. Of a
type that is not known here TypeError is raised.
"""

import base64
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import inspect

Json = Any
Special = Callable[[str, inspect.StrType], str | None]
"""A string for a field of this name and type, where the grammar knows better ones than any; else None."""

SHORT: Final = 12
CONTROLS: Final = ("\0", "\x07", "\x1b[2J", "\r", "\x7f", "\x85", "\u202e", "\ufffe", "\U000e0001", "\u2028")
STRANGE: Final[tuple[Json, ...]] = (
    None,
    True,
    0,
    -1,
    2**63,
    2**64,
    -(2**70),
    1.5,
    1e308,
    "",
    "x",
    "\0",
    [],
    [[]],
    {},
    {"type": "end"},
)
LETTERS: Final = "abcdefghijklmnopqrstuvwxyzäßéわたし漢字😀 -_.,:/'\"\\<>&%\n\t"
ASCII: Final = "abcdefghijklmnopqrstuvwxyz0123456789-_.:/%"
HEX: Final = re.compile(r"\^\[0-9a-f\]\{(\d+)\}\$")


@dataclass
class Values:
    """Every choice is the random generator's."""

    random: random.Random
    special: Special = lambda _name, _kind: None

    def of(self, kind: inspect.Type, name: str = "") -> Json:
        """A value that this type takes, as JSON has it."""
        chance = self.random.random
        match kind:
            case inspect.StructType():
                return self._struct(kind)
            case inspect.UnionType():
                return self.of(self.random.choice(kind.types), name)
            case inspect.StrType():
                return self.special(name, kind) or self._text(kind)
            case inspect.BytesType():
                longest = kind.max_length if chance() < 0.02 else None
                size = longest or self.random.randint(kind.min_length or 0, min(64, kind.max_length or 64))
                return base64.b64encode(self.random.randbytes(size)).decode()
            case inspect.EnumType():
                return self.random.choice(list(kind.cls)).value
            case inspect.BoolType():
                return chance() < 0.5
            case inspect.IntType():
                return self.random.randint(-3, 1 << 16)
            case inspect.FloatType():
                return chance() * 1e10
            case inspect.NoneType():
                return None
            case inspect.ListType():
                return [self.of(kind.item_type, name) for _ in range(self._count(kind.min_length, kind.max_length))]
            case inspect.DictType():
                count = self._count(kind.min_length, kind.max_length)
                return {self.of(kind.key_type, name): self.of(kind.value_type, name) for _ in range(count)}
            case inspect.TupleType():
                return [self.of(one, name) for one in kind.item_types]
            case _:
                raise TypeError(f"no values are known of {kind!r}")

    def nearly(self, kind: inspect.StructType) -> bytes:
        """JSON of such a message that is wrong in one place, or strange and still right."""
        message = self._struct(kind)
        fields = {field.encode_name: field for field in kind.fields}
        name = self.random.choice(list(fields)) if fields else "x"
        match self.random.randrange(9):
            case 0:
                message.pop(name, None)
            case 1:
                message[self._word()] = self.random.choice(STRANGE)
            case 2:
                message[name] = self.random.choice(STRANGE)
            case 3 if name in fields:
                message[name] = self._too_much(fields[name].type)
            case 4:
                message[name] = self._spoiled(message.get(name))
            case 5:
                message[kind.tag_field or "type"] = self.random.choice((self._word(), "x" * 65, "", None, 7, [], "\0"))
            case 6:
                depth = self.random.choice((2, 30, 200, 1000, 3000))
                return self._with(message, b'"x":' + b"[" * depth + b"]" * depth)
            case 7:
                return self._with(message, msgspec.json.encode({name: self.random.choice(STRANGE)})[1:-1])
            case _:
                raw = (b'"x":' + b"9" * 400, b'"x":1e999', b'"x":"\\ud800"', b'"":0', b'"x":-0.0', b'"x" \r\n\t : 1')
                return self._with(message, self.random.choice(raw))
        return msgspec.json.encode(message)

    # parts

    def _struct(self, kind: inspect.StructType) -> dict[str, Json]:
        message: dict[str, Json] = {} if kind.tag_field is None else {kind.tag_field: kind.tag}
        for field in kind.fields:
            if field.required or self.random.random() < 0.4:
                message[field.encode_name] = self.of(field.type, field.encode_name)
        return message

    def _text(self, kind: inspect.StrType) -> str:
        longest = kind.max_length if kind.max_length is not None else 64
        hexadecimal = HEX.fullmatch(kind.pattern or "")
        if hexadecimal is not None:
            return f"{self.random.getrandbits(4 * int(hexadecimal[1])):0{hexadecimal[1]}x}"
        size = (
            longest if self.random.random() < 0.02 else self.random.randint(kind.min_length or 0, min(SHORT, longest))
        )
        letters = LETTERS
        if kind.pattern is not None and not re.search(kind.pattern, LETTERS):
            letters = next((some for some in (LETTERS[:-2], ASCII) if re.search(kind.pattern, some)), "a")
        return "".join(self.random.choices(letters, k=size))

    def _word(self) -> str:
        return "".join(self.random.choices(ASCII, k=self.random.randint(1, 8)))

    def _count(self, least: int | None, most: int | None) -> int:
        least, most = least or 0, 8 if most is None else most
        return most if self.random.random() < 0.02 else self.random.randint(least, min(most, least + 2))

    def _too_much(self, kind: inspect.Type) -> Json:
        """One more than may be, where there is a bound; else very much."""
        match kind:
            case inspect.StrType():
                return "x" * ((kind.max_length or 5000) + 1)
            case inspect.BytesType():
                return base64.b64encode(bytes((kind.max_length or 5000) + 1)).decode()
            case inspect.ListType():
                return [self.of(kind.item_type)] * ((kind.max_length or 500) + 1)
            case inspect.DictType():
                return {f"{number}": self.of(kind.value_type) for number in range((kind.max_length or 500) + 1)}
            case inspect.UnionType():
                return [self.of(one) for one in kind.types]
            case _:
                return [[]] * 500

    def _spoiled(self, value: Json) -> Json:
        control = self.random.choice(CONTROLS)
        match value:
            case str():
                at = self.random.randint(0, len(value))
                return value[:at] + control + value[at:]
            case dict() if value:
                return {**value, control: control}
            case list():
                return [*value, control]
            case _:
                return control

    @staticmethod
    def _with(message: dict[str, Json], raw: bytes) -> bytes:
        """With one member more at its end, which need not be one."""
        return msgspec.json.encode(message)[:-1] + b"," + raw + b"}"
