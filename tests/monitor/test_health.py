"""How a source is doing: states, silence, doubts and moves, all pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.documents import DateConfidence, Feed, FeedEntry, Redirect
from monitor.errors import FetchFault, ParseFault
from monitor.fetching.headers import fresh_for, retry_after
from monitor.polls import silence
from monitor.polls.cadence import learn
from monitor.polls.doubts import Sample, doubt, is_mojibake, sample_of
from monitor.polls.health import FAULTY, Signs, State, assess, words
from monitor.polls.history import Seen, history_of
from monitor.polls.moves import Move, follow

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("signs", "state"),
    [
        pytest.param({}, State.OK, id="well"),
        pytest.param({"newest_at": NOW - 6 * DAY, "late_at": NOW - DAY}, State.LATE, id="late"),
        pytest.param({"newest_at": NOW - 6 * DAY, "late_at": NOW + DAY}, State.OK, id="not-late-yet"),
        pytest.param({"moving_to": "https://new.example/"}, State.MOVED, id="moved"),
        pytest.param({"failures": 2, "fault": FetchFault.HTTP}, State.SHAKY, id="twice-is-weather"),
        pytest.param({"failures": 3, "fault": FetchFault.HTTP}, State.BROKEN, id="thrice-is-a-fault"),
        pytest.param({"failures": 3, "fault": FetchFault.BLOCKED}, State.BLOCKED, id="blocked"),
        pytest.param({"failures": 1, "fault": FetchFault.ROBOTS}, State.BLOCKED, id="robots-are-no-weather"),
        pytest.param({"failures": 2, "fault": FetchFault.GONE}, State.SHAKY, id="gone-wants-confirming"),
        pytest.param({"failures": 3, "fault": FetchFault.GONE}, State.GONE, id="gone"),
        pytest.param({"failures": 3, "fault": ParseFault.TOO_FEW_ROWS}, State.CHANGED, id="page-changed"),
        pytest.param(
            {"failures": 3, "fault": ParseFault.HTML_INSTEAD}, State.CHANGED, id="html-in-a-feed-slot"
        ),
        pytest.param({"doubts": 3, "fault": ParseFault.EMPTY}, State.EMPTY, id="empty"),
        pytest.param({"doubts": 3, "fault": ParseFault.MOJIBAKE}, State.MOJIBAKE, id="mojibake"),
        pytest.param({"doubts": 3, "fault": ParseFault.DATES}, State.DATES, id="dates"),
        pytest.param({"failures": 3}, State.BROKEN, id="a-bug-of-ours"),
    ],
)
def test_a_sources_health(signs: dict[str, object], state: State) -> None:
    assert assess(Signs(NOW, **signs)).state is state  # type: ignore[arg-type]


def test_one_odd_document_calls_nobody() -> None:
    assert not assess(Signs(NOW, doubts=2, fault=ParseFault.EMPTY)).confirmed
    assert assess(Signs(NOW, doubts=3, fault=ParseFault.EMPTY)).confirmed


@pytest.mark.parametrize("code", [*State, *FetchFault, *ParseFault])
def test_every_state_and_fault_has_a_polite_korean_sentence(code: str) -> None:
    assert words(code).endswith(("니다.", "십시오."))


def test_an_operator_reads_the_fault_rather_than_the_state() -> None:
    assert words(State.BROKEN, FetchFault.TIMEOUT) == words(FetchFault.TIMEOUT) != words(State.BROKEN)


def test_weather_is_no_fault() -> None:
    assert not FAULTY & {State.OK, State.NEW, State.SHAKY, State.OFF}


def late_after(times: list[datetime]) -> timedelta | None:
    rhythm = learn(times, now=times[-1], since=times[0], zone=SEOUL, country="KR")
    at = silence.late_at(times, rhythm, times[-1])
    return at - times[-1] if at else None


def test_silence_of_a_daily_source_is_a_fault_within_the_week() -> None:
    daily = [NOW - n * DAY for n in range(40, -1, -1) if (NOW - n * DAY).weekday() < 5]
    assert 2 * DAY < late_after(daily) < 8 * DAY  # type: ignore[operator]


def test_silence_of_a_busy_source_is_a_fault_within_a_day() -> None:
    hourly = [NOW - n * HOUR for n in range(24 * 30, -1, -1)]
    assert late_after(hourly) < DAY  # type: ignore[operator]


def test_a_weekend_is_no_silence() -> None:
    friday = datetime(2026, 11, 13, 8, tzinfo=UTC)
    busy = [
        friday - n * HOUR for n in range(24 * 40, -1, -1)
        if (friday - n * HOUR).astimezone(SEOUL).weekday() < 5 and 9 <= (friday - n * HOUR).astimezone(SEOUL).hour < 18
    ]  # fmt: skip
    late = late_after(busy)
    assert late is not None
    assert (busy[-1] + late).astimezone(SEOUL).strftime("%a %p") in {"Mon AM", "Mon PM"}


def test_a_source_hardly_known_is_never_late() -> None:
    assert late_after([NOW - n * DAY for n in range(5, -1, -1)]) is None


def test_entries_of_one_hour_are_one_find() -> None:
    batches = [NOW - n * DAY + m * MINUTE for n in range(30, -1, -1) for m in range(0, 40, 2)]
    assert late_after(batches) > 2 * DAY  # type: ignore[operator]


def entry(title: str, at: datetime | None = NOW - HOUR, raw: str = "2026-11-20") -> FeedEntry:
    return FeedEntry(0, title, f"https://x.example/{title}", published_at=at, published_raw=raw)


def feed(*entries: FeedEntry) -> Feed:
    return Feed("rss20", entries, encoding="utf-8")


GOOD = Sample(NOW - DAY, 10, 10, NOW - DAY, ("제목",))
KOREAN = "산업통상부, 반도체 수출 통제 협의"


@pytest.mark.parametrize(
    ("document", "new", "before", "fault"),
    [
        pytest.param(feed(*[entry(KOREAN)] * 5), 1, GOOD, None, id="well"),
        pytest.param(feed(), 0, GOOD, ParseFault.EMPTY, id="empty"),
        pytest.param(feed(*[entry(KOREAN.encode().decode("latin-1"))] * 5), 5, GOOD, ParseFault.MOJIBAKE, id="utf8-as-latin1"),
        pytest.param(feed(*[entry(KOREAN)] * 9, entry("깨진 \ufffd 글자")), 1, GOOD, None, id="one-bad-letter-is-no-mojibake"),
        pytest.param(feed(*[entry(KOREAN, None, "2126-01-01")] * 5), 5, GOOD, ParseFault.DATES, id="all-in-the-future"),
        pytest.param(feed(*[entry(KOREAN, None, "")] * 5), 5, GOOD, ParseFault.DATES, id="dates-gone"),
        pytest.param(feed(*[entry(KOREAN, None, "")] * 5), 5, None, None, id="never-had-dates"),
        pytest.param(feed(*[entry(KOREAN, NOW - 900 * DAY)] * 5), 2, GOOD, ParseFault.DATES, id="dates-went-back"),
        pytest.param(feed(*[entry(KOREAN, NOW - 3 * DAY)] * 5), 0, GOOD, None, id="an-entry-was-taken-down"),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_right_is_doubted(
    document: Feed, new: int, before: Sample | None, fault: ParseFault | None
) -> None:
    found = doubt(document, new, before, "ko")
    assert (found[0] if found else None) is fault


@pytest.mark.parametrize("wrong", ["latin-1", "cp1252", "cp932", "cp949"])
@pytest.mark.parametrize(
    "text",
    [
        "日本銀行、金融政策の維持を決定",
        "산업부 반도체 지원책 발표",
        "中国人民银行宣布降息",
        "Größere Förderung für Österreichs Städte",
    ],
)
def test_text_read_with_the_wrong_characters_is_seen(text: str, wrong: str) -> None:
    assert is_mojibake(text.encode().decode(wrong, "replace"), "ja")


@pytest.mark.parametrize(
    ("text", "written", "language"),
    [("연합뉴스 속보", "cp949", "ko"), ("総務省の発表", "cp932", "ja"), ("総務省の発表", "euc_jp", "ja")],
)
def test_east_asian_bytes_shown_one_by_one_are_seen(text: str, written: str, language: str) -> None:
    assert is_mojibake(text.encode(written).decode("latin-1"), language)


@pytest.mark.parametrize(
    "text",
    ["日銀、金融政策を維持", "ＧＤＰ速報 ①", "Café – «Größe» naïve", "Ångström à Zürich", "ｶﾀｶﾅ 半角", "한일 협력 — “새 장”", "IMF、世界経済見通し", "総務省", "Ünïcödé"],
)  # fmt: skip
def test_good_text_is_no_mojibake(text: str) -> None:
    assert not any(is_mojibake(text, language) for language in ("ko", "ja", "zh", "de", "en"))


def test_a_sample_survives_the_store() -> None:
    sample = sample_of(feed(entry(KOREAN), entry("둘", None)), NOW)
    assert Sample.from_json(sample.as_json()) == sample
    assert (sample.entries, sample.dated, sample.newest_at) == (2, 1, NOW - HOUR)


OLD, NEW = "https://old.example/feed", "https://new.example/feed"


@pytest.mark.parametrize(
    ("url", "hops", "before", "move"),
    [
        pytest.param(OLD, [], Move(NEW, NOW - DAY), Move(), id="back-again"),
        pytest.param(OLD, [(301, NEW)], Move(), Move(NEW, NOW), id="first-seen"),
        pytest.param(OLD, [(308, NEW)], Move(NEW, NOW - 6 * DAY), Move(NEW, NOW - 6 * DAY), id="six-days"),
        pytest.param(OLD, [(301, NEW)], Move(NEW, NOW - 7 * DAY), Move(NEW, NOW - 7 * DAY, True), id="seven-days"),
        pytest.param(OLD, [(301, NEW)], Move("https://b.example/", NOW - 9 * DAY), Move(NEW, NOW), id="another-target-begins-anew"),
        pytest.param(OLD, [(302, NEW)], Move(), Move(), id="temporary"),
        pytest.param(OLD, [(301, NEW), (302, "https://cdn.example/x")], Move(), Move(NEW, NOW), id="permanent-then-temporary"),
        pytest.param("http://old.example/feed", [(301, OLD)], Move(), Move(OLD, NOW, True), id="https-at-once"),
        pytest.param("http://old.example/feed", [(301, NEW)], Move(), Move(NEW, NOW), id="https-elsewhere-is-a-move"),
    ],
)  # fmt: skip
def test_a_move_is_adopted_after_a_week(
    url: str, hops: list[tuple[int, str]], before: Move, move: Move
) -> None:
    assert follow(before, url, [Redirect(*hop) for hop in hops], NOW) == move


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 0), ({"cache-control": "max-age=600"}, 600), ({"cache-control": "public, max-age=600", "age": "200"}, 400),
        ({"cache-control": "no-cache"}, 0), ({"cache-control": 'max-age="60"'}, 60), ({"cache-control": "max-age=99999999"}, 7 * 86400),
        ({"expires": "Fri, 20 Nov 2026 04:00:00 GMT", "date": "Fri, 20 Nov 2026 03:00:00 GMT"}, 3600),
        ({"expires": "0", "date": "Fri, 20 Nov 2026 03:00:00 GMT"}, 0), ({"cache-control": "max-age=-1"}, 0),
    ],
)  # fmt: skip
def test_how_long_a_response_is_fresh(headers: dict[str, str], expected: int) -> None:
    assert fresh_for(headers) == timedelta(seconds=expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(minutes=2)), ("Fri, 20 Nov 2026 04:00:00 GMT", HOUR), ("Fri, 20 Nov 2026 02:00:00 GMT", timedelta(0)),
        ("99999999999", timedelta(days=7)), ("soon", None), ("", None), ("-5", None),
    ],
)  # fmt: skip
def test_retry_after_in_seconds_or_as_a_date(value: str, expected: timedelta | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == expected


BEGUN = NOW - 10 * DAY


def seen(first: datetime, published: datetime | None, confidence: DateConfidence) -> Seen:
    return Seen(first, published, confidence)


def test_the_first_document_appeared_when_it_says() -> None:
    history = history_of(
        [
            seen(NOW, NOW - HOUR, DateConfidence.INSTANT),
            seen(BEGUN, BEGUN - DAY, DateConfidence.INSTANT),
            seen(BEGUN, BEGUN - 3 * DAY, DateConfidence.LOCAL),
            seen(BEGUN, None, DateConfidence.NONE),
        ],
        BEGUN,
        NOW,
    )
    assert history.times == (BEGUN - 3 * DAY, BEGUN - DAY, NOW - HOUR)
    assert history.since == BEGUN - 3 * DAY
    assert history.newest_at == NOW


def test_what_is_put_there_late_appeared_when_we_saw_it() -> None:
    history = history_of([seen(NOW, NOW - 30 * DAY, DateConfidence.INSTANT)], BEGUN, NOW)
    assert history.times == (NOW,)


def test_a_day_alone_says_no_hour_but_when_it_was_seen_does() -> None:
    midnight = NOW.replace(hour=0)
    history = history_of([seen(NOW, midnight, DateConfidence.DAY)], BEGUN, NOW)
    assert history.times == (NOW,)


def test_an_undated_first_document_was_alive_when_we_came() -> None:
    history = history_of([seen(BEGUN, None, DateConfidence.NONE)], BEGUN, NOW)
    assert (history.times, history.newest_at, history.since) == ((), BEGUN, BEGUN)
