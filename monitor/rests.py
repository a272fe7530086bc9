"""Something that keeps failing rests longer each time, and is told once: when it begins to fail, and when it is over.

A full disk or a locked database fails every step of the program at once, twice a second; without this it would fill the
log as well.
"""

import time
from collections.abc import Callable
from weakref import WeakSet

from monitor.logs import logger

#: Seconds. Nothing is left alone for longer: what heals is noticed within this time.
LONGEST = 30.0
#: Failures in a row from which `failing` names it; fewer are weather.
FAILURES_UNTIL_TOLD_TO_HEALTH = 3

_all: WeakSet["Rest"] = WeakSet()


class Rest:
    """How long something that fails is left alone: `first` seconds, twice as long after each failure, `LONGEST` at most.

    `what` is its name in the log; `clock` gives seconds and never goes back.
    """

    def __init__(self, what: str, *, first: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.what = what
        #: Failures in a row, and the name of the last one's error.
        self.failures = 0
        self.error = ""
        self._first = first
        self._clock = clock
        self._until = 0.0
        self._said = ""
        _all.add(self)

    @property
    def seconds(self) -> float:
        """Seconds for which it is still to be left alone; 0 where it may be tried."""
        return max(0.0, self._until - self._clock())

    def failed(self, error: BaseException) -> None:
        """Counts a failure and lengthens the rest; the log is told of it unless it is like the last one."""
        self.failures += 1
        self._until = self._clock() + min(self._first * 2 ** min(self.failures - 1, 16), LONGEST)
        self.error = name_of(error)
        said = f"{self.error}: {error}"
        if said != self._said:
            self._said = said
            logger.error("failed", what=self.what, exc_info=error)

    def worked(self) -> None:
        """Ends the rest; where there were failures, the log is told that they are over."""
        if self.failures:
            logger.info("works again", what=self.what, failures=self.failures)
        self.failures, self.error, self._until, self._said = 0, "", 0.0, ""


def failing() -> dict[str, str]:
    """What keeps failing in this process, by name, with the name of its last error; empty where all is well."""
    return {rest.what: rest.error for rest in list(_all) if rest.failures >= FAILURES_UNTIL_TOLD_TO_HEALTH}


def name_of(error: BaseException) -> str:
    """An error's name without what it tells of paths and data: SQLite's own where it has one, such as SQLITE_FULL."""
    return str(getattr(error.__cause__ or error, "sqlite_errorname", "") or type(error).__name__)
