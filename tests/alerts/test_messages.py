"""What an alert looks like."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages import LONGEST, Story, alert_message, cut

SEOUL = ZoneInfo("Asia/Seoul")
SEEN = datetime(2026, 11, 20, 3, 5, tzinfo=UTC)


def story(**fields: object) -> Story:
    values: dict[str, object] = {
        "title": "経済産業省、半導体支援策を公表", "url": "https://www.example.jp/a?b=1&c=2", "page": "https://monitor.example.kr/stories/7",
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
    assert message.buttons == (
        ("원문", "https://www.example.jp/a?b=1&c=2"),
        ("대기열에서 보기", "https://monitor.example.kr/stories/7"),
    )


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
    from html import unescape

    first = alert_message(story(title=title), SEOUL).html.splitlines()[0]
    assert unescape(first.removeprefix("<b>").removesuffix("</b>")) == title
    assert "<script" not in first


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", "https://nodot/x", "https://a.kr/" + "x" * 3000])
def test_an_address_that_telegram_would_refuse_makes_no_button(url: str) -> None:
    assert [label for label, _ in alert_message(story(url=url), SEOUL).buttons] == ["대기열에서 보기"]


@given(st.text(max_size=9000), st.integers(2, LONGEST))
def test_a_cut_text_fits_and_never_splits_a_character(text: str, units: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    short = cut(text, units)
    assert len(short.encode("utf-16-le")) // 2 <= units
    assert text.startswith(short.removesuffix("…"))
