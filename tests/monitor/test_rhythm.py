"""When a source is due again, how it is doing, and which stories are one: pure decisions."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.cadence import next_poll_at
from monitor.errors import FetchFault, ParseFault
from monitor.health import State, assess, words
from monitor.sources import Interval
from monitor.stories import Candidate, story_for

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def wait(**fields: object) -> timedelta:
    values: dict[str, object] = {
        "now": NOW, "interval": Interval(min="10m", max="6h"), "failures": 0, "fault": None, "retry_after": None,  # type: ignore[arg-type]
        "recent_new_at": (), "jitter": 0.0,
    }  # fmt: skip
    return next_poll_at(**{**values, **fields}) - NOW  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        pytest.param((), 20 * MINUTE, id="unknown"),
        pytest.param((NOW, NOW - 10 * MINUTE, NOW - 20 * MINUTE), 10 * MINUTE, id="busy-never-under-min"),
        pytest.param((NOW, NOW - 4 * HOUR, NOW - 8 * HOUR), HOUR, id="a-quarter-of-its-gap"),
        pytest.param((NOW - 12 * HOUR, NOW - 13 * HOUR), 3 * HOUR, id="a-quarter-of-its-silence"),
        pytest.param((NOW - timedelta(days=9),), 6 * HOUR, id="quiet-never-over-max"),
    ],
)
def test_a_source_is_polled_as_often_as_it_publishes(
    recent: tuple[datetime, ...], expected: timedelta
) -> None:
    assert wait(recent_new_at=recent) == expected


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (FetchFault.NETWORK, [10, 20, 40]), (FetchFault.HTTP, [10, 20, 40]), (FetchFault.BLOCKED, [120, 240, 480]),
        (ParseFault.HTML_INSTEAD, [30, 60, 120]), (FetchFault.GONE, [1440, 1440, 1440]),
    ],
)  # fmt: skip
def test_failures_in_a_row_double_the_rest_by_kind(fault: FetchFault | ParseFault, waits: list[int]) -> None:
    assert [wait(failures=n, fault=fault) / MINUTE for n in (1, 2, 3)] == waits


def test_no_failure_is_for_good() -> None:
    assert wait(failures=500, fault=FetchFault.HTTP) == timedelta(days=1)


def test_retry_after_beats_a_shorter_interval_and_not_a_longer() -> None:
    assert wait(retry_after=2 * HOUR) == 2 * HOUR
    assert wait(retry_after=MINUTE) == 20 * MINUTE


def test_jitter_only_ever_waits_longer() -> None:
    assert 20 * MINUTE < wait(jitter=0.99) <= 22 * MINUTE


def test_a_source_on_our_own_network_is_asked_again_within_a_minute() -> None:
    own = Interval(min="1s", max="5s")  # type: ignore[arg-type]
    assert wait(interval=own, failures=20, fault=FetchFault.BLOCKED) <= MINUTE


def health(**fields: object) -> State:
    values: dict[str, object] = {
        "now": NOW, "failures": 0, "fault": None, "reason": "", "entries": 5, "newest_at": NOW, "stale_after": timedelta(days=5),
    }  # fmt: skip
    return assess(**{**values, **fields}).state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, State.OK),
        ({"entries": 0}, State.EMPTY),
        ({"entries": None, "before": State.EMPTY}, State.EMPTY),
        ({"entries": None, "before": State.OK}, State.OK),
        ({"newest_at": NOW - timedelta(days=6)}, State.LATE),
        ({"newest_at": NOW - timedelta(days=6), "stale_after": None}, State.OK),
        ({"newest_at": None}, State.OK),
        ({"failures": 2, "fault": FetchFault.HTTP}, State.SHAKY),
        ({"failures": 3, "fault": FetchFault.HTTP}, State.BROKEN),
        ({"failures": 3, "fault": FetchFault.BLOCKED}, State.BLOCKED),
        ({"failures": 1, "fault": FetchFault.GONE}, State.GONE),
    ],
)
def test_a_sources_health(fields: dict[str, object], state: State) -> None:
    assert health(**fields) == state


@pytest.mark.parametrize("code", [*State, *FetchFault, *ParseFault])
def test_every_state_and_fault_has_a_polite_korean_sentence(code: str) -> None:
    assert words(code).endswith(("니다.", "십시오."))


def test_an_operator_reads_the_fault_rather_than_the_state() -> None:
    assert words(State.BROKEN, FetchFault.TIMEOUT) == words(FetchFault.TIMEOUT) != words(State.BROKEN)


def candidate(
    source: str = "a", link: str = "l1", title: str = "짧은 제목", days: float = 0, story: int = 7
) -> Candidate:
    return Candidate(source, link, title, NOW - timedelta(days=days), story)


LONG = "경제산업성 반도체 지원책 일조 엔 규모로 확정"


@pytest.mark.parametrize(
    ("other", "story"),
    [
        pytest.param(candidate("b", "l1"), 7, id="same-page"),
        pytest.param(candidate("b", "l1", days=90), 7, id="same-page-long-after"),
        pytest.param(candidate("a", "l1"), None, id="same-source-is-told-apart-by-identity"),
        pytest.param(candidate("b", "l2", LONG), 7, id="same-long-headline"),
        pytest.param(candidate("b", "l2", LONG.replace(" ", "  ")), 7, id="same-but-for-spaces"),
        pytest.param(candidate("b", "l2", LONG, days=4), None, id="same-headline-days-apart"),
        pytest.param(candidate("b", "l2", LONG + " 외"), None, id="other-headline"),
    ],
)
def test_an_entry_joins_a_story(other: Candidate, story: int | None) -> None:
    assert story_for(candidate(title=LONG, story=0), [other]) == story


def test_a_short_headline_makes_no_story() -> None:
    assert story_for(candidate(title="인사 발령", link="x"), [candidate("b", "y", "인사 발령")]) is None


def test_the_oldest_of_several_stories_is_joined() -> None:
    assert story_for(candidate(story=0), [candidate("b", story=9), candidate("c", story=4)]) == 4
