"""Which section of a bulletin takes an entry."""

import pytest

from classifiers.sections import section_of
from classifiers.taxonomy import Bulletin, Section

BULLETIN = Bulletin(
    id="japan",
    name="일본",
    cadence="monthly",
    regions=["JP"],
    sections=[
        Section(name="경제", kinds=["economy"], topics=["macro", "monetary"]),
        Section(name="정책", kinds=["policy"]),
        Section(name="기술", topics=["ai"]),
        Section(name="사례"),
    ],
)


@pytest.mark.parametrize(
    ("topics", "kind", "regions", "section"),
    [
        pytest.param(["macro"], "economy", ["JP"], "경제", id="kind and topic"),
        pytest.param(["ai"], "economy", ["JP", "US"], "기술", id="topic alone, one of its regions"),
        pytest.param([], "policy", ["JP"], "정책", id="kind alone"),
        pytest.param(["ai"], "policy", ["JP"], "정책", id="the first that takes it"),
        pytest.param(["ai"], "policy", ["US"], None, id="elsewhere"),
        pytest.param(
            ["robotics"], "industry", ["JP"], None, id="nobody's: a section without rules takes nothing"
        ),
    ],
)
def test_an_entry_stands_in_the_first_section_that_takes_it(
    topics: list[str], kind: str, regions: list[str], section: str | None
) -> None:
    found = section_of(BULLETIN, topics, kind, regions)
    assert (found.name if found else None) == section


def test_a_bulletin_without_regions_takes_news_from_anywhere() -> None:
    anywhere = BULLETIN.model_copy(update={"regions": []})
    found = section_of(anywhere, ["ai"], "technology", [])
    assert found is not None and found.name == "기술"
