"""The steps by which tables become what they are."""

from pathlib import Path

from alembic.script import ScriptDirectory

from relay.store import schema
from relay.store.migrations import versions


def test_one_way_from_nothing_to_today() -> None:
    """Steps that two people made at the same time are one after the other: one beginning, one end, numbers in their order."""
    script = ScriptDirectory.from_config(schema._config())
    assert script.get_heads() == [schema.head()]
    steps = [step.revision for step in script.walk_revisions()][::-1]
    assert steps == [f"{number:04}" for number in range(1, len(steps) + 1)]
    folder = Path(versions.__file__).parent
    assert sorted(path.name[1:5] for path in folder.glob("m*.py")) == steps
