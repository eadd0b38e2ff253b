"""The checker's side: the student's names as functions that can be called like any other."""

import socket
from collections.abc import Callable, Mapping

from .objects import Proxy
from .peer import Peer
from .student import OFFER


def names(
    channel: socket.socket, asked: list[str], offered: Mapping[str, Callable], seconds: float
) -> dict[str, Callable]:
    """Proxies of what a student has written.

    Parameters
    ----------
    channel : socket.socket
        At its other end is `student.serve`.
    asked : list of str
        The names of functions and classes.
    offered : mapping
        Functions of this side that the student's code finds under these names.
    seconds : float
        How long one call may take.

    Returns
    -------
    names : dict
        Callables. A call whose answer makes no sense or does not come raises `StudentError`, and so does every later
        one.
    """
    peer = Peer(channel, offered, trusting=False, seconds=seconds)
    if offered:
        peer.call(["name", OFFER], tuple(offered))
    return {name: Proxy(peer.call, ["name", name]) for name in asked}
