"""Past issues: every format and both layouts give the same articles; what is no issue is said in a sentence."""

import re
import zipfile
from collections.abc import Callable
from datetime import date
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.pastissues import citations, clippings
from classifiers.pastissues import files as readers
from classifiers.pastissues.files import read_file
from classifiers.pastissues.issue import PastIssueError, PastIssueText
from classifiers.pastissues.layout import read_issue
from classifiers.pastissues.lines import paragraphs, read_lines
from classifiers.taxonomy import load_taxonomy
from tests.classifiers import past_issue_files as files

ROOT = Path(__file__).resolve().parents[2]
BULLETINS = load_taxonomy(ROOT / "topics.yaml").bulletins
REAL = ROOT.parent / "shared" / "data" / "past-issues"

FORMATS = {
    "issue.txt": files.txt,
    "cp949.txt": files.cp949,
    "issue.md": files.md,
    "issue.docx": files.docx,
    "issue.hwpx": files.hwpx,
    "issue.pdf": files.pdf_of,
}


def issue_of(name: str, body: bytes, bulletin: str = "") -> PastIssueText:
    return read_issue(read_file(name, body), name, BULLETINS, bulletin)


def table(issue: PastIssueText) -> list[tuple[int, str, str, int]]:
    return [(one.order, one.section, one.title, len(one.citations)) for one in issue.articles]


@pytest.mark.parametrize(("name", "make"), FORMATS.items(), ids=FORMATS)
@pytest.mark.parametrize(
    ("text", "bulletin", "number", "published_on", "articles"),
    [
        (files.JAPAN, "japan-insight", "2031-04", date(2031, 4, 1), files.JAPAN_ARTICLES),
        (files.WATCH, "kiat-watch", "2031-03", None, files.WATCH_ARTICLES),
    ],
    ids=["reference", "heading"],
)
def test_every_format_gives_the_same_articles(
    text: str,
    bulletin: str,
    number: str,
    published_on: date | None,
    articles: list[tuple[int, str, str, int]],
    name: str,
    make: Callable[[str], bytes],
) -> None:
    issue = issue_of(name, make(text))
    assert (issue.bulletin, issue.number, issue.published_on) == (bulletin, number, published_on)
    assert table(issue) == articles


def test_an_article_holds_its_own_text_and_no_label_or_list_of_the_next() -> None:
    first, second, _third = issue_of("a.txt", files.txt(files.JAPAN)).articles
    assert first.text.startswith("소비 지표의 반등\n□ 가나다현의")
    assert first.text.endswith("둔화될 우려도 존재")
    assert "참고문헌" not in first.text
    assert second.text.endswith("모든 공장에 설치할 방침")


def test_references_are_read_into_their_parts() -> None:
    first, _second, third = issue_of("a.txt", files.txt(files.JAPAN)).articles
    parts = [(one.author, one.title, one.medium, one.date) for one in (*first.citations, *third.citations)]
    assert parts == [
        ("", "", "가나다은행", date(2031, 3, 2)),
        ("架空一郎", "地方消費の持ち直し", "架空経済新聞", date(2031, 3, 4)),
        ("架空花子, 仮想次郎", "賃上げの波、地方へ", "週刊かくう", date(2031, 2, 11)),
        ("想像自動車", "部品を「貸す」事業の開始について", "", date(2031, 2, 20)),
        ("架空三郎", "部品レンタルの損得, 1,200社の調査から", "架空産業日報", date(2031, 3, 1)),
    ]


def test_feet_and_headings_are_read_into_their_parts() -> None:
    issue = issue_of("a.txt", files.txt(files.WATCH))
    cited = [one.citations[0] for one in issue.articles]
    assert [(one.author, one.title, one.medium, one.date, one.country) for one in cited] == [
        ("VDST", "A Plan for Light, and for Chips", "", date(2031, 2, 3), "英"),
        ("仮想総研", "海水マグネシウム製造の経済性（第2版）", "", date(2031, 2, 1), "日"),
        ("BMGV", "Roboter auf dem Gehweg", "", date(2031, 2, 10), "獨"),
        ("", "", "Imaginary Daily", date(2031, 2, 2), ""),
        ("", "", "VNews", date(2030, 12, 30), ""),
    ]


def test_the_end_of_a_notice_that_a_page_carried_over_stays_with_it() -> None:
    notice = issue_of("a.txt", files.txt(files.WATCH)).articles[3]
    assert notice.text.startswith("신소재\n∙ 버려지는 껍데기를")
    assert "불에 타지 않아" in notice.text
    assert "안전함" in notice.text


def test_titles_last_on_their_pages_begin_at_the_pages_head() -> None:
    issue = issue_of("a.txt", files.txt(files.JAPAN_PRINTED))
    assert [one.title for one in issue.articles] == [
        "가상의 내수 회복, 지방 소비가 이끌다",
        "공장의 눈이 된 카메라, 숙련공을 돕다",
    ]
    first, second = issue.articles
    assert first.text.startswith("소비 지표의 반등\n가나다현의")
    assert "지출이 늘어난 데" in first.text, "a word that the line's end broke is whole again"
    assert [one.medium for one in first.citations] == ["架空経済新聞", "가나다은행"]
    assert "이를 통해 시간당" in second.text, "the title in the middle of a sentence is taken out"
    assert not re.search("Japan Insight|@|mailto", first.text + second.text)


def test_a_title_in_a_box_is_found_in_a_pdf_that_holds_it_last() -> None:
    pages = [
        [
            ("소비 지표의 반등", 800),
            ("o 가나다현의 소매 판매가 세 분기 연속 늘었음", 780),
            ("o 임금이 오른 데 따른 것으로 분석됨(架空一郎, 地方消費の持ち直し, 架空新聞, 2031.3.4.)", 760),
            ("o 물가의 상승은 우려됨", 740),
            ("가상의 내수 회복, 지방 소비가 이끌다", 900),
        ],
        [("o 최저임금의 인상도 예정되어 있음", 800), ("o 인력 부족이 이어질 전망", 780)],
    ]
    issue = issue_of("2031-04.pdf", files.pdf(pages), "japan-insight")
    assert table(issue) == [(1, "", "가상의 내수 회복, 지방 소비가 이끌다", 1)]
    assert issue.number == "2031-04"
    assert issue.articles[0].text.endswith("인력 부족이 이어질 전망")


def test_lists_whose_signs_are_not_in_the_text_are_read_all_the_same() -> None:
    """Word and Hangul draw a list's signs; the paragraphs do not hold them."""
    bare = "\n".join(re.sub(r"^(?:[∙※□·\-]|o )\s*", "", line) for line in files.WATCH.splitlines())
    bare = bare.replace("분류 기술명 주요 내용 출처", "분류\n기술명\n주요 내용\n출처")
    assert table(issue_of("a.docx", files.docx(bare))) == files.WATCH_ARTICLES


def test_without_a_summary_the_names_above_headings_tell_the_sections() -> None:
    text = files.WATCH[files.WATCH.index("이슈포커스\n가상국의") :].replace(
        "물류 로봇", "정책동향\n물류 로봇", 1
    )
    issue = issue_of("a.txt", files.txt(text), "kiat-watch")
    assert [one.section for one in issue.articles] == [
        "이슈포커스",
        "이슈포커스",
        "정책동향",
        *["유망기술 클리핑"] * 2,
    ]


def test_articles_are_parted_by_their_lists_where_no_section_is_named() -> None:
    text = "\n".join(
        line for line in files.JAPAN.splitlines()[1:] if line not in ("일본경제", "기술·AI", "기업전략")
    )
    issue = issue_of("a.txt", files.txt(text), "japan-insight")
    assert [(title, count) for _order, _section, title, count in table(issue)] == [
        (title, count) for _order, _section, title, count in files.JAPAN_ARTICLES
    ]


def test_a_table_of_contents_is_no_article() -> None:
    contents = "목차\n일본경제\n가상의 내수 회복 … 3\n기술·AI\n공장의 눈이 된 카메라 … 9\n기업전략\n부품을 빌려 … 20\n"
    assert table(issue_of("a.txt", files.txt(contents + files.JAPAN))) == files.JAPAN_ARTICLES


def test_a_footnote_is_read_where_its_number_stands() -> None:
    body = files.docx("한 줄\n두 줄\n세 줄\n네 줄", footnote="架空一郎, 持ち直し, 架空新聞, 2031.3.4.")
    text = read_file("a.docx", body)
    assert text.splitlines() == ["한 줄 (架空一郎, 持ち直し, 架空新聞, 2031.3.4.)", "두 줄", "세 줄", "네 줄"]


def test_hwpx_sections_stand_in_their_order_and_running_heads_are_left_out() -> None:
    body = files.zipped(
        {
            f"Contents/section{number}.xml": (
                f'<s:sec xmlns:s="x" xmlns:hp="y"><hp:p><hp:t>{number}<hp:lineBreak/>줄</hp:t></hp:p></s:sec>'
            )
            for number in (10, 2, 0)
        }
    )
    assert read_file("a.hwpx", body) == "0\n줄\f2\n줄\f10\n줄"
    assert "머리말" not in read_file("a.hwpx", files.hwpx(files.JAPAN))


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("IMF, 2031.11.", ("", "", "IMF", date(2031, 11, 1))),
        ("架空一郎, 題名, 架空技報, 2031.12.18. 검색", ("架空一郎", "題名", "架空技報", date(2031, 12, 18))),
        ("架空会議, 基本方針～今後10年～, 令和4年 12月22日", ("架空会議", "基本方針～今後10年～", "", date(2022, 12, 22))),
        ("架空商事, 工場の竣工 ~需要に対応~, 2031年11月16日", ("架空商事", "工場の竣工 ~需要に対応~", "", date(2031, 11, 16))),
        ("機械が人を助けるこれからの工場とは, Kaku, 2031年03月08日", ("", "機械が人を助けるこれからの工場とは", "Kaku", date(2031, 3, 8))),
        ("検査装置の対象を拡大, 生産にも導入, 架空編集部, 2031年12月19日", ("架空編集部", "検査装置の対象を拡大, 生産にも導入", "", date(2031, 12, 19))),
        ("https://example.org/a, 2031.12.23. 검색", ("", "", "", date(2031, 12, 23))),
        ("https://example.org/robots.html", ("", "", "", None)),
        ("架空一郎, 題名「2031（上）」, 週刊, 2031. 5.19.", ("架空一郎", "題名「2031（上）」", "週刊", date(2031, 5, 19))),
    ],
    ids=["medium", "looked-up", "era", "wave", "no-author", "desk-last", "address", "undated", "brackets"],
)  # fmt: skip
def test_brackets_that_end_with_a_date_are_citations(
    inside: str, expected: tuple[str, str, str, date | None]
) -> None:
    (found,) = citations.in_brackets(f"발표했음({inside}). 또한 전망됨(가칭).")
    assert (found.author, found.title, found.medium, found.date) == expected
    assert found.raw == inside


@pytest.mark.parametrize(
    "text",
    [
        "(2031.1.1.~2032.12.31.)",
        "(가칭)",
        "(’31.4)",
        "(1kwh당 14엔 이하)",
        "(2031.4.)",
        "(200만 kW, 2031년도까지)",
    ],
)
def test_other_brackets_are_none(text: str) -> None:
    assert list(citations.in_brackets(f"계획{text}을 세움")) == []


def test_a_date_years_after_the_issue_is_a_misprint() -> None:
    text = files.JAPAN.replace("2031.3.4.", "2041.3.4.")
    cited = issue_of("a.txt", files.txt(text)).articles[0].citations[1]
    assert (cited.title, cited.date) == ("地方消費の持ち直し", None)
    assert "2041.3.4." in cited.raw


def test_a_day_without_a_year_is_the_one_near_the_issue() -> None:
    lines = read_lines("분류 기술명 주요 내용 출처\n빗물 타일\n∙ 점\nNews\n(12.30)")
    (notice,) = clippings.read_notices(lines, [], date(2031, 1, 9))
    assert notice.citations[0].date == date(2030, 12, 30)


@pytest.mark.parametrize(
    ("name", "number"),
    [("japan-insight-2031-04.txt", "2031-04"), ("2031년 4월호.txt", "2031-04"), ("신년호.txt", "신년호")],
)
def test_a_number_that_the_text_lacks_is_told_by_the_file_s_name(name: str, number: str) -> None:
    text = files.JAPAN.split("\n", 1)[1]
    assert issue_of(name, files.txt(text), "japan-insight").number == number


def test_the_day_of_publication_is_read_where_it_is_printed() -> None:
    text = files.WATCH.replace("구분 주요", "발행일 : 2031.2.14.\n구분 주요", 1)
    assert issue_of("a.txt", files.txt(text)).published_on == date(2031, 2, 14)


def test_running_heads_and_page_numbers_are_left_out() -> None:
    text = "가나 연구소 소식 3\n첫째 글\n\n4\n가나 연구소 소식 5\n둘째 글\n표 1\n표 2\n"
    assert paragraphs(read_lines(text)) == "첫째 글\n둘째 글\n표 1\n표 2"


ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
ENCRYPTED_HWPX = files.zipped(
    {"META-INF/manifest.xml": '<m xmlns:o="x"><o:encryption-data/></m>', "Contents/section0.xml": "?"}
)
ENCRYPTED_PDF = files.pdf_of("글").replace(
    b"/Root 1 0 R",
    b"/Root 1 0 R /ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"11" * 32 + b"> /U <" + b"22" * 32 + b"> >>",
)  # fmt: skip


def bomb() -> bytes:
    """A document that unfolds to more than any issue is."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b" " * (65 * 2**20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.docx", b"PK\x03\x04 cut short", "손상"),
        ("a.docx", files.zipped({"other.xml": "<a/>"}), "손상"),
        ("a.docx", files.zipped({"word/document.xml": "<a><b>"}), "손상"),
        ("a.hwpx", files.zipped({"mimetype": "application/hwp+zip"}), "손상"),
        ("a.pdf", b"%PDF-1.7 cut short", "손상"),
        ("a.docx", ENCRYPTED, "암호"),
        ("a.hwpx", ENCRYPTED_HWPX, "암호"),
        ("a.pdf", ENCRYPTED_PDF, "암호"),
        ("a.pdf", files.pdf([[]]), "스캔"),
        ("a.docx", bomb(), "너무 큽니다"),
        ("a.hwp", b"", "형식이 아닙니다"),
        ("a.txt", "오늘은 날씨가 맑았습니다.".encode(), "기사를 찾지 못했습니다"),
        ("a.txt", b"", "기사를 찾지 못했습니다"),
    ],
    ids=[
        "docx-cut", "docx-empty", "docx-xml", "hwpx-empty", "pdf-cut", "docx-encrypted", "hwpx-encrypted",
        "pdf-encrypted", "pdf-scanned", "docx-bomb", "hwp", "no-issue", "empty",
    ],
)  # fmt: skip
def test_what_is_no_issue_is_said_in_a_sentence(name: str, body: bytes, words: str) -> None:
    with pytest.raises(PastIssueError, match=words):
        issue_of(name, body)


def test_entities_of_a_document_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("비밀")
    body = files.zipped(
        {
            "word/document.xml": f'<!DOCTYPE d [<!ENTITY e SYSTEM "{secret.as_uri()}">]><d xmlns:w="x"><w:p><w:t>&e;</w:t></w:p></d>'
        }
    )
    assert "비밀" not in read_file("a.docx", body)


@given(st.text(alphabet="가나 \n\f()∙-,.:1203참고문헌일본경제분류기술명年月日AIo[]※\t", max_size=300))
def test_any_text_gives_articles_or_a_sentence(text: str) -> None:
    for bulletin in ("japan-insight", "kiat-watch"):
        try:
            issue = read_issue(text, "a.txt", BULLETINS, bulletin)
        except PastIssueError:
            continue
        assert [one.order for one in issue.articles] == list(range(1, len(issue.articles) + 1))
        assert all(one.title.strip() for one in issue.articles)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real issues are not here")
@pytest.mark.parametrize(
    ("name", "number", "sections", "cited"),
    [
        # By eye: 23 citations, one of them given twice in the same words; no section is named in the text.
        ("japan-insight-2023-01.txt", "2023-01", [("", 5)], 22),
        (
            "kiat-watch-2023-23.txt",
            "2023-23",
            [("이슈포커스", 1), ("산업·기술동향", 4), ("정책동향", 4), ("유망기술 클리핑", 8)],
            17,
        ),
    ],
)
def test_the_real_issues_give_what_one_counts_by_eye(
    name: str, number: str, sections: list[tuple[str, int]], cited: int
) -> None:
    issue = issue_of(name, (REAL / name).read_bytes())
    found = [one.section for one in issue.articles]
    assert issue.number == number
    assert [(section, found.count(section)) for section in dict.fromkeys(found)] == sections
    assert sum(len(one.citations) for one in issue.articles) == cited


def test_the_formats_that_are_named_are_those_that_can_be_read() -> None:
    assert readers.FORMATS == "txt, md, pdf, docx, hwpx"
    for module, function in readers.READERS.values():
        assert callable(getattr(import_module(f"classifiers.pastissues.{module}"), function))
