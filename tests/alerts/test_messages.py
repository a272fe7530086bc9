"""What an alert looks like."""

import re
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages import LONGEST, Button, Story, alert_message, cut, cut_html

SEOUL = ZoneInfo("Asia/Seoul")
SEEN = datetime(2026, 11, 20, 3, 5, tzinfo=UTC)


def story(**fields: object) -> Story:
    values: dict[str, object] = {
        "id": 7, "title": "経済産業省、半導体支援策を公表", "url": "https://www.example.jp/a?b=1&c=2", "page": "https://monitor.example.kr/stories/7",
        "source": "경제산업성 보도발표", "country": "JP", "topics": ["반도체", "산업정책·투자유치"], "published_at": SEEN,
        "date_confidence": "instant", "first_seen_at": SEEN, "why": ["半導体"],
    }  # fmt: skip
    return Story(**{**values, **fields})  # type: ignore[arg-type]


def test_an_alert_says_what_where_when_and_why() -> None:
    message = alert_message(story(similar=2), SEOUL)
    assert message.html.splitlines() == [
        "<b>経済産業省、半導体支援策を公表</b>",
        "경제산업성 보도발표 · 日 · 2026.11.20 12:05",
        "#반도체 #산업정책·투자유치",
        "왜: 半導体",
        "비슷한 글 2건",
    ]
    assert message.rows == (
        (
            Button("후보", data="d:7:accept"),
            Button("제외", data="d:7:reject"),
            Button("나중에", data="d:7:later"),
        ),
        (
            Button("원문", url="https://www.example.jp/a?b=1&c=2"),
            Button("대기열에서 보기", url="https://monitor.example.kr/stories/7"),
        ),
    )
    assert message.subject == "経済産業省、半導体支援策を公表"


def test_the_taps_are_in_the_readers_language() -> None:
    rows = alert_message(story(), SEOUL, "en").rows
    assert [button.label for button in rows[0]] == ["Accept", "Reject", "Later"]


def test_a_decided_story_says_who_decided_and_offers_the_way_back() -> None:
    message = alert_message(story(verdict="✔ 김편집님이 후보로 올렸습니다 (14:07)"), SEOUL)
    assert message.html.splitlines()[-1] == "✔ 김편집님이 후보로 올렸습니다 (14:07)"
    assert message.rows[0] == (Button("되돌리기", data="d:7:undo"),)


def test_follow_ups_are_counted_and_three_are_named() -> None:
    told = [(f"신문{n}", SEEN + timedelta(minutes=n)) for n in (40, 30, 20, 10)]
    lines = alert_message(story(followups=told), SEOUL).plain.splitlines()
    assert lines[-1] == "후속 4건: 신문40 12:45, 신문30 12:35, 신문20 12:25"


@given(st.integers(1, 2**63 - 1), st.booleans())
def test_what_a_button_sends_back_fits(story_id: int, decided: bool) -> None:
    rows = alert_message(story(id=story_id, verdict="✔" if decided else ""), SEOUL).rows
    assert all(len(button.data.encode()) <= 64 for row in rows for button in row)


@pytest.mark.parametrize(
    ("fields", "when"),
    [
        pytest.param({"date_confidence": "day"}, "2026.11.20", id="day"),
        pytest.param({"published_at": None, "date_confidence": "none"}, "11.20 12:05 처음 봄", id="no-date"),
    ],
)
def test_an_alert_claims_no_time_that_its_source_did_not_give(fields: dict[str, object], when: str) -> None:
    assert alert_message(story(**fields), SEOUL).html.splitlines()[1].endswith(f"· {when}")


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", "{{7*7}} %s {0.__class__}", "*굵게* _밑줄_ [a](b)", "a & b < c"]
)
def test_a_title_is_shown_literally(title: str) -> None:
    first = alert_message(story(title=title), SEOUL).html.splitlines()[0]
    assert unescape(first.removeprefix("<b>").removesuffix("</b>")) == title
    assert "<script" not in first


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", "https://nodot/x", "https://a.kr/" + "x" * 3000])
def test_an_address_that_telegram_would_refuse_makes_no_button(url: str) -> None:
    assert [button.label for button in alert_message(story(url=url), SEOUL).rows[-1]] == ["대기열에서 보기"]


@given(st.text(max_size=9000), st.integers(2, LONGEST))
def test_a_cut_text_fits_and_never_splits_a_character(text: str, units: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    short = cut(text, units)
    assert len(short.encode("utf-16-le")) // 2 <= units
    assert text.startswith(short.removesuffix("…"))


_MARKED_UP = st.lists(
    st.one_of(
        st.text(max_size=200).map(lambda text: escape(text.encode("utf-8", "ignore").decode())),
        st.text(max_size=90).map(lambda text: f"<b>{escape(text.encode('utf-8', 'ignore').decode())}</b>"),
        st.just('<a href="https://a.kr/?x=1&amp;y=2">한 줄 <i>기울임</i></a>'),
    ),
    max_size=60,
).map("\n".join)


@given(_MARKED_UP, st.integers(2, 600))
def test_cut_markup_fits_closes_every_tag_and_says_the_beginning(text: str, units: int) -> None:
    short = cut_html(text, units)
    words, whole = unescape(re.sub("<[^>]*>", "", short)), unescape(re.sub("<[^>]*>", "", text))
    assert len(words.encode("utf-16-le")) // 2 <= units
    assert whole.startswith(words.removesuffix("…")) or words == whole
    open_tags: list[str] = []
    for end, tag in re.findall(r"<(/?)(\w+)[^>]*>", short):
        if end:
            assert open_tags.pop() == tag
        else:
            open_tags.append(tag)
    assert open_tags == []
