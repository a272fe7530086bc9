"""How much room the disk has, and from when on that is too little."""

import shutil
from dataclasses import dataclass
from pathlib import Path

#: Bytes. Under this, or under 5 % of a small disk, somebody should look; a large disk's 5 % would be years.
LEAST, SHARE, MOST = 200_000_000, 0.05, 1_000_000_000
#: With less nothing is sent: that it was sent might not be written down any more.
LEAST_TO_SEND = 10_000_000
#: One that was low is well again with so much more: no word at every megabyte.
_RELIEF = 1.25


@dataclass(frozen=True, slots=True)
class Room:
    """A disk's size, and how much of it is free, in bytes."""

    total: int
    free: int

    @classmethod
    def of(cls, folder: Path) -> "Room":
        """The room on the disk that `folder` lies on.

        Raises:
            OSError: there is no such folder.
        """
        usage = shutil.disk_usage(folder)
        return cls(usage.total, usage.free)

    @property
    def least(self) -> float:
        """Bytes; less is too little."""
        return max(LEAST, min(SHARE * self.total, MOST))

    def is_low(self, *, was_low: bool = False) -> bool:
        """Whether somebody should look; a disk that `was_low` is low until there is clearly more."""
        return self.free < self.least * (_RELIEF if was_low else 1)

    @property
    def may_send(self) -> bool:
        """Whether there is room to write down that something was sent."""
        return self.free >= LEAST_TO_SEND
