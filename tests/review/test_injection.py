"""What a feed, an address or a form says is text wherever it comes out: pages, mails, messages, files, charts."""

import html
import io
import re
import zipfile
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from alerts.channels.letters import letter, mailbox
from alerts.digests.making import draft_now
from alerts.messages import Message, Story, alert_message
from alerts.models import Recipient, Subscription
from classifiers.models import Assessment, Tag
from monitor.config import settings as own_settings
from monitor.models import Entry, Source
from monitor.texts.text import clean_line
from review import feeds
from review.charts.sparkline import sparkline
from review.deciding.decisions import decide
from review.deciding.handling import comment
from review.exports import FORMATS, export
from review.issues.citing import Cited
from review.issues.draft import DraftArticle, DraftSection, IssueDraft
from review.models import Candidate, Issue, SavedView
from review.search.index import index_stories
from tests.review.conftest import NOW
from tests.review.hostile import EVERYTHING
from tests.review.seed import Seed, Told, make_sources, make_story
from tests.review.test_safety import assert_inert

#: What Telegram's HTML mode knows (https://core.telegram.org/bots/api#html-style), as far as we use it.
TELEGRAM_TAGS = {"b", "i", "u", "s", "a", "code", "blockquote", "tg-spoiler"}
CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


@pytest.fixture
def boss(client: Client, db: None, now: datetime) -> Client:
    client.force_login(User.objects.create_superuser("boss", first_name=EVERYTHING[0]))
    return client


@pytest.fixture
def stories(boss: Client) -> list[int]:
    """A story for each text, which stands in all that a feed and an editor may write."""
    make_sources(NOW)
    user = User.objects.get(username="boss")
    found = []
    for number, text in enumerate(EVERYTHING):
        # As the store keeps them: titles and authors on one line, what a lead says as it came but for NUL.
        said = text.replace("\0", "")
        told = Told("xtech", "en", clean_line(text), said, 3 + number / 60)
        story = make_story(Seed(told, 0.9, {"ai": 0.9}), NOW)
        Entry.objects.filter(story=story).update(
            author=clean_line(text), content=said, guid=said, text=clean_line(text), tagged_at=NOW - timedelta(hours=1)
        )  # fmt: skip
        comment(story.pk, user, text, "web", NOW)
        found.append(story.pk)
    for tag, text in zip(Tag.objects.order_by("id"), EVERYTHING, strict=True):
        phrase = clean_line(text)
        tag.why = [phrase, {"phrase": phrase, "weight": 1.0, "by": "word", "term": phrase}]
        tag.save()
    Assessment.objects.update(why=[EVERYTHING[0], EVERYTHING[3]])
    Source.objects.update(reason=EVERYTHING[3], state="broken", failures=9)
    index_stories(found)
    return found


def readable(text: str) -> str:
    """A text as a page that keeps every letter of it may show it: only spaces and controls may differ."""
    return re.sub(r"[\s\x00-\x1f]+", "", text)


def test_no_text_of_a_feed_is_more_than_text_on_any_page(boss: Client, stories: list[int]) -> None:
    user = User.objects.get(username="boss")
    for pk in stories[:12]:
        decide(pk, user, "accept", "web", NOW)
    issue = Issue.objects.create(bulletin="kiat-watch", number="2026-23")
    section = "산업·기술동향"
    for order, (candidate, text) in enumerate(zip(Candidate.objects.all(), EVERYTHING, strict=False)):
        candidate.issue, candidate.section, candidate.order = issue, section, order
        candidate.headline = candidate.summary = candidate.note = clean_line(text)
        candidate.field = clean_line(text)[:40]
        candidate.save()
    SavedView.objects.create(owner=user, name=EVERYTHING[0][:60], query=f"q={EVERYTHING[0]}")
    shown = ""
    paths = [f"/stories/{pk}" for pk in stories]
    paths += [
        "/",
        "/?page=2",
        "/?state=accepted",
        "/?q=alert",
        "/?q=evil",
        "/candidates/",
        "/sources/",
        "/overview/",
        "/topics/",
    ]
    paths += [f"/candidates/{one.pk}" for one in Candidate.objects.all()]
    paths += [f"/issues/{issue.pk}/{page}" for page in ("", "preview", "coverage", "compare", "close")]
    for path in paths:
        answer = boss.get(path)
        assert answer.status_code == 200, path
        page = answer.content.decode()
        assert_inert(page)
        # A control or a bidi mark in the page itself would work on whatever stands beside it.
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", page), path
        shown += BeautifulSoup(page, "lxml").get_text()
    kept = readable(shown)
    lost = [text for text in EVERYTHING if readable(CONTROLS.sub("", text)) not in kept]
    assert lost == []


@pytest.mark.parametrize("text", EVERYTHING)
def test_in_a_message_it_is_literal(text: str) -> None:
    said = clean_line(text)
    story = Story(
        title=said, url="https://news.example/1", page="https://monitor.example/1", source=said, country="JP",
        topics=[said], published_at=NOW, date_confidence="instant", first_seen_at=NOW, why=[said], verdict=said,
    )  # fmt: skip
    message = alert_message(story, own_settings().timezone)
    assert_telegram(message)
    assert said in re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", message.html)))
    assert "\n" not in message.subject


def assert_telegram(message: Message) -> None:
    root = etree.fromstring(f"<x>{message.html}</x>".encode())
    for element in root.iter():
        assert element.tag in TELEGRAM_TAGS | {"x"}, element.tag
        assert set(element.attrib) <= {"href"}
        assert element.get("href", "https:").startswith(("https:", "http:"))


def test_in_a_summary_by_mail_it_is_text_and_the_head_stays_one(stories: list[int]) -> None:
    assert own_settings().public_url
    for address in ("mailto:a@example.kr", "telegram:1"):
        to = Recipient.objects.create(
            address=address,
            name=EVERYTHING[0],
            digest=True,
            state="active",
            created_at=NOW - timedelta(days=1),
        )
        Subscription.objects.create(recipient=to)
        rendered = draft_now(to, NOW).rendered
        assert "\n" not in rendered.subject
        if address.startswith("telegram"):
            assert_telegram(Message(rendered.html, rendered.plain))
            continue
        soup = BeautifulSoup(rendered.html, "lxml")
        assert not soup.find_all(
            ["script", "iframe", "object", "embed", "base", "form", "input", "svg", "math", "img"]
        )
        for element in soup.find_all(True):
            assert not [name for name in element.attrs if name.startswith("on")]
            assert str(element.get("href", "https:")).startswith(("https:", "http:", "mailto:")), element
        assert not re.search(r"url\(|@import", str(soup.find("style") or ""))
        told = readable(soup.get_text())
        in_it = [text for text in EVERYTHING if readable(clean_line(text)) in told]
        assert len(in_it) >= 5, "the summary names some of them, word for word"


@pytest.mark.parametrize("text", EVERYTHING)
def test_no_header_of_a_mail_begins_another(text: str) -> None:
    message = Message("<p>x</p>", "x", subject=text)
    raw = letter(message, Address(clean_line(text), addr_spec="m@example.kr"), mailbox("to@example.kr"), NOW)
    head, _blank, _body = raw.partition(b"\r\n\r\n")
    begun = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert len(begun) == len(set(begun))
    assert set(begun).isdisjoint({b"bcc", b"cc"})
    read = message_from_bytes(raw, policy=policy.default)
    assert read["To"] == "to@example.kr"
    assert read["From"].addresses[0].addr_spec == "m@example.kr"


@pytest.mark.parametrize("form", FORMATS)
def test_in_a_file_it_is_typed_and_nothing_reaches_out(form: str) -> None:
    articles = tuple(
        DraftArticle(
            text, text + "\n" + text, field=text, responsible=text,
            cited=Cited(title=text, author=text, medium=text, named=text, url="javascript:alert(1)"),
        )
        for text in EVERYTHING
    )  # fmt: skip
    draft = IssueDraft(
        "kiat-watch", "산업기술 동향 워치", "2026-23", sections=(DraftSection("산업·기술동향", articles),)
    )
    body = export(draft, form)
    if form == "html":
        soup = BeautifulSoup(body, "lxml")
        assert not soup.find_all(["script", "iframe", "object", "embed", "base", "form", "input", "img"])
        assert not [
            name for element in soup.find_all(True) for name in element.attrs if name.startswith("on")
        ]
    elif form in {"docx", "hwpx"}:
        assert_package(body)
    assert b'javascript:alert(1)"' not in body


def assert_package(body: bytes) -> None:
    """Every part is XML, no field is of the text's making, and what leads out leads to the web."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            if not name.endswith((".xml", ".rels", ".hpf")):
                continue
            root = etree.fromstring(archive.read(name))
            for element in root.iter("{*}Relationship"):
                if element.get("TargetMode") == "External":
                    assert str(element.get("Target")).startswith(("http://", "https://")), element.attrib
            codes = [
                str(code.text).split()[0]
                for code in root.iter("{*}instrText")
                if code.text and code.text.strip()
            ]
            assert set(codes) <= {"PAGE", "PAGEREF", "TOC", "REF", "HYPERLINK", "NUMPAGES", "STYLEREF"}, codes
            assert not list(root.iter("{*}script")), name


@pytest.mark.parametrize("text", EVERYTHING)
def test_in_a_chart_it_is_text(text: str) -> None:
    drawn = str(sparkline(clean_line(text), [1, 2, 3], bursts=[1], broken=[2]))
    root = etree.fromstring(drawn.encode())
    assert {etree.QName(element).localname for element in root.iter()} <= {
        "svg",
        "title",
        "path",
        "g",
        "rect",
        "desc",
    }
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]


#: What SQL, LIKE, FTS5 and tsquery would take for syntax.
SYNTAX = (
    "'", '"', "''", '""', "';--", "\\", "%", "_", "*", "(", ")", "()", "^", "-", "--", "/*", "NOT", "AND", "OR", "NEAR",
    "NEAR(a b, 3)", "a NEAR b", "a AND", "AND a", "NOT a", "a OR OR b", "title:a", "{title lead}: a", "- title : a",
    "a*", "*a", "^a", '"a', 'a"', '"a" "', "a + b", "a : b", "(a", "a)", "a & b", "a | b", "!a", "a <-> b", "a:*",
    "' UNION SELECT password FROM auth_user --", "\x00", "\x00\x01", "\ud7ff", "가" * 5000, "a " * 3000, "((((((((((",
    "1e999", "0x00", "NaN", "rank MATCH 'x'", "x') OR 1=1 --", "$$", "\\x00", "\u202e", "%00", "%s%n", "{}", "[]",
)  # fmt: skip


def test_search_words_are_words_whatever_they_are(boss: Client) -> None:
    make_story(Seed(Told("xtech", "ja", "半導体 a b"), 0.9, {"ai": 0.9}), NOW)
    for text in SYNTAX:
        assert boss.get("/", {"q": text}).status_code in {200, 400}, text


PARAMETERS = {
    "/": (
        "q",
        "topic",
        "source",
        "lang",
        "kind",
        "days",
        "state",
        "page",
        "bulletin",
        "region",
        "assigned",
        "sort",
        "view",
    ),
    "/candidates/": ("bulletin", "issue", "page"),
    "/alerts/": ("state", "kind", "recipient", "day", "before"),
    "/actions/": ("who", "group", "before"),
    "/overview/": ("days", "topic", "region"),
    "/issues/": ("month",),
    "/quality/": ("threshold", "model"),
    "/candidates/paste": ("url", "by_hand"),
    "/signin/": ("next",),
    "/feeds/ai.atom": ("token",),
    "/sources/": ("state",),
    "/issues/past/": ("bulletin", "q", "page"),
}

_odd = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.sampled_from(SYNTAX),
    st.sampled_from(("-1", "0", "1", "9" * 18, "9" * 40, "2026-13-45", "0000-00-00", "2026-11", "9999-12-31", "1e308", "inf")),
)  # fmt: skip


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_address_ends_in_an_error_of_ours(boss: Client, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(PARAMETERS)))
    query = data.draw(st.dictionaries(st.sampled_from(PARAMETERS[path]), _odd, min_size=1, max_size=4))
    assert boss.get(path, query).status_code < 500, (path, query)


#: Where something is sent to, with its fields.
SENT = {
    "/bulk": ("story", "choice", "seen", "to", "next"),
    "/live": ("story", "page", "at", "filters", "newest"),
    "/stories/{story}/decide": ("choice", "seen", "next", "then"),
    "/stories/{story}/assign": ("to", "seen", "next"),
    "/stories/{story}/comment": ("text", "next"),
    "/stories/{story}/topics": ("topic", "entry", "seen"),
    "/stories/{story}/objections": ("topic", "term", "phrase"),
    "/views/": ("action", "name", "query", "view", "shared", "next"),
    "/candidates/paste": ("url", "how", "title", "on"),
    "/issues/new": ("bulletin", "number", "published_on", "deadline_on"),
    "/recipients/new/": ("address", "name", "rules", "r0-words", "r0-relevance", "budget", "quiet_from", "zone_name", "action", "language"),
    "/people/": ("name", "shown", "email", "role"),
    "/me/": ("action", "session", "new_password1"),
    "/quality/rehearse": ("model", "threshold"),
    "/undo": ("decision", "next"),
}  # fmt: skip


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_form_ends_in_an_error_of_ours(boss: Client, data: st.DataObject) -> None:
    story = (
        Entry.objects.values_list("story_id", flat=True).first()
        or make_story(Seed(Told("xtech", "ja", "題"), 0.9, {"ai": 0.9}), NOW).pk
    )
    path = data.draw(st.sampled_from(sorted(SENT)))
    known = st.sampled_from(
        ("save", "accept", "later", "waiting", "write", "ai", "1", f"{story}", "remove", "text")
    )
    fields = data.draw(st.dictionaries(st.sampled_from(SENT[path]), st.one_of(_odd, known), max_size=5))
    answer = boss.post(path.format(story=story), fields)
    assert answer.status_code < 500, (path, fields)
    assert not answer.get("Location", "/").startswith(("//", "http:", "https:", "/\\")), answer["Location"]


def test_a_feed_of_such_texts_is_still_one(stories: list[int]) -> None:
    body, _changed = feeds.atom("ai")
    root = etree.fromstring(body)
    titles = "".join(readable(str(element.text)) for element in root.iter("{*}title"))
    assert [text for text in EVERYTHING if readable(clean_line(text)) not in titles] == []
