"""Where processor time goes on each path: the five places that take the most themselves, by the standard library's profiler.

`python -m bench.profiles` makes a home of 20,000 entries of its own. Every call is counted, which makes short functions
look slower than they are: the shares tell what to look at, the benches what it costs. Of a poll only the loop's side is
seen, not the threads that its database work is handed to.
"""

import asyncio
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
from bench.farm import Farm
from bench.headlines import Headline, headlines

if TYPE_CHECKING:
    from monitor.sources import SourceConfig

ROOT = Path(__file__).resolve().parents[1]
#: How many polls, how many new entries each of them brings, and how often each page is asked for.
POLLS, A_POLL, PAGES = 20, 20, 20
#: Feeds that are asked and have nothing new, and summaries made.
FEEDS, SUMMARIES = 200, 5


def main() -> None:
    """Prints the table of each path."""
    with tempfile.TemporaryDirectory(prefix="bench-profiles-") as home, Farm(FEEDS) as farm:
        os.environ |= {
            "MONITOR_ALLOW_HOSTS": ",".join(f"{host}:{farm.port}" for host in farm.hosts),
            "MONITOR_HOME": home,
            "MONITOR_SOURCES": str(ROOT / "sources.yaml"),
            "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
            "MONITOR_ENCODER": "none",
            "DATABASE_URL": "",
        }
        memory.fill(20_000)
        _paths()
        _nothing_new(farm)


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
    _summaries()


def _summaries() -> None:
    from alerts.digests.making import draft_now
    from alerts.models import Recipient

    reader = Recipient.objects.create(
        address="mailto:desk@example.kr", digest=True, created_at=datetime.now(UTC)
    )
    draft_now(reader, datetime.now(UTC))
    _print("a day's summary", lambda: [draft_now(reader, datetime.now(UTC)) for _day in range(SUMMARIES)])


def _nothing_new(farm: Farm) -> None:
    from monitor.cli.collect import edges, now
    from monitor.polls import store
    from monitor.polls.polling import Poller
    from monitor.sources import SourceConfig

    sources = [
        SourceConfig.for_url(url).model_copy(update={"id": f"farm-{place}"})
        for place, url in enumerate(farm.urls)
    ]
    store.register(sources)
    farm.lacking(False)

    async def polls() -> None:
        async with edges() as (fetcher, parsing):
            poller = Poller(fetcher, parsing, now, sources=sources)

            async def poll() -> None:
                async for _report in poller.poll_all(sources, take_over=True):
                    pass

            # The first brings everything.
            await poll()
            profile = cProfile.Profile()
            profile.enable()
            await poll()
            profile.disable()
            _print_profile(f"{len(sources)} polls that find nothing new", profile)

    asyncio.run(polls())


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
    _print_profile(path, profile)


def _print_profile(path: str, profile: cProfile.Profile) -> None:
    found = pstats.Stats(profile).get_stats_profile()
    print(f"\n{path}: {found.total_tt:.2f} s")
    places = sorted(found.func_profiles.items(), key=lambda one: -one[1].tottime)[:5]
    for name, spent in places:
        where = Path(spent.file_name).name
        print(f"  {spent.tottime / found.total_tt:5.0%}  {spent.ncalls:>9}  {name} ({where})")


if __name__ == "__main__":
    main()
