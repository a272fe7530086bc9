"""Pure: does a new entry tell a story that is known already?

Near-duplicates only, at once and without a model: the same page, an edited headline, the same wire copy. What tells
the same in other words or another language is found later, by `classifiers.stories.storylines`.

Two steps. `marks` are what an entry is searched by, so that a search reads a handful of rows whatever the store holds
(`monitor.polls.nearby`). `same` then decides on the texts themselves; a wrong "yes" hides a story from its editors, so
it is slow to say it.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from monitor.polls.nearby import Marks
from monitor.texts.figures import Figure, figures, without_figures
from monitor.texts.text import plain
from monitor.texts.words import normalise

#: Wire copy spreads within days; the same headline next month is another story.
WINDOW = timedelta(days=3)
#: What a headline must say at the least beyond figures and the words of every office, counted in wide characters,
#: a Latin or katakana letter half: "人事異動について" and "Weekly update" tell no two stories apart.
LEAST_TITLE = 9.0
#: A shorter lead is no copy of anything; and what is compared of a longer one.
LEAST_LEAD, MOST_LEAD = 40.0, 400
#: How much of the longer headline the shorter must have, where the one only adds to the other; and within one source.
MOST, NEARLY_ALL = 0.7, 0.9
#: Two texts of one wire report; and two that were worked over under nearly one headline. Of 100.
COPIED, REWORKED = 90.0, 75.0
#: How much of a headline its lead repeats, where it is the lead of that report and no "see the attachment".
LEAST_TOLD = 0.4
#: How much of the shorter lead the longer must repeat for a closer look.
LEAST_COMMON = 0.4


@dataclass(frozen=True, slots=True)
class Telling:
    """A stored entry that may tell the same, or the new one itself."""

    source_id: str
    link_key: str
    title: str
    #: As published, HTML or text; empty where there is only a headline.
    lead: str
    first_seen_at: datetime
    story_id: int


def story_for(entry: Telling, candidates: Sequence[Telling]) -> int | None:
    """The story that `entry` belongs to, the oldest where several fit; None where it begins its own."""
    return min((other.story_id for other in candidates if same(entry, other)), default=None)


def same(one: Telling, other: Telling) -> bool:
    """Whether two entries tell the same story, as far as their links, words and figures show it."""
    link = bool(one.link_key) and one.link_key == other.link_key
    if one.source_id == other.source_id:
        # One source's own items are told apart by `monitor.polls.identity`; two of one page are two.
        return not link and _is_recent(one, other) and _is_republished(_read(one), _read(other))
    return link or (_is_recent(one, other) and _is_retold(_read(one), _read(other)))


def _is_recent(one: Telling, other: Telling) -> bool:
    return abs(one.first_seen_at - other.first_seen_at) <= WINDOW


def lead_of(entries: Iterable[tuple[int, str, datetime]], primary: Iterable[str]) -> int | None:
    """The id of the entry that stands for a story, of its entries' (id, source id, first seen).

    Who made the news comes before who tells it: the first seen of a source in `primary`, else the first seen. None where
    there are no entries.
    """
    makers = set(primary)
    ranked = [(source not in makers, first_seen_at, entry) for entry, source, first_seen_at in entries]
    return min(ranked)[2] if ranked else None


@dataclass(frozen=True, slots=True)
class _Text:
    """A headline or a lead as it is compared: no labels, no agency, no site's name."""

    text: str

    @property
    def units(self) -> tuple[str, ...]:
        """Latin words, and single characters of other scripts; figures, which are compared as such, left out."""
        return _units(self.text)

    @property
    def figures(self) -> frozenset[Figure]:
        """What it counts, dates and numbers."""
        return figures(self.text)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an entry says."""

    title: _Text
    markup: str

    @property
    def lead(self) -> _Text:
        """Read only when it is needed: most candidates differ by their headlines."""
        return _lead(self.markup)


def _read(told: Telling) -> _Told:
    return _Told(_title(told.title), told.lead)


def _is_republished(one: _Told, other: _Told) -> bool:
    """One source's item under a second address: nearly the same headline, figure for figure, and the same text."""
    return (
        _says_enough(one.title.text)
        and _extends(one.title, other.title, NEARLY_ALL)
        and one.title.figures == other.title.figures
        and _is_copy(one.lead, other.lead, COPIED)
        and one.lead.figures == other.lead.figures
    )


def _is_retold(one: _Told, other: _Told) -> bool:
    """Two sources' items: the same headline or one that only adds to the other, or the same report under two."""
    if not (_says_enough(one.title.text) and _says_enough(other.title.text)):
        return False
    if _extends(one.title, other.title, MOST) and one.title.figures == other.title.figures:
        return True
    alike = fuzz.ratio(one.title.units, other.title.units) >= REWORKED
    return (
        _is_copy(one.lead, other.lead, REWORKED if alike else COPIED)
        and _tells(one.lead, one.title)
        and _tells(other.lead, other.title)
        and _agree(one, other)
        and not _are_apart(one, other)
    )


def _extends(one: _Text, other: _Text, least: float) -> bool:
    """Whether the longer headline is the shorter with words put in: a word exchanged may be the company."""
    short, long = sorted((one.units, other.units), key=len)
    if len(short) < least * len(long):
        return False
    return LCSseq.similarity(short, long) == len(short)


def _is_copy(one: _Text, other: _Text, least: float) -> bool:
    """Whether one lead, cut where its feed cut it, is in the other but for a few words, with all of its figures."""
    short, long = sorted((one, other), key=lambda lead: len(lead.text))
    # Comparing letter by letter takes forty times as long as finding that the words are others.
    common = len(_pairs(short.units) & _pairs(long.units))
    if _weight(short.text) < LEAST_LEAD or common < LEAST_COMMON * len(_pairs(short.units)):
        return False
    if fuzz.partial_ratio(short.text, long.text, score_cutoff=least) < least:
        return False
    is_cut = len(short.text) < 0.9 * len(long.text) or len(short.text) == MOST_LEAD
    # The last figure may be cut in two.
    excused = figures(short.text[-12:]) if is_cut else frozenset()
    return short.figures <= long.figures | excused


def _tells(lead: _Text, title: _Text) -> bool:
    """Whether a lead is of its headline's report, rather than what stands under every release."""
    pairs = _pairs(title.units)
    return len(pairs & _pairs(lead.units)) >= LEAST_TOLD * len(pairs)


def _agree(one: _Told, other: _Told) -> bool:
    """Whether each states the figures of the other's headline: third and fourth meetings have one text."""
    return (
        one.title.figures <= other.title.figures | other.lead.figures
        and other.title.figures <= one.title.figures | one.lead.figures
    )


def _are_apart(one: _Told, other: _Told) -> bool:
    """Whether the headlines exchange a word that each one's text knows and the other's does not: two companies."""
    blocks = LCSseq.opcodes(one.title.units, other.title.units).as_matching_blocks()
    mine = theirs = 0
    for block in blocks:
        if mine < block.a and theirs < block.b:
            words = _with_neighbours(one.title.units, mine, block.a)
            others = _with_neighbours(other.title.units, theirs, block.b)
            if _knows_alone(words, one, other) and _knows_alone(others, other, one):
                return True
        mine, theirs = block.a + block.size, block.b + block.size
    return False


def _with_neighbours(units: Sequence[str], start: int, end: int) -> list[str]:
    """A word of a headline and what stands at either side: by itself a single character is in every text."""
    alone = [_joined(units[start:end])] if end - start > 1 or len(units[start]) > 1 else []
    return [*alone, _joined(units[max(start - 1, 0) : end]), _joined(units[start : end + 1])]


def _knows_alone(words: Sequence[str], one: _Told, other: _Told) -> bool:
    mine = _joined(one.lead.units)
    theirs = _joined((*other.title.units, "|", *other.lead.units))
    return any(word in mine and word not in theirs for word in words)


def _joined(units: Sequence[str]) -> str:
    return " ".join(units)


#: Texts of which each step is remembered: those of a few documents and of what lies near them; of fewer their pairs, of
#: which those of a lead take 60 kB.
_REMEMBERED, _REMEMBERED_PAIRS = 256, 64

_UNIT = re.compile(r"[0-9a-z\u00c0-\u024f]+(?:[.,]\d+)*|[^\W_]")


@lru_cache(maxsize=_REMEMBERED)
def _title(title: str) -> _Text:
    return _Text(bare_title(title))


@lru_cache(maxsize=_REMEMBERED)
def _lead(markup: str) -> _Text:
    return _Text(_DATELINE.sub("", normalise(plain(markup))[: MOST_LEAD + 60])[:MOST_LEAD])


@lru_cache(maxsize=_REMEMBERED)
def _units(text: str) -> tuple[str, ...]:
    return tuple(_UNIT.findall(without_figures(text)))


_BRACKETS = re.compile(
    r"^(?:\[[^\[\]\d]{1,16}\]|【[^【】\d]{1,16}】|<[^<>\d]{1,16}>|〈[^〈〉\d]{1,16}〉|\([^()\d]{1,16}\)|≪[^≪≫\d]{1,16}≫)\s*"
)
#: What agencies set before: "UPDATE 1-", "速報:", "단독:", "快讯|".
_LABEL = re.compile(
    r"^(?:(?:update \d|refile|rpt|wrapup \d|exclusive|breaking(?: news)?|corrected|correction|updated?|analysis|factbox|just in|eilmeldung"
    r"|속보|단독|종합|긴급|상보|1보|2보|速報|号外|独自|快讯|突发|独家|最新)\s*[-:=|–—]+\s*)"
)
#: What they set behind: (종합), (2보), (종합3보), (上), where it is not the part of a series.
_TAIL = re.compile(r"\s*(?:[(\[](?!(?:상|중|하|上|中|下)[)\]])(?:[^()\[\]\d]{1,12}|(?:종합)?\d?보)[)\]])$")
#: The site's name: "… - Reuters", "… | 연합뉴스", "…：日本経済新聞".
_SITE = re.compile(
    r"^(?P<headline>.{8,}?)\s+[-–—|·]\s+(?P<site>[^-–—|\d]{2,28})$|^(?P<headline2>.{8,}?)\s*[|:]\s*(?P<site2>[^\s|:\d]{2,16}(?:新聞|新闻|通信|ニュース|뉴스|신문|일보|news|online|オンライン))$"
)
#: "(서울=연합뉴스) 홍길동 기자 = ", "【ワシントン共同】", "TOKYO, Nov 20 (Reuters) - "; the agency is not the news.
_DATELINE = re.compile(
    r"^(?:[a-z .,]{2,30}(?:\d{1,2} )?\([a-z .]{2,20}\)\s*[-–—]+\s*|[\[【(][^\]】)]{2,24}[\]】)]\s*(?:[가-힣]{2,4}\s?(?:기자|특파원)\s*=?\s*)?=?\s*)+"
)


def bare_title(title: str) -> str:
    """A headline without what agencies and sites put around it; normalised."""
    text = normalise(title)
    text = _without(_LABEL, _without(_BRACKETS, text))
    text = _without(_TAIL, text)
    if match := _SITE.match(text):
        text = match["headline"] or match["headline2"]
    return _without(_TAIL, text)


def _without(pattern: re.Pattern[str], text: str) -> str:
    """`text` without what `pattern` finds at its edge, as often as it finds it, unless nothing would be left."""
    while (shorter := pattern.sub("", text, count=1)) != text and shorter.strip():
        text = shorter
    return text


#: Words of every office and every morning's mail: they make a headline longer and say nothing.
_GENERIC = re.compile(
    r"(?:ニュース|プレス)?\s?(?:リリース|レター)|ニュース|プレス|トピックス|イベント|セミナー|キャンペーン|メンテナンス|サイト|ページ|ポリシー|について|に関する|における|に係る|に対する|お知らせ|概要|公表|発表|掲載|更新|開催|結果|実施|会議|会合|資料|報告書?|情報|記者会見録?|会見|大臣|長官|定例"
    r"|人事異動|人事|異動|調達|入札|公告|公示|公募|募集|採用|採択|予算案?|概算要求|税制改正|要望|意見|パブリックコメント|年度|第?\d+[回号次期]|令和|平成|ご案内|のご?案内"
    r"|보도\s*(?:설명|참고|해명)?\s*자료|설명\s*자료|참고\s*자료|보도|자료|배포|안내|공고|공지|알림|공시|모집|개최|결과|발표|관련|대한|대하여|주요|일정|오늘의|이번\s*주|인사|발령|부고|간담회|회의|브리핑|정례|동향|주간|월간|일일"
    r"|关于|公告|通知|公示|发布|会议|召开|情况|新闻发布会"
    r"|\b(?:weekly|daily|monthly|morning|evening|today|todays|update[sd]?|briefing|newsletter|report|news|roundup|round-up|digest|headlines|press|release|statement|announcement|notice|event|events|market|markets|stocks?|the|of|and|for|in|on|to|a|an|what|you|need|know|this|week|s)\b"
)


@lru_cache(maxsize=_REMEMBERED)
def _says_enough(title: str) -> bool:
    return _weight(_GENERIC.sub(" ", title)) >= LEAST_TITLE


def _weight(text: str) -> float:
    """How much room words take: a wide character one, a Latin or katakana letter half; figures and signs nothing."""
    letters = sum(map(str.isalpha, text))
    return letters - len(_HALF.findall(text)) / 2


_HALF = re.compile("[a-z\u00c0-\u052f\u30a1-\u30fe]")


#: So many letters of a lead are searched by, for a feed may cut it behind them; of their grams one in three, the same
#: in every copy.
LEAD_SEARCHED, LEAD_SAMPLE = 80, 3
#: Grams of leads are told from those of headlines.
_OF_A_LEAD = 1 << 32


def marks(title: str, lead: str, *whole: str) -> Marks:
    """What an entry is searched by; `lead` is as published, `whole` are hashes that two of one page share.

    No grams where the headline says too little.
    """
    headline = _title(title)
    if not _says_enough(headline.text):
        return Marks(whole=whole)
    text = _lead(lead)
    sample: list[int] = []
    if _weight(text.text) >= LEAST_LEAD:
        grams = _grams(_units(text.text[:LEAD_SEARCHED]))
        sample = [gram | _OF_A_LEAD for gram in grams if gram % LEAD_SAMPLE == 0]
    return Marks(_grams(headline.units), tuple(sample), whole)


def _grams(units: Sequence[str]) -> tuple[int, ...]:
    """Hashes, each once, of what stands side by side: three characters, or two units one of which is a word."""
    grams = (
        first + second + third if len(first) == len(second) == 1 else f"{first} {second}"
        for first, second, third in zip(units, units[1:], [*units[2:], ""], strict=False)
    )
    return tuple({zlib.crc32(gram.encode()) for gram in grams})


@lru_cache(maxsize=_REMEMBERED_PAIRS)
def _pairs(units: tuple[str, ...]) -> frozenset[str]:
    return frozenset(f"{first} {second}" for first, second in pairwise(units)) or frozenset(units)
