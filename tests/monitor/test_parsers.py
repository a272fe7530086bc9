"""Documents in, feeds out: each trap that real feeds set, in documents of our own."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import parsers
from monitor.documents import FORMATS, DateConfidence, Document, Feed
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


def test_every_format_has_its_parser() -> None:
    assert tuple(parsers.PARSERS) == FORMATS


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
            # A letter that nobody sees is shown.
            ("<title>a</title><link>https://a.jp/1\u3164\u00ad</link>", "https://a.jp/1%E3%85%A4%C2%AD"),
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

    @pytest.mark.parametrize(
        ("now", "page", "year_from", "expected"),
        [
            ("2027-01-05", "<li><span>12月28日付</span> <a href='1'>a</a></li>", "", "2026-12-28"),
            ("2027-01-05", "<li><span>1月4日付</span> <a href='1'>a</a></li>", "", "2027-01-04"),
            ("2027-01-05", "<h2>令和9年</h2><li><span>12月28日付</span> <a href='1'>a</a></li>", "p", "2026-12-28"),
            ("2027-01-05", "<li><span>12月28日付</span> <a href='1'>a</a></li><h2>令和9年</h2>", "h2", "2026-12-28"),
            ("2027-01-05", "<h2>令和8年</h2><li><span>12月28日付</span> <a href='1'>a</a></li>", "h2", "2026-12-28"),
            ("2027-01-05", "<h2>令和9年</h2><li><span>1月4日付</span> <a href='1'>a</a></li>", "h2", "2027-01-04"),
            # What a heading says is not made better than it is.
            ("2027-01-05", "<h2>令和9年</h2><li><span>12月28日付</span> <a href='1'>a</a></li>", "h2", ""),
            ("2026-11-20", "<h2>2024年</h2><li><span>3/4</span> <a href='1'>a</a></li>", "h2", "2024-03-04"),
            ("2026-11-20", "<h2>2024年</h2><li><span>2026-03-04</span> <a href='1'>a</a></li>", "h2", "2026-03-04"),
            # In Tokyo it is next year already.
            ("2026-12-31T20", "<li><span>1月1日</span> <a href='1'>a</a></li>", "", "2027-01-01"),
        ],
    )  # fmt: skip
    def test_a_day_without_its_year_is_the_last_that_was(
        self, now: str, page: str, year_from: str, expected: str
    ) -> None:
        source = SourceConfig.model_validate(
            {"id": "x", "url": URL, "timezone": "Asia/Tokyo", "format": "listing",
             "listing": {"row": "li", "date": "span", "year_from": year_from}}
        )  # fmt: skip
        read_at = datetime.fromisoformat(now).replace(tzinfo=UTC)
        (entry,) = parsers.parse(Document(URL, page.encode()), source, read_at).entries
        shown = entry.published_at.astimezone(source.zone) if entry.published_at else None
        assert (f"{shown:%Y-%m-%d}" if shown else "") == expected

    @pytest.mark.parametrize(
        "fragment",
        [
            "<tr><td class='t'><a href='/1'>하나</a></td></tr>",
            "\n<!-- 1 -->\n<tr><td class='t'><a href='/1'>하나</a></td></tr>",
            "<input type='hidden' name='total' value='1'><tr><td class='t'><a href='/1'>하나</a></td></tr>",
            "<tbody><tr><td class='t'><a href='/1'>하나</a></td></tr></tbody>",
            "<caption>목록</caption><thead><tr><th>제목</th></tr></thead><tbody><tr><td class='t'><a href='/1'>하나</a></td></tr></tbody>",
            "<table><tr><td class='t'><a href='/1'>하나</a></td></tr></table>",
        ],
    )  # fmt: skip
    def test_rows_without_their_table_are_rows(self, fragment: str) -> None:
        (entry,) = parse(fragment, format="listing", listing={"row": "tr:has(td.t)"}).entries
        assert (entry.title, entry.link) == ("하나", "https://www.example.jp/1")

    def test_a_tbody_that_only_browsers_see_may_stand_in_a_selector(self) -> None:
        page = "<table><tr><td><a href='/1'>하나</a></td></tr><tr><td><a href='/2'>둘</a></td></tr></table>"
        feed = parse(page, format="listing", listing={"row": "table > tbody > tr"})
        assert [entry.title for entry in feed.entries] == ["하나", "둘"]

    def test_a_row_may_have_a_lead(self) -> None:
        page = "<li><a href='/1'>하나</a><p class='cont'>짧은 <b>글</b></p></li><li><a href='/2'>둘</a></li>"
        feed = parse(page, format="listing", listing={"row": "li", "summary": "p.cont"})
        assert [entry.summary for entry in feed.entries] == ["짧은 글", ""]

    def test_an_address_may_hold_the_whole_time(self) -> None:
        rules = {"row": "li", "date": "a", "date_attribute": "href", "date_pattern": r"\d{4}(?:-\d\d){5}"}
        page = "<li><a href='/a/b/1-2026-10-05-14-30-00.html'>标题</a></li>"
        (entry,) = parse(page, format="listing", listing=rules).entries
        assert (entry.published_at, entry.date_confidence) == (
            datetime(2026, 10, 5, 5, 30, tzinfo=UTC),
            DateConfidence.LOCAL,
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

    @pytest.mark.parametrize(
        ("path", "document"),
        [
            ("groups.1.rows", {"groups": [{}, {"rows": ["ITEM"]}]}),
            ("groups[1].rows", {"groups": [{}, {"rows": ["ITEM"]}]}),
            ("", ["ITEM"]),
            ("byId", {"byId": {"0": "ITEM"}}),
            ("rows", {"rows": [None, "text", 3, "ITEM"]}),
        ],
        ids=["index", "brackets", "the answer itself", "numbered by key", "among others"],
    )
    def test_items_stand_where_the_path_leads(self, path: str, document: object) -> None:
        text = json.dumps(document).replace('"ITEM"', '{"t": "하나"}')
        (entry,) = parse(text, format="json_list", json_list={"items": path, "title": "t"}).entries
        assert entry.title == "하나"

    @pytest.mark.parametrize(
        ("key", "path", "value", "expected"),
        [
            ("title", "names.0.text", {"names": [{"text": "<b>하나</b> &amp;amp; 둘"}]}, "하나 & 둘"),
            ("title", "[{kind}] {t}", {"kind": "공고", "t": "하나"}, "[공고] 하나"),
            ("title", "t", {"t": "&lt;b&gt;하나&lt;/b&gt;"}, "하나"),
            ("link", "/v/{a.b}/{n}", {"a": {"b": "x"}, "n": 7}, "https://www.example.jp/v/x/7"),
            ("link", "href", {"href": "./n/1"}, "https://www.example.jp/rss/n/1"),
            ("link", "href", {"href": "javascript:go(1)"}, ""),
            ("guid", "{a}-{b}", {"a": 1, "b": 2}, "1-2"),
            ("guid", "n", {"n": 12.0}, "12"),
            ("summary", "s", {"s": "&lt;p&gt;글&lt;/p&gt;"}, "<p>글</p>"),
            ("summary", "s", {"s": "<p>글 &lt;p&gt;</p>"}, "<p>글 &lt;p&gt;</p>"),
            ("summary", "tags", {"tags": ["가", "나", None, {"x": 1}]}, "가, 나"),
            ("published_at", "d", {"d": 1770000000}, "2026-02-02 02:40:00+00:00"),
            ("published_at", "d", {"d": 1770000000000}, "2026-02-02 02:40:00+00:00"),
            ("published_at", "d", {"d": 1.77e12}, "2026-02-02 02:40:00+00:00"),
            ("published_at", "{y}-{m}-{d}", {"y": 2026, "m": 8, "d": 4}, "2026-08-03 15:00:00+00:00"),
            ("published_at", "d", {"d": True}, "None"),
            ("published_at", "d", {"d": None}, "None"),
        ],
    )
    def test_a_value_is_what_the_path_finds_as_text(
        self, key: str, path: str, value: dict[str, object], expected: str
    ) -> None:
        rule = {"title": "none", "date" if key == "published_at" else key: path}
        (entry,) = parse(json.dumps([value]), format="json_list", json_list=rule).entries
        assert str(getattr(entry, key)) == expected

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

    SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
      <url><loc>https://a.jp/news/2025/old</loc><lastmod>2025-08-04</lastmod></url>
      <url><loc>https://a.jp/news/2026/undated</loc></url>
      <url><loc>https://a.jp/about</loc><lastmod>2026-11-19</lastmod></url>
      <url><loc>https://a.jp/news/2026/new</loc><lastmod>2026-11-18T10:00:00+09:00</lastmod></url></urlset>"""

    def test_of_a_sitemap_the_wanted_addresses_count_newest_first(self) -> None:
        feed = parse(self.SITEMAP, format="sitemap", sitemap={"include": r"/news/20\d\d/"})
        assert [(entry.position, entry.link.rpartition("/")[2]) for entry in feed.entries] == [(0, "new"), (1, "old"), (2, "undated")]  # fmt: skip

    def test_what_is_cut_of_a_long_sitemap_is_old(self) -> None:
        urls = "".join(f"<url><loc>https://a.jp/{n}</loc><lastmod>{2000 + n // 100}-01-01</lastmod></url>" for n in range(2500))  # fmt: skip
        feed = parse(f"<urlset>{urls}</urlset>", format="sitemap")
        assert (len(feed.entries), feed.entries[0].link, feed.entries[-1].link) == (
            2000,
            "https://a.jp/2400",
            "https://a.jp/599",
        )

    def test_a_sitemap_of_other_addresses_is_a_changed_site(self) -> None:
        with pytest.raises(ParseError) as error:
            parse(self.SITEMAP, format="sitemap", sitemap={"include": "/presse/"})
        assert (error.value.fault, error.value.reason) == (
            ParseFault.TOO_FEW_ROWS,
            '"/presse/" finds none of 4 addresses',
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
        parse(body, format=form, listing={"row": "a"} if form == "listing" else None)
    except ParseError:
        pass


@pytest.mark.parametrize("end", ["", "</a>" * 60_000], ids=["open", "closed"])
def test_what_is_nested_deeper_than_any_feed_is_refused_before_it_is_parsed(end: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse(rss("<title>a</title>" + "<a>" * 60_000 + end))
    assert (refused.value.fault, refused.value.reason) == (ParseFault.NOT_A_FEED, "nested too deeply")


def test_a_long_feed_full_of_open_html_is_not_deep() -> None:
    text = "<![CDATA[" + "<p>한 줄<br>" * 40 + "]]>"
    feed = parse(rss(*(f"<title>{n}</title><description>{text}</description>" for n in range(700))))
    assert len(feed.entries) == 700
