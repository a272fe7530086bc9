"""The pages in English: MONITOR_LANGUAGE=en."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import polib
import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.utils import translation

from alerts.models import Alert, Recipient
from classifiers.models import PastArticle, PastIssue
from monitor.i18n import translate
from review.accounts import actions
from review.deciding.decisions import decide
from review.labels import TABLES
from tests.review.conftest import NOW, forget_settings
from tests.review.seed import Seed, Told, make_sources, make_story

CATALOGUE = Path(translate.__code__.co_filename).parent / "locale" / "en" / "LC_MESSAGES" / "django.po"
HANGUL = re.compile("[ㄱ-ㅎ가-힣]+")


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    data = Path(__file__).parent / "data"
    # Names that people gave stay as they are: here they hold no Korean, so that all Korean left is ours.
    for name in ("sources.yaml", "topics.yaml"):
        text = (data / name).read_text(encoding="utf-8")
        text = re.sub(
            r"ko: (\[[^\]]*\]|\"[^\"]*\"|[^,}]+)",
            lambda m: "ko: [term]" if m[1][0] == "[" else "ko: Name",
            text,
        )
        (tmp_path / name).write_text(HANGUL.sub("X", text), encoding="utf-8")
        monkeypatch.setenv(f"MONITOR_{name.split('.')[0].upper()}", str(tmp_path / name))
    monkeypatch.setenv("MONITOR_LANGUAGE", "en")
    forget_settings()
    with override_settings(LANGUAGE_CODE="en"), translation.override("en"):
        yield


def test_no_korean_is_left_on_any_page(client: Client, english: None, db: None, now: datetime) -> None:
    boss = User.objects.create_superuser("boss")
    client.force_login(boss)
    pages = ["/", "/candidates/", "/alerts/"]
    left = {path: HANGUL.findall(client.get(path).content.decode()) for path in pages}
    make_sources(NOW)
    others = (Told("boj", "ja", "他", hours=50), Told("nist", "en", "Other", hours=20, confidence="none"))
    seed = Seed(Told("xtech", "ja", "題"), 0.5, {"ai": 0.9}, ("題",), "policy", ("JP", "EU"), others)
    stories = [make_story(seed, NOW) for _ in range(36)]
    for number, choice in enumerate(("accept", "reject", "later")):
        decide(
            stories[number].pk,
            boss,
            choice,
            ("web", "telegram", "console")[number],
            NOW - timedelta(hours=number),
        )
    recipient = Recipient.objects.create(address="telegram:1")
    for number, state in enumerate(Alert.State.values):
        story = stories[number]
        Alert.objects.create(recipient=recipient, story=story, entry=story.lead, state=state, attempts=3)
    pages += [
        "/?q=none",
        "/?topic=ai&lang=ja&kind=policy&days=7&source=boj",
        "/sources/",
        "/topics/",
        "/quality/",
        "/issues/past/",
        "/nowhere",
    ]
    issue = PastIssue.objects.create(bulletin="kiat-watch", number="1")
    for order, topics in enumerate((["ai"], [])):
        PastArticle.objects.create(issue=issue, order=order, title="題", topics=topics, citation="題")
    pages.append(f"/issues/past/{issue.pk}")
    pages += [f"/stories/{story.pk}" for story in stories[:4]]
    left |= {path: HANGUL.findall(client.get(path).content.decode()) for path in pages}
    for choice, seen in (("reject", "waiting"), ("accept", "waiting"), ("undo", "rejected")):
        fields = {"choice": choice, "seen": seen}
        answer = client.post(f"/stories/{stories[9].pk}/decide", fields, follow=True)
        left[f"after {choice}"] = HANGUL.findall(answer.content.decode())
    fields = {f"seen-{row.pk}": "" for row in issue.articles.all()}
    answer = client.post(f"/issues/past/{issue.pk}", fields, follow=True)
    left["after confirming"] = HANGUL.findall(answer.content.decode())
    client.logout()
    for path in ("/signin/", "/signin/x/"):
        left[path] = HANGUL.findall(client.get(path).content.decode())
    left["preview"] = HANGUL.findall(
        client.get("/signin/x/", headers={"User-Agent": "TelegramBot"}).content.decode()
    )
    for _ in range(12):
        answer = client.post("/signin/", {"username": "x", "password": "y"})
        left[f"tried {answer.status_code}"] = HANGUL.findall(answer.content.decode())
    assert {path: words for path, words in left.items() if words} == {}


def test_the_page_names_its_language(client: Client, english: None, db: None) -> None:
    assert '<html lang="en">' in client.get("/signin/").content.decode()


def test_every_label_has_its_english() -> None:
    missing = [
        text
        for table in (*TABLES, *actions.TABLES)
        for text in table.values()
        if translate(text, "en") == text
    ]
    assert missing == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    written, compiled = polib.pofile(str(CATALOGUE)), polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    texts = {
        (entry.msgctxt, entry.msgid): (entry.msgstr, entry.msgstr_plural)
        for entry in written.translated_entries()
    }
    assert {(entry.msgctxt, entry.msgid): (entry.msgstr, entry.msgstr_plural) for entry in compiled} == texts
    assert not written.untranslated_entries()
    assert not written.fuzzy_entries()


def test_placeholders_survive_translation() -> None:
    for entry in polib.pofile(str(CATALOGUE)):
        wanted = set(re.findall(r"%\(\w+\)s|\{\w+\}", entry.msgid))
        for text in [entry.msgstr] if entry.msgstr else entry.msgstr_plural.values():
            found = set(re.findall(r"%\(\w+\)s|\{\w+\}", text))
            # A singular may leave its number out.
            assert found <= wanted, entry.msgid
            assert found == wanted or entry.msgid_plural, entry.msgid
