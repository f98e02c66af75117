"""uvloop's loop, with descriptors that stay registered through an error of their socket.

libuv tells of such an error (a reset) once, and gives the descriptor up (MagicStack/uvloop#552). uvloop then runs its
callbacks once and closes its handle, without a word: a reader that took what had come before the reset never hears of
the reset itself, and the next `add_writer` raises RuntimeError. Level-triggered loops tell again, which is what Twisted,
and we, rely on. So here a descriptor that was given up is registered anew: the error is told until its owner has seen it.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import uvloop


class UvLoop(uvloop.Loop):
    """As asyncio's selector loop, at uvloop's speed: nothing more is done for an event, only for a registration."""

    def __init__(self) -> None:
        super().__init__()
        self._readers: dict[int, _Registration] = {}
        self._writers: dict[int, _Registration] = {}
        self._given_up: set[int] = set()

    def add_reader(  # type: ignore[override]  # which arguments belong to which callback is asyncio's affair
        self, fd: Any, callback: Callable[..., Any], *args: Any
    ) -> None:
        """As in asyncio."""
        self._register_again(_number(fd))
        self._register(self._readers, super().add_reader, _Registration(self, fd, callback, args))

    def add_writer(  # type: ignore[override]  # which arguments belong to which callback is asyncio's affair
        self, fd: Any, callback: Callable[..., Any], *args: Any
    ) -> None:
        """As in asyncio."""
        self._register_again(_number(fd))
        self._register(self._writers, super().add_writer, _Registration(self, fd, callback, args))

    def remove_reader(self, fd: Any) -> bool:  # type: ignore[override]  # uvloop's stub forgets the answer
        """As in asyncio."""
        known = self._readers.pop(_number(fd), None) is not None
        return bool(super().remove_reader(fd)) or known

    def remove_writer(self, fd: Any) -> bool:  # type: ignore[override]  # uvloop's stub forgets the answer
        """As in asyncio."""
        known = self._writers.pop(_number(fd), None) is not None
        return bool(super().remove_writer(fd)) or known

    def forgotten(self, one: "_Registration") -> None:
        """The callback was let go by uvloop: because it was told to, or because it has given the descriptor up."""
        number = one.number
        if (self._readers.get(number) is one or self._writers.get(number) is one) and not self.is_closed():
            self._given_up.add(number)
            self.call_soon(self._register_again, number)

    @staticmethod
    def _register(
        registered: "dict[int, _Registration]", add: Callable[[Any, Callable[[], None]], None], one: "_Registration"
    ) -> None:
        registered[one.number] = one
        try:
            add(one.fd, _Call(one))
        except BaseException:
            registered.pop(one.number, None)
            raise

    def _register_again(self, number: int) -> None:
        if number not in self._given_up:
            return
        self._given_up.discard(number)
        for registered, add, remove in (
            (self._readers, super().add_reader, super().remove_reader),
            (self._writers, super().add_writer, super().remove_writer),
        ):
            if (one := registered.pop(number, None)) is not None:
                with contextlib.suppress(OSError):  # closed without a word: nobody wants to hear of it
                    remove(one.fd)  # the handle that uvloop has closed
                    self._register(registered, add, _Registration(self, one.fd, one.callback, one.args))


class _Registration:
    """What was asked for."""

    __slots__ = ("args", "callback", "fd", "loop", "number")

    def __init__(self, loop: UvLoop, fd: Any, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.loop = loop
        self.fd = fd
        self.number = _number(fd)
        self.callback = callback
        self.args = args


class _Call:
    """The callback as uvloop holds it, and nobody else: its end is that of uvloop's registration."""

    __slots__ = ("_one",)

    def __init__(self, one: _Registration) -> None:
        self._one = one

    def __call__(self) -> None:
        self._one.callback(*self._one.args)

    def __del__(self) -> None:
        self._one.loop.forgotten(self._one)


def _number(fd: Any) -> int:
    return fd if isinstance(fd, int) else fd.fileno()
