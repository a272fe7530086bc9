"""Asks whoever delivers to look (`monitor.together.engine`)."""

from collections.abc import Iterable

from alerts.addresses import stored_address
from monitor.together import engine


def ask_for_delivery(addresses: Iterable[str]) -> None:
    """In the transaction that queues an alert to these addresses, as late in it as can be."""
    for channel in sorted({stored_address(address).channel for address in addresses}):
        engine.defer("deliver", key=channel)
