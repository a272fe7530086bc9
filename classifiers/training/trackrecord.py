"""Pure: each source's track record: what editors made of its entries, beside what the entries alone led to expect."""

import math
from collections import defaultdict
from collections.abc import Iterable

#: A source's first few decisions say little: as if so many of its entries had been accepted and rejected as expected.
_PRIOR = 3.0
#: The most that a record adds to the log-odds of relevance or takes from them: none hides a source.
MOST = 1.5


def records(decided: Iterable[tuple[str, float, bool]]) -> dict[str, float]:
    """What to add to the log-odds of relevance of each source's entries, by source id; from -MOST to MOST.

    `decided` are entries: their source's id, their relevance by what they say (between 0 and 1), and whether an editor
    accepted them. A source whose entries are accepted as often as expected gets nothing.
    """
    accepted: dict[str, list[float]] = defaultdict(list)
    expected: dict[str, list[float]] = defaultdict(list)
    for source, relevance, was_accepted in decided:
        accepted[source].append(float(was_accepted))
        expected[source].append(relevance)
    return {source: _offset(accepted[source], expected[source]) for source in sorted(accepted)}


def _offset(accepted: list[float], expected: list[float]) -> float:
    yes, foretold, n = sum(accepted), sum(expected), len(accepted)
    rise = math.log((yes + _PRIOR) / (foretold + _PRIOR)) - math.log(
        (n - yes + _PRIOR) / (n - foretold + _PRIOR)
    )
    return min(max(rise, -MOST), MOST)
