"""The helper draws: seen on the user's screen for some seconds, clicked through, and touching nothing. Both programs, a real viewer."""

import time

from deploy.demo.programs import until
from tests.support.two_screens import MAGENTA, TERMINAL, TIGERVNC, TwoScreens, Viewer
from user_agent.ui.pen_overlay import RING

STROKE = ((500, 180), (700, 180))
BETWEEN = (600, 180)
PROMISED = 4.0  # seconds that a stroke stands there


def magenta(place: TwoScreens, spot: tuple[int, int]) -> bool:
    """Whether what the helper draws is there on the user's screen."""
    return place.hanakos.picture().getpixel(spot) == MAGENTA


async def test_a_stroke_and_a_ring(place: TwoScreens) -> None:
    """In view mode, where no click of the helper's does anything; what is drawn goes by itself, and the user's click goes through."""
    async with place.asking() as user, place.helping(settings=TIGERVNC) as helper:
        await place.ask("Taro Yamada")
        await helper.event("request")
        await place.take()
        await user.event("connected")
        await helper.event("viewer_shows", on=True)
        viewer = await Viewer.of(place, user="Hanako Suzuki")
        await place.taro.click("draw")
        (left, top), (right, bottom) = ((viewer.corner[0] + x, viewer.corner[1] + y) for x, y in STROKE)
        taro = place.taro
        await taro.move(left, top)
        await taro.hands("mousedown", "1")
        for x in range(left, right + 1, 10):
            await taro.move(x, top)
        await taro.move(right, bottom)
        await taro.hands("mouseup", "1")
        drawn = time.monotonic()
        assert await until(lambda: magenta(place, BETWEEN), within=5)
        await user.event("draw", begins=True)
        place.hanakos.picture().save(place.run.folder / "stroke.png")
        assert not place.hanakos.typed.read_text(), "nothing was typed or pasted"
        assert await until(lambda: not magenta(place, BETWEEN), within=5 * PROMISED)
        stood = time.monotonic() - drawn
        print(f"a stroke stood for {stood:.1f} s (promised: {PROMISED:.0f})")
        assert stood > PROMISED - 1

        x, y = TERMINAL
        await viewer.click(x, y)
        assert await until(lambda: magenta(place, (x + RING, y)), within=5), "a ring around the place"
        assert not magenta(place, (x, y))
        place.hanakos.picture().save(place.run.folder / "ring.png")
        await place.hanako.click_at(x + RING, y)
        await place.hanako.type("through\n")
        assert await place.hanakos.has_typed("through\n") == "through\n", (
            "the user's click goes through to the terminal"
        )
        await place.taro.click("draw")
        await place.taro.click("end", so=lambda one: one.is_in("session_window"))
        await place.taro.click("end_yes")
        await user.event("ended")
