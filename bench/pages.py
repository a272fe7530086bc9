"""The queue with a million entries, 50,000 stories waiting: milliseconds a page on the server, on SQLite."""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: How many of a thousand texts hold a word: some as common as in the news, one as rare as a name.
SHARES = {
    "AI": 90, "반도체": 60, "투자": 80, "금리": 30, "半導体": 50, "日銀": 15, "battery": 30, "tariffs": 20,
    "电池": 20, "양자컴퓨터": 4, "ペロブスカイト": 2, "희토류": 1,
}  # fmt: skip
#: What editors look for; together with what no text holds.
SEARCHES = [
    "금리", "AI", "반도체", "투자", "半導体", "半導體", "日銀", "battery", "tariff", "电池", "양자 컴퓨터",
    "ペロブスカイト", "희토류", "AI 반도체", "반도체 투자", "금리 -日銀", "美", "zzzz",
]  # fmt: skip
#: Texts that the entries are made from.
TEXTS = 20_000
#: How often each page is asked for.
RUNS = 60


def main(entries: int = 1_000_000, home: str = "") -> None:
    """Prints the middle and the 95th percentile of every kind of page; with `home` the rows stay there for next time."""
    with tempfile.TemporaryDirectory(prefix="bench-pages-") if not home else nullcontext(home) as folder:
        os.environ |= {
            "MONITOR_HOME": folder,
            "MONITOR_SOURCES": str(ROOT / "sources.yaml"),
            "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
            "MONITOR_ENCODER": "none",
            "DJANGO_SETTINGS_MODULE": "monitor.settings",
        }
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        import logging

        import structlog
        from django.core.management import call_command

        from monitor.models import Entry

        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        is_new = not (Path(folder) / "monitor.sqlite3").exists()
        call_command("migrate", verbosity=0)
        if is_new:
            started = time.perf_counter()
            _fill(entries, datetime.now(UTC))
            size = (Path(folder) / "monitor.sqlite3").stat().st_size
            print(f"{entries} entries made in {time.perf_counter() - started:.0f} s, {size / 1e9:.1f} GB")
        _measure(Entry.objects.count())


def _measure(entries: int) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    from monitor.models import Story
    from review.deciding.decisions import standing
    from review.models import Decision

    editor, _made = User.objects.get_or_create(username="bench", is_staff=True)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(editor)
    waiting = Story.objects.filter(queue="waiting").count()
    print(f"{entries} entries, {Story.objects.count()} stories, {waiting} waiting; {RUNS} requests each")
    print(f"{'milliseconds':34} {'p50':>6} {'p95':>6} {'most':>6} {'CPU p50':>8} {'p95':>6}")

    def get(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, address

    for name, addresses in _addresses().items():
        turns = cycle(addresses)
        _line(name, [_timed(lambda: get(next(turns))) for _run in range(RUNS)])  # noqa: B023

    stories = iter(
        list(Story.objects.filter(queue="waiting").order_by("-relevance").values_list("id", flat=True))
    )

    def decide(choice: str, story: int, seen: str, **headers: str) -> None:
        answer = client.post(f"/stories/{story}/decide", {"choice": choice, "seen": seen}, headers=headers)
        assert answer.status_code in {200, 302}, answer.status_code

    _line(
        "decision",
        [_timed(lambda: decide("reject", next(stories), "waiting", **_HTMX)) for _run in range(RUNS)],
    )
    last = iter(
        Decision.objects.filter(editor=editor).order_by("-id").values_list("story_id", flat=True)[:RUNS]
    )
    _line(
        "decision undone",
        [_timed(lambda: decide("undo", next(last), "rejected", **_HTMX)) for _run in range(RUNS)],
    )
    assert standing(Decision.objects.filter(editor=editor, story=next(stories))) is None


_HTMX = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1/"}


def _addresses() -> dict[str, list[str]]:
    from django.utils.http import urlencode

    from monitor.models import Entry
    from review import catalogue
    from review.deciding.queue import Filters, ids
    from review.labels import kind_codes, language_codes

    def each(**fields: Any) -> list[str]:
        [(name, values)] = fields.items()
        return ["/?" + urlencode({name: value}) for value in values]

    bulletins = catalogue.taxonomy().bulletins
    sections = [
        "/?" + urlencode({"bulletin": bulletin.id, "section": section.name})
        for bulletin in bulletins
        for section in bulletin.sections
    ]
    now = datetime.now(UTC)
    page, far = ids(Filters(), now), ids(Filters(), now, size=6000)
    topics = [topic.id for topic in catalogue.taxonomy().topics]
    return {
        "queue": ["/"],
        "queue, second page and page 200": [f"/?after={page[-1]}", f"/?after={far[-1]}"],
        "filter: topic": each(topic=topics),
        "filter: source": each(source=list(Entry.objects.values_list("source_id", flat=True)[:40])),
        "filter: language": each(lang=language_codes()),
        "filter: kind": each(kind=kind_codes()),
        "filter: region": each(region=["JP", "KR", "US", "CN", "DE", "EU", "BR"]),
        "filter: bulletin": each(bulletin=[bulletin.id for bulletin in bulletins]),
        "filter: section": sections,
        "filter: days": each(days=[1, 3, 7, 30]),
        "filter: who": each(who=["me", "nobody"]),
        "filter: state": each(state=["accepted", "rejected", "later", "all"]),
        "filter: several": [f"/?topic={topic}&lang=ja&kind=industry&days=30" for topic in topics],
        "search": each(q=SEARCHES),
        "search, filtered": [f"{address}&lang=ko&state=" for address in each(q=SEARCHES)],
        "search in all that is decided": [f"{address}&state=all" for address in each(q=SEARCHES)],
    }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock, and of this process's own work: on a machine that others use too they part."""
    started, worked = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000


def _line(name: str, times: list[tuple[float, float]]) -> None:
    by_clock, own = zip(*times, strict=True)
    print(
        f"{name:34} {median(by_clock):6.0f} {_p95(by_clock):6.0f} {max(by_clock):6.0f} {median(own):8.0f} {_p95(own):6.0f}",
        flush=True,
    )


def _p95(times: tuple[float, ...]) -> float:
    return quantiles(times, n=20)[-1]


def _fill(entries: int, now: datetime) -> None:
    """The rows, made by the database itself from a table of texts: nine stories for ten entries."""
    from django.db import connection, transaction

    from monitor.models import Source
    from review import catalogue

    sources = [source.id for source in catalogue.sources().values()]
    topics = [topic.id for topic in catalogue.taxonomy().topics]
    Source.objects.bulk_create([Source(id=source) for source in sources], ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA cache_size=-400000")
        cursor.execute(
            "CREATE TEMP TABLE text (n INTEGER PRIMARY KEY, title, lead, lang, source, topic, other, kind, region, terms)"
        )
        rows = list(_texts(sources, topics))
        cursor.executemany(f"INSERT INTO text VALUES ({', '.join(['%s'] * 10)})", rows)
        step = timedelta(days=900) / entries
        values = {
            "entries": entries, "texts": TEXTS, "stories": entries * 9 // 10, "waiting": entries // 20,
            "first": (now - step * entries).timestamp(), "step": step.total_seconds(),
        }  # fmt: skip
        for statement in _STATEMENTS:
            with transaction.atomic():
                cursor.execute(
                    statement, {name: value for name, value in values.items() if f"%({name})" in statement}
                )


def _texts(sources: list[str], topics: list[str]) -> Iterator[tuple[Any, ...]]:
    from review.labels import kind_codes
    from review.search.terms import terms

    chance = random.Random(7)
    syllables = {
        "ko": [chr(code) for code in range(0xAC00, 0xD7A3, 7)],
        "ja": [chr(code) for code in range(0x4E00, 0x9FA5, 11)],
        "zh": [chr(code) for code in range(0x4E00, 0x9FA5, 13)],
        "en": [
            "ba",
            "con",
            "di",
            "ex",
            "for",
            "gal",
            "in",
            "ken",
            "lo",
            "ment",
            "or",
            "pre",
            "ri",
            "sta",
            "ter",
            "un",
        ],
    }
    for number in range(TEXTS):
        lang = chance.choice(("ko", "ko", "ja", "ja", "en", "zh"))
        words = [
            "".join(chance.choices(syllables[lang], k=chance.randint(2, 4)))
            for _word in range(chance.randint(18, 40))
        ]
        for word, share in SHARES.items():
            if chance.random() < share / 1000:
                words.insert(chance.randrange(len(words)), word)
        gap = " " if lang in {"ko", "en"} else "、"
        title, lead = gap.join(words[:7]), gap.join(words)
        topic, other = _zipf(chance, topics), _zipf(chance, topics)
        source, region = _zipf(chance, sources), chance.choice(("JP", "JP", "KR", "US", "CN", "DE", "EU"))
        kind = chance.choice(kind_codes())
        facets = {
            f"topic:{topic}",
            f"topic:{other}",
            f"source:{source}",
            f"lang:{lang}",
            f"kind:{kind}",
            f"region:{region.lower()}",
        }
        indexed = " ".join([*terms(title), "_", *terms(lead), "_", *sorted(facets)])
        yield number, title, lead, lang, source, topic, other, kind, region, indexed


def _zipf(chance: random.Random, values: list[str]) -> str:
    return values[min(int(chance.paretovariate(0.6)) - 1, len(values) - 1)]


#: A number from 0 to 1 that is a row's own.
_OWN = "((id * 2654435761) %% 1000003) / 1000003.0"
_AT = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', %(first)s + id * %(step)s, 'unixepoch')"
_STATEMENTS = [
    # The newest half of what waits is of the last days, the other half lay about for long.
    f"""INSERT INTO monitor_story (id, first_seen_at, relevance, queue)
    WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < %(stories)s)
    SELECT id, {_AT.replace("id *", "(id / 0.9) *")}, {_OWN} * {_OWN},
        CASE WHEN id > %(stories)s - %(waiting)s / 2 OR {_OWN} < 0.5 * %(waiting)s / %(stories)s THEN 'waiting'
             WHEN {_OWN} > 0.97 THEN 'accepted' ELSE 'rejected' END
    FROM n""",
    f"""INSERT INTO monitor_entry
        (id, source_id, story_id, guid, url, guid_key, link_key, title_key, text_key, title, summary, content, author,
         lang, text, text_source, page_attempts, published_raw, published_at, date_confidence, first_seen_at, tagged_at)
    WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < %(entries)s)
    SELECT id, source, CASE WHEN id > %(stories)s THEN (id * 7919) %% %(stories)s + 1 ELSE id END, '',
        'https://news.example/' || id, hex(randomblob(16)), hex(randomblob(16)), hex(randomblob(16)),
        hex(randomblob(16)), title || ' ' || id, lead, '', '', lang, '', 'feed', 0, '', {_AT}, 'exact', {_AT}, {_AT}
    FROM n JOIN text ON text.n = n.id %% %(texts)s""",
    "UPDATE monitor_story SET lead_id = id",
    """INSERT INTO classifiers_assessment (entry_id, relevance, kind, regions, why, model, assessed_at)
    SELECT story.id, story.relevance, kind, '["' || region || '"]', '["' || substr(lead, 1, 3) || '"]', 'bench',
        first_seen_at
    FROM monitor_story story JOIN text ON text.n = story.id %% %(texts)s""",
    """INSERT INTO classifiers_tag (entry_id, topic, probability, why, model)
    SELECT story.id, topic, 0.8, '[]', 'bench' FROM monitor_story story JOIN text ON text.n = story.id %% %(texts)s""",
    """INSERT INTO classifiers_tag (entry_id, topic, probability, why, model)
    SELECT story.id, other, 0.6, '[]', 'bench' FROM monitor_story story JOIN text ON text.n = story.id %% %(texts)s
    WHERE other <> topic""",
    "INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,"
    " date_joined) VALUES ('', 0, 'somebody', '', '', '', 0, 1, '2026-01-01')",
    """INSERT INTO review_decision (story_id, editor_id, choice, door, decided_at)
    SELECT id, (SELECT id FROM auth_user), CASE queue WHEN 'accepted' THEN 'accept' ELSE 'reject' END, 'web',
        first_seen_at
    FROM monitor_story WHERE queue <> 'waiting'""",
    """INSERT INTO review_assignment (story_id, assignee_id, assigned_by_id, assigned_at)
    SELECT id, (SELECT id FROM auth_user), (SELECT id FROM auth_user), first_seen_at
    FROM monitor_story WHERE queue = 'waiting' AND id %% 50 = 0""",
    # Filled at one go: so much is gathered in memory before it is written.
    "INSERT INTO review_search (review_search, rank) VALUES ('hashsize', 250000000)",
    """INSERT INTO review_search (rowid, state, terms)
    SELECT id, 'queue:' || queue, terms FROM monitor_story story JOIN text ON text.n = story.id %% %(texts)s""",
    "INSERT INTO review_search (review_search, rank) VALUES ('hashsize', 1048576)",
]


if __name__ == "__main__":
    main(*(int(argument) if argument.isdigit() else argument for argument in sys.argv[1:]))
