"""How articles name where they come from."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from monitor.models import Entry
from monitor.sources import SourceConfig
from review.deciding.decisions import decide
from review.issues.citing import Cited, cited, cited_of, named, publisher
from review.models import Candidate
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story


@pytest.mark.parametrize(
    ("name", "country", "printed"),
    [
        pytest.param("日 경제산업성", "JP", "日 경제산업성", id="has its sign"),
        pytest.param("경제산업성", "JP", "日 경제산업성", id="has none"),
        pytest.param("日立製作所", "JP", "日 日立製作所", id="begins with the sign's character"),
        pytest.param("NIST", "US", "美 NIST", id="Latin"),
        pytest.param("美 RAND", "INT", "美 RAND", id="signed by hand"),
        pytest.param("中 国务院", "JP", "中 国务院", id="another country's by hand"),
        pytest.param("KIAT", "KR", "KIAT", id="our own country"),
        pytest.param("OECD", "INT", "OECD", id="of many countries"),
        pytest.param("유럽연합 집행위원회", "EU", "EU 유럽연합 집행위원회", id="the Union"),
        pytest.param("EU 집행위", "EU", "EU 집행위", id="the Union, signed"),
        pytest.param("TNO", "NL", "TNO", id="a country without a sign"),
        pytest.param("TNO", "", "TNO", id="no country"),
        pytest.param("", "JP", "", id="nothing"),
    ],
)
def test_a_heading_names_a_source_behind_its_countrys_sign(name: str, country: str, printed: str) -> None:
    assert named(name, country) == printed


def source(source_id: str, url: str) -> SourceConfig:
    return SourceConfig.model_validate({"id": source_id, "url": url})


@pytest.mark.parametrize(
    ("url", "found"),
    [
        pytest.param("https://www.meti.example/press/2026/1.html", "press", id="same folder"),
        pytest.param(
            "https://meti.example/statistics/1.html", "statistics", id="another folder of that host"
        ),
        pytest.param("http://meti.example/", "press", id="the host alone: its first source"),
        pytest.param("https://notmeti.example/press/", None, id="a host that ends alike"),
        pytest.param("mailto:press@meti.example", None, id="no page"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_page_belongs_to_the_source_of_its_host(url: str, found: str | None) -> None:
    sources = [
        source("press", "https://www.meti.example/press/index.html"),
        source("statistics", "https://www.meti.example/statistics/index.html"),
    ]
    belongs = publisher(url, sources)
    assert (belongs.id if belongs else None) == found


class TestCitation:
    def test_it_says_what_the_source_published_and_what_sources_yaml_calls_it(self, db: None) -> None:
        entry = make_story(Seed(Told("meti-press", "ja", "半導体", "", 3, "day"), 0.9, {}), NOW).lead
        assert entry
        entry.author = "商務情報政策局"
        assert cited_of(entry) == Cited(
            "商務情報政策局", "半導体", "METI", "日 경제산업성", datetime(2026, 11, 21).date(), entry.url
        )

    def test_the_day_is_the_one_at_the_source(self, db: None) -> None:
        entry = make_story(Seed(Told("nist", "en", "Chips"), 0.9, {}), NOW).lead
        assert entry
        entry.published_at = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)  # 22:00 of the 20th in New York
        assert str(cited_of(entry).on) == "2026-11-20"

    def test_a_source_without_dates_leaves_the_day_open(self, db: None) -> None:
        entry = make_story(Seed(Told("nikkei-asia", "en", "Chips", "", 3, "none"), 0.9, {}), NOW).lead
        assert entry
        assert cited_of(entry).on is None

    def test_a_source_that_has_gone_is_known_by_its_pages(self, db: None) -> None:
        entry = make_story(
            Seed(Told("gone", "ja", "題", url="https://meti.example/press/1"), 0.9, {}), NOW
        ).lead
        assert entry
        assert cited_of(entry).named == "日 경제산업성"
        entry.url = "https://www.unknown.example/a"
        assert (cited_of(entry).medium, cited_of(entry).named) == ("unknown.example", "unknown.example")

    def test_what_an_editor_wrote_goes_first_field_by_field(self, kim: User) -> None:
        story = make_story(Seed(Told("meti-press", "ja", "半導体"), 0.9, {}), NOW)
        decide(story.pk, kim, "accept", "web", NOW)
        candidate = Candidate.objects.get()
        candidate.cited_title, candidate.cited_as = "半導体戦略", "日 METI"
        said = cited(candidate)
        assert (said.title, said.named, said.medium) == ("半導体戦略", "日 METI", "METI")

    def test_a_story_that_lost_its_lead_is_cited_by_its_first_entry(self, kim: User) -> None:
        told = Seed(Told("meti-press", "ja", "一"), 0.9, {}, others=(Told("boj", "ja", "二"),))
        story = make_story(told, NOW)
        decide(story.pk, kim, "accept", "web", NOW)
        story.lead = None
        story.save()
        assert cited(Candidate.objects.get()).title == "一"
        Entry.objects.filter(story=story).delete()
        assert cited(Candidate.objects.get()) == Cited()
