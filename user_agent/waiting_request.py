"""What a UserApp does with its request while that waits, besides waiting: other words, and leaving it as a call back."""

from dataclasses import replace

from common.agent.matching.matching import Matching
from common.protocol.messages import To
from user_agent.call_back import CallBackFile, LeftCallBack, can_be_left
from user_agent.helper_directory import HelperDirectory
from user_agent.views import RequestStage, UserView, Wish


class WaitingRequest:
    """A part of UserApp, which derives from it."""

    view: UserView
    _matching: Matching
    _directory: HelperDirectory
    _left: CallBackFile

    def _show(self, **changes: object) -> None:
        raise NotImplementedError

    def _request(self, wish: Wish, to: To, name: str | None, left: LeftCallBack | None) -> str:
        """It is sent, or once online; the id."""
        request = self._matching.request(
            to=to,
            mode=wish.mode,
            name=name,
            topic=wish.topic,
            inventory=dict(wish.inventory),
            call_back=left.request if left is not None else "",
        )
        if left is not None:  # it waits already, whether the relay is reached or not
            self._show(stage=RequestStage.WAITING)
        return request

    def change_topic(self, text: str) -> bool:
        """Say otherwise what it is about, while the request waits. False where none does."""
        if self.view.stage is not RequestStage.WAITING or not self._matching.change_topic(text):
            return False
        if self.view.wish is not None:
            self._show(wish=replace(self.view.wish, topic=text))
        self._keep_left()
        return True

    def leave_as_call_back(self) -> bool:
        """The request that waits stays in the queue while nobody waits here. False where none waits, or the relay takes none."""
        if not can_be_left(self.view) or not self._matching.leave_as_call_back():
            return False
        self._directory.watch("ask", False)  # it may last for days
        self._keep_left()
        return True

    def left_call_back(self) -> LeftCallBack | None:
        """What another run of the program left, to go on with; None where nothing was."""
        return self._left.read()

    def _stays(self) -> bool:
        """Whether our request is a call back that waits, and goes on doing so without us."""
        request = self._matching.view.request
        return request is not None and request.call_back and request.session is None

    def _waits(self, request: str) -> bool:
        """Whether this request of ours waits, or waits again, for all that this side knows."""
        mine = self._matching.view.request
        return mine is not None and mine.request == request and mine.session is None

    def _keep_left(self) -> None:
        request = self._matching.view.request
        if request is not None and request.call_back and self.view.wish is not None:
            self._left.write(request, self.view.wish)
