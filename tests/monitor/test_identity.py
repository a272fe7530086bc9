"""Which entry this is: sequences of polls of one feed."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.documents import FeedEntry
from monitor.polls.identity import (
    Known,
    Verdict,
    VerdictKind,
    canonical_link,
    identify,
    keys_in,
    usable_guids,
)


@dataclass
class Store:
    """What a database keeps of one source: its keys."""

    rows: dict[int, Known] = field(default_factory=dict)

    def poll(self, *entries: FeedEntry) -> list[Verdict]:
        verdicts = identify(entries, keys_in(entries), list(self.rows.values()))
        for verdict in verdicts:
            number = verdict.known_id if verdict.known_id is not None else len(self.rows) + 1
            if verdict.kind in {VerdictKind.NEW, VerdictKind.CHANGED}:
                keys = verdict.keys
                self.rows[number] = Known(number, keys.guid_key, keys.link_key, keys.title_key, keys.text_key)
        return verdicts

    def kinds(self, *entries: FeedEntry) -> str:
        letters = {"new": "N", "unchanged": "=", "changed": "C", "duplicate": "D", "blank": "-"}
        return "".join(letters[verdict.kind] for verdict in self.poll(*entries))


def feed(*items: tuple[str, str, str] | tuple[str, str, str, str]) -> list[FeedEntry]:
    """Items as (guid, link, title[, body])."""
    return [
        FeedEntry(
            position, title=item[2], guid=item[0], link=item[1], summary=item[3] if len(item) > 3 else ""
        )
        for position, item in enumerate(items)
    ]


BODY = "본문이 스무 자를 넘도록 길게 이어집니다. 그래서 글로 셉니다."
OTHER = "전혀 다른 이야기를 담은, 역시 스무 자가 넘는 본문입니다."
L = "https://www.example.jp/news/"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param([("g1", L + "1", "하나")], [("g1", L + "1", "하나")], "=", id="same"),
        pytest.param([("g1", L + "1", "하나")], [("g2", L + "2", "둘"), ("g1", L + "1", "하나")], "N=", id="one-more"),
        pytest.param([("g1", L + "1", "하나"), ("g2", L + "2", "둘")], [("g2", L + "2", "둘"), ("g1", L + "1", "하나")], "==", id="reordered"),
        pytest.param([("g1", L + "1", "오타")], [("g1", L + "1", "바로잡음")], "C", id="title-corrected"),
        pytest.param([("g1", L + "1", "하나", BODY)], [("g1", L + "1", "하나", OTHER)], "C", id="body-corrected"),
        pytest.param([("g1", L + "1", "하나")], [("g1", L + "1", "하나 ")], "=", id="only-spaces"),
        pytest.param([("g1", L + "1", "하나")], [("g1", L + "1?utm_source=rss", "하나")], "=", id="only-tracking"),
        pytest.param([("g1", "http://www.example.jp/1", "하나")], [("g1", "https://example.jp/1/", "하나")], "=", id="http-to-https"),
        pytest.param([("", "http://example.jp/1", "하나")], [("", "https://www.example.jp/1", "하나")], "=", id="http-to-https-without-guid"),
        pytest.param([("g1", L + "1", "하나", BODY)], [("g1", "https://new.example/1", "하나", BODY)], "C", id="site-moved-guids-stay"),
        pytest.param([("g1", L + "1", "하나", BODY)], [("x1", "https://new.example/1", "하나", BODY)], "C", id="guid-and-link-changed-together"),
        pytest.param([("g1", L + "1", "하나")], [("g1b", L + "1", "하나")], "C", id="guid-changed"),
        pytest.param([("g1", L + "1", "하나")], [("g1", L + "2", "둘")], "N", id="guid-reused"),
        pytest.param([("item_1", L + "1", "하나"), ("item_2", L + "2", "둘")], [("item_1", L + "3", "셋"), ("item_2", L + "1", "하나")], "N=", id="positional-guids-shift"),
        pytest.param([("1", L + "1", "하나"), ("2", L + "2", "둘")], [("1", L + "3", "셋"), ("2", L + "1", "하나")], "N=", id="numbers-by-place-shift"),
        pytest.param([("u1", L, "하나"), ("u2", L, "둘")], [("u3", L, "셋"), ("u1", L, "하나"), ("u2", L, "둘")], "N==", id="one-link-for-all"),
        pytest.param([("same", L + "1", "하나"), ("same", L + "2", "둘")], [("same", L + "1", "하나"), ("same", L + "2", "둘")], "==", id="one-guid-for-all"),
        pytest.param([("same", L + "1", "하나"), ("same", L + "2", "둘")], [("same", L + "3", "셋"), ("same", L + "1", "하나")], "N=", id="one-guid-for-all-and-one-more"),
        pytest.param([("", L + "1", "하나")], [("", L + "1", "고친 제목")], "C", id="no-guid-link-decides"),
        pytest.param([("", L, "하나"), ("", L, "둘")], [("", L, "셋"), ("", L, "하나")], "N=", id="no-guid-shared-link-title-decides"),
        pytest.param([("", "", "하나", BODY)], [("", "", "하나", BODY)], "=", id="neither-guid-nor-link"),
        pytest.param([("", "", "하나")], [("", "", "하나"), ("", "", "둘")], "=N", id="title-alone"),
        pytest.param([("", L + "9", "人事異動について")], [("", L + "10", "人事異動について")], "N", id="notice-that-recurs"),
        pytest.param([("g1", L + "1", "하나", BODY)], [("", L + "1", "하나", BODY)], "=", id="guids-dropped"),
        pytest.param([("", L + "1", "하나", BODY)], [("g1", L + "1", "하나", BODY)], "C", id="guids-introduced"),
        pytest.param([("tag:오래된 제목입니다", L + "1", "오래된 제목입니다")], [("tag:고쳐 쓴 제목입니다", L + "1", "고쳐 쓴 제목입니다")], "C", id="headline-in-the-guid"),
        pytest.param([], [("g1", L + "1", "하나"), ("g1", L + "1", "하나")], "ND", id="twice-in-one-document"),
        pytest.param([], [("g1", "", ""), ("", "", "")], "--", id="nothing-to-read"),
        pytest.param([("g1", "", "하나")], [("g1", "", "고친 제목")], "C", id="no-link-guid-decides"),
        pytest.param(
            [("", "https://www.meti.go.jp/press/2026/06/20260619003/20260619003.html", "公表")],
            [("", "https://www.meti.go.jp/press/2026/06/20260619003.html", "公表")], "=", id="meti-press-number",
        ),
    ],
)  # fmt: skip
def test_a_second_poll(
    first: list[tuple[str, str, str]], second: list[tuple[str, str, str]], expected: str
) -> None:
    store = Store()
    store.poll(*feed(*first))
    assert store.kinds(*feed(*second)) == expected
    # And a third that changes nothing finds nothing.
    assert "N" not in store.kinds(*feed(*second))


def test_a_republished_entry_with_a_new_date_is_no_second_entry() -> None:
    store = Store()
    store.poll(FeedEntry(0, title="하나", guid="g1", link=L + "1", summary=BODY, published_raw="2026-08-01"))
    assert (
        store.kinds(
            FeedEntry(0, title="하나", guid="g1", link=L + "1", summary=BODY, published_raw="2026-08-09")
        )
        == "="
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.a.kr/x", "https://a.kr/x/"),
        ("https://a.kr/x?utm_source=a&id=3&fbclid=9", "https://a.kr/x?id=3"),
        ("https://a.kr/x#top", "https://a.kr/x"),
        ("https://a.kr/x;jsessionid=12AB?id=3", "https://a.kr/x?id=3"),
        ("https://A.KR:443/x", "https://a.kr./x"),
        ("https://a.kr/%EA%B0%80", "https://a.kr/가"),
    ],
)
def test_two_spellings_of_one_page(one: str, other: str) -> None:
    assert canonical_link(one) == canonical_link(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.kr/x?id=3", "https://a.kr/x?id=4"),
        ("https://a.kr/#!/1", "https://a.kr/#!/2"),
        ("https://a.kr:8080/x", "https://a.kr/x"),
        ("https://a.kr/x", "https://a.kr/X"),
        ("https://a.kr/x?from=seoul", "https://a.kr/x?from=tokyo"),
    ],
)
def test_two_pages(one: str, other: str) -> None:
    assert canonical_link(one) != canonical_link(other)


def test_small_numbers_that_are_not_places_are_guids() -> None:
    assert usable_guids(feed(("812", L, "a"), ("799", L, "b"))) == {"812", "799"}


texts = st.text("abc가나", max_size=3)
documents = st.lists(
    st.tuples(
        texts, st.sampled_from(["", L + "1", L + "2", L + "3"]), texts, st.sampled_from(["", BODY, OTHER])
    ),
    max_size=8,
)


@given(documents)
def test_the_same_document_again_brings_nothing_new(items: list[tuple[str, str, str, str]]) -> None:
    store = Store()
    store.poll(*feed(*items))
    assert set(store.kinds(*feed(*items))) <= {"=", "D", "-"}


@given(documents, documents)
def test_no_stored_entry_is_claimed_twice(
    first: list[tuple[str, str, str, str]], second: list[tuple[str, str, str, str]]
) -> None:
    store = Store()
    store.poll(*feed(*first))
    claimed = [verdict.known_id for verdict in store.poll(*feed(*second)) if verdict.known_id is not None]
    assert len(claimed) == len(set(claimed))


@given(documents)
def test_every_item_gets_a_verdict_in_its_place(items: list[tuple[str, str, str, str]]) -> None:
    entries = feed(*items)
    assert [verdict.entry for verdict in Store().poll(*entries)] == entries
