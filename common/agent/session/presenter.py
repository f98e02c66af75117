"""What a session shows and tells, and its timers: shared by the session's parts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from common.agent.views import SessionEvent, SessionView
from common.host.log import get_logger
from common.protocol.clock import Clock, Timer
from common.protocol.matching_memory import SessionPlan
from common.protocol.session_life import SessionPhase


def first_view(plan: SessionPlan) -> SessionView:
    """Of a session that has just been granted."""
    return SessionView(
        session=plan.session,
        request=plan.request,
        role=plan.role,
        phase=SessionPhase.DIALLING,
        mode=plan.mode,
        most=plan.most,
        call_back=plan.call_back,
    )


class Presenter:
    """One session's. A bug in a window is logged, and must not keep the session open."""

    def __init__(
        self,
        *,
        view: SessionView,
        on_change: Callable[[SessionView], None],
        on_event: Callable[[SessionEvent], None],
        clock: Clock,
    ) -> None:
        self.view = view
        self._on_change = on_change
        self._on_event = on_event
        self.clock = clock
        self._timers: dict[str, Timer] = {}
        self._log = get_logger(component="session", session=view.session)

    def now(self) -> float:
        """The wall clock, Unix seconds, as a view holds it."""
        return self.clock.now().timestamp()

    def show(self, **changes: Any) -> None:
        """Change the view."""
        view = replace(self.view, **changes)
        if view == self.view:
            return
        self.view = view
        try:
            self._on_change(view)
        except Exception as error:  # noqa: BLE001  # see above
            self._log.exception("session_listener_failed", exc_info=error)

    def tell(self, event: SessionEvent) -> None:
        """Tell the person."""
        try:
            self._on_event(event)
        except Exception as error:  # noqa: BLE001  # see above
            self._log.exception("session_listener_failed", exc_info=error)

    def set_timer(self, name: str, seconds: float | None, call: Callable[[], None] = lambda: None) -> None:
        """Call `call` in so many seconds; the timer of this name set before is void. None: only that."""
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
        if seconds is not None:
            self._timers[name] = self.clock.call_later(seconds, call)

    def stop_timers(self) -> None:
        """None of them rings any more."""
        for name in list(self._timers):
            self.set_timer(name, None)
