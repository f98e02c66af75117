"""The keyboard of an X display, pressed by XTEST: plans are carried out, characters without a key get a spare keycode.

One thread calls this; what it is told and what it tells is in x11. Raises what python-xlib raises where the display has gone.
"""

import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any

from Xlib import X, error
from Xlib.ext import xtest

from user_agent.input import keysyms
from user_agent.input.keymap import LOCK, NOTHING, SHIFT, MapKey, parse
from user_agent.input.lending import MOST, Meaning, Spares, each_alone, together
from user_agent.input.planning import Group, Lock, Plan, Press, Release, State, modifier, plan
from user_agent.input.ports import HeldKeys
from user_agent.input.pressed import keys_down
from user_agent.input.program import FocusedProgram
from user_agent.input.xkb import Xkb

_TYPE = 0x7F  # an event's type, without the bit that says who sent it


class Keyboard:
    """`tell(held)`: this is down, or will be at once; its buttons are another's. `cut()`: what is being typed shall end."""

    def __init__(self, display: Any, tell: Callable[[HeldKeys], None], cut: Callable[[], bool]) -> None:
        self._display = display
        self._tell, self._cut = tell, cut
        self._xkb = Xkb(display)
        self._stale = False
        self._keymap = parse(self._xkb.map())
        self._spares = Spares(self._keymap)
        self._program = FocusedProgram(display, self._drain, cut)
        self._held: dict[int, int | None] = {}  # keysym → keycode; None: it was a whole stroke
        self._typing: set[int] | None = None  # what was told to be down while a text is typed
        self._locks: tuple[tuple[int, bool], ...] = ()  # how they were before the stroke that is being done
        self._group: int | None = None
        self._silence_at: float | None = None

    @property
    def held(self) -> tuple[int, ...]:
        """The keycodes that are down."""
        return tuple(dict.fromkeys(code for code in self._held.values() if code is not None))

    def press(self, keysym: int, ahead: Callable[[], Iterable[int]] = tuple) -> bool:
        """Press a key, or press it again where it is held: a viewer repeats keys. False where it cannot be pressed.

        `ahead()`: the keysyms that wait to be pressed. Where keycodes are lent they get theirs at once.
        """
        if keysym in keysyms.LOCKS:
            return True
        self._drain()
        if keysym in keysyms.MODIFIERS:
            return self._press_modifier(keysym)
        found = self._plan(keysym, ahead)
        if found is None:
            return False
        held = self._held.get(keysym)
        if held is not None and Press(held) not in found.steps:  # another layout has come meanwhile
            self._fake(X.KeyRelease, held)
        self._carry_out(keysym, found)
        return True

    def release(self, keysym: int) -> None:
        """Let a key go. Shift may have come up before its letter did: then the letter has another case."""
        for name in (keysym, keysyms.upper(keysym), keysyms.lower(keysym)):
            if name in self._held:
                code = self._held.pop(name)
                if code is not None and code not in self._held.values():
                    self._fake(X.KeyRelease, code)
                    self._display.flush()
                if not any(one not in keysyms.MODIFIERS for one in self._held):
                    self._silence_at = None
                self._say()
                return

    def type(self, text: str, unpressed: Callable[[int], None]) -> None:
        """Press and let go, character by character. What a helper holds would change them, and is let go."""
        self.release_all()
        self._typing = set()
        while text and not self._cut():
            self._drain()
            length = self._page(text)
            for character in text[:length]:
                if self._cut():
                    break
                keysym = keysyms.keysym_of(character)
                if keysym and self.press(keysym):
                    self.release(keysym)
                else:
                    unpressed(keysym or ord(character))
            text = text[length:]
        self._typing = None
        self._report(self.held)

    def release_all(self) -> None:
        """Let go of everything, the latest first."""
        for code in reversed(self.held):
            self._fake(X.KeyRelease, code)
        self._held.clear()
        self._silence_at = None
        self._display.flush()
        self._say()

    def idle(self) -> float | None:
        """Nothing waits. Seconds after which this is to be called again; None: when something was done.

        The server repeats a key that is held, and goes on while the network or the helper's computer hangs. The viewer repeats
        it by itself, so the server must not: its repeat ends when another key is pressed, be it one without a meaning.
        """
        if self._silence_at is None:
            return None
        left = self._silence_at + self._xkb.repeat_delay() / 2 - time.monotonic()
        if left > 0:
            return left
        self._silence_at = None
        if (silent := self._spares.silent) is not None:
            self._fake(X.KeyPress, silent)
            self._fake(X.KeyRelease, silent)
        else:  # then it comes up early
            for keysym in [one for one in self._held if one not in keysyms.MODIFIERS]:
                if (code := self._held[keysym]) is not None:
                    self._fake(X.KeyRelease, code)
                    self._held[keysym] = None
        self._display.flush()
        return None

    def rest(self) -> None:
        """Nothing was done for a while: read what the server told meanwhile."""
        self._program.rest()
        self._drain()

    def close(self) -> None:
        """Let go of everything and give back what was lent, once the program has looked it up."""
        self.release_all()
        self._drain()
        if lent := self._spares.lent:
            self._program.wait(self._spares.last_use(lent))
            self._drain()  # another layout may have come
            for code in self._spares.lent:
                self._set_keys({code: self._spares.before(code)})
        self._display.sync()
        self._tell(HeldKeys())

    # What the server has

    def _drain(self) -> None:
        while self._display.pending_events():
            event = self._display.next_event()
            kind = event.type & _TYPE
            if kind == X.ClientMessage:
                self._program.heard(event)
            elif kind in {self._xkb.event, X.MappingNotify}:
                self._stale = True
        if self._stale:
            self._read_map()

    def _read_map(self) -> None:
        self._stale = False
        keymap = parse(self._xkb.map())
        self._spares.follow(keymap)
        self._keymap = keymap.after(self._keymap, self._spares.all)

    def _down(self) -> set[int]:
        return keys_down(bytes(self._display.query_keymap()))

    # What is pressed

    def _press_modifier(self, keysym: int) -> bool:
        code = modifier(self._keymap, keysym)
        if not code:
            return keysym in keysyms.LEVEL_SHIFTS
        if self._held.get(keysym) is None:
            self._held[keysym] = code
            self._say()
            self._fake(X.KeyPress, code)
            self._display.flush()
        return True

    def _plan(self, keysym: int, ahead: Callable[[], Iterable[int]]) -> Plan | None:
        modifiers, group, _ = self._xkb.state()
        found = plan(self._keymap, State(modifiers, group), keysym, self._down)
        bent = found is not None and self._chord(modifiers) and self._spares.among_others(keysym, found.pressed)
        if (found is None or bent) and keysyms.exists(keysym) and self._lend(keysym, ahead(), group, modifiers):
            found = plan(self._keymap, State(modifiers, group), keysym, self._down)
        return found

    def _chord(self, modifiers: int) -> bool:
        """Whether Ctrl or the like is held: what Shift or Level 3 would add to it is heard."""
        return bool(modifiers & ~(SHIFT | LOCK | self._keymap.level3 | self._keymap.num_lock))

    def _carry_out(self, keysym: int, found: Plan) -> None:
        for other, code in list(self._held.items()):
            if other in keysyms.MODIFIERS:  # it goes on being held: the steps press again what they let go of
                continue
            if code is not None and Press(code) in found.steps:  # another name of the same key is still held
                self._fake(X.KeyRelease, code)
                self._held[other] = None
        self._locks = tuple({step.modifiers: step.on for step in found.steps if isinstance(step, Lock)}.items())
        self._group = self._xkb.state()[2] if any(isinstance(step, Group) for step in found.steps) else None
        self._say(*found.pressed)
        self._held[keysym] = found.keycode
        for step in found.steps:
            match step:
                case Press(keycode):
                    self._fake(X.KeyPress, keycode)
                    self._spares.used(keycode, time.monotonic())
                case Release(keycode):
                    self._fake(X.KeyRelease, keycode)
                case Lock(modifiers, on):
                    self._xkb.lock(modifiers, on=on)
                case Group(group):
                    self._lock_group(group)
        if found.keycode is not None:
            self._pressed(found.keycode)
        self._display.flush()
        if self._locks or self._group is not None:
            self._locks, self._group = (), None
            self._say()

    def _pressed(self, keycode: int) -> None:
        self._spares.used(keycode, time.monotonic())
        self._silence_at = time.monotonic()
        self._display.flush()

    def _lock_group(self, group: int) -> None:
        """Lock what makes this group the one that counts: a key that is held may add to it."""
        _, counts, locked = self._xkb.state()
        self._xkb.lock_group((group - (counts - locked)) % 4)

    def _fake(self, kind: int, detail: int) -> None:
        xtest.fake_input(self._display, kind, detail)

    def _say(self, *pressed: int) -> None:
        """What is down, with what will be at once. Of a text all that was pressed is told, once: it comes up by itself."""
        down = tuple(dict.fromkeys((*self.held, *pressed)))
        if self._typing is not None:
            self._typing.update(down)
            down = tuple(self._typing)
        self._report(down)

    def _report(self, down: tuple[int, ...]) -> None:
        self._tell(HeldKeys(down, (), self._spares.to_give_back, self._locks, self._group))

    # What is lent

    def _lend(self, keysym: int, ahead: Iterable[int], group: int, modifiers: int) -> bool:
        """Give a spare keycode this meaning, and others those of what waits, by one change of the map.

        Every program reads the map anew at each change, and a window manager takes its keys anew.
        """
        waiting = [one for one in map(keysyms.canonical, ahead) if keysyms.character_of(one)]
        codes = self._spares.oldest(self.held, MOST)
        if not codes:
            return False
        first = keysyms.canonical(keysym)
        there = self._reachable(group, modifiers, set())
        wanted = list(dict.fromkeys((first, *(one for one in waiting if one not in there))))
        several = len(wanted) > len(codes) and not any(one in keysyms.MODIFIERS for one in self._held)
        if several:
            there = self._reachable(group, modifiers, set(codes))
            wanted = list(dict.fromkeys((first, *(one for one in waiting if one not in there))))
        meanings = self._filled(wanted, len(codes))[0] if several else each_alone(wanted)[: len(codes)]
        codes = codes[: len(meanings)]
        if lent := [code for code in codes if code in self._spares.lent]:
            self._program.wait(self._spares.last_use(lent))
        self._give(dict(zip(codes, meanings, strict=True)), pairs=not several)
        return codes[0] in self._spares.all

    def _filled(self, wanted: Iterable[int], keys: int) -> tuple[list[Meaning], int]:
        """Meanings of at most so many keys, for the first of these keysyms; of how many."""
        letters, others = self._keymap.letter_type(), self._keymap.plain_type()
        meanings: list[Meaning] = []
        taken: list[int] = []
        for keysym in wanted:
            more = together([*taken, keysym], letters=letters.levels, others=others.levels)
            if len(more) > keys:
                break
            taken.append(keysym)
            meanings = more
        return meanings, len(taken)

    def _page(self, text: str) -> int:
        """Spare keycodes get the characters of `text` that have no key; how many characters can be typed with that."""
        modifiers, group, _ = self._xkb.state()
        spares = self._spares.all
        known = self._reachable(group, modifiers, set()) | {0}
        new = next((at for at, one in enumerate(text) if keysyms.keysym_of(one) not in known), len(text))
        if new or not spares:
            return max(new, 1)  # up to there nothing has to be lent
        there = self._reachable(group, modifiers, set(spares))
        needed = {one: None for character in text if (one := keysyms.keysym_of(character)) and one not in there}
        meanings, taken = self._filled(needed, len(spares))
        missing = set(itertools.islice(needed, taken, None))
        length = next((at for at, one in enumerate(text) if keysyms.keysym_of(one) in missing), len(text))
        codes = self._spares.oldest((), len(meanings))
        if lent := [code for code in codes if code in self._spares.lent]:
            self._program.wait(self._spares.last_use(lent))
        self._give(dict(zip(codes, meanings, strict=True)), pairs=False)
        return length

    def _reachable(self, group: int, modifiers: int, without: set[int]) -> set[int]:
        """The keysyms that have a key in this group or in another, these keys left out."""
        found: set[int] = set()
        for one in range(max(self._keymap.groups, 1)):
            for keysym, way in self._keymap.table(one, modifiers & ~LOCK).items():
                real = one == group or one < self._keymap.keys[way.keycode].groups
                if real and way.keycode not in without:
                    found.add(keysym)
        return found

    def _give(self, meanings: dict[int, Meaning], *, pairs: bool) -> None:
        """Keycodes get these meanings, which the server, the releaser and the program know afterwards."""
        letters = self._keymap.letter_pair() if pairs else self._keymap.letter_type()
        others = self._keymap.plain_pair() if pairs else self._keymap.plain_type()
        for code, meaning in meanings.items():
            self._spares.lend(code, meaning.keysyms, time.monotonic())
        self._report(self.held if self._typing is None else tuple(self._typing))
        self._set_keys({code: one.key(letters if one.letters else others) for code, one in meanings.items()})
        self._display.sync()
        self._stale = True
        self._drain()
        self._program.hears_of_the_map()

    def _set_keys(self, keys: dict[int, MapKey]) -> None:
        """By one request: what lies between is written as it is, for programs read the map anew at each."""
        first, last = min(keys), max(keys)
        between = [keys.get(code) or self._keymap.keys.get(code, NOTHING) for code in range(first, last + 1)]
        self._xkb.set_keys(first, between, self._keymap.lowest, self._keymap.highest)


def ignore(problem: error.XError, request: object) -> None:
    """An answer that nobody waits for: a window went while its program was asked."""
