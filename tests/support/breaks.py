"""A session of real programs whose connections break, with a viewer that stays."""

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.demo.programs import Program
from tests.support.cutting_proxy import CuttingProxy, cutting_proxy
from tests.support.organisation import Stage, connected
from tests.support.rfb import RGB32, set_encodings, set_pixel_format
from tests.support.rfb_viewer import TestViewer

BACK = 30.0  # seconds: many times what is promised, for a loaded machine


@dataclass(kw_only=True)
class Breaking:
    """Who is in it. `took`: seconds from each break until both programs were back."""

    user: Program
    helper: Program
    ways: dict[str, CuttingProxy]
    viewer: TestViewer
    took: list[float] = field(default_factory=list)

    async def lose_leg(self, whose: str) -> None:
        """The leg of this one is cut, and both are back; the viewer is shown the screen, in the connection that it had."""
        began = time.monotonic()
        self.ways[whose].cut_newest()
        await self._back(began)

    async def lose_network(self, whose: str) -> None:
        """All connections of this one."""
        began = time.monotonic()
        self.ways[whose].cut()
        await self._back(began)

    async def interrupted(self) -> None:
        """Both say so."""
        for program in (self.user, self.helper):
            await program.event("interrupted", within=BACK)

    async def _back(self, began: float) -> None:
        await self.interrupted()
        await self.resumed(began)

    async def resumed(self, began: float) -> None:
        """Both are back, and the viewer is shown the screen. `began`: since when that could be."""
        for program in (self.user, self.helper):
            await program.event("resumed", within=BACK)
        self.took.append(time.monotonic() - began)
        await self.viewer.raw_update()


@contextlib.asynccontextmanager
async def breaking(place: Stage, *, mode: str = "view", ends: bool = True) -> AsyncIterator[Breaking]:
    """A session that runs, each side behind a proxy of its own. `ends`: by the user, at last."""
    async with (
        cutting_proxy() as users,
        cutting_proxy() as helpers,
        place.helping("--viewer", "none", environ=helpers.environ) as helper,
        place.asking(mode=mode, environ=users.environ) as user,
    ):
        await connected(user, helper)
        told = await helper.event("viewer")
        password = Path(told["password_file"]).read_text(encoding="ascii").strip()
        place.secrets.append(password)
        viewer = await TestViewer.login(told["port"], password)
        try:
            viewer.say(set_pixel_format(RGB32), set_encodings(0))
            await viewer.raw_update()
            yield Breaking(user=user, helper=helper, ways={"user": users, "helper": helpers}, viewer=viewer)
        finally:
            await viewer.close()
        if not ends:
            return
        await user.tell("stop")
        assert (await user.event("ended"))["why"] == "user_ended"
        assert (await helper.event("ended"))["why"] == "user_ended"
