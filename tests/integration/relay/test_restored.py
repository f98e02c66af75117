"""Relay and CA are lost and made anew from their backups, elsewhere. With a hundred agents: `make soak ARGS="--restore 100"`."""

from pathlib import Path

from deploy.demo.organisation import organisation
from deploy.demo.programs import Run
from tests.support.restoring import lose_and_restore


async def test_enrolled_agents_come_back(tmp_path: Path) -> None:
    """Two commands, another path, the old one gone: nobody needs a new line, and every record is there."""
    async with organisation(Run.new(tmp_path)) as office:
        spans = await lose_and_restore(office, 3, sessions=1000)
        assert spans.restore < 60
        settings = [office.folder / "relay.toml", office.folder / "ca" / "ca.toml"]
        assert not [path for path in settings if str(tmp_path) in path.read_text(encoding="utf-8")]
