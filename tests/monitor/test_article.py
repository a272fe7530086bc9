"""A page's text, title and date; and that a wall, an error page or a menu is never taken for a text."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.documents import DateConfidence, Document, TextSource
from monitor.parsers.article import MAX_PDF_PAGES, MAX_TEXT, Article, read_article
from monitor.sources import ArticleRules

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
NO_RULES = ArticleRules()

KO_HEAD = """<div id="header"><h1><a href="/">소재연구원</a></h1><ul class="gnb"><li><a href="/a">기관소개</a></li>
<li><a href="/b">사업안내</a></li><li><a href="/c">알림마당</a></li></ul></div>
<div class="location"><a href="/">home</a> &gt; <a href="/c">알림마당</a> &gt; 공지</div>"""
KO_FOOT = """<div id="footer"><p>서울특별시 강남구 어느로 1 대표전화 02-000-0000</p>
<p>Copyright 2026 소재연구원. All rights reserved.</p></div>"""
JA_HEAD = """<div id="header"><p><a href="/">home</a></p><ul id="gnavi"><li><a href="/a">研究所について</a></li>
<li><a href="/b">お知らせ</a></li><li><a href="/c">アクセス</a></li></ul></div>
<div id="pankuzu"><a href="/">home</a> &gt; <a href="/b">お知らせ</a></div>"""
JA_FOOT = """<div id="footer"><address>〒000-0000 東京都どこか区一丁目</address><p>Copyright (C) 素材研究所</p></div>"""

KO_NOTICE = "소재부품 기술개발 지원사업의 신청을 9월 30일까지 받습니다. 자세한 내용은 누리집의 공고문을 참고하시기 바랍니다."
JA_NOTICE = "次世代電池に関する研究成果の報告会を、九月十日に東京で開催します。参加を希望される方は、八月末日までに事務局へお申し込みください。入場は無料です。"
PARAGRAPH = (
    "정부는 반도체 소재의 국내 공급망을 넓히기 위해 시험 생산 시설을 세우기로 했다고 밝혔다. "
    "업계는 이번 결정으로 수입에 기대던 핵심 소재의 절반을 국내에서 조달할 수 있을 것으로 내다봤다."
)


def page(body: str, head: str = "", lang: str = "") -> Document:
    markup = f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'
    return Document(
        "https://news.example.kr/view/1", markup.encode(), {"content-type": "text/html; charset=utf-8"}
    )


def read(document: Document, rules: ArticleRules = NO_RULES, language: str = "") -> Article:
    return read_article(document, rules, language, SEOUL, NOW)


@pytest.mark.parametrize(
    ("body", "language", "expected"),
    [
        pytest.param(f'{KO_HEAD}<div class="view"><h3>하반기 지원사업 공고</h3><dl><dt>등록일</dt><dd>2026.08.04</dd><dt>조회</dt><dd>351</dd></dl><div class="cont">{KO_NOTICE}</div><ul><li><a href="/f">공고문.hwp</a></li></ul></div><div><a href="/list">목록</a><a href="/p">이전글</a></div>{KO_FOOT}', "ko", KO_NOTICE, id="korean-board"),
        pytest.param(f"{JA_HEAD}<div id='main'><h2>報告会の開催について</h2><p class='date'>2026年8月4日</p><p>{JA_NOTICE}</p></div>{JA_FOOT}", "ja", JA_NOTICE, id="japanese-notice"),
        pytest.param(f"{JA_HEAD}<div id='main'><h2>報告会の開催について</h2><div>{JA_NOTICE}</div></div>{JA_FOOT}", "", JA_NOTICE, id="language-not-known"),
        pytest.param(f"<table><tr><td>{JA_HEAD}</td></tr><tr><td class='txt'>経済産業省は本日、蓄電池の国内製造を強くするための支援策を公表しました。対象は正極材です。</td></tr></table>", "ja", "経済産業省は本日、蓄電池の国内製造を強くするための支援策を公表しました。対象は正極材です。", id="layout-by-tables"),
    ],
)  # fmt: skip
def test_a_short_notice_comes_back_whole_and_without_the_navigation(
    body: str, language: str, expected: str
) -> None:
    article = read(page(body, "<title>공지</title>"), language=language)
    assert (article.text, article.where) == (expected, TextSource.PAGE)


def test_a_newspaper_page_gives_its_paragraphs_and_nothing_beside_them() -> None:
    paragraphs = [
        PARAGRAPH,
        PARAGRAPH.replace("정부는", "산업부 관계자는"),
        PARAGRAPH.replace("정부는", "협회는"),
    ]
    menu = "".join(f"<li><a href='/s/{number}'>섹션 {number}</a></li>" for number in range(12))
    beside = "".join(
        f"<li><a href='/n/{n}'>다른 기사의 제목 {n}번이 길게 놓여 있습니다</a></li>" for n in range(9)
    )
    body = (
        f"<header><nav><ul>{menu}</ul></nav></header><div id='wrap'><h1>정부, 소재 시설 세운다</h1><div id='article_body'>"
        + "".join(f"<p>{text}</p>" for text in paragraphs)
        + f"</div><div class='sns'><a href='/f'>페이스북</a></div><div class='reply'>로그인 후 댓글을 쓸 수 있습니다.</div>"
        f"<aside><h4>많이 본 기사</h4><ol>{beside}</ol></aside></div><footer>{KO_FOOT}</footer>"
    )
    article = read(page(body, "<title>정부, 소재 시설 세운다 - 산업일보</title>"), language="ko")
    assert article.text.split("\n") == paragraphs
    assert article.title == "정부, 소재 시설 세운다"


def test_the_stanzas_selector_comes_first_and_keeps_paragraphs() -> None:
    body = f"<article><p>{PARAGRAPH}</p></article><div class='memo'>첫 줄은 한 문단입니다.<br>둘째 <b>줄</b>도 한 문단입니다.<p>{KO_NOTICE}</p><script>var a</script><!-- b --></div>"
    article = read(page(body), ArticleRules(text=".memo"))
    assert article.text.split("\n") == [
        "첫 줄은 한 문단입니다.",
        "둘째 줄도 한 문단입니다.",
        KO_NOTICE,
    ]
    assert article.reason == ""


def test_a_selector_that_matches_an_element_and_its_child_gives_the_text_once() -> None:
    article = read(page(f"<div class='a'><div class='a'>{KO_NOTICE}</div></div>"), ArticleRules(text=".a"))
    assert article.text == KO_NOTICE


def test_a_selector_that_finds_nothing_is_named_and_the_page_read_by_its_looks() -> None:
    article = read(page(f"<article><p>{PARAGRAPH}</p></article>"), ArticleRules(text=".gone"))
    assert (article.text, article.reason) == (PARAGRAPH, 'the text selector ".gone" finds nothing')


@pytest.mark.parametrize(
    ("body", "title", "reason"),
    [
        pytest.param(f"<article><p>{JA_NOTICE}</p><p>この記事は会員限定です。登録すると続きをお読みいただけます。</p><p>残り1234文字</p></article>", "電池", "paywall", id="ja-members"),
        pytest.param(f"<article><p>{JA_NOTICE * 20}</p><p>残り 1,234 文字</p></article>", "電池", "paywall", id="ja-cut-off-however-long"),
        pytest.param("<article><p>敬请登录以便观看全部文章。本站会员可以阅读所有的分析报告与每周市场数据更新内容。</p></article>", "报告", "paywall", id="zh-login"),
        pytest.param("<article><p>이 보고서는 로그인 후 이용하실 수 있습니다. 아직 회원이 아니시면 회원 가입을 해 주시기 바랍니다.</p></article>", "보고서", "paywall", id="ko-login"),
        pytest.param("<article><p>The company said it would build a plant in the north of the country, people familiar with the matter said on Monday. Subscribe to read the whole story and more.</p></article>", "Plant", "paywall", id="en-subscribe"),
        pytest.param("<div><p>We and our partners use cookies to store information on a device and to improve our services for you every day of the year.</p></div>", "News", "cookie wall", id="cookies"),
        pytest.param("<div><p>당사는 더 나은 서비스를 위해 쿠키를 사용하며 계속 이용하시면 쿠키 사용에 동의하시는 것으로 봅니다.</p></div>", "소식", "cookie wall", id="ko-cookies"),
        pytest.param(f"{KO_HEAD}<div><h2>페이지를 찾을 수 없습니다</h2><p>요청하신 페이지의 주소가 바뀌었거나 삭제되었습니다. 주소를 다시 확인해 주시기 바랍니다.</p></div>", "오류", "error page", id="ko-404"),
        pytest.param("<div><p>お探しのページは移動または削除された可能性があります。お手数ですがトップページからお探しください。</p></div>", "ページが見つかりません", "error page", id="ja-404"),
        pytest.param("<div><p>Checking your browser before accessing the site. This process is automatic and takes a few seconds at most for you.</p></div>", "Just a moment...", "error page", id="bot-wall"),
        pytest.param("<div id='root'></div><noscript><p>이 앱을 쓰려면 자바스크립트를 활성화해야 합니다. 브라우저의 설정을 살펴 주십시오.</p></noscript>", "앱", "", id="script-only"),
        pytest.param("<article><p>자세한 내용은 붙임을 참고하십시오.</p></article>", "공고", "only ", id="stub"),
        pytest.param(f"{KO_HEAD}{KO_FOOT}", "소재연구원", "", id="menu-only"),
        pytest.param("", "", "no text found", id="empty"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_none_with_the_reason(body: str, title: str, reason: str) -> None:
    article = read(page(body, f"<title>{title}</title>"))
    assert (article.text, article.where) == ("", TextSource.NONE)
    assert article.reason.startswith(reason)
    assert article.reason


@pytest.mark.parametrize(
    "sentence", ["로그인 후 이용", "페이지를 찾을 수 없습니다", "회원 전용", "subscribe to read"]
)
def test_a_long_article_that_speaks_of_walls_keeps_its_text(sentence: str) -> None:
    paragraphs = "".join(f"<p>{number}. {PARAGRAPH}</p>" for number in range(8))
    body = f"<article>{paragraphs}<p>화면에는 '{sentence}' 라는 문구가 떴다고 한다.</p></article>"
    assert sentence in read(page(body, "<title>기사</title>")).text


def test_a_wall_is_seen_behind_the_stanzas_selector_too() -> None:
    document = page(f"<div class='b'>{JA_NOTICE}<p>この記事は有料会員限定です。</p></div>")
    assert read(document, ArticleRules(text=".b")).where is TextSource.NONE


@pytest.mark.parametrize(
    ("head", "body", "rules", "expected"),
    [
        pytest.param("<meta property='og:title' content='소재 시설 세운다 | 산업일보'><meta property='og:site_name' content='산업일보'>", "<h1>산업일보</h1>", NO_RULES, "소재 시설 세운다", id="og-without-site"),
        pytest.param("<meta property='og:title' content='산업일보 - 소재 시설 세운다'><meta property='og:site_name' content='산업일보'>", "", NO_RULES, "소재 시설 세운다", id="site-in-front"),
        pytest.param("<title>소재 시설 세운다 :: 산업일보</title>", "<h1>소재 시설 세운다</h1>", NO_RULES, "소재 시설 세운다", id="heading-says-where-it-ends"),
        pytest.param("<title>電池素材の国内生産を大きく拡大へ｜産業新聞</title>", "", NO_RULES, "電池素材の国内生産を大きく拡大へ", id="bar"),
        pytest.param("<title>한국 - 일본 협력</title>", "", NO_RULES, "한국 - 일본 협력", id="dash-belongs-to-it"),
        pytest.param("", "<h1>소재 <em>시설</em></h1>", NO_RULES, "소재 시설", id="heading-alone"),
        pytest.param("<title>틀</title>", "<p class='t'>고른 제목</p>", ArticleRules(title=".t"), "고른 제목", id="selector"),
        pytest.param("<title>문서 제목</title>", "", ArticleRules(title=".t"), "문서 제목", id="selector-finds-nothing"),
        pytest.param("<title>A&amp;B\u202e <\u200b 개발</title>", "", NO_RULES, "A&B < 개발", id="cleaned"),
    ],
)  # fmt: skip
def test_title(head: str, body: str, rules: ArticleRules, expected: str) -> None:
    assert read(page(body, head), rules).title == expected


LD = json.dumps(
    {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebPage", "datePublished": "2020-01-01"},
            {"@type": "NewsArticle", "datePublished": "2026-08-04T09:30:00+09:00"},
        ],
    }
)


@pytest.mark.parametrize(
    ("head", "body", "rules", "at", "confidence"),
    [
        pytest.param("<meta property='article:published_time' content='2026-08-04T09:30:00+09:00'>", "", NO_RULES, "2026-08-04T00:30", DateConfidence.INSTANT, id="meta"),
        pytest.param(f"<script type='application/ld+json'>{LD}</script>", "", NO_RULES, "2026-08-04T00:30", DateConfidence.INSTANT, id="json-ld-article-before-page"),
        pytest.param("<meta name='date' content='2026-08-04'>", "<article><time datetime='2026-08-04T09:30'>x</time></article>", NO_RULES, "2026-08-04T00:30", DateConfidence.LOCAL, id="same-day-with-its-time"),
        pytest.param("<meta name='date' content='2026-08-04'>", "<article><time datetime='2026-08-09T09:30'>x</time></article>", NO_RULES, "2026-08-03T15:00", DateConfidence.DAY, id="another-day-is-another-thing"),
        pytest.param("", "<dl><dt>등록일</dt><dd>2026.08.04 09:30</dd></dl>", NO_RULES, "2026-08-04T00:30", DateConfidence.LOCAL, id="korean-label"),
        pytest.param("", "<p>掲載日：2026年8月4日</p>", NO_RULES, "2026-08-03T15:00", DateConfidence.DAY, id="japanese-label"),
        pytest.param("<meta name='date' content='2026-01-01'>", "<p class='d'>2026/08/04</p>", ArticleRules(date=".d"), "2026-08-03T15:00", DateConfidence.DAY, id="selector-first"),
        pytest.param("", "<p class='d' data-at='2026-08-04T00:30:00Z'>어제</p>", ArticleRules(date=".d", date_attribute="data-at"), "2026-08-04T00:30", DateConfidence.INSTANT, id="attribute"),
        pytest.param("<meta name='date' content='2031-01-01'>", "", NO_RULES, "", DateConfidence.NONE, id="future"),
        pytest.param("<script type='application/ld+json'>[[[{</script>", "2026년 8월 4일에 열린다.", NO_RULES, "", DateConfidence.NONE, id="a-day-in-the-text-is-no-date"),
    ],
)  # fmt: skip
def test_date(head: str, body: str, rules: ArticleRules, at: str, confidence: DateConfidence) -> None:
    article = read(page(body, head), rules)
    assert (
        f"{article.published.at:%Y-%m-%dT%H:%M}" if article.published.at else "",
        article.published.confidence,
    ) == (at, confidence)
    assert bool(article.published_raw) == bool(at)


def test_an_old_pages_charset_is_read() -> None:
    markup = (
        f"<html><head><meta charset='euc-kr'><title>공고</title></head><body><p>{KO_NOTICE}</p></body></html>"
    )
    document = Document("https://a.kr/", markup.encode("cp949"), {"content-type": "text/html"})
    assert read(document).text == KO_NOTICE


def test_the_text_is_capped_and_never_markup() -> None:
    article = read(page(f"<article><p>&lt;script&gt;{PARAGRAPH * 400}</p></article>"), ArticleRules(text="p"))
    assert len(article.text) == MAX_TEXT
    assert read(page(f"<article><p>{PARAGRAPH}<img src=x onerror=alert(1)></p></article>")).text == PARAGRAPH


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"PK\x03\x04" + b"\0" * 100, "application/zip"),
        (b"\xd0\xcf\x11\xe0hwp", ""),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b'{"a": 1}', "application/json"),
    ],
)
def test_a_file_is_no_page(body: bytes, content_type: str) -> None:
    article = read(Document("https://a.kr/f", body, {"content-type": content_type}))
    assert (article.where, article.reason[:11]) == (TextSource.NONE, "no web page")


def test_plain_text_is_text() -> None:
    document = Document(
        "https://a.kr/t.txt", f"{PARAGRAPH}\n\n{KO_NOTICE}".encode(), {"content-type": "text/plain"}
    )
    assert read(document).text == f"{PARAGRAPH}\n{KO_NOTICE}"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<div>" * 1_600_000, id="billion-tags"),
        pytest.param(b"<b>" * 10_000 + b"x" * 300 + b"</b>" * 10_000, id="deep"),
        pytest.param(b"<p>" + b"word " * 1_600_000, id="8-mb"),
        pytest.param(b"<p " + b"a=b " * 300_000 + b">", id="attributes"),
        pytest.param(b"<title>" + b" - " * 300_000, id="separators"),
        pytest.param(b'<script type="application/ld+json">' + b"[" * 300_000, id="deep-json"),
        pytest.param(b"<table><tr><td>" * 3_000, id="tables"),
        pytest.param(b"%PDF-1.7\n" + b"\xff" * 100_000, id="broken-pdf"),
    ],
)
def test_hostile_pages_end(body: bytes) -> None:
    assert len(read(Document("https://a.kr/", body, {"content-type": "text/html"})).text) <= MAX_TEXT


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600), st.sampled_from(["", "text/html", "application/pdf", "text/plain"]))
def test_no_bytes_raise(body: bytes, content_type: str) -> None:
    read(
        Document(
            "https://a.kr/",
            b"<html><body>" * (content_type == "text/html") + body,
            {"content-type": content_type},
        )
    )


# PDF


def pdf(*pages: list[str], title: str = "") -> bytes:
    """A PDF as a press office's tool writes it: a font of sixteen-bit glyphs, and a table of what they mean."""
    glyphs = "".join(
        f"<{ord(letter):04X}> <{ord(letter):04X}>\n" for letter in sorted({*"".join(sum(pages, []))})
    )
    meanings = f"begincmap\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n{len(glyphs.splitlines())} beginbfchar\n{glyphs}endbfchar\nendcmap"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{' '.join(f'{10 + 2 * n} 0 R' for n in range(len(pages)))}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Any /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 6 0 R /DW 1000 >>",
        f"<< /Length {len(meanings)} >>\nstream\n{meanings}\nendstream",
        "<< /Type /FontDescriptor /FontName /Any /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
        f"<< /Title ({title}) >>",
        "null",
        "null",
    ]
    for number, lines in enumerate(pages):
        shown = "".join(f"<{line.encode('utf-16-be').hex()}> Tj 0 -20 Td\n" for line in lines)
        stream = f"BT /F1 10 Tf 40 760 Td\n{shown}ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {11 + 2 * number} 0 R >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    body = b"%PDF-1.4\n"
    offsets = []
    for number, text in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    return (
        body
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R /Info 7 0 R >>\n"
            f"startxref\n{len(body)}\n%%EOF"
        ).encode()
    )


def test_a_press_release_in_pdf_is_read_in_paragraphs() -> None:
    lines = [
        "소재 국내 생산을 두 배로 늘린다",
        "산업통상부는 이차전지 소재의 국내 생산을 두 배로 늘리는 계획을 발표했다고",
        "밝혔다.",
        "- 2 -",
        "○ 2028년까지 세 곳에 공장을 세운다",
        "○ 예산은 3천억 원이다",
    ]
    article = read(
        Document("https://a.kr/f", pdf(lines), {"content-type": "application/octet-stream; name=x.pdf"})
    )
    assert article.where is TextSource.PDF
    assert article.title == lines[0]
    assert article.text.split("\n") == [lines[0], f"{lines[1]} {lines[2]}", *lines[4:]]


def test_a_japanese_line_goes_on_without_a_space() -> None:
    lines = ["経済産業省は本日、蓄電池の国内製造基盤を強くするための支", "援策を公表しました。"]
    article = read(
        Document(
            "https://a.jp/f", pdf(lines, title="Microsoft Word - a.docx"), {"content-type": "application/pdf"}
        )
    )
    assert article.text == "".join(lines)
    assert article.title == lines[0]


def test_a_latin_pdf_has_the_title_that_it_names() -> None:
    lines = [
        "The Institute will publish its outlook for the materials industry on",
        "the first Monday of next month at its office.",
    ]
    article = read(
        Document("https://a.eu/f", pdf(lines, title="Materials outlook"), {"content-type": "application/pdf"})
    )
    assert (article.title, article.text) == ("Materials outlook", " ".join(lines))


def test_only_the_first_pages_of_a_pdf_are_read() -> None:
    pages = [
        [f"쪽 {number} 에는 산업 소재의 공급망에 관한 이야기가 적혀 있습니다."]
        for number in range(MAX_PDF_PAGES + 3)
    ]
    text = read(Document("https://a.kr/f", pdf(*pages), {"content-type": "application/pdf"})).text
    assert f"쪽 {MAX_PDF_PAGES - 1} " in text
    assert f"쪽 {MAX_PDF_PAGES} " not in text


@pytest.mark.parametrize(
    ("body", "reason"),
    [(pdf([]), "the PDF has no text: pictures of pages"), (b"%PDF-1.4 junk", "unreadable PDF")],
    ids=["scanned", "broken"],
)
def test_a_pdf_without_text_is_none(body: bytes, reason: str) -> None:
    article = read(Document("https://a.kr/f.pdf", body, {}))
    assert article.where is TextSource.NONE
    assert article.reason.startswith(reason)
