"""Tells systemd that the program is ready, that its loop turns, and that it ends (sd_notify(3)); nothing elsewhere."""

import os
import socket
from contextlib import suppress


def notify(state: str) -> None:
    """Sends `READY=1`, `WATCHDOG=1` or `STOPPING=1` to the socket that systemd named; without one it does nothing.

    Never raises: a message that cannot be sent is lost.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # "@" stands for the NUL of Linux's abstract names. That nobody listens any more is no reason to stop.
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as one:
        one.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        one.send(state.encode())


async def say_alive() -> None:
    """Tells systemd that the loop turns; a program that falls silent is started anew (WatchdogSec=, systemd.service(5))."""
    notify("WATCHDOG=1")
