"""Where processor time goes on each path: the five places that take the most themselves, by the standard library's profiler.

`python -m bench.profiles` makes a home of 20,000 entries of its own. Every call is counted, which makes short functions
look slower than they are: the shares tell what to look at, the benches what it costs.
"""

import cProfile
import os
import pstats
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench import memory
from bench.headlines import Headline, headlines

if TYPE_CHECKING:
    from monitor.sources import SourceConfig

ROOT = Path(__file__).resolve().parents[1]
#: How many polls, how many new entries each of them brings, and how often each page is asked for.
POLLS, A_POLL, PAGES = 20, 20, 20


def main() -> None:
    """Prints the table of each path."""
    with tempfile.TemporaryDirectory(prefix="bench-profiles-") as home:
        os.environ |= {
            "MONITOR_HOME": home,
            "MONITOR_SOURCES": str(ROOT / "sources.yaml"),
            "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
            "MONITOR_ENCODER": "none",
            "DATABASE_URL": "",
        }
        memory.fill(20_000)
        _paths()


def _paths() -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    from classifiers.serving.loading import classifier
    from classifiers.tagging import tag_untagged
    from monitor.polls import store
    from monitor.sources import SourceConfig

    sources = [
        SourceConfig.for_url(f"https://s{number}.example/").model_copy(update={"id": f"s{number}"})
        for number in range(POLLS)
    ]
    store.register(sources)
    told = headlines(Random(3))
    documents = [list(islice(told, A_POLL)) for _source in sources]
    # The first of each loads what the next ones find loaded.
    _keep(sources[:1], documents[:1])
    tag_untagged(classifier(), datetime.now(UTC))
    _print("an entry kept (identity, story, store)", lambda: _keep(sources[1:], documents[1:]))
    _print("an entry kept that is known already", lambda: _keep(sources[1:], documents[1:]))
    _print("an entry tagged by words and matched", lambda: _tag_all(tag_untagged, classifier()))
    editor = User.objects.create(username="bench", is_staff=True)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(editor)
    client.get("/")
    _print("a page of the queue", lambda: [client.get("/") for _page in range(PAGES)])


def _keep(sources: "list[SourceConfig]", documents: list[list[Headline]]) -> None:
    from monitor.documents import Feed, FeedEntry
    from monitor.polls import keeping

    for source, told in zip(sources, documents, strict=True):
        entries = tuple(
            FeedEntry(place, one.title, link=f"{source.url}{place}", summary=one.lead)
            for place, one in enumerate(told)
        )
        keeping.keep(source, Feed("rss20", entries), keeping.Validators("", "", ""), datetime.now(UTC))


def _tag_all(tag: Callable[..., list[int]], classifier: object) -> None:
    while tag(classifier, datetime.now(UTC), limit=16):
        pass


def _print(path: str, work: Callable[[], object]) -> None:
    profile = cProfile.Profile()
    profile.runcall(work)
    found = pstats.Stats(profile).get_stats_profile()
    print(f"\n{path}: {found.total_tt:.2f} s")
    places = sorted(found.func_profiles.items(), key=lambda one: -one[1].tottime)[:5]
    for name, spent in places:
        where = Path(spent.file_name).name
        print(f"  {spent.tottime / found.total_tt:5.0%}  {spent.ncalls:>9}  {name} ({where})")


if __name__ == "__main__":
    main()
