"""Asks whichever process delivers to look at the outbox (`monitor.together.engine`)."""

from collections.abc import Iterable

from alerts.addresses import stored_address
from monitor.together import engine


def ask_for_delivery(addresses: Iterable[str]) -> None:
    """Asks whoever delivers to look at the channels of these addresses; without such processes nothing happens.

    Called in the transaction that queues the alerts, as late in it as can be: it waits for others that ask
    for the same (`engine.defer`).
    """
    for channel in sorted({stored_address(address).channel for address in addresses}):
        engine.defer("deliver", key=channel)
