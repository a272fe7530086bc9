"""A recorded day of feeds, served from the package itself: the whole program with no network and no accounts."""

from monitor.demo.server import RecordedDay

__all__ = ["RecordedDay"]
