"""A house in full work, with something on every page: what axe reads and what the screenshots show."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from alerts.recipients import add
from classifiers.models import Assessment, PastArticle, PastIssue, Tag
from monitor.models import Entry, Incident, Poll, Source, Story
from review.deciding.decisions import decide
from review.models import Assignment, Candidate, Decision, Issue, SavedView, StoryEvent
from tests.review.seed import Seed, Told, make_day, make_story

#: How long the house has been at work.
WEEKS = 12
#: How many entries of a topic come on a usual day.
USUAL = {
    "semiconductor": 3.0, "ai": 2.4, "battery": 1.6, "robotics": 1.2, "monetary": 1.5, "macro": 1.4,
    "critical-minerals": 0.8, "hydrogen": 0.7, "trade-security": 1.1, "quantum": 0.5, "ai-policy": 0.9,
}  # fmt: skip
#: (topic, days ago, how many times as much): what people talked about for some days.
BURSTS = (("critical-minerals", 20, 7), ("ai-policy", 41, 6), ("monetary", 4, 4))


@dataclass(frozen=True)
class Written:
    """A candidate in the making: where it came from, where it stands, and what its editor wrote."""

    bulletin: str
    section: str
    lead: Told
    topics: dict[str, float]
    headline: str = ""
    summary: str = ""
    field: str = ""
    note: str = ""


WRITTEN = (
    Written(
        "kiat-watch", "이슈포커스",
        Told("meti-press", "ja", "先端半導体の国内供給体制に関する中間整理を公表します", "後工程の拠点整備と設計人材の育成を二本の柱とする中間整理を取りまとめました。", 120, "day"),
        {"semiconductor": 0.96, "industrial-policy": 0.8},
        "일본, 첨단 반도체 국내 공급체계 중간정리 발표",
        "- 후공정 거점 정비와 설계 인력 양성을 두 축으로 제시\n- 2027년부터 공동 시험라인을 세 곳에서 운영할 계획",
        note="1면 머리로. 표는 원문 3쪽에서 가져옵니다.",
    ),
    Written(
        "kiat-watch", "산업·기술동향",
        Told("monoist", "ja", "鋳造ラインの無人化、熟練者の判断を画像と音で再現", "中堅メーカーが不良率を半減させた。", 140),
        {"manufacturing": 0.93, "ai": 0.6},
        "숙련공의 판단을 영상과 소리로 재현한 무인 주조 라인",
        "- 용탕 온도와 소리를 함께 학습해 불량률을 절반으로 낮춤\n- 중견기업 다섯 곳이 같은 방식을 시험 중",
    ),
    Written(
        "kiat-watch", "산업·기술동향",
        Told("nikkei-asia", "en", "Thai parts makers turn to Japanese robots as wages climb", "", 150, "none"),
        {"robotics": 0.9, "labor-population": 0.6},
        "태국 부품업계, 임금 상승에 일본산 로봇 도입 확대",
        "- 조립 공정의 3분의 1을 협동로봇으로 바꾸는 계획이 잇따름",
    ),
    Written(
        "kiat-watch", "정책동향",
        Told("bmftr", "de", "Bundesregierung legt Eckpunkte für Rohstofffonds vor", "Der Fonds soll Beteiligungen an Minen absichern.", 160),
        {"critical-minerals": 0.92, "industrial-policy": 0.7},
        "독일, 핵심광물 투자기금의 주요 내용 공개",
        "- 해외 광산 지분 투자를 정부가 보증하고 10억 유로를 조성",
    ),
    Written(
        "kiat-watch", "정책동향",
        Told("shanghai", "zh", "上海市推进智能机器人中试平台建设若干措施", "", 165, "day"),
        {"robotics": 0.9, "industrial-policy": 0.6},
        "상하이, 지능형 로봇 시험생산 기반 지원책 시행",
    ),
    Written(
        "kiat-watch", "유망기술 클리핑",
        Told("techxplore", "en", "Printed sodium cell survives a thousand folds", "", 170),
        {"battery": 0.93}, "천 번 접어도 견디는 인쇄형 나트륨 전지", "- 고분자 전해질을 층층이 인쇄해 균열을 막음", "배터리",
    ),
    Written(
        "kiat-watch", "유망기술 클리핑",
        Told("nist", "en", "A thermometer for qubits that needs no wires", "", 172),
        {"quantum": 0.95}, "배선 없이 큐비트 온도를 재는 온도계", "- 극저온 장치의 열 유입을 줄여 집적도를 높임", "양자",
    ),
    Written(
        "kiat-watch", "유망기술 클리핑",
        Told("xtech", "ja", "木質由来の樹脂で自動車内装、石油由来と同じ成形機で", "", 175),
        {"climate": 0.6}, "", "", "신소재",
    ),
    Written(
        "japan-insight", "일본경제",
        Told("boj", "ja", "地域経済報告(さくらレポート)を公表しました", "九地域のうち六地域で景気判断を据え置いた。", 130, "day"),
        {"macro": 0.94, "monetary": 0.5},
        "지역경제보고로 본 일본 경기의 온도차",
        "관광이 이끄는 지역과 제조업에 기댄 지역의 차이가 벌어지고 있습니다.",
    ),
    Written(
        "japan-insight", "기술·AI",
        Told("xtech", "ja", "町工場の見積もり、生成AIが十分で下書き", "過去の図面と実績を学習させた。", 135),
        {"ai": 0.95, "manufacturing": 0.7},
        "10분이면 나오는 견적서, 동네 공장에 들어온 생성형 AI",
        "도면과 실적을 학습시켜 견적 초안을 만드는 서비스를 살펴봅니다.",
    ),
    Written(
        "japan-insight", "정책·지역",
        Told("kotra", "ko", "일본 지자체, 빈 공장을 창업 거점으로 바꾸다", "기타큐슈의 사례를 중심으로 살펴본다.", 145, "day"),
        {"regional-revival": 0.92}, "",
    ),
)  # fmt: skip

#: Candidates that nobody has placed yet.
UNPLACED = (
    Seed(Told("motir", "ko", "희토류 대체 영구자석, 양산 시험 들어가", "국내 소재기업과 출연연이 함께 개발했다.", 60), 0.86, {"critical-minerals": 0.93}, ("희토류",), "technology", ("KR",)),
    Seed(Told("nikkei-asia", "en", "Japan weighs tax break for shipbuilding automation", "", 64, "none"), 0.8, {"industrial-policy": 0.85}, ("tax break",), "policy"),
)  # fmt: skip

PAST = (
    ("kiat-watch", "2026-21", 24, (("산업·기술동향", "전력반도체 웨이퍼의 대구경화 경쟁", ["semiconductor"]), ("정책동향", "미국의 연구 보안 지침 개정", ["trade-security"]), ("유망기술 클리핑", "스스로 낫는 태양전지 코팅", ["renewables"]))),
    ("kiat-watch", "2026-22", 10, (("이슈포커스", "인간형 로봇의 부품 공급망", ["robotics", "supply-chain"]), ("산업·기술동향", "희소금속 재활용 공정의 상용화", ["critical-minerals"]), ("정책동향", "유럽연합의 배터리 여권 시행 준비", ["battery", "climate"]))),
    ("japan-insight", "2026-11", 20, (("일본경제", "금리가 있는 세계로 돌아온 일본", ["monetary", "macro"]), ("기술·AI", "건설 현장에 들어온 사족보행 로봇", ["robotics", "ai"]), ("기업사례", "백 년 된 염색집의 반도체 소재", ["semiconductor"]))),
)  # fmt: skip


@transaction.atomic
def make_full_house(now: datetime) -> User:
    """Twelve weeks of work and this morning. Returns the administrator, 김하나."""
    boss = make_day(now)
    lee = User.objects.get(username="서준")
    User.objects.create_user("지우", last_name="박", first_name="지우", email="jiwoo@example.org")
    _make_weeks(now, boss, lee)
    _make_polls(now)
    _make_issues(now, boss, lee)
    _make_talk(now, boss, lee)
    add("mailto:desk@example.org", topics=["semiconductor", "ai"])
    return boss


def pages() -> tuple[str, ...]:
    """The address of every page that a signed-in person may open, queries that change its look among them."""
    return tuple(_pages())


def _pages() -> Iterator[str]:
    yield from ("/", "/?bulletin=kiat-watch&topic=semiconductor", "/?q=金利", "/?q=zzz", "/?state=accepted")
    told, commented = (Story.objects.get(lead__title__startswith=start).pk for start in ("次世代", "한일"))
    yield from (f"/stories/{told}", f"/stories/{commented}", "/candidates/")
    yield from ("/candidates/paste", "/candidates/paste?by_hand")
    yield f"/candidates/{Candidate.standing.exclude(headline='').exclude(summary='').earliest('pk').pk}"
    yield from ("/issues/", "/issues/new")
    for issue in Issue.objects.filter(closed_at=None).order_by("-bulletin"):
        for page in ("", "settings", "coverage", "compare", "preview", "close"):
            yield f"/issues/{issue.pk}/{page}"
    closed = Issue.objects.exclude(closed_at=None).latest("pk")
    yield from (f"/issues/{closed.pk}/", f"/issues/{closed.pk}/reopen")
    yield from ("/issues/past/", f"/issues/past/{closed.past_id}")
    yield from (
        "/overview/",
        "/sources/",
        "/topics/",
        "/quality/",
        "/alerts/",
        "/recipients/",
        "/recipients/new/",
    )
    yield from (
        "/people/",
        f"/people/{User.objects.get(username='지우').pk}/",
        "/me/",
        "/start/",
        "/actions/",
    )


#: Pages of those who are not signed in, and pages that say no.
DOORS = ("/signin/", "/signin/used/", "/signin/mail", "/nowhere")


def _make_weeks(now: datetime, boss: User, lee: User) -> None:
    """Entries of twelve weeks that were decided, more on some days than on others."""
    chance = random.Random(1)
    rows = []
    for days in range(2, WEEKS * 7):
        quiet = 0.3 if (now - timedelta(days=days)).weekday() > 4 else 1.0
        for topic, usual in USUAL.items():
            burst = next((by for name, peak, by in BURSTS if name == topic and abs(days - peak) <= 1), 1)
            many = usual * quiet * burst
            for _number in range(int(many) + (chance.random() < many % 1)):
                rows.append((topic, now - timedelta(days=days, minutes=chance.randrange(-400, 400))))
    sources = [
        *Source.objects.filter(state="ok").order_by("id"),
        *Source.objects.filter(id__in=("cn-nikkei", "shanghai")),
    ]
    stories, entries = [], []
    for number, (topic, seen) in enumerate(rows, 1):
        relevance = min(0.98, max(0.05, chance.gauss(0.62, 0.2)))
        wanted = chance.random() < relevance**3
        stories.append(
            Story(first_seen_at=seen, relevance=relevance, queue="accepted" if wanted else "rejected")
        )
        entries.append(
            Entry(
                source=chance.choice(sources),
                title=f"지난 소식 {number}: {topic}",
                lang=chance.choice(("ko", "ja", "en", "zh")),
                published_at=seen,
                date_confidence="instant",
                first_seen_at=seen,
                tagged_at=seen,
                url=f"https://news.example/past/{number}",
            )
        )
    Story.objects.bulk_create(stories)
    for story, entry in zip(stories, entries, strict=True):
        entry.story = story
    Entry.objects.bulk_create(entries)
    for story, entry in zip(stories, entries, strict=True):
        story.lead = entry
    Story.objects.bulk_update(stories, ["lead"], batch_size=500)
    by = {"model": "lexicon-1+e5"}
    Assessment.objects.bulk_create(
        Assessment(
            entry=entry, relevance=story.relevance or 0, kind=chance.choice(("policy", "industry", "technology", "economy")),
            regions=[chance.choice(("JP", "JP", "KR", "CN", "US", "DE"))], assessed_at=entry.first_seen_at, **by,
        )
        for story, entry in zip(stories, entries, strict=True)
    )  # fmt: skip
    Tag.objects.bulk_create(
        Tag(entry=entry, topic=topic, probability=chance.uniform(0.5, 0.98), **by)
        for entry, (topic, _seen) in zip(entries, rows, strict=True)
    )
    decided = [story.first_seen_at + timedelta(hours=chance.uniform(1, 20)) for story in stories]
    editors = [chance.choice((boss, lee)) for _story in stories]
    Decision.objects.bulk_create(
        Decision(
            story=story, editor=editor, choice="accept" if story.queue == "accepted" else "reject",
            decided_at=at, door=chance.choice(("web", "web", "telegram")),
        )
        for story, editor, at in zip(stories, editors, decided, strict=True)
    )  # fmt: skip


def _make_polls(now: datetime) -> None:
    """A week of visits, and the incidents of the sources that fail."""
    visits = []
    for source in Source.objects.exclude(last_polled_at=None):
        for hours in range(0, 7 * 24, 3):
            failed = source.state in {"broken", "blocked"} and hours < 40
            visits.append(
                Poll(
                    source=source, started_at=now - timedelta(hours=hours, minutes=7), seconds=0.6,
                    status="error" if failed else "ok", http_status=503 if failed else 200,
                    entries=0 if failed else 20, new=0 if failed else hours % 4, error="HTTP 503" if failed else "",
                )
            )  # fmt: skip
        if source.state in {"broken", "blocked"}:
            Incident.objects.create(
                source=source,
                opened_at=now - timedelta(hours=40),
                state=source.state,
                fault=source.fault,
                reason=source.reason,
            )
    Poll.objects.bulk_create(visits)


def _make_issues(now: datetime, boss: User, lee: User) -> None:
    """Numbers that are out, the two in the making, and what was written for them."""
    for bulletin, number, days, articles in PAST:
        day = (now - timedelta(days=days)).date()
        past = PastIssue.objects.create(bulletin=bulletin, number=number, published_on=day)
        for order, (section, title, topics) in enumerate(articles, 1):
            PastArticle.objects.create(
                issue=past, order=order, section=section, title=title, topics=topics,
                citation="架空一郎, 題名, 架空技報, 2026.10.1.", confirmed_at=None if order == 3 else now,
            )  # fmt: skip
        Issue.objects.create(
            bulletin=bulletin, number=number, published_on=day, past=past,
            created_at=now - timedelta(days=days + 14), closed_at=now - timedelta(days=days), closed_by=boss,
        )  # fmt: skip
    today = now.date()
    issues = {
        "kiat-watch": Issue.objects.create(
            bulletin="kiat-watch", number="2026-23", created_at=now - timedelta(days=9),
            deadline_on=today + timedelta(days=3), published_on=today + timedelta(days=5),
        ),
        "japan-insight": Issue.objects.create(
            bulletin="japan-insight", number="2026-12", created_at=now - timedelta(days=15),
            deadline_on=today + timedelta(days=6), published_on=date(today.year, 12, 1),
        ),
    }  # fmt: skip
    for order, written in enumerate(WRITTEN, 1):
        story = make_story(Seed(written.lead, 0.9, written.topics), now)
        decide(
            story.pk, (boss, lee)[order % 2], "accept", "web", now - timedelta(hours=written.lead.hours - 5)
        )
        Candidate.objects.filter(story=story).update(
            issue=issues[written.bulletin], section=written.section, order=order, headline=written.headline,
            summary=written.summary, field=written.field, note=written.note, responsible=(lee, boss)[order % 2],
        )  # fmt: skip
    for seed in UNPLACED:
        decide(make_story(seed, now).pk, lee, "accept", "web", now - timedelta(hours=50))


def _make_talk(now: datetime, boss: User, lee: User) -> None:
    """Two stories that somebody took and spoke of, and views that are kept."""
    minerals = Story.objects.get(lead__title__startswith="한일, 핵심광물")
    bank = Story.objects.get(lead__title__startswith="金融政策決定会合")
    for story, whose in ((minerals, lee), (bank, boss)):
        Assignment.objects.create(
            story=story, assignee=whose, assigned_by=boss, assigned_at=now - timedelta(minutes=50)
        )
        StoryEvent.objects.create(
            story=story,
            editor=boss,
            kind="assign",
            facts={"to": whose.pk},
            happened_at=now - timedelta(minutes=50),
        )
    for editor, text, minutes in (
        (boss, "도쿄 회의 일정이 확정되면 12월호 정책·지역에 넣으면 좋겠습니다.", 45),
        (lee, "산업부 담당과에 확인해 두겠습니다.", 20),
    ):
        StoryEvent.objects.create(
            story=minerals, editor=editor, kind="comment", text=text, happened_at=now - timedelta(minutes=minutes)
        )  # fmt: skip
    SavedView.objects.create(
        owner=boss, name="일본 정책만", query="region=JP&kind=policy", shared=True, created_at=now
    )
    SavedView.objects.create(owner=boss, name="반도체 이번 주", query="topic=semiconductor&days=7")
