"""What documents bring, kept: together what each by itself would be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.documents import DateConfidence, Feed, FeedEntry
from monitor.models import Entry, Source, Story, StoryKey
from monitor.polls import keeping, rows, store
from monitor.polls.keeping import Brought, Kept, Validators, keep, keep_all
from monitor.sources import SourceConfig

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
REPORT = "가온전자가 평택에 3조원을 들여 새 메모리 공장을 짓는다고 20일 밝혔다. 내년 3월에 착공해 2028년에 가동한다."


def source(name: str, **fields: object) -> SourceConfig:
    config = SourceConfig.model_validate(
        {"id": name, "url": f"https://{name}.example/feed", "language": "ko", **fields}
    )
    store.register([config])
    return config


def item(place: int, title: str, link: str = "", **fields: object) -> FeedEntry:
    return FeedEntry(place, title, link=link, **fields)  # type: ignore[arg-type]


def document(name: str, *items: FeedEntry, body_hash: str = "x", **fields: object) -> Brought:
    return Brought(source(name, **fields), Feed("rss20", items), Validators("e", "m", body_hash))


def day() -> list[Brought]:
    """Documents of one morning: wire copy, a headline told twice in one document, something of each source's own."""
    return [
        document("a", item(0, "가온전자, 평택에 메모리 공장 짓는다", "https://a.example/1", summary=REPORT)),
        document(
            "b",
            item(0, "[속보] 가온전자, 평택에 메모리 공장 짓는다", "https://b.example/1", summary=REPORT),
            item(1, "나래화학, 수소 사업에 새로 진출하기로 결정", "https://b.example/2"),
        ),
        document(
            "c",
            item(0, "나래화학, 수소 사업에 새로 진출하기로 결정", "https://c.example/7"),
            item(1, "", "", summary="제목이 없는 긴 글입니다. 링크도 없습니다. 그래도 글입니다."),
        ),
    ]


def stored() -> list[tuple[object, ...]]:
    """Every entry with its story, told by the story's lead, and how many grams it is filed under."""
    return [
        (entry.id, entry.source_id, entry.title, entry.lang, entry.story_id, entry.story.lead_id, entry.text_source,
         entry.first_seen_at, entry.tagged_at, entry.page_due_at, entry.story_keys.count())
        for entry in Entry.objects.order_by("id").select_related("story")
    ]  # fmt: skip


def clear() -> None:
    StoryKey.objects.all().delete()
    Story.objects.update(lead=None)
    Entry.objects.all().delete()
    Story.objects.all().delete()


def told_apart(told: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The rows with entries and stories numbered from the first."""
    entry, story = told[0][0], told[0][4]
    assert isinstance(entry, int)
    assert isinstance(story, int)
    return [
        (row[0] - entry, *row[1:4], row[4] - story, row[5] - entry, *row[6:])  # type: ignore[operator]
        for row in told
    ]


def test_documents_kept_together_are_kept_as_one_after_the_other() -> None:
    alone = [keep(one.source, one.feed, one.validators, NOW) for one in day()]
    by_itself = told_apart(stored())
    clear()
    assert keep_all(day(), NOW) == alone == [Kept(1, 0), Kept(2, 0), Kept(2, 0)]
    assert told_apart(stored()) == by_itself
    assert [len(story.entries.all()) for story in Story.objects.order_by("id")] == [2, 2, 1]


def test_what_is_new_is_kept_whole_and_wants_tags() -> None:
    published = NOW - timedelta(hours=2)
    keep_all(
        [
            document(
                "a",
                item(0, "가온전자 새 공장", "https://a.example/1", guid="g", author="홍길동", published_at=published,
                     published_raw="20일", date_confidence=DateConfidence.LOCAL, content="<p>본문</p>"),
            )
        ],
        NOW,
    )  # fmt: skip
    entry = Entry.objects.get()
    assert (entry.guid, entry.url, entry.author) == ("g", "https://a.example/1", "홍길동")
    assert (entry.published_at, entry.published_raw) == (published, "20일")
    assert (entry.date_confidence, entry.text_source, entry.content) == ("local", "feed", "<p>본문</p>")
    assert (entry.first_seen_at, entry.tagged_at, entry.changed_at) == (NOW, None, None)
    assert (entry.page_due_at, entry.page_attempts, entry.text) == (None, 0, "")
    assert (entry.story.lead, entry.story.queue, entry.story.relevance) == (entry, "waiting", None)
    assert Entry.objects.untagged().get() == entry
    row = Source.objects.get()
    assert (row.etag, row.last_modified, row.body_hash) == ("e", "m", "x")


def test_the_second_document_of_a_source_finds_what_the_first_brought() -> None:
    first, second = (
        document("a", item(0, "가온전자 새 공장", "https://a.example/1"), body_hash=h) for h in "12"
    )
    assert keep_all([first, second], NOW) == [Kept(1, 0), Kept(0, 0)]
    assert Source.objects.get().body_hash == "2"


def test_one_that_cannot_be_kept_leaves_nothing_of_the_others() -> None:
    here, gone = document("a", item(0, "하나")), document("b", item(0, "둘"))
    Source.objects.filter(id="b").delete()
    with pytest.raises(Source.DoesNotExist):
        keep_all([here, gone], NOW)
    assert not Entry.objects.exists()
    assert Source.objects.get().body_hash == ""


@pytest.mark.parametrize(
    "same",
    [
        item(0, "", "", summary="제목이 없는 긴 글입니다. 링크도 없습니다. 그래도 글입니다."),
        item(0, "제목과 글뿐인 소식", "", summary="링크도 번호도 없이 글만 있는 소식이 하나 있습니다."),
        item(0, "링크가 있는 소식", "https://a.example/1"),
        item(0, "", "", guid="g", summary="짧다"),
    ],
    ids=["a text without a title", "a title and a text", "a link", "a guid"],
)
def test_what_is_known_by_any_of_its_keys_is_not_new(same: FeedEntry) -> None:
    assert keep_all([document("a", same)], NOW) == [Kept(1, 0)]
    assert keep_all([document("a", same)], NOW) == [Kept(0, 0)]
    assert keep_all([document("b", same)], NOW) == [Kept(1, 0)]


def test_the_pages_of_each_source_that_wants_them_are_asked_for_and_of_a_first_document_only_some() -> None:
    many = [
        item(place, f"소식 {place}", f"https://a.example/{place}") for place in range(keeping.MOST_PAGES + 5)
    ]
    old = item(0, "지난 소식", "https://b.example/1", published_at=NOW - timedelta(days=9))
    keep_all(
        [
            document("a", *many, article={}),
            document("b", old, item(1, "링크 없는 소식"), article={}),
            document("c", item(0, "본문을 읽지 않는 소식", "https://c.example/1")),
        ],
        NOW,
    )
    wanted = Entry.objects.filter(page_due_at=NOW).values_list("source_id", "url")
    assert sorted(wanted) == sorted(("a", one.link) for one in many[: keeping.MOST_PAGES])


def queries(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        work()
    return [one["sql"] for one in asked]


def test_many_documents_ask_hardly_more_than_one() -> None:
    one = document("one", item(0, "혼자 온 소식", "https://one.example/1"))
    many = [document(f"s{n}", item(0, f"{n}번째로 온 소식", f"https://s{n}.example/1")) for n in range(16)]
    alone, together = len(queries(lambda: keep_all([one], NOW))), len(queries(lambda: keep_all(many, NOW)))
    # What could be known is asked for of each source by itself.
    assert together - alone < 3 * 15


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is SQLite's")
def test_a_document_is_looked_up_by_its_keys_however_much_its_source_has_kept() -> None:
    known = document("a", item(0, "하나", "https://a.example/1", guid="g", summary=REPORT))
    asked = [
        sql for sql in queries(lambda: keep_all([known], NOW)) if "UNION" in sql and "monitor_entry" in sql
    ]
    assert len(asked) == 1
    steps = [str(row[3]) for row in rows.fetched(f"EXPLAIN QUERY PLAN {asked[0]}", [])]
    searches = [step for step in steps if "monitor_entry" in step]
    assert len(searches) == 3
    assert all("(source_id=? AND " in step for step in searches)
