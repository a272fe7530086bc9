"""Documents in, feeds out: each trap that real feeds set, in documents of our own."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import parsers
from monitor.documents import DateConfidence, Document, Feed
from monitor.errors import ParseError, ParseFault
from monitor.sources import SourceConfig

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL = "https://www.example.jp/rss/news.xml"


def parse(body: bytes | str, content_type: str = "", **stanza: object) -> Feed:
    source = SourceConfig.model_validate({"id": "x", "url": URL, "timezone": "Asia/Seoul", **stanza})
    raw = body.encode() if isinstance(body, str) else body
    return parsers.parse(Document(URL, raw, {"content-type": content_type}), source, NOW)


def rss(*items: str, head: str = "") -> str:
    return f'{head}<rss version="2.0"><channel><title>T</title>{"".join(f"<item>{item}</item>" for item in items)}</channel></rss>'


class TestEncodings:
    @pytest.mark.parametrize(
        ("label", "codec", "title"),
        [
            ("euc-kr", "cp949", "펲톡 서비스, 똠방각하"),
            ("ks_c_5601-1987", "cp949", "반도체 수출"),
            ("shift_jis", "cp932", "①半導体の輸出、髙橋氏"),
            ("x-sjis", "cp932", "経済産業省"),
            ("gb2312", "gb18030", "朱镕基谈半导体"),
            ("big5", "big5hkscs", "半導體產業"),
            ("euc-jp", "euc_jp", "日銀の金融政策"),
            ("iso-8859-1", "cp1252", "Über “KI” – Strategie"),
            ("utf-8", "utf-8", "생성AI 規制"),
        ],
    )
    def test_a_label_means_what_browsers_take_it_for(self, label: str, codec: str, title: str) -> None:
        document = rss(f"<title>{title}</title>", head=f'<?xml version="1.0" encoding="{label}"?>')
        feed = parse(document.encode(codec))
        assert (feed.entries[0].title, feed.encoding, feed.notes) == (title, codec, ())

    def test_valid_utf8_wins_over_a_label_that_lies(self) -> None:
        feed = parse(rss("<title>경제 동향</title>", head='<?xml version="1.0" encoding="euc-kr"?>'))
        assert feed.entries[0].title == "경제 동향"
        assert feed.notes == ("decoded as utf-8 though it says euc-kr",)

    @pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
    def test_wide_documents_with_and_without_a_mark(self, codec: str) -> None:
        assert (
            parse(rss("<title>금리</title>", head='<?xml version="1.0"?>').encode(codec)).entries[0].title
            == "금리"
        )

    def test_the_header_counts_where_the_document_says_nothing(self) -> None:
        assert (
            parse(rss("<title>금리 인상</title>").encode("cp949"), "text/xml; charset=euc-kr")
            .entries[0]
            .title
            == "금리 인상"
        )

    def test_a_document_that_says_nothing_is_guessed_and_noted(self) -> None:
        feed = parse(rss("<title>한국은행 기준금리 인상 결정</title>").encode("cp949"))
        assert feed.entries[0].title == "한국은행 기준금리 인상 결정"
        assert feed.notes == ("decoded as cp949",)

    def test_a_stanzas_encoding_overrides_the_document(self) -> None:
        body = rss("<title>금리</title>", head='<?xml version="1.0" encoding="iso-8859-1"?>').encode("cp949")
        assert parse(body, encoding="cp949").entries[0].title == "금리"


class TestFeeds:
    def test_rss_1(self) -> None:
        feed = parse(
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            '<channel><title>T</title></channel><item rdf:about="https://a.jp/1 "><title><![CDATA[見出し]]></title><link>https://a.jp/1 </link>'
            "<dc:date>2026-08-17T05:00:00+09:00</dc:date></item></rdf:RDF>"
        )
        (entry,) = feed.entries
        assert (entry.title, entry.link, entry.published_at) == (
            "見出し",
            "https://a.jp/1",
            datetime(2026, 8, 16, 20, tzinfo=UTC),
        )

    def test_atom_links_of_other_kinds_are_not_the_page(self) -> None:
        (entry,) = parse(
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:1</id><title type="html">A &amp;amp; B</title>'
            '<link rel="enclosure" href="https://a.jp/a.pdf"/><link rel="alternate" href="/news/1"/>'
            "<updated>2026-08-17T05:00:00Z</updated></entry></feed>"
        ).entries
        assert (entry.title, entry.link, entry.guid) == ("A & B", "https://www.example.jp/news/1", "urn:1")

    @pytest.mark.parametrize(
        ("item", "link"),
        [
            ("<title>a</title><link>/j/press/1.html</link>", "https://www.example.jp/j/press/1.html"),
            ("<title>a</title><link>javascript:alert(1)</link>", ""),
            ("<title>a</title><link>data:text/html,x</link>", ""),
            ("<title>a</title><link/>", ""),
            ("<title>a</title><guid isPermaLink='true'>https://a.jp/1</guid>", "https://a.jp/1"),
            ("<title>a</title><link>\n https://a.jp/1\n </link>", "https://a.jp/1"),
            ("<title>a</title><link xml:base='https://b.jp/x/'>1.html</link>", "https://b.jp/x/1.html"),
        ],
    )  # fmt: skip
    def test_links_are_absolute_web_addresses_or_nothing(self, item: str, link: str) -> None:
        (entry,) = parse(rss(item)).entries
        assert (entry.title, entry.link) == ("a", link)

    @pytest.mark.parametrize(
        ("title", "expected"),
        [
            ("&amp;quot;반도체&amp;quot; 수출", '"반도체" 수출'),
            ("R&amp;amp;D 예산", "R&D 예산"),
            ("<![CDATA[<b>굵게</b> 쓴 제목]]>", "굵게 쓴 제목"),
            ("A &amp;lt; B", "A < B"),
            ("제목&#8203;\u202e뒤집기", "제목뒤집기"),
            ("\n  두 줄\n  제목 ", "두 줄 제목"),
        ],
    )
    def test_a_title_is_one_line_of_plain_text(self, title: str, expected: str) -> None:
        assert parse(rss(f"<title>{title}</title>")).entries[0].title == expected

    @pytest.mark.parametrize(
        "document",
        [
            "\n\n  " + rss("<title>하나</title>", head='<?xml version="1.0"?>'),
            "Warning: mysql_connect() failed\n" + rss("<title>하나</title>"),
            rss("<title>하나</title><description>a&nbsp;b</description>"),
            rss("<title>하나</title><foo:bar>x</foo:bar>"),
            rss("<title>하나</title>")[:-20],
            rss("<title>하나</title><description>a & b < c</description>"),
            "\ufeff" + rss("<title>하나</title>"),
        ],
        ids=[
            "blank-lines",
            "php-warning",
            "undeclared-entity",
            "undeclared-prefix",
            "truncated",
            "bare-ampersand",
            "mark",
        ],
    )
    def test_a_broken_document_still_gives_its_entries(self, document: str) -> None:
        assert [entry.title for entry in parse(document).entries] == ["하나"]

    def test_a_feed_without_entries_is_no_error(self) -> None:
        assert parse(rss()).entries == ()

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ("<!DOCTYPE html><html><body>점검 중</body></html>", ParseFault.HTML_INSTEAD),
            ("<html><head></head></html>", ParseFault.HTML_INSTEAD),
            ("plain words", ParseFault.NOT_A_FEED),
            ('{"a": 1}', ParseFault.NOT_A_FEED),
            ("", ParseFault.NOT_A_FEED),
        ],
    )
    def test_what_is_no_feed_is_named(self, body: str, fault: ParseFault) -> None:
        with pytest.raises(ParseError) as error:
            parse(body)
        assert error.value.fault == fault

    def test_external_entities_are_neither_read_nor_fetched(self) -> None:
        document = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss("<title>하나 &x;</title>")
        assert "root:" not in str(parse(document))

    def test_an_entity_bomb_costs_nothing(self) -> None:
        levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
        document = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{levels}]>' + rss(
            "<title>하나</title><description>&e8;</description>"
        )
        assert len(str(parse(document))) < 10_000

    def test_a_megabyte_of_author_takes_no_time(self) -> None:
        (entry,) = parse(rss(f"<title>하나</title><author>{'a' * 1_000_000}</author>")).entries
        assert len(entry.author) <= 300

    def test_more_than_two_thousand_entries_are_cut_and_noted(self) -> None:
        feed = parse(rss(*(f"<title>{number}</title>" for number in range(2001))))
        assert (len(feed.entries), feed.notes) == (2000, ("cut at 2000 of 2001 entries",))

    def test_an_undated_entry_has_no_date(self) -> None:
        (entry,) = parse(rss("<title>하나</title>")).entries
        assert (entry.published_at, entry.date_confidence) == (None, DateConfidence.NONE)

    def test_dates_that_are_all_the_time_of_the_fetch_are_not_used(self) -> None:
        feed = parse(rss(*("<title>a</title><pubDate>Fri, 20 Nov 2026 11:59:07 GMT</pubDate>",) * 3))
        assert {entry.published_at for entry in feed.entries} == {None}
        assert feed.notes == ("all entries carry the time of the fetch: dates not used",)

    def test_the_first_date_that_can_be_read_counts(self) -> None:
        item = '<title>a</title><pubDate>soon</pubDate><dc:date xmlns:dc="http://purl.org/dc/elements/1.1/">2026-08-04</dc:date>'
        (entry,) = parse(rss(item)).entries
        assert entry.published_at == datetime(2026, 8, 3, 15, tzinfo=UTC)


class TestJsonFeed:
    def test_an_item(self) -> None:
        document = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [
            {"id": 7, "url": "/1", "title": "제목", "content_html": "<p>글</p>", "date_published": "2026-08-17T05:00:00Z", "authors": [{"name": "김"}]},
            "no item", {"id": "8", "content_text": "제목 없는 글"}]}  # fmt: skip
        first, second = parse(json.dumps(document), format="json_feed").entries
        assert (first.guid, first.link, first.title, first.summary, first.author) == (
            "7",
            "https://www.example.jp/1",
            "제목",
            "<p>글</p>",
            "김",
        )
        assert second.title == "제목 없는 글"

    @pytest.mark.parametrize("body", ["{", "[]", '{"items": 1}', "[" * 100_000])
    def test_what_is_none_is_named(self, body: str) -> None:
        with pytest.raises(ParseError):
            parse(body, format="json_feed")


class TestListing:
    PAGE = """<html><head><title>보도자료</title></head><body><h2>令和8年8月分</h2><table>
      <tr><td>1</td><td><a href="javascript:view('71301')"><i>첫 제목</i></a></td><td>2026-09-01</td></tr>
      <tr><td>2</td><td><a href="#" onclick="view('71302')">둘째 제목</a></td><td>등록일 2026.9.2.</td></tr></table>
      <ul><li><!-- dt>平成38年8月7日</dt --><a href="./a.html">셋째</a></li><li><span>8月19日付</span><a href="b.html"><img alt="그림 제목" src="x"></a></li></ul></body></html>"""

    def listing(self, **rules: object) -> Feed:
        return parse(self.PAGE, format="listing", listing=rules)

    def test_ids_inside_javascript_calls_fill_a_template(self) -> None:
        feed = self.listing(
            row="tr",
            title="a",
            link="a",
            date="td:last-child",
            link_pattern=r"view\('(\d+)'\)",
            link_template="/v/{1}",
        )
        assert [(entry.title, entry.link) for entry in feed.entries] == [
            ("첫 제목", "https://www.example.jp/v/71301"), ("둘째 제목", "https://www.example.jp/v/71302")]  # fmt: skip
        assert [entry.published_at for entry in feed.entries] == [
            datetime(2026, 8, 31, 15, tzinfo=UTC),
            datetime(2026, 9, 1, 15, tzinfo=UTC),
        ]

    def test_a_date_inside_a_comment(self) -> None:
        assert self.listing(row="li", date="comment").entries[0].published_at == datetime(
            2026, 8, 6, 15, tzinfo=UTC
        )

    def test_a_year_inherited_from_the_heading_and_a_title_from_the_picture(self) -> None:
        entry = self.listing(row="li", date="span", year_from="h2").entries[1]
        assert (entry.title, entry.link, entry.published_at) == (
            "그림 제목",
            "https://www.example.jp/rss/b.html",
            datetime(2026, 8, 18, 15, tzinfo=UTC),
        )

    def test_fewer_rows_than_min_rows_is_a_changed_page(self) -> None:
        with pytest.raises(ParseError) as error:
            self.listing(row="div.gone", min_rows=3)
        assert (error.value.fault, error.value.reason) == (
            ParseFault.TOO_FEW_ROWS,
            '"div.gone" finds 0 rows, fewer than 3',
        )


class TestLists:
    def test_a_json_list_by_paths_and_a_link_template(self) -> None:
        document = {
            "data": {"list": [{"NO": 3, "TITLE": "수출 동향", "DT": "2026-08-04", "BODY": "&lt;p&gt;글"}]}
        }
        (entry,) = parse(
            json.dumps(document), format="json_list",
            json_list={"items": "data.list", "title": "TITLE", "link": "/view?no={NO}", "date": "DT", "guid": "NO", "summary": "BODY"},
        ).entries  # fmt: skip
        assert (entry.title, entry.link, entry.guid) == ("수출 동향", "https://www.example.jp/view?no=3", "3")

    def test_a_json_list_without_paths_is_guessed(self) -> None:
        document = {
            "tags": [{"tag": n} for n in range(9)],
            "pages": [{"newsTitle": "새 소식", "newsPath": "/n/1", "publishDate": "2026-08-04"}],
        }
        (entry,) = parse(json.dumps(document), format="json_list").entries
        assert (entry.title, entry.link, entry.date_confidence) == (
            "새 소식",
            "https://www.example.jp/n/1",
            DateConfidence.DAY,
        )

    def test_a_sitemaps_title_is_its_slug(self) -> None:
        (entry,) = parse(
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.jp/news/new-ai-lab.html</loc><lastmod>2026-08-04</lastmod></url></urlset>',
            format="sitemap",
        ).entries
        assert (entry.title, entry.link, entry.date_confidence) == (
            "new ai lab",
            "https://a.jp/news/new-ai-lab.html",
            DateConfidence.DAY,
        )

    def test_an_index_of_sitemaps_says_what_to_do(self) -> None:
        with pytest.raises(ParseError, match="use the address of one of them"):
            parse('<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', format="sitemap")


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ('{"version":"https://jsonfeed.org/version/1","items":[]}', "json_feed"),
        ("[{}]", "json_list"),
        ("<urlset/>", "sitemap"),
        ("<rss/>", "feed"),
        ("\ufeff<rss/>", "feed"),
    ],
)
def test_a_format_is_told_by_its_first_bytes(body: str, form: str) -> None:
    assert parsers.sniff(Document(URL, body.encode())) == form


@given(st.binary(max_size=400), st.sampled_from(["feed", "json_feed", "json_list", "sitemap", "listing"]))
def test_no_bytes_raise_anything_but_a_parse_error(body: bytes, form: str) -> None:
    try:
        parse(body, format=form, **({"listing": {"row": "a"}} if form == "listing" else {}))
    except ParseError:
        pass
