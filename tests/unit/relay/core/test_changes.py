"""A list that many watch."""

from relay.core.changes import KEPT_GONE, Batch, ChangeLog


def follow(log: ChangeLog[str, int], cursor: int, limit: int = 50) -> tuple[dict[str, int], int, list[Batch[str, int]]]:
    """Everything from `cursor` on, as one who watches puts it together."""
    seen: dict[str, int] = {}
    batches = []
    while True:
        batch = log.batch(cursor, limit)
        batches.append(batch)
        if batch.reset:
            seen.clear()
        for value in batch.set:
            seen[str(value)] = value
        for key in batch.gone:
            seen.pop(key, None)
        cursor = batch.cursor
        if cursor == log.version:
            return seen, cursor, batches


def test_empty() -> None:
    """The first batch is a reset, also of an empty list; after it there is nothing to tell."""
    log: ChangeLog[str, int] = ChangeLog()
    first = log.batch(0, 50)
    assert (first.reset, first.set, first.gone) == (True, (), ())
    again = log.batch(first.cursor, 50)
    assert (again.reset, again.set, again.gone) == (False, (), ())
    assert first.cursor == log.version


def test_changes() -> None:
    """What changed after the cursor comes once, the last value only; what did not change does not come."""
    log: ChangeLog[str, int] = ChangeLog()
    log.set("1", 1)
    log.set("2", 2)
    cursor = log.version
    log.set("1", 1)
    log.remove("3")
    assert log.version == cursor
    log.set("1", 10)
    log.set("1", 11)
    log.remove("2")
    log.remove("2")
    batch = log.batch(cursor, 50)
    assert (batch.reset, batch.set, batch.gone) == (False, (11,), ("2",))
    log.set("2", 3)
    assert log.batch(cursor, 50).set == (11, 3)


def test_batches() -> None:
    """A long list comes in parts, the first a reset, and gone entries never in a reset."""
    log: ChangeLog[str, int] = ChangeLog()
    for number in range(120):
        log.set(str(number), number)
    log.remove("7")
    seen, cursor, batches = follow(log, 0)
    assert sorted(seen.values()) == [number for number in range(120) if number != 7]
    assert [(batch.reset, len(batch.set)) for batch in batches] == [(True, 50), (False, 50), (False, 19)]
    assert cursor == log.version


def test_the_same_place_is_made_once() -> None:
    """Two who stand at the same place get the very same value."""
    log: ChangeLog[str, int] = ChangeLog()
    log.set("1", 1)
    assert log.batch(0, 50) is log.batch(0, 50)


def test_too_far_behind() -> None:
    """What is gone is not remembered for ever; who is further behind starts again."""
    log: ChangeLog[str, int] = ChangeLog()
    log.set("keep", -1)
    cursor = log.version
    for number in range(KEPT_GONE + 1):
        log.set(str(number), number)
        log.remove(str(number))
    batch = log.batch(cursor, 50)
    assert batch.reset
    assert batch.set == (-1,)
    assert not log.batch(log.version - 1, 50).reset
