"""The benches' farm: it answers as it says, and what it says that it published is what its documents tell."""

import gzip
from http.client import HTTPConnection

import pytest

from bench.farm import Farm, make_feeds
from bench.peers import _plain


@pytest.fixture(scope="module")
def farm():  # type: ignore[no-untyped-def]
    with Farm(12, seed=3) as running:
        yield running


def get(farm: Farm, number: int, **headers: str) -> tuple[int, dict[str, str], bytes]:
    host, path = farm.urls[number].removeprefix("http://").split("/", 1)
    asking = HTTPConnection(host, timeout=10)
    asking.request("GET", f"/{path}", headers=headers)
    answer = asking.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    asking.close()
    return found


def test_the_same_seed_makes_the_same_feeds_of_every_kind() -> None:
    feeds, again = make_feeds(200, 5), make_feeds(200, 5)
    assert [feed.body for feed in feeds] == [feed.body for feed in again]
    assert {feed.form for feed in feeds} == {"rss20", "rss10", "atom10"}
    assert {feed.language for feed in feeds} == {"ja", "ko", "en", "zh"}
    assert {"utf-8", "shift_jis", "euc-jp", "euc-kr", "gb18030"} <= {feed.codec for feed in feeds}
    assert {len(feed.items) for feed in feeds} <= {20, 30, 45, 60}
    assert 0.6 < sum(feed.validated for feed in feeds) / len(feeds) < 0.8


def test_it_knows_what_it_has_and_packs_it_for_who_can_unpack(farm: Farm) -> None:
    farm.lacking(False)
    status, headers, body = get(farm, 0)
    assert (status, headers.get("content-encoding")) == (200, None)
    assert gzip.decompress(get(farm, 0, **{"Accept-Encoding": "gzip"})[2]) == body
    assert get(farm, 0, **{"If-None-Match": headers["etag"]})[0] == 304


def test_some_feeds_do_without_validators(farm: Farm) -> None:
    farm.lacking(True)
    validated = [feed.validated for feed in make_feeds(12, seed=3)]
    assert ["etag" in get(farm, number)[1] for number in range(12)] == validated
    assert set(validated) == {True, False}


def test_what_is_published_is_in_the_documents_and_in_what_it_says(farm: Farm) -> None:
    before = farm.published()
    farm.publish(0.5)
    after = farm.published()
    assert [len(items) for items in before] == [len(items) for items in after]
    new = {item["guid"] for items in after for item in items} - {
        item["guid"] for items in before for item in items
    }
    assert len(new) > 20
    for number, items in enumerate(after):
        body = get(farm, number)[2]
        assert all(item["link"].replace("&", "&amp;").encode() in body for item in items)


@pytest.mark.parametrize(
    ("kept", "published"),
    [("R&amp;D 3 &lt; 5", "R&D 3 < 5"), ("<p>R&amp;D</p> 3", "R&D 3"), (" 新型 ", "新型")],
    ids=["entities", "tags", "spaces"],
)
def test_texts_are_the_same_whatever_their_mark_up(kept: str, published: str) -> None:
    assert _plain(kept) == _plain(published)
