"""Which entry this is, at the edges of each rule (found by mutation testing, docs/mutants.md)."""

import pytest
from hypothesis import given

from monitor.documents import FeedEntry
from monitor.models import Entry
from monitor.polls.identity import (
    Known,
    Verdict,
    canonical_link,
    identify,
    keys_in,
    keys_of,
    lookup,
    usable_guids,
)
from tests.monitor.test_identity import BODY, OTHER, L, Store, documents, feed

Item = tuple[str, str, str] | tuple[str, str, str, str]


def stored(number: int, item: Item) -> Known:
    keys = keys_of(feed(item)[0])
    return Known(number, keys.guid_key, keys.link_key, keys.title_key, keys.text_key)


def claimed(item: Item, *known: Item) -> int | None:
    """The number, from 1, of the stored entry that an item of a document is taken for."""
    [verdict] = identify(
        feed(item), keys_in(feed(item)), [stored(number, other) for number, other in enumerate(known, 1)]
    )
    return verdict.known_id


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param([("g1", L + "1", "하나", BODY)], [("g1", L + "2", "둘", OTHER)], "N", id="guid-reused-with-bodies"),
        pytest.param([("", L + "1", "하나")], [("g1", L + "1", "고친 제목")], "C", id="guids-introduced-title-corrected"),
        pytest.param([("g1", L + "1", "하나")], [("", L + "1", "고친 제목")], "C", id="guids-dropped-title-corrected"),
        pytest.param([("g1", "", "하나")], [("g1", L + "1", "고친 제목")], "C", id="links-introduced-title-corrected"),
        pytest.param([("g1", L + "1", "하나", BODY)], [("g1", L + "2", "하나", OTHER)], "C", id="guid-and-title-stay"),
        pytest.param([("", L + "1", "하나", BODY)], [("", "", "하나", BODY), ("", L + "1", "둘", OTHER)], "=N", id="a-link-of-what-is-claimed"),
        pytest.param([("g1", "", "하나", BODY)], [("", L + "9", "하나", BODY), ("g1", "", "둘", OTHER)], "CN", id="a-guid-of-what-is-claimed"),
        pytest.param([("g1", L + "1", "하나", BODY)], [("g2", L + "1", "하나", OTHER)], "C", id="link-and-title-stay"),
        pytest.param([("g1", L + "1", "하나", BODY)], [("g1", L + "1", "둘", OTHER)], "C", id="guid-and-link-stay"),
        pytest.param([("", L + "1", "하나")], [("", L + "1", "둘"), ("", L + "1", "둘")], "CD", id="a-repeat-leaves-a-link-its-items"),
        pytest.param([("g1", L + "1", "하나")], [("g0", L + "1", "하나"), ("g1", L + "1", "하나")], "CD", id="a-repeat-claims-nothing"),
        pytest.param([], [("", L + "1", ""), ("", L + "1", "")], "ND", id="a-link-alone-twice"),
        pytest.param([], [("", "", "하나"), ("", "", "하나")], "ND", id="a-title-alone-twice"),
        pytest.param([("0", L + "1", "하나"), ("1", L + "2", "둘")], [("0", L + "3", "둘"), ("1", L + "1", "하나")], "N=", id="places-from-nought-shift"),
    ],
)  # fmt: skip
def test_a_second_poll(first: list[Item], second: list[Item], expected: str) -> None:
    store = Store()
    store.poll(*feed(*first))
    assert store.kinds(*feed(*second)) == expected


class TestTheBestMatchIsClaimed:
    """The stored entry that matches less has the lower number, which decides where two match alike."""

    def test_everything_before_all_but_the_text(self) -> None:
        item = ("g1", L + "1", "하나", BODY)
        assert claimed(item, ("g1", L + "1", "하나", OTHER), item) == 2

    def test_guid_link_and_title_before_two_of_them(self) -> None:
        item = ("g1", L + "1", "하나", BODY)
        assert claimed(item, ("g2", L + "1", "하나", BODY), ("g1", L + "1", "하나", OTHER)) == 2

    def test_of_two_that_agree_in_two_the_one_with_the_same_text(self) -> None:
        item = ("g1", L + "1", "하나", BODY)
        assert claimed(item, ("g1", L + "1", "둘", OTHER), ("g2", L + "1", "하나", BODY)) == 2

    def test_of_two_that_share_the_guid_the_one_with_the_same_text(self) -> None:
        item = ("g1", L + "1", "하나", BODY)
        assert claimed(item, ("g1", L + "1", "둘", OTHER), ("g1", L + "2", "하나", BODY)) == 2

    def test_guid_and_link_before_a_text(self) -> None:
        item = ("g1", L + "1", "하나", BODY)
        assert claimed(item, ("g2", L + "2", "하나", BODY), ("g1", L + "1", "둘", OTHER)) == 2

    def test_of_two_that_match_alike_the_one_that_was_stored_first(self) -> None:
        item = ("g1", L + "1", "하나", BODY)
        by_guid, by_link = ("g1", L + "2", "하나", OTHER), ("g2", L + "1", "하나", OTHER)
        assert claimed(item, by_guid, by_link) == claimed(item, by_link, by_guid) == 1

    def test_each_of_several_that_match_alike_is_claimed_in_its_turn(self) -> None:
        known = [stored(number, (f"g{number}", f"{L}{number}", "하나", BODY)) for number in (1, 2, 3, 4)]
        items = feed(*((f"x{place}", f"{L}x{place}", "하나", BODY) for place in range(5)))
        assert [verdict.known_id for verdict in identify(items, keys_in(items), known)] == [1, 2, 3, 4, None]

    def test_a_text_before_a_link(self) -> None:
        item = ("", L + "1", "하나", BODY)
        assert claimed(item, ("", L + "1", "둘", OTHER), ("", L + "2", "하나", BODY)) == 2

    def test_a_text_before_a_guid(self) -> None:
        item = ("g1", "", "하나", BODY)
        assert claimed(item, ("g1", "", "둘", OTHER), ("g2", L + "2", "하나", BODY)) == 2


@given(documents, documents)
def test_what_the_store_is_asked_for_is_all_that_counts(
    first: list[tuple[str, str, str, str]], second: list[tuple[str, str, str, str]]
) -> None:
    """A database holds years; `lookup` says which of its rows can matter."""
    store = Store()
    store.poll(*feed(*first))
    document, wanted = feed(*second), lookup(keys_in(feed(*second)))
    near = [
        known
        for known in store.rows.values()
        if known.guid_key in wanted.guid_keys
        or known.link_key in wanted.link_keys
        or known.text_key in wanted.text_keys
    ]
    assert identify(document, keys_in(document), near) == identify(
        document, keys_in(document), list(store.rows.values())
    )


def test_the_store_is_asked_for_no_empty_key_and_no_shared_guid() -> None:
    wanted = lookup(keys_in(feed(("same", "", "하나"), ("same", L + "1", ""), ("g1", "", "둘"))))
    own = keys_of(feed(("g1", "", "둘"))[0])
    assert wanted.guid_keys == {own.guid_key}
    assert wanted.link_keys == {keys_of(feed(("", L + "1", ""))[0]).link_key}
    assert len(wanted.title_keys) == len(wanted.text_keys) == 2
    assert "" not in wanted.guid_keys | wanted.link_keys | wanted.text_keys


def test_every_verdict_carries_its_item_its_keys_and_the_entry_it_is() -> None:
    document = feed(("g1", L + "1", "하나"), ("g1", L + "1", "하나"), ("", "", ""), ("g2", L + "2", "둘"))
    verdicts = identify(document, keys_in(document), [stored(7, ("g2", L + "2", "오타"))])
    assert [verdict.entry for verdict in verdicts] == document
    # The first two share their guid, which so counts for neither.
    assert [verdict.keys for verdict in verdicts] == [
        keys_of(entry, guid_counts=entry.guid == "g2") for entry in document
    ]
    assert [verdict.known_id for verdict in verdicts] == [None, None, None, 7]


def test_a_correction_is_told_from_what_is_unchanged_by_the_entry_it_is_of() -> None:
    first, second = ("g1", L + "1", "하나"), ("g2", L + "2", "둘")
    verdicts: list[Verdict] = identify(
        feed(second, first), keys_in(feed(second, first)), [stored(1, first), stored(2, second)]
    )
    assert [(verdict.kind.value, verdict.known_id) for verdict in verdicts] == [
        ("unchanged", 2), ("unchanged", 1),
    ]  # fmt: skip


class TestKeys:
    def test_they_are_those_that_stored_entries_have(self) -> None:
        """Another way to make them would turn every entry that is stored into a changed or a new one."""
        long = keys_of(
            FeedEntry(0, title="하나", guid="g1", link=L + "1", summary=BODY, published_raw="2026-08-01")
        )
        short = keys_of(FeedEntry(0, title="하나", summary="첨부 참조", published_raw=" 2026-08-01 "))
        bare = keys_of(FeedEntry(0, title="하나"))
        assert long.guid_key == "711430f6164e93803d93428bc1fab80f"
        assert long.link_key == "46d56d5f0209b14c47b4e417ea276706"
        assert long.title_key == "556dcbf069a950eb94f3a0e8dd8b11bd"
        assert long.text_key == "cc86f97667eb609197c2bf7ab63efe84"
        assert (short.title_key, short.text_key) == (long.title_key, "2a31ca15863dc452ffdc275410ffdff8")
        assert (bare.guid_key, bare.link_key, bare.text_key) == ("", "", bare.title_key)

    def test_a_text_that_was_read_already_is_not_read_again(self) -> None:
        read = keys_of(FeedEntry(0, title="하나", summary=OTHER, readable=BODY))
        assert read == keys_of(FeedEntry(0, title="하나", summary=BODY))

    def test_each_fills_its_column(self) -> None:
        keys = keys_of(FeedEntry(0, title="하나", guid="g1", link=L, summary=BODY))
        for name in ("guid_key", "link_key", "title_key", "text_key"):
            assert len(getattr(keys, name)) == Entry._meta.get_field(name).max_length

    def test_half_a_character_is_a_text_like_any_other(self) -> None:
        one, other = keys_of(FeedEntry(0, title="\ud800 하나")), keys_of(FeedEntry(0, title="\udc00 하나"))
        assert one.title_key != other.title_key

    @pytest.mark.parametrize(("length", "expected"), [(19, "N"), (20, "="), (21, "=")])
    def test_under_a_recurring_headline_a_short_text_tells_by_its_date(
        self, length: int, expected: str
    ) -> None:
        store = Store()
        for date in ("2026-08-01", "2026-09-01"):
            found = store.kinds(FeedEntry(0, title="인사 발령", summary="가" * length, published_raw=date))
        assert found == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://www.a.kr/x?b=2&a=1", "a.kr/x?b=2&a=1"),
        ("http://a.kr:80/x", "a.kr/x"),
        ("https://a.kr/REX/", "a.kr/REX"),
        ("http://a.kr:81/x", "a.kr:81/x"),
        ("https://a.kr", "a.kr/"),
        ("/news/1", "/news/1"),
        ("https://a.kr/#/1", "a.kr/#/1"),
        ("https://a.kr/x?utm_content=a=b", "a.kr/x"),
        ("https://a.kr/x?a=utm_source=b", "a.kr/x?a=utm_source=b"),
        ("https://a.kr/x?from=rss", "a.kr/x"),
        ("https://a.kr/x?REF=twitter&ref=3", "a.kr/x?ref=3"),
        ("https://a.kr:port/x", "https://a.kr:port/x"),
    ],
)
def test_what_an_address_has_in_common_with_its_page(link: str, expected: str) -> None:
    assert canonical_link(link) == expected


@pytest.mark.parametrize(
    ("items", "usable"),
    [
        pytest.param([("1", L, "a"), ("7", L, "b")], {"1", "7"}, id="small-numbers-that-do-not-count-on"),
        pytest.param([("5", L, "a"), ("6", L, "b")], {"5", "6"}, id="numbers-that-count-on-from-elsewhere"),
        pytest.param([("0", L, "a"), ("1", L, "b")], set(), id="places-from-nought"),
        pytest.param([("Item-5", L, "a"), ("item7", L, "b")], set(), id="places-by-name"),
        pytest.param([("x1", L, "아홉 글자로 된 제목")], {"x1"}, id="a-long-title-beside-its-guid"),
        pytest.param([("tag:여덟 글자 제목", L, "여덟 글자 제목")], set(), id="a-headline-of-eight-letters-in-the-guid"),
        pytest.param([("tag:일곱 자 제목", L, "일곱 자 제목")], {"tag:일곱 자 제목"}, id="fewer-letters-may-be-there-by-chance"),
    ],
)  # fmt: skip
def test_a_guid_counts_where_it_tells_one_entry_from_another(items: list[Item], usable: set[str]) -> None:
    assert usable_guids(feed(*items)) == usable


@pytest.mark.parametrize(
    "pair",
    "utm_source=a utm_x=1 fbclid=9 gclid=9 dclid=9 msclkid=9 yclid=9 igshid=9 mc_cid=9 mc_eid=9 _ga=9 cmpid=9 ncid=9 ref_src=x spm=9"
    " at_medium=9 FBCLID=9 ref=rss rss=1 rss= from=feed source=Twitter src=facebook ref=newsletter from=my-rss-reader rss".split(),
)
def test_what_only_counts_readers_is_no_part_of_an_address(pair: str) -> None:
    assert canonical_link(f"https://a.kr/x?id=3&{pair}") == "a.kr/x?id=3"


@pytest.mark.parametrize(
    "pair",
    "utm=1 my_utm_source=a xfbclid=9 fbclid2=9 mc_xid=9 ga=9 cmp=9 refs=rss rss2=1 at=1 lat_x=1 ref=11 ref=21 from=12 source=seoul"
    " src=3 rss=2 ref=a referrer=rss spmx=1 utmx=1 atx=1 ref=ss ref=rs ref=fee ref=eed ref=witter ref=twitte ref=acebook ref=faceboo ref=ewsletter ref=newslette".split(),
)
def test_what_may_mean_something_is_part_of_an_address(pair: str) -> None:
    assert canonical_link(f"https://a.kr/x?{pair}") == f"a.kr/x?{pair}"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://a.kr/x;jsessionid=12AB/y", "a.kr/x/y"),
        ("https://a.kr/x;PHPSESSID=12AB", "a.kr/x"),
        ("https://a.kr/x;sid=12AB?id=3", "a.kr/x?id=3"),
        ("https://a.kr/x;sidney", "a.kr/x;sidney"),
        ("https://a.kr/x%3Fy", "a.kr/x%3Fy"),
        ("https://a.kr/x%3fy", "a.kr/x%3fy"),
        ("https://a.kr/x%23y", "a.kr/x%23y"),
        ("https://a.kr/100%25", "a.kr/100%25"),
        ("https://a.kr/%24%33%3a%2b", "a.kr/$3:+"),
        ("https://a.kr/x;psid=1", "a.kr/x;psid=1"),
        ("https://www.meti.go.jp/press/2026/06/20260619003/20260619003.html", "meti-press:20260619003"),
        ("https://www.meti.go.jp/press/2026/06/20260619003/", "meti-press:20260619003"),
        ("https://meti.go.jp/press/20260619003.html", "meti-press:20260619003"),
        ("https://www.kanto.meti.go.jp/press/20260619003.html", "meti-press:20260619003"),
        ("https://xmeti.go.jp/press/20260619003.html", "xmeti.go.jp/press/20260619003.html"),
        ("https://metixgo.jp/press/20260619003.html", "metixgo.jp/press/20260619003.html"),
        ("https://meti.goxjp/press/20260619003.html", "meti.goxjp/press/20260619003.html"),
        ("https://meti.go.jp/pressx/20260619003.html", "meti.go.jp/pressx/20260619003.html"),
        ("https://meti.go.jp/press/2026061900.html", "meti.go.jp/press/2026061900.html"),
        ("https://meti.go.jp/press/20260619003.htm", "meti.go.jp/press/20260619003.htm"),
        ("https://meti.go.jp/press/20260619003-html", "meti.go.jp/press/20260619003-html"),
        ("https://meti.go.jp/press/20260619003/20260619004.html", "meti-press:20260619003"),
    ],
)
def test_what_a_path_says(link: str, expected: str) -> None:
    assert canonical_link(link) == expected


@pytest.mark.parametrize(
    "form", "{} item{} Entry-{} post:{} article.{} no.{} id:{} #{} entry#{}".split() + ["Item {}", "post_{}"]
)
def test_a_guid_that_numbers_its_place_is_no_name(form: str) -> None:
    guids = [form.format(place) for place in (1, 2, 3)]
    usable = usable_guids(feed(*((guid, L, "가") for guid in guids)))
    assert usable == set()


@pytest.mark.parametrize("form", ["x{}", "{}x", "items{}", "1000{}", "item{}0000"])
def test_a_guid_that_holds_a_number_is_a_name(form: str) -> None:
    guids = {form.format(place) for place in (1, 2, 3)}
    assert usable_guids(feed(*((guid, L, "가") for guid in sorted(guids)))) >= {
        guid for guid in guids if "item" not in guid
    }
