"""A morning's queue: stories in Korean, Japanese, Chinese, English and German, written for these tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from alerts.models import Alert, Recipient
from classifiers.models import Assessment, Tag
from monitor.models import Entry, Source, Story
from review.deciding.decisions import decide
from review.search.index import index_stories

#: Who says what is said of them.
MODEL = "lexicon-1+e5"


@dataclass(frozen=True)
class Told:
    """An entry: a source, its title, and what it says."""

    source: str
    lang: str
    title: str
    summary: str = ""
    hours: float = 3
    confidence: str = "instant"
    url: str | None = None


@dataclass(frozen=True)
class Seed:
    """A story with what the classifier would have said of it."""

    lead: Told
    relevance: float | None
    topics: dict[str, float]
    why: tuple[str, ...] = ()
    kind: str = "technology"
    regions: tuple[str, ...] = ("JP",)
    others: tuple[Told, ...] = field(default=())


STORIES = (
    Seed(
        Told("meti-press", "ja", "次世代半導体の量産に向けた支援策を取りまとめました", "経済産業省は本日、2ナノメートル世代の量産拠点に対する追加支援と、後工程の人材育成を柱とする施策を公表しました。補助率は設備投資額の三分の一を上限とし、国内の装置・材料メーカーとの共同開発を条件とします。", 3, "day"),
        0.94, {"semiconductor": 0.97, "industrial-policy": 0.88, "supply-chain": 0.52}, ("半導体", "支援策", "量産"), "policy", ("JP",),
        (
            Told("nikkei-asia", "en", "Japan lines up fresh aid for 2-nanometer chip production", "", 2.5, "none"),
            Told("xtech", "ja", "2ナノ量産へ追加支援、後工程の人材育成も柱に", "経産省が施策をまとめた。", 2),
            Told("motir", "ko", "日, 2나노 반도체 양산에 추가 지원…후공정 인력도 키운다", "", 1.2),
        ),
    ),
    Seed(
        Told("boj", "ja", "金融政策決定会合における主な意見(11月17、18日開催分)", "政策金利の見通しについて、物価の上振れリスクを指摘する意見が複数の委員から示された。追加利上げの時期については、賃金改定の動きを見極めるべきだとの意見もあった。", 5),
        0.91, {"monetary": 0.96, "macro": 0.81}, ("政策金利", "利上げ", "物価"), "economy", ("JP",),
        (Told("nikkei-asia", "en", "BOJ members split over timing of next rate hike, summary shows", "", 4, "none"),),
    ),
    Seed(
        Told("motir", "ko", "한일, 핵심광물 공급망 협력 채널 정례화하기로", "양국 산업 당국은 희토류와 흑연 수급 정보를 분기마다 나누고, 제3국 광산 공동 투자 대상을 함께 발굴하기로 뜻을 모았다. 첫 회의는 내년 2월 도쿄에서 열린다.", 1.5),
        0.90, {"critical-minerals": 0.93, "supply-chain": 0.9, "trade-security": 0.61}, ("핵심광물", "공급망", "희토류"), "policy", ("KR", "JP"),
    ),
    Seed(
        Told("xtech", "ja", "生成AIの規制、企業は何から備えるべきか", "　新しいAI法の指針案が示された。利用企業に求められるのは、用途の棚卸しと、学習データの出所を説明できる体制づくりだ。", 6),
        0.88, {"ai-policy": 0.94, "ai": 0.79}, ("生成AI", "規制", "AI法"), "policy",
    ),
    Seed(
        Told("imf-blog", "en", "Why Asia's Inflation Is Cooling Faster Than Expected", "Falling energy prices and stronger currencies have brought price growth close to target across much of the region, but services inflation remains sticky and wage rounds in Japan and Korea will decide how soon policy rates can move.", 20),
        0.86, {"macro": 0.93, "monetary": 0.64}, ("inflation", "policy rates"), "economy", ("ASEAN", "JP", "KR"),
    ),
    Seed(
        Told("cn-nikkei", "zh", "日本电池企业联手建立全固态电池材料供应链", "多家日本材料企业宣布共同投资硫化物电解质量产线,计划2028年供货,以降低对海外原料的依赖。", 8),
        0.85, {"battery": 0.95, "supply-chain": 0.7, "automotive-ev": 0.42}, ("全固态电池", "供应链"), "industry",
    ),
    Seed(
        Told("nist", "en", "Researchers Demonstrate Error-Corrected Logic on a 48-Qubit Processor", "The result brings fault-tolerant quantum computing a step closer by showing that logical error rates fall as the code grows.", 26),
        0.84, {"quantum": 0.98, "semiconductor": 0.31}, ("quantum", "error"), "technology", ("US",),
        (Told("techxplore", "en", "48-qubit chip runs error-corrected logic, NIST team reports", "", 22),),
    ),
    Seed(
        Told("kotra", "ko", "[시장동향] 일본 스마트공장, 중소기업으로 확산… 공작기계 개조 수요 늘어", "오사카와 아이치의 부품 업체들이 기존 공작기계에 센서를 덧붙여 가동률을 재는 방식을 잇달아 들이고 있다. 새 설비보다 비용이 적게 들고 설치가 하루면 끝나기 때문이다.", 7, "day"),
        0.83, {"manufacturing": 0.95, "labor-population": 0.4}, ("스마트공장", "공작기계"), "industry", ("JP",),
    ),
    Seed(
        Told("monoist", "ja", "人手不足の町工場、協働ロボットを「借りて使う」動きが広がる", "初期費用を抑えられる月額制の協働ロボットが、従業員30人未満の工場で導入を伸ばしている。段取り替えの支援まで含めた契約が選ばれる理由だという。", 9),
        0.82, {"robotics": 0.95, "labor-population": 0.77, "manufacturing": 0.74}, ("協働ロボット", "人手不足"), "industry",
    ),
    Seed(
        Told("shanghai", "zh", "上海发布人形机器人产业三年行动计划", "到2029年建成三个中试平台,支持核心零部件本地配套。", 30, "day"),
        0.80, {"robotics": 0.92, "industrial-policy": 0.66}, ("人形机器人", "行动计划"), "policy", ("CN",),
    ),
    Seed(
        Told("bmftr", "de", "Neue Förderrichtlinie für Wasserstofftechnologien veröffentlicht", "Das Ministerium stellt bis 2030 rund 480 Millionen Euro für Elektrolyse, Speicher und den Transport von grünem Wasserstoff bereit.", 28),
        0.79, {"hydrogen": 0.95, "industrial-policy": 0.6, "climate": 0.48}, ("Wasserstoff", "Förderrichtlinie"), "policy", ("DE", "EU"),
    ),
    Seed(
        Told("nikkei-asia", "en", "Toyota and Panasonic to share solid-state battery test lines", "", 4, "none"),
        0.78, {"battery": 0.94, "automotive-ev": 0.72}, ("solid-state battery",), "industry",
    ),
    Seed(
        Told("meti-press", "ja", "輸出管理に係る政令の一部を改正する政令案に対する意見募集を開始します", "先端半導体製造装置に用いる部品を規制対象に加えることなどを内容とする政令案について、広く意見を募集します。", 27, "day"),
        0.77, {"trade-security": 0.95, "semiconductor": 0.71}, ("輸出管理", "半導体"), "policy",
    ),
    Seed(
        Told("kiat", "ko", "2027년도 소재·부품·장비 국제공동연구 신규 과제 공고", "한·일, 한·독 공동연구를 포함한 네 개 분야 21개 과제를 새로 뽑는다. 과제마다 3년 동안 최대 24억 원을 지원한다.", 25, "day"),
        0.76, {"industrial-policy": 0.86, "supply-chain": 0.41}, ("국제공동연구", "소재·부품·장비"), "policy", ("KR", "JP", "DE"),
    ),
    Seed(
        Told("xtech", "ja", "ペロブスカイト太陽電池、ビルの壁面で年間発電量を実測 予測を1割上回る", "港湾都市の実証で、曇天時の出力低下がシリコン型より小さいことが確かめられた。", 31),
        0.75, {"renewables": 0.96}, ("ペロブスカイト", "太陽電池"), "technology",
    ),
    Seed(
        Told("techxplore", "en", "A robot hand learns to feel slip before it happens", "By listening to tiny vibrations, the five-fingered gripper tightens its hold 40 milliseconds earlier than vision-based systems.", 33),
        0.74, {"robotics": 0.93, "ai": 0.5}, ("robot", "gripper"), "technology", ("US",),
    ),
    Seed(
        Told("motir", "ko", "반도체 장비 수출 3개월 연속 증가… 후공정 장비가 이끌어", "11월 1~20일 수출은 지난해 같은 기간보다 11.4% 늘었다.", 12),
        0.73, {"semiconductor": 0.95, "macro": 0.38}, ("반도체", "수출"), "economy", ("KR",),
    ),
    Seed(
        Told("cn-nikkei", "zh", "日本央行审议委员:工资动向将决定下次加息时点", "", 11),
        0.72, {"monetary": 0.94, "macro": 0.5}, ("加息", "央行"), "economy",
        others=(Told("boj", "ja", "挨拶要旨:最近の金融経済情勢と金融政策運営", "", 12),),
    ),
    Seed(
        Told("monoist", "ja", "工作機械受注、10月は前年同月比9.8%増 中国向けの自動車関連が底堅く", "", 34),
        0.71, {"manufacturing": 0.9, "macro": 0.45}, ("工作機械",), "economy", ("JP", "CN"),
    ),
    Seed(
        Told("imf-blog", "en", "Carbon Pricing Without the Backlash: Lessons From Twelve Countries", "Returning revenue visibly to households matters more for public support than the level of the price itself.", 50),
        0.70, {"climate": 0.95}, ("carbon pricing",), "policy", ("WORLD",),
    ),
    Seed(
        Told("kotra", "ko", "일본 지방 소도시, 빈집을 원격근무 거점으로… 3년 만에 이주자 두 배", "시마네현의 인구 1만 마을이 빈집 40채를 고쳐 기업에 통째로 빌려준 사례를 살펴본다.", 52, "day"),
        0.69, {"regional-revival": 0.95, "labor-population": 0.58}, ("빈집", "이주자"), "policy", ("JP",),
    ),
    Seed(
        Told("xtech", "ja", "核融合スタートアップ、超電導コイルの連続通電に成功", "国内勢として初めて20テスラ級の磁場を24時間維持した。", 48),
        0.68, {"nuclear": 0.92, "materials": 0.4}, ("核融合",), "technology",
    ),
    Seed(
        Told("nikkei-asia", "en", "Chip material makers race to cut reliance on Chinese gallium", "", 10, "none"),
        0.67, {"critical-minerals": 0.85, "semiconductor": 0.7, "supply-chain": 0.66}, ("gallium", "chip"), "industry", ("JP", "CN"),
    ),
    Seed(
        Told("meti-press", "ja", "「GXリーグ」参画企業の排出量取引、来年度の制度設計案を公表しました", "", 51, "day"),
        0.66, {"climate": 0.93}, ("GX", "排出量取引"), "policy",
    ),
    Seed(
        Told("shanghai", "zh", "浦东新区出台芯片设计企业流片补贴细则", "", 55, "day"),
        0.64, {"semiconductor": 0.9, "industrial-policy": 0.6}, ("芯片", "补贴"), "policy", ("CN",),
    ),
    Seed(
        Told("techxplore", "en", "Cheaper iron-based catalyst keeps hydrogen electrolyzers running for 1,000 hours", "", 57),
        0.62, {"hydrogen": 0.94}, ("hydrogen", "electrolyzers"), "technology", ("US",),
    ),
    Seed(
        Told("kiat", "ko", "전고체 배터리 표준화 포럼 참가 안내", "", 60, "day"),
        0.60, {"battery": 0.8}, ("전고체 배터리",), "technology", ("KR",),
    ),
    Seed(
        Told("bmftr", "de", "Quantencomputer „Made in Germany“: Demonstrator nimmt Betrieb auf", "", 62),
        0.58, {"quantum": 0.94}, ("Quantencomputer",), "technology", ("DE",),
    ),
    Seed(
        Told("monoist", "ja", "小型衛星の量産ライン、自動車工場の手法で組み立て時間を半減", "", 64),
        0.56, {"space": 0.9, "manufacturing": 0.55}, ("小型衛星",), "industry",
    ),
    Seed(
        Told("motir", "ko", "AI 기본법 시행 열 달, 산업 현장 목소리 듣는다", "", 66),
        0.55, {"ai-policy": 0.92}, ("AI 기본법",), "policy", ("KR",),
    ),
    Seed(
        Told("nist", "en", "Draft Guidance on Evaluating Generative AI Systems Open for Comment", "", 70),
        0.54, {"ai-policy": 0.83, "ai": 0.7}, ("generative AI",), "policy", ("US",),
    ),
    Seed(
        Told("cn-nikkei", "zh", "从出租车到公交:日本地方城市的自动驾驶试验为何转向小型巴士", "", 72),
        0.52, {"automotive-ev": 0.5, "regional-revival": 0.44}, ("自动驾驶",), "industry",
    ),
    Seed(
        Told("kotra", "ko", "독일 배터리 재활용 의무 강화, 우리 기업이 볼 점", "", 75, "day"),
        0.50, {"battery": 0.7}, ("배터리", "재활용"), "policy", ("DE",),
    ),
    Seed(
        Told("imf-blog", "en", "Aging Societies Need Not Mean Slower Growth", "", 98),
        0.47, {"labor-population": 0.88, "macro": 0.5}, ("aging",), "economy", ("WORLD",),
    ),
    Seed(
        Told("xtech", "ja", "5年で壊れない港湾ロボット、潮風に勝った樹脂の選び方", "", 100),
        0.44, {"robotics": 0.75}, ("ロボット",), "technology",
    ),
    Seed(
        Told("boj", "ja", "業務説明会の開催について", "", 101),
        0.31, {"monetary": 0.35}, (), "other",
    ),
    Seed(
        Told("kiat", "ko", "청사 주차장 이용 안내", "", 102, "day"),
        0.12, {}, (), "other", ("KR",),
    ),
    Seed(
        Told("nikkei-asia", "en", "Weekend long read: a night market reopens in Fukuoka", "", 103, "none", url=""),
        0.09, {}, (), "other",
    ),
    Seed(Told("techxplore", "en", "New tagging pending: photonic interposer links chiplets at 4 terabits per second", "", 0.4), None, {}, (), ""),
    Seed(Told("xtech", "ja", "速報:後工程の新工場、北海道に建設へ", "", 0.2), None, {}, (), ""),
)  # fmt: skip


def make_sources(now: datetime) -> None:
    """The state of every source of the tests' sources.yaml."""
    states = {
        "meti-press": ("blocked", "blocked", 'HTTP 202 with an empty body ("bot wall")', 9),
        "bmftr": ("broken", "http", "HTTP 503", 4),
        "cn-nikkei": ("late", "", "nothing new since 2026-11-19 22:10Z", 0),
        "shanghai": ("shaky", "timeout", "timed out after 20 s", 1),
    }
    ids = (
        "meti-press meti-atom xtech nikkei-asia boj monoist kiat motir kotra imf-blog nist techxplore cn-nikkei"
        " shanghai bmftr"
    )
    for index, source_id in enumerate(ids.split()):
        state, fault, reason, failures = states.get(source_id, ("ok", "", "", 0))
        if source_id == "meti-atom":
            state = "new"
        Source.objects.create(
            id=source_id,
            state=state,
            fault=fault,
            reason=reason,
            failures=failures,
            last_polled_at=now - timedelta(minutes=4 + 3 * index) if state != "new" else None,
            last_new_at=now - timedelta(hours=1 + 5 * index) if state != "new" else None,
            next_poll_at=now + timedelta(minutes=11 + 7 * index),
        )


def make_story(seed: Seed, now: datetime) -> Story:
    """A seed in the database."""
    return make_stories([seed], now)[0]


def make_stories(seeds: Sequence[Seed], now: datetime) -> list[Story]:
    """Seeds in the database, as they follow each other; a queue of them costs little more than one."""
    told = [(number, one) for number, seed in enumerate(seeds) for one in (seed.lead, *seed.others)]
    Source.objects.bulk_create(
        [Source(id=name) for name in sorted({one.source for _number, one in told})], ignore_conflicts=True
    )
    stories = Story.objects.bulk_create(
        Story(first_seen_at=now - timedelta(hours=seed.lead.hours), relevance=seed.relevance)
        for seed in seeds
    )
    tagged = [None if seed.relevance is None else now for seed in seeds]
    entries = Entry.objects.bulk_create(
        _entry(one, stories[number], now, tagged[number]) for number, one in told
    )
    for entry, (number, one) in zip(entries, told, strict=True):
        story = stories[number]
        story.lead = story.lead or entry
        if one.url is None:
            entry.url = f"https://news.example/{one.source}/{entry.pk}"
    Entry.objects.bulk_update(entries, ["url"])
    Story.objects.bulk_update(stories, ["lead"])
    Assessment.objects.bulk_create(
        Assessment(
            entry=story.lead, relevance=seed.relevance, kind=seed.kind, regions=list(seed.regions),
            why=list(seed.why), model=MODEL, assessed_at=now,
        )
        for story, seed in zip(stories, seeds, strict=True)
        if seed.relevance is not None
    )  # fmt: skip
    Tag.objects.bulk_create(
        Tag(entry=story.lead, topic=topic, probability=probability, why=list(seed.why[:2]), model=MODEL)
        for story, seed in zip(stories, seeds, strict=True)
        for topic, probability in seed.topics.items()
    )
    index_stories([story.pk for story in stories])
    return stories


def _entry(told: Told, story: Story, now: datetime, tagged_at: datetime | None) -> Entry:
    """One entry of a story, published somewhat before we saw it."""
    seen = now - timedelta(hours=told.hours)
    published = None if told.confidence == "none" else seen - timedelta(minutes=25)
    if published and told.confidence == "day":
        # A day is kept as its midnight in the source's zone; these sources are all at UTC+9 or near.
        published = (published + timedelta(hours=9)).replace(hour=0, minute=0, second=0) - timedelta(hours=9)
    return Entry(
        source_id=told.source,
        story=story,
        title=told.title,
        summary=told.summary,
        lang=told.lang,
        published_at=published,
        date_confidence=told.confidence,
        first_seen_at=seen,
        tagged_at=tagged_at,
        url=told.url or "",
    )


@transaction.atomic
def make_queue(now: datetime) -> list[Story]:
    """All of `STORIES`, waiting."""
    return make_stories(STORIES, now)


@transaction.atomic
def make_day(now: datetime) -> User:
    """A whole day at the house: sources, the queue, some decisions, some alerts. Returns the editor who is signed in."""
    make_sources(now)
    stories = make_queue(now)
    kim = User.objects.create_user(
        "하나", last_name="김", first_name="하나", is_staff=True, is_superuser=True
    )
    lee = User.objects.create_user("서준", last_name="이", first_name="서준")
    for number, (story, editor, choice, hours) in enumerate(
        [
            (stories[5], kim, "accept", 2),
            (stories[9], lee, "accept", 3),
            (stories[15], lee, "reject", 3.2),
            (stories[19], kim, "accept", 22),
            (stories[21], kim, "later", 1),
            (stories[24], lee, "accept", 26),
            (stories[33], kim, "reject", 27),
        ]
    ):
        decide(story.pk, editor, choice, "telegram" if number == 1 else "web", now - timedelta(hours=hours))
    chat = Recipient.objects.create(address="telegram:-1002233", name="동향 편집방")
    team = Recipient.objects.create(address="slack://xoxb-secret/channel", name="")
    for index, story in enumerate(stories[:9]):
        state = ("sent", "sent", "uncertain", "sent", "failed", "sent", "queued", "sent", "sent")[index]
        assert story.lead is not None
        for recipient in (chat, team)[: 1 + (index % 3 == 0)]:
            Alert.objects.create(
                recipient=recipient,
                story=story,
                entry=story.lead,
                state=state,
                attempts=3 if state == "failed" else 1,
                queued_at=now - timedelta(hours=2, minutes=index),
                sent_at=now - timedelta(hours=2, minutes=index - 1) if state == "sent" else None,
                error="Forbidden: bot was kicked from the group chat" if state == "failed" else "",
            )
    return kim
