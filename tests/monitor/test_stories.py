"""Which entries tell one story by their links and words, and what the store makes of it."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.documents import Feed, FeedEntry
from monitor.models import Entry, Story, StoryKey
from monitor.polls import keeping, store
from monitor.polls.nearby import MOST_NEAR, MOST_PER_KEY, TITLE_FILED, Filed, Index, Marks
from monitor.polls.stories import WINDOW, Telling, bare_title, lead_of, marks, same, story_for
from monitor.sources import SourceConfig
from monitor.texts.figures import Figure, figures

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def telling(
    title: str = "짧은 제목",
    lead: str = "",
    *,
    source: str = "a",
    link: str = "l1",
    days: float = 0,
    story: int = 7,
) -> Telling:
    return Telling(source, link, title, lead, NOW - timedelta(days=days), story)


def other(title: str, lead: str = "", **fields: object) -> Telling:
    return telling(title, lead, **{"source": "b", "link": "l2", **fields})  # type: ignore[arg-type]


LONG = "경제산업성 반도체 지원책 일조 엔 규모로 확정"


@pytest.mark.parametrize(
    ("known", "story"),
    [
        pytest.param(telling(source="b"), 7, id="same-page"),
        pytest.param(telling(source="b", days=90), 7, id="same-page-long-after"),
        pytest.param(telling(), None, id="one-source's-two-items-of-one-page"),
        pytest.param(other(LONG), 7, id="same-long-headline"),
        pytest.param(other(LONG.replace(" ", "  ")), 7, id="same-but-for-spaces"),
        pytest.param(other(LONG, days=4), None, id="same-headline-days-apart"),
        pytest.param(other(LONG, days=-2), 7, id="same-headline-seen-later"),
        pytest.param(other("전혀 다른 소식을 전하는 긴 제목입니다"), None, id="other-headline"),
    ],
)
def test_an_entry_joins_a_story(known: Telling, story: int | None) -> None:
    assert story_for(telling(LONG, story=0), [known]) == story


def test_the_oldest_of_several_stories_is_joined() -> None:
    known = [telling(source="b", story=9), telling(source="c", story=4), other("x", story=2)]
    assert story_for(telling(story=0), known) == 4


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("[속보] 가온전자, 새 메모리 공장에 3조원 투자", "가온전자, 새 메모리 공장에 3조원 투자(종합)"),
        ("UPDATE 1-Northwind to build chip plant in Ohio", "Northwind to build chip plant in Ohio - Daily Wire"),
        ("【速報】青波電機、全固体電池の量産を来春開始", "青波電機、全固体電池の量産を来春開始｜日々新聞"),
        ("快讯|蓝鲸汽车宣布召回部分电动车型", "蓝鲸汽车宣布召回部分电动车型"),
        ("가온전자, 새 메모리 공장에 3조원 투자", "가온전자, 평택 새 메모리 공장에 3조원 투자 결정"),
        ("青波電機、全固体電池の量産を来春開始", "青波電機、全固体電池の量産を来春に開始へ"),
        ("가온전자, 새 공장에 3,000억원 투자한다", "가온전자, 새 공장에 3천억원 투자한다"),
        ("Ministry unveils ２ trillion yen chip package", "Ministry unveils 2 trillion yen chip package"),
        ("Blauwind baut Batteriewerk in Sachsen", "Blauwind baut Batteriewerk in Sachsen | Tagesblatt"),
    ],
)  # fmt: skip
def test_an_edited_headline_is_the_same_story(one: str, two: str) -> None:
    assert same(telling(one), other(two))
    assert same(other(two), telling(one))
    assert finds(marks(one, ""), marks(two, ""))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param("産業構造審議会 半導体小委員会（第3回）", "産業構造審議会 半導体小委員会（第4回）", id="meetings"),
        pytest.param("青波電機の10月1日付役員人事と組織改編", "青波電機の11月1日付役員人事と組織改編", id="dates"),
        pytest.param("가온전자 3분기 영업이익 9조원 기록", "가온전자 4분기 영업이익 9조원 기록", id="quarters"),
        pytest.param("商業動態統計速報（10月分）を公表します", "商業動態統計速報（11月分）を公表します", id="months"),
        pytest.param("Consumer price index for October released", "Consumer price index for November released", id="english-months"),
        pytest.param("가온전자, 차세대 전력 반도체 양산 돌입", "나래전자, 차세대 전력 반도체 양산 돌입", id="companies"),
        pytest.param("Northwind cuts full-year profit forecast", "Eastfield cuts full-year profit forecast", id="english-companies"),
        pytest.param("정부, 반도체 수출 통제 강화 방침 발표", "정부, 반도체 수출 통제 완화 방침 발표", id="opposites"),
        pytest.param("반도체 인재 양성의 길을 묻다(상)", "반도체 인재 양성의 길을 묻다(하)", id="parts"),
        pytest.param("蓝鲸汽车三季度净利润同比增长两成", "蓝鲸汽车四季度净利润同比增长两成", id="chinese-quarters"),
        pytest.param("人事異動について", "人事異動について", id="generic-japanese"),
        pytest.param("보도설명자료", "보도설명자료", id="generic-korean"),
        pytest.param("Weekly update", "Weekly update", id="generic-english"),
        pytest.param("令和9年度予算概算要求の概要について", "令和9年度予算概算要求の概要について", id="every-ministry-has-one"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("source", ["a", "b"])
def test_what_only_looks_alike_is_another_story(one: str, two: str, source: str) -> None:
    boilerplate = (
        "자세한 내용은 붙임의 보도자료를 참고하시기 바라며 담당 부서로 문의하여 주시기 바랍니다. 감사합니다."
    )
    for lead in ("", boilerplate):
        assert not same(telling(one, lead), other(two, lead, source=source))


REPORT = (
    "가온전자가 경기도 평택에 새 메모리 반도체 공장을 짓는다. 회사는 20일 이사회를 열어 2029년까지 3조원을 "
    "투자하기로 했다고 밝혔다. 새 공장은 고대역폭메모리를 생산하며 고용은 1,200명으로 예상된다."
)


class TestWireCopy:
    def test_one_report_under_two_headlines_is_one_story(self) -> None:
        one = telling("가온전자, 평택에 메모리 공장 짓는다", f"(서울=누리통신) 홍길동 기자 = {REPORT}")
        two = other("고대역폭메모리 새 공장에 3조원 투자하는 가온전자", f"<p>{REPORT}</p>")
        assert same(one, two)
        assert finds(marks(one.title, one.lead), marks(two.title, two.lead))

    def test_a_lead_that_the_feed_cut_is_the_same_lead(self) -> None:
        one = telling("가온전자, 평택에 메모리 공장 짓는다", REPORT)
        two = other("고대역폭메모리에 3조원 붓는다는 소식", REPORT[:80] + "…")
        assert finds(marks(one.title, one.lead), marks(two.title, two.lead))
        assert same(one, other("가온전자 평택 새 메모리 반도체 공장에 투자", REPORT[:90] + "…"))

    @pytest.mark.parametrize(
        ("find", "put"),
        [
            pytest.param("3조원", "5조원", id="amount"),
            pytest.param("20일", "27일", id="day"),
            pytest.param("가온전자", "나래전자", id="company"),
        ],
    )
    def test_a_template_filled_in_otherwise_is_another_story(self, find: str, put: str) -> None:
        one = telling("가온전자, 새 메모리 공장에 3조원 투자", REPORT)
        two = other(
            "가온전자, 새 메모리 공장에 3조원 투자하기로".replace(find, put), REPORT.replace(find, put)
        )
        if find == "20일":
            one, two = (
                telling("평택 새 메모리 반도체 공장 투자", REPORT),
                other("평택에 짓는 새 메모리 공장", two.lead),
            )
        assert not same(one, two)

    def test_third_and_fourth_meeting_with_one_invitation_are_two(self) -> None:
        text = "반도체 산업 육성을 위한 민관 전략 회의를 아래와 같이 개최하오니 관심 있는 분들의 많은 참여를 바랍니다. 장소는 대회의실입니다."
        one = telling("제3회 반도체 산업 육성 민관 전략 회의 개최", text)
        assert not same(one, other("제4회 반도체 산업 육성 민관 전략 회의 개최", text))


class TestOneSource:
    """Its own items are two unless headline, figures and text say that one was only put up again."""

    def test_a_release_put_up_again_under_another_address_is_one_story(self) -> None:
        one = telling("가온전자, 평택에 메모리 공장 짓는다", REPORT)
        assert same(one, telling("[정정] 가온전자, 평택에 메모리 공장 짓는다", REPORT, link="l2"))

    def test_one_headline_with_two_texts_is_two_stories(self) -> None:
        one = telling("오늘의 반도체 소재 가격 동향을 전합니다", REPORT)
        assert not same(one, telling(one.title, REPORT.replace("3조원", "5조원"), link="l2"))

    def test_one_headline_without_text_is_two_stories(self) -> None:
        assert not same(telling(LONG), telling(LONG, link="l2"))


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("[단독][속보] 가온전자 새 공장 (종합2보)", "가온전자 새 공장"),
        ("産業構造審議会（第3回）", "産業構造審議会(第3回)"),
        ("[2026년 국정감사] 산업부 업무보고", "[2026년 국정감사] 산업부 업무보고"),
        ("반도체의 길(상)", "반도체의 길(상)"),
        ("[속보]", "[속보]"),
        ("EXCLUSIVE-Northwind in talks to buy Eastfield - sources", "northwind in talks to buy eastfield"),
    ],
)
def test_labels_go_and_what_tells_apart_stays(title: str, bare: str) -> None:
    assert bare_title(title) == bare


def finds(stored: Marks, new: Marks) -> bool:
    """Whether a search by the marks of one entry finds another, whichever came first."""
    found = []
    for first, second in ((stored, new), (new, stored)):
        index = Index()
        index.file(1, first)
        found.append(index.near(second) == [1])
    return all(found)


def test_marks_do_not_depend_on_the_process() -> None:
    assert sorted(marks("Northwind to build chip plant in Ohio", "").title)[:2] == [520550497, 1020151436]


def test_unrelated_entries_do_not_find_each_other() -> None:
    assert not finds(marks(LONG, REPORT), marks("青波電機、全固体電池の量産を来春開始", "青波電機は" * 30))


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=300))
def test_any_text_can_be_searched_by_and_compared(title: str, other_title: str, lead: str) -> None:
    index = Index()
    index.file(1, marks(title, lead))
    index.near(marks(other_title, lead))
    one, two = telling(title, lead), other(other_title, lead)
    assert same(one, two) == same(two, one)


class TestIndex:
    def test_an_entry_is_filed_under_the_rarest_of_its_grams(self) -> None:
        index = Index(Filed(gram, entry) for gram in range(10) for entry in range(gram))
        assert index.file(99, Marks(title=(9, 7, 5, 3, 1, 0, 8, 6), lead=(2, 4))) == [0, 1, 3, 5, 6, 7, 2, 4]

    def test_no_more_are_filed_under_a_gram_than_a_search_can_read(self) -> None:
        index = Index()
        everyone = Marks(title=(1, 2, 3))
        filed = [index.file(number, everyone) for number in range(MOST_PER_KEY + 5)]
        assert filed == [[1, 2, 3]] * MOST_PER_KEY + [[]] * 5

    def test_of_many_that_share_enough_the_most_alike_and_then_the_oldest_are_looked_at(self) -> None:
        index = Index()
        for number in range(20):
            index.file(number, Marks(title=(1, 2, 3, 100 + number)))
        index.file(20, Marks(title=(1, 2, 3, 4)))
        assert index.near(Marks(title=(1, 2, 3, 4, 5, 6))) == [20, *range(MOST_NEAR - 1)]

    def test_a_gram_or_two_in_common_are_not_enough(self) -> None:
        index = Index()
        index.file(1, Marks(title=(1, 2, 7, 8, 9, 10)))
        assert index.near(Marks(title=(1, 2, 3, 4, 5, 6))) == []
        assert index.near(Marks(title=(1, 2, 7, 4, 5, 6))) == [1]

    def test_of_a_headline_of_few_grams_half_are(self) -> None:
        index = Index()
        index.file(1, Marks(title=(1, 2)))
        assert index.near(Marks(title=(1, 2, 3))) == index.near(Marks(title=(1, 3))) == [1]

    def test_grams_of_headlines_and_leads_do_not_add_up(self) -> None:
        index = Index()
        index.file(1, Marks(title=(1, 2, 7), lead=(11, 17)))
        assert index.near(Marks(title=(1, 2, 3, 4, 5, 6), lead=(11, 12, 13, 14))) == []

    def test_one_link_or_one_title_is_enough_and_comes_first(self) -> None:
        index = Index()
        index.file(1, Marks(title=(1, 2, 3)))
        index.file(2, Marks(whole=("link", "title")))
        assert index.near(Marks(title=(1, 2, 3), whole=("title",))) == [2, 1]

    def test_a_headline_leaves_grams_of_the_lead_their_places(self) -> None:
        own = marks(LONG, REPORT)
        filed = Index().file(1, own)
        assert len(set(filed) & set(own.title)) == TITLE_FILED
        assert set(filed) & set(own.lead)


class TestLead:
    def test_who_made_the_news_comes_before_who_tells_it(self) -> None:
        entries = [(1, "paper", NOW), (2, "ministry", NOW + HOUR), (3, "agency", NOW + 2 * HOUR)]
        assert lead_of(entries, {"ministry", "agency"}) == 2

    def test_else_the_first_seen(self) -> None:
        assert lead_of([(5, "paper", NOW + HOUR), (6, "daily", NOW)], {"ministry"}) == 6
        assert lead_of([(5, "paper", NOW), (6, "daily", NOW)], ()) == 5
        assert lead_of([], ()) is None


def number(value: float) -> set[Figure]:
    return {Figure("number", value)}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("1조 2000억 원", "1兆2,000億円", "1.2万亿元", "¥1.2 trillion", "$1.2tn", "1,2 Billionen Euro"), number(1.2e12)),
        (("3천억", "3,000億", "300 billion", "300bn won", "₩300b"), number(3e11)),
        (("1万2000台", "1만2천 대", "12,000 cars", "１２，０００台"), number(12000)),
        (("제3차", "第3回", "第三回", "3rd", "제3조"), number(3)),
        (("第十二届",), number(12)),
        (("11월 20일", "11月20日", "Nov. 20", "20 November", "20. November", "11/20"), {Figure("day", 1120), Figure("mday", 20)}),
        (("2026-11-20", "2026년 11월 20일", "2026.11.20"), {Figure("year", 2026), Figure("day", 1120), Figure("mday", 20)}),
        (("20일 오전", "20日、"), {Figure("mday", 20)}),
        (("3분기", "第3四半期", "Q3", "3Q", "third quarter", "三季度"), {Figure("quarter", 3)}),
        (("令和8年度", "2026년", "'26년", "FY 2026"), {Figure("year", 2026)}),
        (("3割", "30%", "30퍼센트", "30 percent", "30パーセント"), {Figure("percent", 30)}),
        (("하반기", "下半期", "second half"), {Figure("half", 2)}),
        (("HBM4", "GPT-5", "H200", "they may march", "十五五规划", ""), set()),
        (("3개월", "3か月", "3日間"), number(3)),
        (("1조 5만", "1兆5万"), number(1e12 + 5e4)),
        (("1만 2조",), number(1e4) | number(2e12)),
    ],
)  # fmt: skip
def test_a_figure_is_one_in_every_language(texts: tuple[str, ...], expected: set[Figure]) -> None:
    for text in texts:
        assert figures(text) == expected, text


@given(
    st.text(
        alphabet="0123456789,.년월일年月日조억兆億만万천% -/第제回qQ'$bnm令和percent三十(상)", max_size=60
    )
)
def test_no_figure_is_too_odd_to_read(text: str) -> None:
    figures(text)


def source(name: str) -> SourceConfig:
    return SourceConfig.model_validate({"id": name, "url": f"https://{name}.example/feed"})


def keep(name: str, *items: tuple[str, str], now: datetime = NOW) -> None:
    """Keeps a document of `items`, (title, lead) each, as a poll does."""
    config = source(name)
    store.register([config])
    entries = [
        FeedEntry(place, title, link=f"https://{name}.example/{title}/{now:%d%H}", summary=lead)
        for place, (title, lead) in enumerate(items)
    ]
    keeping.keep(config, Feed("rss20", tuple(entries)), keeping.Validators("", "", ""), now)


def stories() -> list[set[str]]:
    """The sources that told each story, oldest story first."""
    return [
        {entry.source_id for entry in story.entries.all()}
        for story in Story.objects.order_by("id").prefetch_related("entries")
    ]


@pytest.mark.django_db
class TestKept:
    def test_wire_copy_of_another_source_joins_the_stored_story(self) -> None:
        keep("a", ("가온전자, 평택에 메모리 공장 짓는다", REPORT))
        keep("b", ("고대역폭메모리 새 공장에 3조원 투자하는 가온전자", REPORT), now=NOW + HOUR)
        assert stories() == [{"a", "b"}]
        assert Story.objects.get().lead == Entry.objects.get(source_id="a")

    def test_an_edited_headline_joins_and_the_next_quarter_does_not(self) -> None:
        keep("a", ("가온전자 3분기 영업이익 9조원 기록", ""))
        keep(
            "b", ("[속보] 가온전자 3분기 영업이익 9조원 기록", ""), ("가온전자 4분기 영업이익 9조원 기록", "")
        )
        assert stories() == [{"a", "b"}, {"b"}]

    def test_one_document_that_says_it_twice_begins_one_story(self) -> None:
        keep("a", (LONG, REPORT), ("다른 소식을 전하는 또 하나의 제목", ""), (f"[재송] {LONG}", REPORT))
        assert [len(story.entries.all()) for story in Story.objects.order_by("id")] == [2, 1]

    def test_a_decided_story_is_joined_all_the_same(self) -> None:
        keep("a", (LONG, ""))
        Story.objects.update(queue=Story.Queue.REJECTED)
        keep("b", (LONG, ""), now=NOW + HOUR)
        assert stories() == [{"a", "b"}]
        assert Story.objects.get().queue == Story.Queue.REJECTED

    def test_after_the_window_it_is_news_again(self) -> None:
        keep("a", (LONG, ""))
        keep("b", (LONG, ""), now=NOW + WINDOW + HOUR)
        assert stories() == [{"a"}, {"b"}]

    def test_keys_past_the_window_go_with_the_next_entries(self) -> None:
        keep("a", (LONG, REPORT))
        old = set(StoryKey.objects.values_list("id", flat=True))
        keep("b", ("전혀 다른 소식을 전하는 긴 제목입니다", ""), now=NOW + WINDOW + HOUR)
        assert old
        assert not old & set(StoryKey.objects.values_list("id", flat=True))
        assert StoryKey.objects.exists()

    def test_a_search_does_not_grow_with_the_store(self, django_assert_max_num_queries: object) -> None:
        keep("a", *[(f"가온전자 새 공장 {number}호기 준공식 열려", REPORT) for number in range(60)])
        with django_assert_max_num_queries(24):  # type: ignore[operator]
            keep("b", *[(f"나래전자 연구소 {number}동 착공식 열려", REPORT) for number in range(60)])


_ROOT = Path(__file__).resolve().parents[2]
GOLD = _ROOT.parent / "shared" / "data" / "gold-dev.jsonl"


@pytest.mark.skipif(not GOLD.exists(), reason="the recorded headlines are not here")
def test_real_headlines_that_an_annotator_told_apart_stay_apart() -> None:
    rows = {row["id"]: row for row in map(json.loads, GOLD.read_text(encoding="utf-8").splitlines())}
    with (_ROOT / "tests" / "data" / "story-pairs.csv").open(encoding="utf-8") as file:
        pairs = [(rows[row["a"]], rows[row["b"]], row["same"] == "1") for row in csv.DictReader(file)]
    assert len(pairs) >= 150
    wrong = [
        (one["id"], two["id"])
        for one, two, is_same in pairs
        if same(telling(one["title"], one["summary"]), other(two["title"], two["summary"])) != is_same
    ]
    assert wrong == []
