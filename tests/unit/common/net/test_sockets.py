"""Sockets to a relay give up what nobody acknowledges."""

import socket

import pytest

from common.net.sockets import UNACKNOWLEDGED, tune


def test_they_are_quick_and_give_up() -> None:
    """No delay for small frames; a network that is no more is noticed."""
    with socket.socket() as sock:
        tune(sock)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        if not hasattr(socket, "TCP_USER_TIMEOUT"):
            pytest.skip("Linux's")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == UNACKNOWLEDGED * 1000
