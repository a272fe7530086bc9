"""An issue's draft as a file: in the house's words, and every candidate read back from each format."""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from docx.oxml.ns import qn
from hwpx.layout.lint import lint_layout
from hwpx.layout.pages import estimate_pages
from hwpx.tools.package_validator import validate_editor_open_safety, validate_package
from hwpx.tools.validator import validate_document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree, html

from classifiers.pastissues.files import read_file
from classifiers.pastissues.issue import PastArticleText, PastIssueText
from classifiers.pastissues.layout import read_issue
from classifiers.taxonomy import load_taxonomy
from monitor.texts.text import clean_line
from review.exports import FORMATS, export
from review.exports.looks import LOOKS
from review.exports.paging import pages_of
from review.exports.printed import Article, Notice, Printed, number_words, printed, unfinished
from review.issues.citing import Cited
from review.issues.draft import DraftArticle, DraftSection, IssueDraft
from tests.review.demo_issues import JAPAN, WATCH, bare

BULLETINS = load_taxonomy(Path(__file__).resolve().parents[2] / "topics.yaml").bulletins
REAL = Path(__file__).resolve().parents[2].parent / "shared/data/past-issues/kiat-watch-2023-23.txt"
SOFFICE = shutil.which("soffice")
DRAFTS = {"heading": WATCH, "reference": JAPAN, "heading, bare": bare(WATCH), "reference, bare": bare(JAPAN)}
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def text_of(form: str, body: bytes) -> str:
    """The file's text, a paragraph a line, as a reader of past issues takes it."""
    if form != "html":
        return read_file(f"issue{FORMATS[form].suffix}", body)
    root = html.fromstring(body.decode())
    for element in [*root.iter("style"), *root.iter("title")]:
        element.drop_tree()
    for element in root.iter("p", "th", "td", "li", "h1", "h2", "h3", "h4", "br"):
        element.tail = f"\n{element.tail or ''}"
    return str(root.text_content())


def learned(form: str, draft: IssueDraft) -> PastIssueText:
    return read_issue(text_of(form, export(draft, form)), "issue", BULLETINS)


def spoken(text: str) -> str:
    """The text's letters and digits."""
    return re.sub(r"\W", "", text)


def articles_of(draft: IssueDraft) -> Iterator[tuple[str, DraftArticle]]:
    for section in draft.sections:
        for article in section.articles:
            yield section.name, article


def headings_of(issue: Printed) -> list[str]:
    return ["".join(span.text for span in item.heading) for one in issue.sections for item in one.items]


def one(draft: IssueDraft, **changes: object) -> IssueDraft:
    """The issue with only its first article, changed."""
    section = draft.sections[0]
    article = replace(section.articles[0], **changes)  # type: ignore[arg-type]
    return replace(draft, sections=(replace(section, articles=(article,)),))


def only(draft: IssueDraft) -> Article:
    (section,) = printed(draft).sections
    (article,) = section.articles
    return article


def words_of(spans: object) -> str:
    return "".join(span.text for span in spans)  # type: ignore[attr-defined]


class TestInTheHousesWords:
    @pytest.mark.parametrize(
        ("cited", "heading", "foot"),
        [
            (
                Cited("", "原題", "METI", "日 경제산업성", date(2025, 1, 13)),
                "제목 (日 경제산업성, 1.13)",
                "(참고 : METI, 原題, 2025.01.13.)",
            ),
            (
                Cited("", "原題", "旭", "日 아사히, 11月", date(2023, 11, 1)),
                "제목 (日 아사히, 11月)",
                "(참고 : 旭, 原題, 2023.11.)",
            ),
            (
                Cited("", "Title", "Accenture", "", date(2023, 11, 6)),
                "제목 (Accenture, 11.6)",
                "(참고 : Accenture, Title, 2023.11.06.)",
            ),
            (
                Cited("", "Title", "", "美 NIST", None),
                "제목 (美 NIST, 날짜 없음)",
                "(참고 : 美 NIST, Title, (날짜 없음))",
            ),
            (Cited(), "제목 (출처 없음, 날짜 없음)", "(참고 : 출처 없음, (원제 없음), (날짜 없음))"),
        ],
        ids=["whole", "a month only", "no sign", "no day", "nothing"],
    )
    def test_a_heading_names_its_source_and_a_foot_its_document(
        self, cited: Cited, heading: str, foot: str
    ) -> None:
        article = only(one(WATCH, headline="제목", cited=cited))
        assert words_of(article.heading) == heading
        assert words_of(article.foot) == foot

    @pytest.mark.parametrize(
        ("cited", "reference"),
        [
            (Cited("A", "題", "紙", "", date(2025, 1, 3)), "A, 題, 紙, 2025.1.3."),
            (Cited("", "題", "省", "", date(2025, 1, 3)), "省, 題, 2025.1.3."),
            (Cited("省", "題", "省", "", date(2025, 1, 3)), "省, 題, 2025.1.3."),
            (Cited("A", "題", "", "", None), "A, 題, (날짜 없음)"),
            (Cited(), "출처 없음, (원제 없음), (날짜 없음)"),
        ],
        ids=["whole", "a body is its own author", "named twice", "no day", "nothing"],
    )
    def test_a_reference_is_author_title_medium_and_day(self, cited: Cited, reference: str) -> None:
        (printed_reference,) = only(one(JAPAN, cited=cited)).references
        assert words_of(printed_reference) == reference

    @pytest.mark.parametrize(
        ("number", "in_headings", "words"),
        [
            ("2031-05", True, "2031년 5호"),
            ("2031-05", False, "2031.5."),
            ("2031-23", False, "2031년 23호"),
            ("117", False, "117호"),
        ],
    )
    def test_a_number_is_printed_as_the_bulletin_counts(
        self, number: str, in_headings: bool, words: str
    ) -> None:
        assert number_words(number, in_headings=in_headings) == words

    def test_signs_tell_how_deep_a_line_stands_and_a_minus_is_no_sign(self) -> None:
        summary = "글\n□ 하나\no 둘\n- 셋\n·넷\n※ 다섯\n-5% 하락\n오래된 글"
        points = only(one(WATCH, summary=summary)).points
        assert [(point.level, point.sign) for point in points] == [
            (0, ""), (1, "∙"), (2, "-"), (3, "·"), (3, "·"), (4, "※"), (0, ""), (0, ""),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("draft", "typed", "signs"),
        [
            pytest.param(WATCH, "□o-", "∙-·", id="heading"),
            pytest.param(WATCH, "o-o", "∙-∙", id="the outermost that is there is the first level"),
            pytest.param(WATCH, "-○", "-∙", id="whichever comes first"),
            pytest.param(WATCH, "ㅇo○", "∙∙∙", id="one sign for one level"),
            pytest.param(JAPAN, "□o-", "o·-", id="reference"),
            pytest.param(JAPAN, "o·", "o·", id="as the past issues have them"),
        ],
    )
    def test_a_level_has_one_sign_the_bulletins_own(self, draft: IssueDraft, typed: str, signs: str) -> None:
        summary = "\n".join(f"{sign} 글" for sign in typed)
        assert "".join(point.sign for point in only(one(draft, summary=summary)).points) == signs

    def test_the_summary_table_has_one_sign_for_all_its_points(self) -> None:
        gist = only(one(WATCH, summary="□ 하나\no 둘\n□ 셋")).gist
        assert [words_of(point.spans) for point in gist] == ["- 하나", "- 둘", "- 셋"]

    def test_the_summary_table_has_what_stands_above_the_first_empty_line_without_its_notes(self) -> None:
        gist = only(one(WATCH, summary="첫 줄\n□ 둘째 줄\n※ 주석\n \n다음 문단")).gist
        assert [words_of(point.spans) for point in gist] == ["- 첫 줄", "- 둘째 줄"]

    def test_a_long_article_s_paragraph_above_points_is_a_subhead(self) -> None:
        summary = "배경\n□ 하나\n맺는 말"
        assert [point.is_subhead for point in only(one(JAPAN, summary=summary)).points] == [
            True,
            False,
            False,
        ]
        assert not any(point.is_subhead for point in only(one(WATCH, summary=summary)).points)

    def test_a_headline_that_is_not_written_shows_the_original_title_cut_short(self) -> None:
        heading = only(one(WATCH, headline="", cited=Cited(title="長" * 80))).heading
        assert heading[0].missing
        assert heading[0].text == f"(제목 없음: 원제 {'長' * 59}…)"
        assert only(one(WATCH, headline="", cited=Cited())).heading[0].text == "(제목 없음)"

    @pytest.mark.parametrize(("draft", "place"), [(WATCH, 0), (JAPAN, -1)], ids=["heading", "reference"])
    def test_an_article_without_a_section_is_not_lost(self, draft: IssueDraft, place: int) -> None:
        strays = DraftSection("", draft.sections[0].articles)
        sections = list(
            printed(replace(draft, sections=(draft.sections[1], strays, *draft.sections[2:]))).sections
        )
        assert sections.pop(place).name == "※ 난을 정하지 않은 글"
        assert [section.name for section in sections] == [section.name for section in draft.sections[1:]]

    def test_what_wants_a_word_is_counted(self) -> None:
        assert unfinished(printed(WATCH)) == 0
        assert unfinished(printed(bare(WATCH))) == len(list(articles_of(WATCH)))
        assert unfinished(printed(one(JAPAN, summary=" "))) == 1
        # 기업전략 has no article.
        assert unfinished(printed(JAPAN)) == 1

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example/", "//a.example", ""]
    )
    def test_only_web_addresses_are_links(self, url: str) -> None:
        draft = one(WATCH, cited=Cited(title="題", url=url))
        assert all(not span.url for span in only(draft).foot)
        assert b'href="javascript' not in export(draft, "html")


@pytest.mark.parametrize("form", FORMATS)
class TestReadBack:
    @pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
    def test_every_candidate_is_read_back_in_its_section(self, draft: IssueDraft, form: str) -> None:
        issue = learned(form, draft)
        assert (issue.bulletin, issue.number) == (draft.bulletin, draft.number)
        assert issue.published_on == draft.published_on or draft.published_on is None
        assert [(article.section, article.title) for article in issue.articles] == [
            (section, article.headline or f"(제목 없음: 원제 {article.cited.title})")
            for section, article in articles_of(draft)
        ]

    @pytest.mark.parametrize("draft", [WATCH, JAPAN], ids=["heading", "reference"])
    def test_its_words_and_its_citation_are_read_back(self, draft: IssueDraft, form: str) -> None:
        for (section, written), read in zip(articles_of(draft), learned(form, draft).articles, strict=True):
            lines = [
                re.sub(r"^(?:[□∙·-]|o )\s*", "", clean_line(line))
                for line in written.summary.splitlines()
                if line.strip()
            ]
            assert [line for line in lines if line not in read.text] == []
            check_citation(written.cited, read, is_notice=section == "유망기술 클리핑", form=draft.citation)

    @pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
    def test_no_article_has_words_of_its_neighbours(self, draft: IssueDraft, form: str) -> None:
        articles = learned(form, draft).articles
        names = {section.name for section in draft.sections if section.articles}
        for article in articles:
            others = {other.title for other in articles} - {article.title}
            assert not others & set(article.text.splitlines())
            assert not names & set(article.text.splitlines())

    def test_an_article_without_a_section_is_read_back(self, form: str) -> None:
        for draft in (WATCH, JAPAN):
            strays = replace(draft, sections=(replace(draft.sections[0], name=""), *draft.sections[1:]))
            written = [(section, article.headline) for section, article in articles_of(strays)]
            read = [(article.section, article.title) for article in learned(form, strays).articles]
            assert sorted(read) == sorted(written)

    @pytest.mark.parametrize(
        "cited",
        [
            Cited(
                "",
                "Chips, [Part 1] | a *star* & <tag> \\ _under_ 1,200",
                "省",
                "日 산업성, 환경성",
                date(2031, 1, 13),
            ),
            Cited("", "題（上）の「論点」", "Office (for) Fiction", "英 Office(가칭)", date(2031, 1, 13)),
            Cited("", "題", "省", "", None),
        ],
        ids=["marks of other formats", "brackets", "no day"],
    )
    def test_odd_signs_in_a_citation_do_no_harm(self, cited: Cited, form: str) -> None:
        headline = "「표」 | *별* 1. #제목 & <글> [1] 100~200%"
        draft = one(WATCH, headline=headline, cited=cited)
        (article,) = learned(form, draft).articles
        assert article.title == headline
        assert article.citations[0].title == cited.title
        assert article.citations[0].date == cited.on


def check_citation(cited: Cited, read: PastArticleText, *, is_notice: bool, form: str) -> None:
    (found,) = read.citations
    assert found.date == cited.on
    if is_notice:
        assert found.medium == cited.medium
        return
    assert found.title == cited.title
    if form == "heading":
        assert (found.author, found.country) == (
            cited.medium,
            cited.named[0] if cited.named[1] == " " else "",
        )
    else:
        assert (found.author, found.medium) == (
            (cited.author, cited.medium) if cited.author else (cited.medium, "")
        )


#: What people paste: any sign there is, with line ends and marks of other formats.
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Co", "Cn"])
    | st.sampled_from("|*_[]()<>&#`\\-∙\n\t\x00\x0b\u202e\ufffe"),
    max_size=40,
)


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    words=st.tuples(WORDS, WORDS, WORDS, WORDS, WORDS),
    day=st.none() | st.dates(date(1950, 1, 1), date(2100, 1, 1)),
)
def test_whatever_is_pasted_is_printed(
    form: str, words: tuple[str, str, str, str, str], day: date | None
) -> None:
    headline, summary, medium, title, field = words
    article = DraftArticle(headline, summary, field, Cited("", title, medium, "", day, "https://a.example/"))
    for draft in (WATCH, JAPAN):
        sections = (
            DraftSection(draft.sections[0].name, (article,)),
            DraftSection("유망기술 클리핑", (article,), True),
        )
        text = spoken(text_of(form, export(replace(draft, sections=sections), form)))
        wanted = [headline, *summary.splitlines(), title]
        assert [word for word in wanted if spoken(clean_line(word)) not in text] == []


class TestHtml:
    def test_it_is_one_file_that_asks_for_nothing(self) -> None:
        root = html.fromstring(export(WATCH, "html").decode())
        assert not root.xpath("//script | //link | //img | //@style | //@onclick | //@src")
        assert root.get("lang") == "ko"

    def test_the_summary_leads_to_every_article(self) -> None:
        for draft in (WATCH, JAPAN):
            root = html.fromstring(export(draft, "html").decode())
            targets = [href[1:] for href in root.xpath("//a/@href") if href.startswith("#")]
            assert len(targets) == len(list(articles_of(draft)))
            assert all(root.xpath(f"//*[@id='{target}']") for target in targets)

    def test_what_is_missing_is_marked(self) -> None:
        marks = html.fromstring(export(bare(WATCH), "html").decode()).xpath("//mark/text()")
        assert {"출처 없음", "날짜 없음", "(내용 없음)", "분야 없음"} <= set(marks)
        assert not html.fromstring(export(WATCH, "html").decode()).xpath("//mark")


class TestDocx:
    def test_headings_are_headings(self) -> None:
        document = Document(BytesIO(export(WATCH, "docx")))
        of_style = {
            name: [p.text for p in document.paragraphs if p.style and p.style.name == name]
            for name in ("Title", "Heading 1", "Heading 2")
        }
        issue = printed(WATCH)
        assert of_style["Title"] == ["산업기술 동향 워치 2031년 5호 요약"]
        assert of_style["Heading 1"] == [section.name for section in WATCH.sections]
        assert of_style["Heading 2"] == [words_of(a.heading) for s in issue.sections for a in s.articles]

    def test_every_style_is_korean_and_every_paragraph_has_one_of_ours(self) -> None:
        for draft in (WATCH, JAPAN):
            document = Document(BytesIO(export(draft, "docx")))
            paragraphs = [
                *document.paragraphs,
                *(p for t in document.tables for row in t.rows for c in row.cells for p in c.paragraphs),
            ]
            for style in {p.style.name: p.style for p in paragraphs if p.style}.values():
                fonts = style.element.rPr.rFonts
                assert fonts.get(qn("w:eastAsia")) == "맑은 고딕", style.name
                assert fonts.get(qn("w:asciiTheme")) is None
            (table,) = (p for p in document.part.package.iter_parts() if p.partname.endswith("fontTable.xml"))
            assert '맑은 고딕"><w:altName w:val="Malgun Gothic"/>' in table.blob.decode()

    def test_page_numbers_point_at_bookmarks_that_are_there(self) -> None:
        for draft in (WATCH, JAPAN):
            root = Document(BytesIO(export(draft, "docx"))).element
            codes = [code.text for code in root.iter(qn("w:instrText"))]
            named = [found[1] for code in codes if (found := re.match(r" PAGEREF (\w+) \\h ", code))]
            marks = [mark.get(qn("w:name")) for mark in root.iter(qn("w:bookmarkStart"))]
            assert set(named) <= set(marks)
            assert len(marks) == len(set(marks))
            items = {item.key for one in printed(draft).sections for item in one.items}
            assert items <= set(named)
            assert any(code.startswith(" TOC ") for code in codes) == (draft is JAPAN)
            kinds = [mark.get(qn("w:fldCharType")) for mark in root.iter(qn("w:fldChar"))]
            assert kinds.count("begin") == kinds.count("separate") == kinds.count("end")

    def test_links_tables_and_what_is_missing(self) -> None:
        document = Document(BytesIO(export(bare(WATCH), "docx")))
        links = {rel.target_ref for rel in document.part.rels.values() if rel.is_external}
        assert links == {article.cited.url for _section, article in articles_of(WATCH)}
        for table in document.tables:
            assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert "(내용 없음)" in {
            run.text for p in document.paragraphs for run in p.runs if run.font.highlight_color
        }

    def test_the_front_has_roman_pages_and_the_body_counts_from_one(self) -> None:
        front, body = Document(BytesIO(export(WATCH, "docx"))).sections
        counted = [pages._sectPr.find(qn("w:pgNumType")) for pages in (front, body)]
        assert [(one.get(qn("w:fmt")), one.get(qn("w:start"))) for one in counted] == [
            ("lowerRoman", "1"),
            ("decimal", "1"),
        ]
        assert body.header.paragraphs[0].text == "산업기술 동향 워치 2031년 5호"
        cover, _body = Document(BytesIO(export(JAPAN, "docx"))).sections
        assert cover._sectPr.find(qn("w:pgNumType")) is None

    def test_elements_stand_in_the_order_that_word_insists_on(self) -> None:
        with zipfile.ZipFile(BytesIO(export(WATCH, "docx"))) as archive:
            parts = [
                archive.read(name) for name in ("word/document.xml", "word/styles.xml", "word/settings.xml")
            ]
        for part in parts:
            for element in etree.fromstring(part).iter():
                order = ORDERS.get(etree.QName(element).localname, [])
                places = [
                    order.index(name) for child in element if (name := etree.QName(child).localname) in order
                ]
                assert places == sorted(places), etree.tostring(element)[:400]


#: ECMA-376, part 1: 17.3.1.26, 17.4.69, 17.6.17, 17.15.1.78 (what is used of them), 17.4.59.
ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr shd tabs wordWrap autoSpaceDE autoSpaceDN spacing ind contextualSpacing jc outlineLvl rPr sectPr".split(),
    "tcPr": "tcW gridSpan vMerge tcBorders shd noWrap tcMar vAlign".split(),
    "tblPr": "tblStyle tblW jc tblBorders shd tblLayout tblCellMar tblLook".split(),
    "sectPr": "headerReference footerReference type pgSz pgMar pgNumType cols docGrid".split(),
    "settings": "zoom proofState defaultTabStop characterSpacingControl savePreviewPicture updateFields compat rsids".split(),
    "pBdr": "top left bottom right".split(),
}  # fmt: skip


class TestHwpx:
    @pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
    def test_validators_find_nothing(self, draft: IssueDraft) -> None:
        body = export(draft, "hwpx")
        assert validate_package(body).errors == ()
        assert validate_editor_open_safety(body).ok
        assert validate_document(BytesIO(body)).errors == ()  # type: ignore[arg-type]
        assert lint_layout(body).findings == []

    def test_headings_are_outline_levels_without_numbers(self) -> None:
        header, _front, body = hwpx_parts(export(WATCH, "hwpx"))
        styles = {style.get("id"): style.get("name") for style in header.iter("{*}style")}
        outline = [
            (styles[p.get("styleIDRef")], spoken_in(p))
            for p in body.iter("{*}p")
            if styles[p.get("styleIDRef")].startswith("개요")
        ]
        issue = printed(WATCH)
        assert outline == [
            line
            for one in issue.sections
            for line in (("개요 1", one.name), *(("개요 2", words_of(a.heading)) for a in one.articles))
        ]
        assert {mark.text or "" for mark in header.iter("{*}paraHead")} == {""}

    def test_every_look_is_a_style_by_name(self) -> None:
        header, *_sections = hwpx_parts(export(JAPAN, "hwpx"))
        names = {style.get("name") for style in header.iter("{*}style")}
        own = {"본문", "개요 1", "개요 2", "개요 3", "차례 제목", "차례 1", "차례 2", "머리말"}
        assert own <= names
        assert {look.name for look in LOOKS.values()} - {"난", "글 제목", "작은 제목"} <= names

    def test_the_summary_refers_to_pages_and_the_contents_are_the_programs_own(self) -> None:
        _header, front, _body = hwpx_parts(export(WATCH, "hwpx"))
        references = [field for field in front.iter("{*}fieldBegin") if field.get("type") == "CROSSREF"]
        assert len(references) == len(list(articles_of(WATCH)))
        _header, front, _body = hwpx_parts(export(JAPAN, "hwpx"))
        (contents,) = (
            field for field in front.iter("{*}fieldBegin") if field.get("type") == "TABLEOFCONTENTS"
        )
        assert contents.get("dirty") == "1"
        assert "가상의 내수 회복, 지방 소비가 이끌다 1" in text_of("hwpx", export(JAPAN, "hwpx"))

    def test_a_long_table_goes_on_over_the_page_with_its_head(self) -> None:
        clippings = replace(WATCH.sections[-1], articles=WATCH.sections[-1].articles * 12)
        body = export(replace(WATCH, sections=(*WATCH.sections[:-1], clippings)), "hwpx")
        table = next(hwpx_parts(body)[2].iter("{*}tbl"))
        assert (table.get("repeatHeader"), table.get("pageBreak")) == ("1", "CELL")
        assert table.find("{*}pos").get("treatAsChar") == "0"
        # Front, three sections, and a table of more than one page.
        assert (estimate_pages(body).pages or 0) > 5


def spoken_in(paragraph: etree._Element) -> str:
    """The paragraph's own text, without a running head that it carries."""
    return "".join(text.text or "" for text in paragraph.iterfind("{*}run/{*}t"))


def hwpx_parts(body: bytes) -> list[etree._Element]:
    with zipfile.ZipFile(BytesIO(body)) as archive:
        return [
            etree.fromstring(archive.read(f"Contents/{name}.xml"))
            for name in ("header", "section0", "section1")
        ]


class TestPages:
    @pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice here")
    @pytest.mark.parametrize("draft", [WATCH, JAPAN], ids=["heading", "reference"])
    def test_the_page_numbers_are_those_on_which_the_articles_stand(
        self, draft: IssueDraft, tmp_path: Path
    ) -> None:
        pages = pages_as_printed(export(draft, "docx"), tmp_path)
        issue = printed(draft)
        guessed = pages_of(issue)
        for section in issue.sections:
            for item in section.items:
                page = guessed[item.key]
                title = words_of(item.heading if isinstance(item, Article) else item.title)
                assert spoken(title) in spoken(pages[page]), title
        # The first page is the front.
        assert len(pages) == max(guessed.values()) + 1

    def test_hwpx_has_as_many_pages_as_expected(self) -> None:
        for draft in (WATCH, JAPAN):
            last = max(pages_of(printed(draft)).values())
            assert estimate_pages(export(draft, "hwpx")).pages == last + 1

    def test_a_long_article_pushes_the_next_one_on(self) -> None:
        long = replace(WATCH.sections[1].articles[0], summary="긴 문단입니다. " * 900)
        draft = replace(
            WATCH, sections=(replace(WATCH.sections[1], articles=(long, *WATCH.sections[1].articles[1:])),)
        )
        pages = pages_of(printed(draft))
        assert pages["a1"] == 1
        assert pages["a2"] > 2


def pages_as_printed(body: bytes, folder: Path) -> list[str]:
    """The text of each page, as LibreOffice lays the file out."""
    (folder / "issue.docx").write_bytes(body)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        str(SOFFICE),
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(folder / "issue.docx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    document = pypdfium2.PdfDocument(folder / "issue.pdf")
    return [page.get_textpage().get_text_bounded() for page in document]


def test_a_notice_is_a_row() -> None:
    rows = [item for item in printed(WATCH).sections[-1].items if isinstance(item, Notice)]
    assert [[words_of(part) for part in (row.heading, row.field, row.title)] for row in rows][0] == [
        "(신소재) 공기 중 열을 모으는 도료", "신소재", "공기 중 열을 모으는 도료",
    ]  # fmt: skip
    assert [[words_of(line) for line in row.source] for row in rows] == [
        ["Made-up Daily", "(2.05)"], ["架空新聞 (2.28)"], ["Techno Chronicle (Weekend Edition)", "(2.27)"],
    ]  # fmt: skip
    assert [words_of(point.spans)[:2] for point in rows[0].points] == ["∙ ", "- ", "※ "]


@pytest.mark.skipif(not REAL.exists(), reason="the real issue is not beside the checkout")
@pytest.mark.parametrize("form", FORMATS)
def test_a_real_issue_goes_out_and_comes_back(form: str) -> None:
    read = read_issue(REAL.read_text(encoding="utf-8"), REAL.name, BULLETINS)
    draft = drafted(read)
    again = learned(form, draft)
    assert [(one.section, one.title) for one in again.articles] == [
        (one.section, one.title) for one in read.articles
    ]
    for before, after in zip(read.articles, again.articles, strict=True):
        assert spoken(after.text).endswith(spoken(before.text)[-200:])
        assert [(c.title, c.date) for c in after.citations] == [(c.title, c.date) for c in before.citations]


def drafted(issue: PastIssueText) -> IssueDraft:
    """A printed issue as its editors would have written it."""
    sections: dict[str, list[DraftArticle]] = {}
    for article in issue.articles:
        (citation, *_others) = article.citations
        medium = citation.author or citation.medium
        named = f"{citation.country} {medium}".strip()
        cited = Cited("", citation.title, medium, named, citation.date)
        is_notice = article.section == "유망기술 클리핑"
        field, _line, text = article.text.partition("\n") if is_notice else ("", "", article.text)
        sections.setdefault(article.section, []).append(DraftArticle(article.title, text, field, cited))
    parts = (DraftSection(name, tuple(found), "클리핑" in name) for name, found in sections.items())
    return IssueDraft(issue.bulletin, "산업기술 동향 워치", issue.number, None, "heading", tuple(parts))
