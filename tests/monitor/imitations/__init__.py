"""Local pages that behave as public notes say the cited sites do; every text in them is our own."""

from tests.monitor.imitations import feeds, listings, lists
from tests.monitor.imitations.kinds import Imitation

IMITATIONS: tuple[Imitation, ...] = (*feeds.IMITATIONS, *listings.IMITATIONS, *lists.IMITATIONS)
