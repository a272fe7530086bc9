"""sources.yaml: what a stanza may say, what is said of a wrong one, and that the shipped file is right and honest."""

import json
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.config import settings
from monitor.documents import FORMATS, Document, FeedEntry
from monitor.errors import ConfigError
from monitor.parsers import parse
from monitor.sources import ArticleRules, Interval, JsonListRules, ListingRules, SourceConfig
from monitor.sourcesfile import configured, is_own_host, known, load_sources

SHIPPED = Path(__file__).resolve().parents[2] / "sources.yaml"
CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "feeds"
NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def load(folder: Path, text: str, allow_hosts: tuple[str, ...] = ()) -> list[SourceConfig]:
    file = folder / "sources.yaml"
    file.write_text(text, encoding="utf-8")
    return load_sources(file, allow_hosts)


def complaints(folder: Path, text: str, allow_hosts: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, allow_hosts)
    return [str(problem) for problem in caught.value.problems]


# What may be left out


def test_an_id_and_an_address_are_enough(tmp_path: Path) -> None:
    (source,) = load(tmp_path, "- id: example\n  url: https://example.org/feed\n")
    assert source.format == "feed"
    assert (source.name, source.organisation, source.citation.name) == ("example", "example", "example")
    assert source.zone == ZoneInfo("UTC")
    assert source.interval == Interval(min=15 * MINUTE, max=6 * HOUR)
    assert source.enabled
    assert source.stale_after is None


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "listing"])
def test_a_stanza_of_four_lines_is_enough_for_any_format_but_a_listing(tmp_path: Path, form: str) -> None:
    text = (
        f"- id: example\n  url: http://127.0.0.1:8001/x\n  format: {form}\n  interval: {{min: 1s, max: 2s}}\n"
    )
    (source,) = load(tmp_path, text, ("127.0.0.1:8001",))
    assert (source.format, source.interval.max) == (form, timedelta(seconds=2))


def test_a_listing_needs_no_more_than_its_row(tmp_path: Path) -> None:
    (source,) = load(
        tmp_path, "- id: a\n  url: https://example.org/\n  format: listing\n  listing: {row: li}\n"
    )
    assert source.listing == ListingRules.model_validate({"row": "li"})
    assert source.listing.min_rows == 1


def test_the_organisation_is_what_the_bulletins_print_unless_told_otherwise(tmp_path: Path) -> None:
    text = "- {id: a, url: 'https://example.org/', name: A news, organisation: A}\n"
    text += "- {id: b, url: 'https://example.org/', name: B news, organisation: B, citation: {name: 日 B}}\n"
    assert [source.citation.name for source in load(tmp_path, text)] == ["A", "日 B"]


def test_switching_a_source_off_needs_no_reason(tmp_path: Path) -> None:
    (source,) = load(tmp_path, "- {id: a, url: 'https://example.org/', enabled: false}\n")
    assert not source.enabled


def test_one_limit_of_the_interval_may_be_given_alone(tmp_path: Path) -> None:
    text = "- {id: a, url: 'https://example.org/', interval: {min: 12h}}\n"
    text += "- {id: b, url: 'https://example.org/', interval: {max: 1h}}\n"
    found = [(source.interval.min, source.interval.max) for source in load(tmp_path, text)]
    assert found == [(12 * HOUR, 12 * HOUR), (15 * MINUTE, HOUR)]


@pytest.mark.parametrize(
    ("written", "length"),
    [("300s", 5 * MINUTE), ("10m", 10 * MINUTE), ("6h", 6 * HOUR), ("5d", 120 * HOUR), ("PT10M", 10 * MINUTE), ("P5D", 120 * HOUR)],
)  # fmt: skip
def test_lengths_of_time_are_written_short_or_as_iso_8601(
    tmp_path: Path, written: str, length: timedelta
) -> None:
    text = f"- {{id: a, url: 'https://example.org/', interval: {{min: {written}, max: 300d}}}}\n"
    assert load(tmp_path, text)[0].interval.min == length


def test_numbers_in_a_form_are_sent_as_text(tmp_path: Path) -> None:
    (source,) = load(
        tmp_path, "- {id: a, url: 'https://example.org/', method: POST, form: {page: 1, q: x}}\n"
    )
    assert source.form == {"page": "1", "q": "x"}


@pytest.mark.parametrize(
    ("url", "now", "addresses"),
    [
        ("https://a.org/feed", "2026-01-02T00:00", ["https://a.org/feed"]),
        ("https://a.org/{year}/", "2026-11-21T00:00", ["https://a.org/2026/"]),
        ("https://a.org/{yy}/{era}", "2026-11-21T00:00", ["https://a.org/26/8"]),
        ("https://a.org/{year}/", "2027-01-01T00:00", ["https://a.org/2027/", "https://a.org/2026/"]),
        ("https://a.org/{year}/", "2027-01-14T12:00", ["https://a.org/2027/", "https://a.org/2026/"]),
        ("https://a.org/{year}/", "2027-01-14T15:00", ["https://a.org/2027/"]),
        ("https://a.org/r{era}", "2026-12-31T14:59", ["https://a.org/r8"]),
        ("https://a.org/r{era}", "2026-12-31T15:00", ["https://a.org/r9", "https://a.org/r8"]),
        ("https://a.org/{yy}", "2101-01-15T00:00", ["https://a.org/01"]),
    ],
    ids=["none", "year", "yy and era", "new year", "a fortnight on", "a fortnight on in Tokyo", "old year", "new year in Tokyo", "two digits"],
)  # fmt: skip
def test_an_address_rolls_over_on_the_first_of_january_of_its_own_zone(
    url: str, now: str, addresses: list[str]
) -> None:
    source = SourceConfig.model_validate({"id": "a", "url": url, "timezone": "Asia/Tokyo"})
    assert list(source.addresses(datetime.fromisoformat(now).replace(tzinfo=UTC))) == addresses


def test_an_empty_article_still_asks_for_the_page(tmp_path: Path) -> None:
    text = "- {id: a, url: 'https://a.org/', article: {}}\n- {id: b, url: 'https://b.org/'}\n"
    assert [source.article for source in load(tmp_path, text)] == [ArticleRules(), None]


@pytest.fixture
def name_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def name(stem: str) -> None:
        monkeypatch.setenv("MONITOR_SOURCES", str(tmp_path / f"{stem}.yaml"))
        settings.cache_clear()

    yield name
    settings.cache_clear()


def test_a_process_goes_by_the_file_as_it_first_read_it(
    tmp_path: Path, name_file: Callable[[str], None]
) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.yaml").write_text(f"- {{id: {name}, url: 'https://{name}.example/'}}\n")
    name_file("one")
    assert [source.id for source in configured()] == ["one"]
    (tmp_path / "one.yaml").write_text("- {id: new, url: 'https://new.example/'}\n")
    assert list(known()) == ["one"]
    name_file("other")
    assert list(known()) == ["other"]


def test_a_bare_address_makes_a_source() -> None:
    source = SourceConfig.for_url("https://example.org/x", "listing")
    assert (source.url, source.format, source.listing) == ("https://example.org/x", "listing", None)


def test_a_source_crosses_to_another_process(tmp_path: Path) -> None:
    (source,) = load(tmp_path, "- {id: a, url: 'https://example.org/', timezone: Asia/Tokyo}\n")
    assert source.zone == ZoneInfo("Asia/Tokyo")  # computed once and kept; must not be in the way
    copy = pickle.loads(pickle.dumps(source))
    assert copy == source
    assert copy.zone == source.zone


# What is said of a wrong stanza

HEAD = "- id: example\n  url: https://example.org/\n"


@pytest.mark.parametrize("rules", [form for form in FORMATS if form in SourceConfig.model_fields])
def test_rules_of_a_format_that_the_stanza_does_not_have_are_told(rules: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"example: {rules} .*`format: {rules}`"):
        load(tmp_path, HEAD + f"  {rules}: {{row: li}}\n")


@pytest.mark.parametrize(
    ("text", "starts", "mend"),
    [
        pytest.param("- url: https://example.org/\n", "sources.yaml:1: #1: id ", "적어", id="no id"),
        pytest.param("- id: example\n", "sources.yaml:1: example: url ", "적어", id="no url"),
        pytest.param("- id: Big\n  url: https://example.org/\n", 'sources.yaml:1: Big: id "Big"', "소문자", id="capital id"),
        pytest.param("- id: -a\n  url: https://example.org/\n", "sources.yaml:1: -a: id ", "소문자", id="id begins with a hyphen"),
        pytest.param(f"- id: {'a' * 81}\n  url: https://example.org/\n", "sources.yaml:1: ", "80자", id="long id"),
        pytest.param("- id: example\n  url: ftp://example.org/\n", 'sources.yaml:2: example: url "ftp', "https://", id="ftp"),
        pytest.param("- id: example\n  url: example.org/feed\n", "sources.yaml:2: example: url ", "https://", id="no scheme"),
        pytest.param("- id: example\n  url: https://\n", "sources.yaml:2: example: url ", "https://", id="no host"),
        pytest.param("- id: example\n  url: https://example.org:99999/\n", "sources.yaml:2: example: url ", "https://", id="no such port"),
        pytest.param("- id: example\n  url: https://example.org/a b\n", "sources.yaml:2: example: url ", "https://", id="a space"),
        pytest.param("- id: example\n  url: https://me:word@example.org/\n", "sources.yaml:2: example: url ", "지우", id="a password"),
        pytest.param("- id: example\n  url: https://example.org/{month}/\n", "sources.yaml:2: example: url 주소의 {month}", "{year}", id="an unknown part of an address"),
        pytest.param("- id: example\n  url: https://{year}.example.org/\n", "sources.yaml:2: example: url 주소의 {year}.example.org", "호스트", id="a year in the host"),
        pytest.param(HEAD + "  sitemap: {include: /news/}\n", "sources.yaml:3: example: sitemap ", "format: sitemap", id="sitemap's rules without their format"),
        pytest.param(HEAD + "  format: sitemap\n  sitemap: {include: '('}\n", "sources.yaml:4: example: sitemap.include ", "정규식", id="bad pattern of addresses"),
        pytest.param(HEAD + "  article: {text: 'p['}\n", "sources.yaml:3: example: article.text ", "선택자", id="bad selector of a page"),
        pytest.param(HEAD + "  article: {body: p}\n", "sources.yaml:3: example: article.body ", "text, title, date", id="unknown key of a page"),
        pytest.param(HEAD + "  article: p\n", "sources.yaml:3: example: article ", "{이름: 값}", id="a page's rules without their names"),
        pytest.param(HEAD + "  primary: sure\n", 'sources.yaml:3: example: primary "sure"', "true 나 false", id="neither primary nor not"),
        pytest.param("- id: example\n  url:\n", "sources.yaml:2: example: url ", "비어", id="empty url"),
        pytest.param(HEAD + "  formt: feed\n", "sources.yaml:3: example: formt ", "format 을(를) 뜻", id="unknown key"),
        pytest.param(HEAD + "  format: listing\n  listing:\n    row: li\n    titel: a\n", "sources.yaml:6: example: listing.titel ", "title 을(를)", id="unknown key below"),
        pytest.param(HEAD + "  format: rss\n", 'sources.yaml:3: example: format "rss"', "feed, json_feed, listing, json_list, sitemap", id="unknown format"),
        pytest.param(HEAD + "  format: listing\n", "sources.yaml:3: example: format ", "row", id="listing without rules"),
        pytest.param(HEAD + "  format: listing\n  listing: {title: a}\n", "sources.yaml:4: example: listing.row ", "적어", id="listing without row"),
        pytest.param(HEAD + "  format: listing\n  listing: {row: ''}\n", "sources.yaml:4: example: listing.row ", "비어", id="empty row"),
        pytest.param(HEAD + "  listing: {row: li}\n", "sources.yaml:3: example: listing ", "format: listing", id="rules without their format"),
        pytest.param(HEAD + "  format: listing\n  listing:\n    row: li\n    date: 'p['\n", "sources.yaml:6: example: listing.date ", "선택자", id="bad selector"),
        pytest.param(HEAD + "  format: listing\n  listing:\n    row: li\n    date_pattern: '('\n", "sources.yaml:6: example: listing.date_pattern ", "정규식", id="bad pattern"),
        pytest.param(HEAD + f"  format: listing\n  listing:\n    row: li\n    date_pattern: '{'a' * 201}'\n", "sources.yaml:6: example: listing.date_pattern ", "200자", id="long pattern"),
        pytest.param(HEAD + "  format: listing\n  listing: {row: li, link_pattern: 'v.(x)'}\n", "sources.yaml:4: example: listing ", "link_template", id="pattern without template"),
        pytest.param(HEAD + "  format: listing\n  listing: {row: li, link_pattern: 'v.(x)', link_template: '/{2}'}\n", "sources.yaml:4: example: listing ", "{2}", id="template asks for more than the pattern gives"),
        pytest.param(HEAD + "  format: listing\n  listing: {row: li, min_rows: -1}\n", "sources.yaml:4: example: listing.min_rows ", "0 이상", id="negative rows"),
        pytest.param(HEAD + "  interval: {min: 30s, max: 6h}\n", 'sources.yaml:3: example: interval "30s" is under 5m', "5m 이상", id="too often"),
        pytest.param(HEAD + "  interval:\n    max: 6h\n    min: 30s\n", 'sources.yaml:5: example: interval "30s" is under 5m', "5m 이상", id="too often, on its own line"),
        pytest.param(HEAD + "  interval: {min: 10, max: 6h}\n", 'sources.yaml:3: example: interval.min "10"', "10m", id="no unit"),
        pytest.param(HEAD + "  interval: {min: soon}\n", 'sources.yaml:3: example: interval.min "soon"', "10m", id="no length"),
        pytest.param(HEAD + "  interval: {min: 6h, max: 1h}\n", "sources.yaml:3: example: interval ", "짧게", id="min over max"),
        pytest.param(HEAD + "  interval: {min: 10m, max: 400d}\n", "sources.yaml:3: example: interval.max ", "366일", id="over a year"),
        pytest.param(HEAD + "  interval: 10m\n", 'sources.yaml:3: example: interval "10m"', "{이름: 값}", id="no two limits"),
        pytest.param(HEAD + "  timezone: Asia/Tokio\n", "sources.yaml:3: example: timezone ", "Asia/Tokyo", id="unknown zone"),
        pytest.param(HEAD + "  language: jp\n", "sources.yaml:3: example: language ", "ja", id="a country for a language"),
        pytest.param(HEAD + "  language: Japanese\n", "sources.yaml:3: example: language ", "ja", id="a language in full"),
        pytest.param(HEAD + "  country: UK\n", "sources.yaml:3: example: country ", "GB", id="a country by another name"),
        pytest.param(HEAD + "  country: jp\n", "sources.yaml:3: example: country ", "JP", id="small letters"),
        pytest.param(HEAD + "  country: XX\n", "sources.yaml:3: example: country ", "ISO 3166", id="no country"),
        pytest.param(HEAD + "  encoding: euc-krr\n", "sources.yaml:3: example: encoding ", "euc-kr", id="unknown charset"),
        pytest.param(HEAD + "  encoding: base64\n", "sources.yaml:3: example: encoding ", "euc-kr", id="no charset"),
        pytest.param(HEAD + "  stale_after: 30m\n", 'sources.yaml:3: example: stale_after "30m"', "1h 이상", id="alarm too soon"),
        pytest.param(HEAD + "  citation: 日 METI\n", "sources.yaml:3: example: citation ", "{이름: 값}", id="citation without its name"),
        pytest.param(HEAD + "  fallback_for: nobody\n", 'sources.yaml:3: example: fallback_for "nobody"', "원래", id="stands in for nobody"),
        pytest.param(HEAD + "  fallback_for: example\n", "sources.yaml:3: example: fallback_for ", "원래", id="stands in for itself"),
        pytest.param(HEAD + "  enabled: maybe\n", 'sources.yaml:3: example: enabled "maybe"', "true 나 false", id="neither on nor off"),
        pytest.param(HEAD + "  method: PUT\n", "sources.yaml:3: example: method ", "GET, POST", id="method"),
        pytest.param(HEAD + "  form: {a: 1}\n", "sources.yaml:3: example: form ", "method: POST", id="form without POST"),
        pytest.param(HEAD + "  headers:\n    Referer: https://example.org/\n    Cookie: a=b\n", "sources.yaml:5: example: headers 의 Cookie", "Referer", id="cookie"),
        pytest.param(HEAD + "  headers: {user-agent: x}\n", "sources.yaml:3: example: headers 의 user-agent", "Referer", id="another name"),
        pytest.param(HEAD + "  headers: {Accept: \"a\\r\\nX: y\"}\n", "sources.yaml:3: example: headers 의 Accept", "줄바꿈", id="a header in a header"),
        pytest.param(HEAD + "  id: again\n", "sources.yaml:3: id: ", "1번째 줄", id="a key twice"),
        pytest.param(HEAD + "- just text\n", "sources.yaml:3: #2: ", "- id", id="no stanza"),
    ],
)  # fmt: skip
def test_a_wrong_stanza_is_named_by_line_and_key_with_the_mend(
    tmp_path: Path, text: str, starts: str, mend: str
) -> None:
    (line,) = complaints(tmp_path, text)
    assert line.startswith(starts)
    assert mend in line


def test_everything_wrong_is_said_at_once_in_the_file_s_order(tmp_path: Path) -> None:
    text = (
        "- id: one\n"
        "  url: nowhere\n"
        "  interval: {min: 30s}\n"
        "  fallback_for: nobody\n"
        "- id: two\n"
        "  url: https://example.org/\n"
        "  format: listing\n"
        "  colour: red\n"
        "- id: one\n"
        "  url: https://example.org/\n"
        "  timezone: Mars\n"
    )
    found = [line.split(": ")[:2] for line in complaints(tmp_path, text)]
    assert found == [
        ["sources.yaml:2", "one"],
        ["sources.yaml:3", "one"],
        ["sources.yaml:4", "one"],
        ["sources.yaml:7", "two"],
        ["sources.yaml:8", "two"],
        ["sources.yaml:9", "one"],
        ["sources.yaml:11", "one"],
    ]


def test_a_second_stanza_of_one_id_names_the_first(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, HEAD + "- id: other\n  url: https://example.org/\n" + HEAD)
    assert line.startswith("sources.yaml:5: example: ")
    assert "1번째 줄" in line


def test_two_sources_cannot_wait_for_each_other(tmp_path: Path) -> None:
    text = "- {id: a, url: 'https://a.org/', fallback_for: b}\n- {id: b, url: 'https://b.org/', fallback_for: a}\n"
    assert len(complaints(tmp_path, text)) == 2


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n", "sources:\n  - id: a\n", "text\n"])
def test_a_file_without_sources_says_how_to_begin(tmp_path: Path, text: str) -> None:
    (line,) = complaints(tmp_path, text)
    assert line.startswith("sources.yaml:1: ")
    assert "- id:" in line


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_sources(tmp_path / "sources.yaml", ())


# Politeness ends at our own hosts


@pytest.mark.parametrize(
    ("url", "allowed", "own"),
    [
        pytest.param("http://127.0.0.1:8001/x", "127.0.0.1", True, id="any port of a host"),
        pytest.param("http://127.0.0.1:8001/x", "127.0.0.1:8001", True, id="that port"),
        pytest.param("http://127.0.0.1:8001/x", "127.0.0.1:8002", False, id="another port"),
        pytest.param("http://intra.example/x", "intra.example:80", True, id="the usual port of http"),
        pytest.param("https://intra.example/x", "intra.example:443", True, id="the usual port of https"),
        pytest.param("https://INTRA.example/x", "Intra.Example", True, id="capitals"),
        pytest.param("http://[::1]:8001/x", "[::1]:8001", True, id="IPv6"),
        pytest.param("http://sub.intra.example/x", "intra.example", False, id="a host below it"),
        pytest.param("http://example.org/intra.example", "intra.example", False, id="its name in a path"),
    ],
)
def test_own_hosts_are_those_of_the_setting(url: str, allowed: str, own: bool) -> None:
    assert is_own_host(url, [allowed]) is own


@pytest.mark.parametrize(("least", "fine"), [("1s", True), ("PT0.5S", False)])
def test_own_hosts_may_be_asked_every_second(tmp_path: Path, least: str, fine: bool) -> None:
    text = f"- {{id: a, url: 'http://127.0.0.1:8001/', interval: {{min: {least}, max: 6h}}}}\n"
    if fine:
        assert load(tmp_path, text, ("127.0.0.1",))[0].interval.min == timedelta(seconds=1)
    else:
        assert "is under 1s" in complaints(tmp_path, text, ("127.0.0.1",))[0]


# The shipped file


@pytest.fixture(scope="module")
def shipped() -> dict[str, SourceConfig]:
    return {source.id: source for source in load_sources(SHIPPED)}


def test_the_shipped_file_holds_the_sources_of_both_bulletins(shipped: dict[str, SourceConfig]) -> None:
    assert len(shipped) >= 60
    assert sum(source.enabled for source in shipped.values()) >= 60
    assert {
        "nikkei-economy",
        "nikkei-asia",
        "nikkei-xtech",
        "meti-press",
        "kiat-business",
        "imf-news",
        "imf-blog",
    } <= {source.id for source in shipped.values() if source.enabled}


def test_whatever_is_off_says_why_and_whatever_is_on_does_not(shipped: dict[str, SourceConfig]) -> None:
    assert [source.id for source in shipped.values() if source.enabled == bool(source.reason)] == []


def test_every_source_says_who_where_and_when_it_would_be_late(shipped: dict[str, SourceConfig]) -> None:
    for source in shipped.values():
        assert source.name != source.id, source.id
        assert source.country, source.id
        assert source.language, source.id
        assert not source.enabled or source.stale_after, source.id


@pytest.mark.parametrize(
    "part",
    [
        "korea.kr/rss",
        "reuters.com/tools",
        "feeds.reuters.com",
        "imf.org/external/rss",
        "imf.org/en/News/RSS",
        "oecd.org/newsroom",
        "nikkei.com/rss/feeds/economy",
        "assets.wor.jp",
        "motie.go.kr",
    ],
)
def test_what_is_known_dead_or_walled_or_not_the_publisher_s_is_off(
    shipped: dict[str, SourceConfig], part: str
) -> None:
    assert [source.id for source in shipped.values() if source.enabled and part in source.url] == []


def test_metis_frozen_atom_only_stands_in_for_its_press_page(shipped: dict[str, SourceConfig]) -> None:
    users = [source for source in shipped.values() if source.enabled and "ml_index_release" in source.url]
    assert [source.fallback_for for source in users] == ["meti-press"]
    assert all(source.stale_after for source in users)


#: Who the bulletins cite, and where each is read; off or on.
CITED = {
    "Nikkei": "nikkei-news nikkei-economy nikkei-politics nikkei-financial nikkei-business nikkei-technology nikkei-international nikkei-local nikkei-opinion nikkei-rss-economy",
    "Nikkei's mirror": "nikkei-mirror-news nikkei-mirror-economy nikkei-mirror-markets nikkei-mirror-international nikkei-mirror-society",
    "Nikkei's others": "nikkei-asia nikkei-asia-headlines nikkei-xtech nikkei-xtech-it nikkei-xtech-construction nikkei-business-magazine nikkei-chinese",
    "METI": "meti-press meti-atom meti-english chusho",
    "KIAT": "kiat-business kiat-bids kiat-notice kiat-trend-watch kiat-press",
    "IMF": "imf-news imf-news-rss imf-blog imf-blog-rss imf-weo imf-working-papers imf-country-reports imf-fintech-notes imf-legacy-rss imf-datamapper",
    "ITmedia": "itmedia-news monoist eetimes-japan itmedia-ai itmedia-business atmarkit itmedia-executive itmedia-marketing",
    "Japan's ministries": "soumu mlit-press mlit-index mlit-important digital-agency cao esri kantei kantei-english fsa fsa-english mof mof-english mod mext mhlw maff env-japan moj mofa-japan jftc ppc-japan",
    "Japan's bank and institutes": "boj boj-statistics boj-english rieti nli riken-press riken-topics jst-scienceportal jaxa jaxa-english aist science-tokyo mizuho-rt mizuho-rt-rss mizuho-bank-industry asahi-research jetro jri dir",
    "Japan's companies": "fujitsu nec hitachi ibm-japan scsk nttdata accenture-japan",
    "Korea": "motir-press motir-notice motir-english korea-kr-motir korea-kr-pressrelease korea-kr-policy kdi-eiec kdi kotra kjc bok kistep yna-industry yna-economy yna-international",
    "others": "nist rand-press rand-commentary rand-reports rand-perspectives uk-dsit uk-go-science bmftr shanghai shanghai-english oecd capgemini accenture counterpoint techrepublic techrepublic-ai sciencedaily-all sciencedaily-top sciencedaily-ai techxplore techxplore-ai techxplore-robotics techxplore-semiconductors bbc-technology startup-genome reuters reuters-mirror-japan reuters-investing google-news-counterpoint",
}  # fmt: skip


@pytest.mark.parametrize("who", CITED)
def test_whoever_is_cited_has_a_stanza(shipped: dict[str, SourceConfig], who: str) -> None:
    assert [name for name in CITED[who].split() if name not in shipped] == []


@pytest.mark.parametrize(
    ("name", "primary"),
    [("meti-press", True), ("boj", True), ("riken-press", True), ("nec", True), ("kiat-business", True),
     ("nikkei-economy", False), ("kdi-eiec", False), ("korea-kr-motir", False), ("techxplore", False), ("yna-industry", False)],
)  # fmt: skip
def test_a_body_s_own_releases_are_primary_and_what_others_write_is_not(
    shipped: dict[str, SourceConfig], name: str, primary: bool
) -> None:
    assert shipped[name].primary is primary


def test_no_newspaper_s_body_is_asked_for_by_a_selector(shipped: dict[str, SourceConfig]) -> None:
    # The pages behind these are paid for: their date, never their text.
    papers = [source for source in shipped.values() if "nikkei" in source.id and source.article]
    assert papers
    assert {source.article.text for source in papers if source.article} == {""}
    assert {source.article.date for source in papers if source.article} == {
        'meta[property="article:published_time"]'
    }


def test_listings_of_a_year_roll_over_by_themselves(shipped: dict[str, SourceConfig]) -> None:
    year = {source.id: source.addresses(NOW) for source in shipped.values() if "{" in source.url}
    assert year == {
        "moj": ("https://www.moj.go.jp/hisho/kouhou/press_r8.html",),
        "mizuho-rt": ("https://www.mizuho-rt.co.jp/publication/2026/index.html",),
    }


def test_a_page_whose_rows_are_gone_is_noticed(shipped: dict[str, SourceConfig]) -> None:
    for source in shipped.values():
        rules = source.listing or source.json_list
        if source.enabled and rules:
            assert rules.min_rows >= 3, source.id


def test_no_server_of_others_is_asked_more_often_than_every_ten_minutes(
    shipped: dict[str, SourceConfig],
) -> None:
    assert min(source.interval.min for source in shipped.values()) >= 10 * MINUTE


@pytest.mark.parametrize(
    ("country", "sign"),
    [("JP", "日 "), ("US", "美 "), ("GB", "英 "), ("DE", "獨 "), ("CN", "中 "), ("FR", "佛 ")],
)
def test_citations_begin_with_the_sign_of_the_country(
    shipped: dict[str, SourceConfig], country: str, sign: str
) -> None:
    for source in shipped.values():
        if source.country == country and source.citation.name != "Reuters":
            assert source.citation.name.startswith(sign), source.id


def test_citations_of_korean_and_international_sources_have_none(shipped: dict[str, SourceConfig]) -> None:
    assert shipped["imf-news"].citation.name == "IMF"
    for source in shipped.values():
        if source.country in {"KR", "INT"}:
            assert source.citation.name[0] not in "日美英獨中佛", source.id


# The shipped selectors, on pages of the shape that was recorded of each site

PAGES: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "nikkei-technology": (
        """<main><div class="container_k1x"><div><div class="default_d8z"><article>
        <a href="/img/1"><img alt="x"></a><h2 class="title_t2"><a href="/article/DGX1/"><span class="titleLink_q9">量産を始める</span></a></h2>
        <p><a class="topicItem_z" href="/topics/1">テーマ</a></p></article></div>
        <div class="default_d8z"><article><h2 class="title_t2"><a class="titleLink_q9" href="/article/DGX2/">次の一歩</a></h2></article></div>
        <div class="default_d8z"><p>広告</p></div></div></div></main>""",
        [("量産を始める", "https://www.nikkei.com/article/DGX1/", ""), ("次の一歩", "https://www.nikkei.com/article/DGX2/", "")],
    ),
    "nikkei-news": (
        """<div id="CONTENTS_MAIN"><h3 class="m-miM32_itemTitle"><span><a href="/article/A/">見出し</a></span></h3></div>
        <div class="container_a"><div class="default_b"><article><h2 class="title_c"><a class="titleLink_d" href="/article/B/">別の見出し</a></h2></article></div></div>""",
        [("見出し", "https://www.nikkei.com/article/A/", ""), ("別の見出し", "https://www.nikkei.com/article/B/", "")],
    ),
    "nikkei-chinese": (
        '<dl><dt><a href="/industry/auto/61000-2026-10-05-14-30-00.html">标题</a></dt><dd>摘要</dd></dl>',
        [("标题", "https://cn.nikkei.com/industry/auto/61000-2026-10-05-14-30-00.html", "2026-10-05")],
    ),
    "meti-press": (
        """<ul class="clearfix float_li"><li><div class="img_box"><img alt="分野"></div>
        <div class="txt_box"><p>2026年10月5日</p><a class="cut_txt" href="/press/2026/10/20261005001.html">発表します</a></div></li></ul>""",
        [("発表します", "https://www.meti.go.jp/press/2026/10/20261005001.html", "2026-10-05")],
    ),
    "moj": (
        '<div id="content"><dl class="dlst02"><!-- dt>平成38年10月5日</dt --><dd><a href="/a/b.html">公表</a></dd></dl></div>',
        [("公表", "https://www.moj.go.jp/a/b.html", "2026-10-05")],
    ),
    "kiat-business": (
        """<table><tbody><tr><td class="td_title"><a href="javascript:contentsView('0a1b2c')">지원사업 공고</a></td>
        <td class="td_reg_date">2026-10-05</td></tr></tbody></table>""",
        [("지원사업 공고", "https://www.kiat.or.kr/front/board/boardContentsView.do?board_id=90&MenuId=b159c9dac684471b87256f1e25404f5e&contents_id=0a1b2c", "2026-10-05")],
    ),
    "motir-press": (
        """<div class="board-tbl board-list"><table><tbody><tr><td>1</td><td class="ta-l"><div class="board-link">
        <a href="javascript:article.view('71');"><i>수출 동향</i></a></div></td><td>과</td><td>2026-10-05</td><td>9</td></tr></tbody></table></div>""",
        [("수출 동향", "https://www.motir.go.kr/kor/article/ATCL3f49a5a8c/71/view", "2026-10-05")],
    ),
    "motir-english": (
        """<div class="board-list"><ul><li><a href="javascript:article.view('24', '2');"><strong class="title">Exports rise</strong>
        <span class="date"><i>date</i>2026-10-05</span></a></li></ul></div>""",
        [("Exports rise", "https://english.motir.go.kr/eng/article/EATCLdfa319ada/24/view", "2026-10-05")],
    ),
    "kdi-eiec": (
        """<div id="listArea"><ul><li><a href="/policy/materialView.do?num=28"><p>산업 대책</p><span>산업통상부</span><span>2026.10.05</span></a></li></ul></div>""",
        [("산업 대책", "https://eiec.kdi.re.kr/policy/materialView.do?num=28", "2026-10-05")],
    ),
    "imf-news": (
        """<nav><a href="/en/news/searchnews">All</a></nav><ul><li><div><span>Press Release</span>
        <a href="/en/News/Articles/2026/10/05/pr-26300">Board concludes</a></div></li></ul>""",
        [("Board concludes", "https://www.imf.org/en/News/Articles/2026/10/05/pr-26300", "2026-10-05")],
    ),
    "imf-blog": (
        '<h3 class="card-subtitle"><a class="belt-link" href="/en/blogs/articles/2026/10/05/how">How it works</a></h3>',
        [("How it works", "https://www.imf.org/en/blogs/articles/2026/10/05/how", "2026-10-05")],
    ),
    "shanghai": (
        '<ul><li><a href="/index.html">首页</a></li><li><a href="/nw17239/20261005/0a1b.html">发布会</a></li></ul>',
        [("发布会", "https://www.shanghai.gov.cn/nw17239/20261005/0a1b.html", "2026-10-05")],
    ),
    "tis": (
        """<div id="all"><ul class="infoList"><li><time datetime="2026-10-05">10月</time><a href="/news/1.html">提供開始</a></li></ul></div>
        <div id="news"><ul class="infoList"><li><time datetime="2026-10-05">10月</time><a href="/news/1.html">提供開始</a></li></ul></div>""",
        [("提供開始", "https://www.tisi.jp/news/1.html", "2026-10-05")],
    ),
    "nssol": (
        """<div class="postListArea"><article><h2><a href="/r/1">協業</a></h2><ul class="postStatus"><li>2026年10月05日</li><li>10:02</li></ul></article></div>""",
        [("協業", "https://digitalpr.jp/r/1", "2026-10-05")],
    ),
    "canon-its": (
        """<div class="mod-list-news"><ul class="list"><li><span class="date">2026年10月5日</span><div class="summary"><a href="/corporate/1">新機能</a></div></li></ul></div>""",
        [("新機能", "https://www.canon-its.co.jp/corporate/1", "2026-10-05")],
    ),
    # Of these the date stands above the rows.
    "maff": (
        """<div id="main_content"><h2>令和8年10月分</h2><p class="list_item_date">10月5日</p>
        <dl class="list_item"><dt>農産</dt><dd><a href="./nousan/1.html">公表</a></dd></dl></div>""",
        [("公表", "https://www.maff.go.jp/j/press/nousan/1.html", "2026-10-05")],
    ),
    "env-japan": (
        """<details class="p-press-release-list__block"><summary><span class="p-press-release-list__heading">2026年10月05日発表</span></summary>
        <ul><li class="c-news-link__item"><span>水</span><a class="c-news-link__link" href="/press/1.html">開催</a></li></ul></details>""",
        [("開催", "https://www.env.go.jp/press/1.html", "2026-10-05")],
    ),
    "mofa-japan": (
        """<div id="pressrelease"><dl><dt class="list-title">10月5日付</dt><dd><ul class="link-list"><li><a href="/mofaj/1.html">会談</a></li></ul></dd></dl></div>
        <table class="archives-wrapper"><tr><td class="cell">令和8年</td></tr></table>""",
        [("会談", "https://www.mofa.go.jp/mofaj/1.html", "2026-10-05")],
    ),
    "nttdata": (
        """<ul><li><p class="c-list-news-date-merge__date">2026年10月5日</p><div class="c-list-news-date-merge__detail"><p>種類</p><a href="/n/1">開始</a></div>
        <div class="c-list-news-date-merge__detail"><a href="/n/2">締結</a></div></li></ul>""",
        [("開始", "https://www.nttdata.com/n/1", "2026-10-05"), ("締結", "https://www.nttdata.com/n/2", "2026-10-05")],
    ),
}  # fmt: skip


def read(source: SourceConfig, body: bytes) -> tuple[FeedEntry, ...]:
    return parse(
        Document(source.url, body, {"content-type": "text/html; charset=utf-8"}), source, NOW
    ).entries


def with_one_row_enough(source: SourceConfig) -> SourceConfig:
    rules: dict[str, Any] = {}
    if source.listing:
        rules["listing"] = source.listing.model_copy(update={"min_rows": 1})
    if source.json_list:
        rules["json_list"] = source.json_list.model_copy(update={"min_rows": 1})
    return source.model_copy(update=rules)


@pytest.mark.parametrize("name", PAGES)
def test_shipped_selectors_find_title_link_and_date(shipped: dict[str, SourceConfig], name: str) -> None:
    page, expected = PAGES[name]
    source = with_one_row_enough(shipped[name])
    found = [
        (
            entry.title,
            entry.link,
            f"{entry.published_at.astimezone(source.zone):%Y-%m-%d}" if entry.published_at else "",
        )
        for entry in read(source, page.encode())
    ]
    assert found == expected


def test_every_enabled_listing_has_a_page_here(shipped: dict[str, SourceConfig]) -> None:
    same_rules = [shipped[name].listing for name in PAGES]
    listings = [source for source in shipped.values() if source.enabled and source.listing]
    missing = [
        source.id
        for source in listings
        if source.listing not in same_rules and not source.id.startswith("motir-")
    ]
    assert missing == []


def test_kotras_answer_is_read_by_its_paths(shipped: dict[str, SourceConfig]) -> None:
    answer = {"data": {"list": [{"NTT_SN": 7, "BBS_SN": 242, "NTT_SJ": "시장 동향", "OTHBC_DT": "2026-10-05", "SMMAR_CN": "&lt;p&gt;요약"}]}}  # fmt: skip
    (entry,) = read(with_one_row_enough(shipped["kotra"]), json.dumps(answer).encode())
    assert entry.title == "시장 동향"
    assert entry.link.endswith("MENU_ID=70&pNttSn=7&bbsSn=242")
    assert entry.published_at == datetime(2026, 10, 4, 15, tzinfo=UTC)


CAPTURED = {
    "meti-press": "meti_press_index__kasumigaseki-lens.html",
    "maff": "maff_listing__kasumigaseki-lens.html",
    "env-japan": "env_listing__kasumigaseki-lens.html",
    "moj": "moj_year_listing__kasumigaseki-lens.html",
    "mofa-japan": "mofa_listing__kasumigaseki-lens.html",
    "nttdata": "nttdata_listing__koho-lens.html",
    "nssol": "nssol_listing__koho-lens.html",
    "tis": "tis_listing__koho-lens.html",
    "canon-its": "canon_its_listing__koho-lens.html",
    "hitachi": "hitachi__koho-lens.json",
    "accenture-japan": "accenture_jp_sitemap__koho-lens.xml",
}


@pytest.mark.skipif(not CAPTURES.exists(), reason="the captured pages are not beside this checkout")
@pytest.mark.parametrize("name", CAPTURED)
def test_shipped_rules_read_the_page_as_it_was_captured(shipped: dict[str, SourceConfig], name: str) -> None:
    source = shipped[name]
    entries = read(source, (CAPTURES / CAPTURED[name]).read_bytes())
    rules = source.listing or source.json_list or JsonListRules(min_rows=100)
    assert len(entries) >= rules.min_rows
    assert all(entry.title and entry.link for entry in entries)
    assert len({entry.link for entry in entries}) == len(entries)
