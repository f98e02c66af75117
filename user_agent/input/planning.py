"""What has to be done to a keyboard so that a keysym comes out of it. Pure.

Whoever holds modifiers goes on holding them: what a stroke needs otherwise is changed for it and put back behind it.
"""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from user_agent.input.keymap import ALL_MODIFIERS, LOCK, SHIFT, Keymap, Way
from user_agent.input.keysyms import ALIKE, beside_keypad, canonical, is_dead, is_keypad


class State(NamedTuple):
    """What counts at a keyboard now."""

    modifiers: int
    group: int


class Press(NamedTuple):
    """A key goes down."""

    keycode: int


class Release(NamedTuple):
    """A key comes up."""

    keycode: int


class Lock(NamedTuple):
    """These locks are on or off."""

    modifiers: int
    on: bool


class Group(NamedTuple):
    """The keyboard is in this group."""

    group: int


Step = Press | Release | Lock | Group


class Plan(NamedTuple):
    """Steps, in order. `keycode` is down after them, where it is not None; where it is, they were a whole stroke."""

    steps: tuple[Step, ...]
    keycode: int | None

    @property
    def pressed(self) -> list[int]:
        """The keycodes that go down, for however long."""
        return [step.keycode for step in self.steps if isinstance(step, Press)]


class _Reached(NamedTuple):
    way: Way
    state: State  # with the locks and the group that the way needs
    at_ease: bool  # what is held beside it, the program does not take amiss


def plan(keymap: Keymap, state: State, keysym: int, down: Callable[[], Collection[int]]) -> Plan | None:
    """How this keysym is pressed; None where no key gives it. `down` tells which keycodes are held, and is asked only if need be."""
    wanted = canonical(keysym)
    reached = _best(keymap, state, wanted)
    if reached is None and (other := beside_keypad(keysym)) is not None:
        reached = _best(keymap, state, other)
    if reached is None:
        return None
    keycode, there = reached.way.keycode, reached.state
    before, after = _around(keymap, state, reached, down)
    pressed = [step.keycode for step in before if isinstance(step, Press)]
    if keycode in pressed:  # the keysym is that of a modifier key itself
        return None
    stays = there == state and not is_dead(keysym)
    stroke: list[Step] = [Press(keycode)] if stays else [Press(keycode), Release(keycode)]
    return Plan((*before, *stroke, *after), keycode if stays else None)


def modifier(keymap: Keymap, keysym: int) -> int:
    """The key for a modifier, or for the one that stands for it; 0 where there is none."""
    seen: set[int] = set()
    while keysym not in seen:
        if keycode := keymap.modifier_key(keysym):
            return keycode
        seen.add(keysym)
        keysym = ALIKE.get(keysym, keysym)
    return 0


def _best(keymap: Keymap, state: State, wanted: int) -> _Reached | None:
    first = None
    for reached in _ways(keymap, state, wanted):
        if reached.at_ease:
            return reached
        first = first or reached
    return first


def _ways(keymap: Keymap, state: State, wanted: int) -> Iterator[_Reached]:
    """What is held as it is, in this group and the others; then with another lock."""
    num = keymap.num_lock
    other_locks = [state.modifiers & ~LOCK] if state.modifiers & LOCK else []
    if is_keypad(wanted) and num:
        other_locks.append(state.modifiers ^ num)
    for modifiers in (state.modifiers, *other_locks):
        for group in (state.group, *(one for one in range(keymap.groups) if one != state.group)):
            way = keymap.table(group, modifiers).get(wanted)
            if way is None or (group != state.group and group >= keymap.keys[way.keycode].groups):
                continue
            yield _Reached(way, State(modifiers, group), _at_ease(keymap, modifiers, way, wanted))


def _at_ease(keymap: Keymap, modifiers: int, way: Way, wanted: int) -> bool:
    """Whether the way changes no Shift where that would be heard: Ctrl+c against Caps Lock as Ctrl+Shift+c, KP_Home as Shift+KP_Home."""
    if way.shift == bool(modifiers & SHIFT):
        return True
    chord = modifiers & ~(SHIFT | LOCK | keymap.level3 | keymap.num_lock)
    return not is_keypad(wanted) and not (chord and modifiers & LOCK)


def _around(
    keymap: Keymap, state: State, reached: _Reached, down: Callable[[], Collection[int]]
) -> tuple[list[Step], list[Step]]:
    """What comes before the stroke and what behind it."""
    before: list[Step] = []
    after: list[Step] = []
    way, there = reached.way, reached.state
    for lock in ALL_MODIFIERS:
        if (state.modifiers ^ there.modifiers) & lock:
            before.append(Lock(lock, on=bool(there.modifiers & lock)))
            after.insert(0, Lock(lock, on=bool(state.modifiers & lock)))
    if there.group != state.group:
        before.append(Group(there.group))
        after.insert(0, Group(state.group))
    for one, wanted, key in (
        (SHIFT, way.shift, keymap.shift_key),
        (keymap.level3, way.level3, keymap.level3_key),
    ):
        if not one or bool(there.modifiers & one) == wanted:
            continue
        if wanted:
            before.append(Press(key))
            after.insert(0, Release(key))
            continue
        held = down()
        for holder in keymap.holders(one):
            if holder in held:
                before.append(Release(holder))
                after.insert(0, Press(holder))
    return before, after
