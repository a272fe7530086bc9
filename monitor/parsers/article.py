"""Pure: an entry's own page, HTML or PDF, into its text, title and date; or into nothing, and why.

The order: the selectors of the source's stanza, then trafilatura, then nothing: the caller keeps what the feed said.
A login page, a wall or an error page is worse than nothing, since its words would be searched and matched as the
entry's own.
"""

import json
import re
from collections.abc import Iterator
from configparser import ConfigParser
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pypdfium2  # type: ignore[import-untyped]
from bs4 import BeautifulSoup, Comment, Tag

from monitor.documents import DateConfidence, Document, TextSource
from monitor.texts.dates import NO_DATE, ParsedDate, parse_date
from monitor.texts.decode import decode
from monitor.texts.soup import soup_of
from monitor.texts.text import clean_line

if TYPE_CHECKING:
    from monitor.sources import ArticleRules

#: Characters of text that are kept.
MAX_TEXT = 20_000
#: Characters of a page that are read. The largest newspaper pages at hand have 2 million, most of them scripts at the end.
MAX_MARKUP = 3_000_000
#: A page with more is not read: that of the longest list has some 20,000; ten times as many take trafilatura a minute.
MAX_TAGS = 60_000
#: Press releases say what they say on the first pages; tables and annexes follow.
MAX_PDF_PAGES = 10

#: Characters. Less is a stub: "자세한 내용은 붙임 참조", a caption, a button. A Chinese character says as much as half a word.
LEAST_CJK, LEAST_LATIN = 31, 80
#: What trafilatura may find too little of before it falls back on the whole page, navigation and all. Its own 250 is
#: made for English, where the whole of a Korean or Japanese notice has 75 characters.
EXTRACTED_CJK, EXTRACTED_LATIN = 40, 250
#: A line shorter than this, without a full stop, at either end of the text is a link or a label.
LABEL_CJK, LABEL_LATIN = 20, 40
#: Up to this length a text that speaks of logging in or of missing pages is a wall or an error page, beyond it an article.
SHORT_CJK, SHORT_LATIN = 700, 1_500

_CJK = re.compile("[\u1100-\u11ff\u3041-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_SENTENCE_END = re.compile(r"""[.!?。．！？…]["'”’」』）)\]]*$""")

_CUT_OFF = re.compile(r"残り\s*[\d,]+\s*文字")
_PAYWALL = re.compile(
    r"この(?:記事|コンテンツ|ページ)は(?:有料)?会員|会員(?:限定|専用|登録).{0,20}(?:続き|全文|閲覧)|続きを.{0,6}(?:読|ご覧).{0,16}(?:登録|ログイン|会員)|"
    r"(?:登録|ログイン)すると.{0,10}(?:続き|全文)|敬请登录|(?:登录|注册)(?:后|以便|即可).{0,8}(?:查看|观看|阅读|全文)|付费(?:阅读|会员)|"
    r"로그인\s*(?:후|이 필요|을 하셔야|하셔야|하시면)(?!.{0,10}(?:댓글|의견|공감|추천))|(?:유료|정회원|구독|프리미엄)\s*(?:회원|독자|구독자)?\s*(?:전용|에게만|만 (?:볼|읽|이용))|회원\s*(?:전용|에게만|만 (?:볼|읽|이용))|"
    r"\b(?:subscribe|sign in|log ?in|register|become a member)(?: now| today)? to (?:continue |keep )?(?:read|view|access|unlock)|"
    r"\b(?:subscribers?|members?)[- ]only\b|\balready a subscriber\b|\bfor subscribers only\b",
    re.IGNORECASE,
)
_ERROR_PAGE = re.compile(
    r"페이지를 찾을 수 없|(?:존재하지 않는|삭제된|잘못된)\s*(?:페이지|게시물|게시글|기사|글|접근|경로|주소)|요청하신 (?:페이지|주소|기사)[^.]{0,20}(?:없|삭제)|서비스 (?:점검|이용이 원활)|시스템 (?:점검|오류)|"
    r"(?:ページ|記事|ファイル)(?:が|は)(?:見つかりません|見つかりませんでした|存在しません|削除)|お探しの(?:ページ|記事)|掲載(?:期間)?が終了|ただいまメンテナンス|"
    r"页面不存在|找不到(?:该|您)?[^。]{0,6}页面|"
    r"\b(?:404|403|500|502|503)\b.{0,12}(?:not found|error|forbidden|unavailable)|\bpage (?:not found|cannot be found|could not be found|no longer exists)|\baccess denied\b|"
    r"\bjust a moment\b|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|request (?:was )?blocked|"
    r"(?:enable|turn on|requires?|activate) javascript|javascript\s*(?:を有効|が無効)|자바스크립트[를을]?\s*(?:활성|사용|지원|켜)",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    r"(?:쿠키|クッキー|\bcookies?\b).{0,60}(?:동의|허용|사용|수집|同意|使用|利用|許可|consent|accept|agree|use|policy|zustimm|akzeptier)|"
    r"(?:accept|consent to|use[sd]?|we and our partners).{0,40}\bcookies?\b|使用.{0,10}cookie",
    re.IGNORECASE,
)

_SITE_SEPARATOR = re.compile(r"\s+[|｜‖•·:–—<\-]\s+|\s*[|｜‖]\s*|\s+::\s+|\s+»\s+")
_BLOCKS = (
    "p", "div", "li", "tr", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "section", "article", "table",
    "ul", "ol", "dl", "blockquote", "pre", "figure", "figcaption", "header", "footer", "td", "th",
)  # fmt: skip
_UNREAD = ("script", "style", "noscript", "template", "iframe", "svg", "form", "button", "select")
_MARK = "\u2029"

_DATE_METAS = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published", "datepublished",
    "pubdate", "publishdate", "publish-date", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date",
    "dcterms.date", "date", "cxenseparse:recs:publishtime", "parsely-pub-date", "sailthru.date",
)  # fmt: skip
#: What Korean and Japanese boards write before the day of a notice.
_LABELLED_DATE = re.compile(
    r"(?:등록일시?|작성일시?|게시일|게재일|발행일|배포일|입력|승인|掲載日|公開日|発表日|公表日|投稿日|配信日?|发布时间|发布日期)\s*[:：|]?\s*"
    r"(\d{2,4}\s?[-./年년]\s?\d{1,2}\s?[-./月월]\s?\d{1,2}[일日.]?(?:\s{0,2}(?:오전|오후|午前|午後)?\s?\d{1,2}:\d{2}(?::\d{2})?)?)"
)
_ARTICLE_TYPES = ("Article", "Posting", "Report")


@dataclass(frozen=True, slots=True)
class Article:
    """What an entry's own page says; each part empty where it does not."""

    title: str = ""  #: plain text, one line
    text: str = ""  #: plain text, a paragraph a line
    published: ParsedDate = NO_DATE
    published_raw: str = ""  #: the date string as the page has it
    where: TextSource = TextSource.NONE  #: of the text: PAGE, PDF, or NONE where it is empty
    #: One English line: why there is no text, or which selector of the stanza finds nothing any more.
    reason: str = ""


def read_article(
    document: Document, rules: "ArticleRules", language: str, zone: ZoneInfo, now: datetime
) -> Article:
    """The page's or PDF's text, title and date; what is not there, or not to be trusted, is empty. Never raises.

    `language` (such as "ja") says how short a text may be; where it is empty, the page's letters do.
    """
    content_type = document.headers.get("content-type", "").lower()
    if "pdf" in content_type or document.body[:1024].lstrip().startswith(b"%PDF-"):
        return _read_pdf(document.body, language)
    kind = content_type.partition(";")[0].strip()
    if (kind and not re.search("html|xml|text/plain", kind)) or document.body.startswith(
        (b"PK", b"\xd0\xcf")
    ):
        return Article(reason=f"no web page: {kind or 'a file'}")
    decoded = decode(document.body, content_type).text[:MAX_MARKUP]
    if kind == "text/plain" and not re.search("<html|<body", decoded[:2000], re.IGNORECASE):
        return _judged(
            Article(text=_lines(decoded.splitlines()), where=TextSource.PAGE), decoded[:200], language
        )
    if decoded.count("<") > MAX_TAGS:
        return Article(reason=f"more than {MAX_TAGS} tags")
    try:
        return _read_page(decoded, document.url, rules, language, zone, now)
    except RecursionError:
        return Article(reason="nested too deeply")


def _read_page(
    markup: str, url: str, rules: "ArticleRules", language: str, zone: ZoneInfo, now: datetime
) -> Article:
    soup = soup_of(markup)
    title = _title(soup, rules.title)
    raw, published = _published(soup, rules, zone, now)
    text = _selected_text(soup, rules.text)
    reason = "" if text or not rules.text else f'the text selector "{rules.text}" finds nothing'
    headings = [_text_of(heading) for heading in soup.select("title, h1, h2, h3, h4")[:30]]
    text = text or _main_text(markup, url, language or _language(soup), {title, *headings})
    heading = " ".join([title, *headings[:3]])
    article = Article(title, text, published, raw, TextSource.PAGE, reason)
    return _judged(article, heading, language)


def _judged(article: Article, heading: str, language: str) -> Article:
    """The article; without its text where that is a wall, an error page or a stub."""
    lines = [line for line in article.text.split("\n") if line and line != article.title]
    kept = [line for line in lines if not _COOKIES.search(line)]
    text = "\n".join(kept)
    cjk = _is_cjk(text or heading, language)
    short = len(text) < (SHORT_CJK if cjk else SHORT_LATIN)
    cut = _CUT_OFF.search(text)
    wall = cut or (_PAYWALL.search(text) if short else None)
    broken = _ERROR_PAGE.search(f"{heading}\n{text}") if short else None
    if broken and not wall:
        return _without_text(article, f"error page: {broken[0]}")
    if wall:
        return _without_text(article, f"paywall: {wall[0]}")
    if len(text) < (LEAST_CJK if cjk else LEAST_LATIN):
        cookies = len(kept) < len(lines)
        found = f"only {len(text)} characters of text" if text else "no text found"
        return _without_text(article, "cookie wall" if cookies else article.reason or found)
    return Article(
        article.title,
        text[:MAX_TEXT],
        article.published,
        article.published_raw,
        article.where,
        article.reason,
    )


def _without_text(article: Article, reason: str) -> Article:
    return Article(article.title, "", article.published, article.published_raw, TextSource.NONE, reason)


def _is_cjk(text: str, language: str) -> bool:
    if language in {"ko", "ja", "zh"}:
        return True
    # A Chinese or Korean letter weighs as much as three Latin ones.
    return 3 * len(_CJK.findall(text)) > len(_LATIN.findall(text))


def _language(soup: BeautifulSoup) -> str:
    html = soup.find("html")
    said = str(html.get("lang") or "")[:2].lower() if isinstance(html, Tag) else ""
    return said if said in {"ko", "ja", "zh"} else ""


# Text


def _selected_text(soup: BeautifulSoup, selector: str) -> str:
    if not selector:
        return ""
    found = soup.select(selector)
    inside = {id(child) for element in found for child in element.find_all(True)}
    return "\n".join(
        text for element in found if id(element) not in inside and (text := _paragraphs(element))
    )


def _paragraphs(element: Tag) -> str:
    """The element's text, a block a line, without what is no text."""
    for unread in element(_UNREAD):
        unread.decompose()
    for comment in element.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for block in element(_BLOCKS):
        block.insert_before(_MARK)
        block.append(_MARK)
    return _lines(element.get_text().split(_MARK))


def _lines(lines: list[str]) -> str:
    return "\n".join(line for given in lines if (line := clean_line(given)))[: 2 * MAX_TEXT]


def _main_text(markup: str, url: str, language: str, headings: set[str]) -> str:
    """What trafilatura takes for the page's text, without the headings, links and labels before and after it."""
    # Half a second, which only the process that reads pages need spend.
    from trafilatura import bare_extraction

    cjk = _is_cjk("" if language else re.sub(r"<[^>]*>", "", markup), language)
    found = bare_extraction(markup, url=url, include_comments=False, config=_tuned(cjk))
    text = str(getattr(found, "text", "") or "")
    lines = [line for given in text.split("\n") if (line := _without_cells(clean_line(given)))]
    lines = [line for number, line in enumerate(lines) if number > 20 or line not in headings]
    return "\n".join(_without_labels(lines, LABEL_CJK if cjk else LABEL_LATIN))[: 2 * MAX_TEXT]


@cache
def _tuned(cjk: bool) -> ConfigParser:
    from trafilatura.settings import DEFAULT_CONFIG

    config = deepcopy(DEFAULT_CONFIG)
    config.set("DEFAULT", "min_extracted_size", str(EXTRACTED_CJK if cjk else EXTRACTED_LATIN))
    return config


def _without_cells(line: str) -> str:
    """A table's row as words: trafilatura draws it as "| a | b |"."""
    if not line.startswith("|"):
        return line
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    return " ".join(cell for cell in cells if cell.strip("-: "))


def _without_labels(lines: list[str], length: int) -> list[str]:
    says = [
        len(line) >= length or bool(_SENTENCE_END.search(line) or _CUT_OFF.search(line)) for line in lines
    ]
    if not any(says):
        # Nothing but labels: a menu.
        return []
    return lines[says.index(True) : len(says) - says[::-1].index(True)]


# Title


def _title(soup: BeautifulSoup, selector: str) -> str:
    """By the stanza's selector, else og:title or <title> without the site's name, else the first heading."""
    chosen = soup.select_one(selector) if selector else None
    if chosen and (said := _text_of(chosen) or clean_line(str(chosen.get("content") or ""))):
        return said[:1_000]
    headings = [text for h1 in soup.select("h1")[:5] if (text := _text_of(h1))]
    site = _meta(soup, "og:site_name")
    for whole in (_meta(soup, "og:title"), _text_of(soup.title) if soup.title else ""):
        if whole:
            return _without_site(whole[:1_000], site, headings)
    return (headings[0] if headings else "")[:1_000]


def _without_site(title: str, site: str, headings: list[str]) -> str:
    for heading in headings:
        # A heading that the title begins with, and then a separator: that heading is the title.
        if title.startswith(heading) and re.match(r"\s*[^\w\s]", title[len(heading) :]):
            return heading
    separators = list(_SITE_SEPARATOR.finditer(title))
    last = separators[-1] if separators else None
    for separator in separators:
        before, after = title[: separator.start()], title[separator.end() :]
        if site and _same(site, after):
            return before
        if site and _same(site, before):
            return after
    # A bar before a short end is how sites sign their titles; a dash may belong to the title.
    if last and last[0].strip() in {"|", "｜"} and len(title) - last.end() < 0.6 * last.start():
        return title[: last.start()]
    return title


def _same(site: str, part: str) -> bool:
    one, other = ("".join(text.casefold().split()) for text in (site, part))
    return one == other or (len(one) > 3 and one in other and len(other) < 2 * len(one))


def _text_of(element: Tag) -> str:
    return clean_line(element.get_text(" "))


def _meta(soup: BeautifulSoup, name: str) -> str:
    tag = soup.find("meta", attrs={"property": name}) or soup.find("meta", attrs={"name": name})
    return clean_line(str(tag.get("content") or "")) if isinstance(tag, Tag) else ""


# Date


def _published(
    soup: BeautifulSoup, rules: "ArticleRules", zone: ZoneInfo, now: datetime
) -> tuple[str, ParsedDate]:
    """The best date on the page: one with a time before one without, else in the order of trust."""
    found = [
        (raw[:100], parsed)
        for raw in _dates(soup, rules)
        if (parsed := parse_date(clean_line(raw), zone, now)).at is not None
    ]
    if not found:
        return "", NO_DATE
    if rules.date and _selected_date(soup, rules) == found[0][0]:
        return found[0]
    timed = (one for one in found if one[1].confidence is not DateConfidence.DAY)
    first = found[0]
    best = next(timed, first)
    # Another day's time is another thing's: the last edit's, a comment's.
    same_day = best[1].at and first[1].at and abs(best[1].at - first[1].at).total_seconds() < 86_400
    return best if same_day else first


def _dates(soup: BeautifulSoup, rules: "ArticleRules") -> Iterator[str]:
    yield _selected_date(soup, rules)
    metas = {
        str(tag.get("property") or tag.get("name") or tag.get("itemprop")).lower(): str(
            tag.get("content") or ""
        )
        for tag in reversed(soup.select("meta[content]"))
    }
    yield from (metas[name] for name in _DATE_METAS if metas.get(name))
    yield from _linked_data(soup)
    for time in soup.select(
        "[itemprop=datePublished], time[pubdate], article time[datetime], main time[datetime]"
    )[:3]:
        yield str(time.get("datetime") or time.get("content") or time.get_text(" "))
    times = soup.select("time[datetime]")
    if times:
        yield str(times[0]["datetime"])
    if soup.body and (match := _LABELLED_DATE.search(clean_line(soup.body.get_text(" ")[:50_000]))):
        yield match[1]


def _selected_date(soup: BeautifulSoup, rules: "ArticleRules") -> str:
    element = soup.select_one(rules.date) if rules.date else None
    if element is None:
        return ""
    raw = str(element.get(rules.date_attribute) or "") if rules.date_attribute else element.get_text(" ")
    return clean_line(raw)[:100]


def _linked_data(soup: BeautifulSoup) -> Iterator[str]:
    """datePublished of schema.org descriptions, those of articles first."""
    others: list[str] = []
    for script in soup.select('script[type="application/ld+json"]')[:10]:
        try:
            waiting: list[Any] = [json.loads(script.get_text()[:500_000])]
        except (ValueError, RecursionError):
            continue
        for _step in range(2_000):
            if not waiting:
                break
            node = waiting.pop(0)
            if isinstance(node, list):
                waiting += node
            elif isinstance(node, dict):
                waiting += [value for value in node.values() if isinstance(value, dict | list)]
                date = node.get("datePublished")
                if isinstance(date, str) and any(kind in str(node.get("@type")) for kind in _ARTICLE_TYPES):
                    yield date
                elif isinstance(date, str):
                    others.append(date)
    yield from others


# PDF

_BULLET = re.compile(r"^(?:[○◯●□■◇◆▪▫•·※☞❍ㅇ*-]|\(?\d{1,2}[.)]|[①-⑳]|[가-하]\.)\s*\S")
_TOOL_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint)|untitled|無題|제목 ?없음)|\.(?:hwpx?|docx?|pptx?|pdf|xlsx?)$",
    re.IGNORECASE,
)


def _read_pdf(body: bytes, language: str) -> Article:
    try:
        pdf = pypdfium2.PdfDocument(body)
    except (pypdfium2.PdfiumError, ValueError) as error:
        return Article(reason=f"unreadable PDF: {clean_line(str(error))[:100]}")
    try:
        title = clean_line(str(pdf.get_metadata_dict().get("Title") or ""))
        lines: list[str] = []
        for number in range(min(len(pdf), MAX_PDF_PAGES)):
            lines += _pdf_page(pdf, number)
            if sum(map(len, lines)) > MAX_TEXT:
                break
    except pypdfium2.PdfiumError as error:
        return Article(reason=f"unreadable PDF: {clean_line(str(error))[:100]}")
    finally:
        pdf.close()
    text = "\n".join(_joined(lines))
    if len(text) < (LEAST_CJK if _is_cjk(text, language) else LEAST_LATIN):
        return Article(reason="the PDF has no text: pictures of pages")
    if not title or _TOOL_TITLE.search(title):
        title = next((line for line in lines if len(line) > 5), "")
    return Article(title[:1_000], text[:MAX_TEXT], where=TextSource.PDF)


def _pdf_page(pdf: Any, number: int) -> list[str]:
    page = pdf[number]
    try:
        textpage = page.get_textpage()
        try:
            text = textpage.get_text_range()
        finally:
            textpage.close()
    finally:
        page.close()
    lines = [clean_line(line.replace("\ufffe", "")) for line in text.splitlines()]
    # A line of digits alone is the page's number.
    return [line for line in lines if line and not re.fullmatch(r"[-–\s]*\d{1,3}[-–\s]*", line)]


def _joined(lines: list[str]) -> list[str]:
    """The lines of a page as paragraphs: one goes on where it is as long as a line gets and ends no sentence."""
    full = 0.75 * max(map(len, lines), default=0)
    paragraphs: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on and not _BULLET.match(line):
            # Korean has spaces between words, Japanese and Chinese have none to lose.
            glued = _is_han_or_kana(paragraphs[-1][-1]) and _is_han_or_kana(line[0])
            paragraphs[-1] += line if glued else f" {line}"
        else:
            paragraphs.append(line)
        goes_on = len(line) >= full and not _SENTENCE_END.search(line)
    return paragraphs


def _is_han_or_kana(letter: str) -> bool:
    return "\u3001" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff" or "\uff01" <= letter <= "\uff60"
