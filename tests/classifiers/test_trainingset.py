"""The training set that ships: every line right, every topic and language well represented, nothing copied."""

import json
from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rapidfuzz import fuzz, process

from classifiers.judging.features import EntryText
from classifiers.judging.kinds import KINDS
from classifiers.taxonomy import load_taxonomy
from classifiers.training import trainingset
from classifiers.training.trainingset import Example, Labels
from classifiers.words.wordlists import word_list
from monitor.texts.words import normalise
from tests.classifiers.test_figures import GOLD
from tests.classifiers.test_taxonomy import PACKAGED

FOLDER = Path(trainingset.__file__).parents[1] / "data" / "training"
FILES = sorted(FOLDER.glob("*.jsonl"))
TOPICS = tuple(load_taxonomy(PACKAGED).by_id)
LANGUAGES = ("ko", "ja", "en", "zh", "de")
KEYS = {"title", "lead", "lang", "topics", "kind", "regions", "relevant"}


@cache
def rows() -> tuple[dict[str, Any], ...]:
    return tuple(row for file in FILES for row in read(file))


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def near(titles: list[str], others: list[str], least: float) -> list[tuple[str, str]]:
    """The pairs, a title and another, whose ratio is `least` at least."""
    ratios = process.cdist(titles, others, scorer=fuzz.ratio, score_cutoff=least)
    return [(titles[one], others[other]) for one, other in zip(*np.nonzero(ratios), strict=True)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
class TestEveryLine:
    def test_has_the_keys_and_no_others(self, file: Path) -> None:
        assert [row for row in read(file) if row.keys() != KEYS] == []

    def test_has_a_title_and_texts_of_one_line(self, file: Path) -> None:
        assert [row["lead"] for row in read(file) if not row["title"]] == []
        texts = [text for row in read(file) for text in (row["title"], row["lead"])]
        assert [text for text in texts if text != text.strip() or len(text.splitlines()) > 1] == []

    def test_has_topics_that_exist_each_once(self, file: Path) -> None:
        assert {topic for row in read(file) for topic in row["topics"]} <= set(TOPICS)
        assert [row["title"] for row in read(file) if len(set(row["topics"])) != len(row["topics"])] == []

    def test_has_a_kind_a_language_and_a_relevance_that_exist(self, file: Path) -> None:
        assert {row["kind"] for row in read(file)} <= set(KINDS)
        assert {row["lang"] for row in read(file)} <= set(LANGUAGES)
        assert {row["relevant"] for row in read(file)} <= {0, 1}

    def test_has_regions_that_the_gazetteer_knows_or_could(self, file: Path) -> None:
        known = word_list("regions", names=True).concepts
        regions = {region for row in read(file) for region in row["regions"]}
        assert {one for one in regions - known if not (len(one) == 2 and one.isupper())} == set()


class TestAsAWhole:
    @pytest.mark.parametrize("topic", TOPICS)
    def test_a_topic_has_sixty_items_and_a_share_in_each_language(self, topic: str) -> None:
        languages = Counter(row["lang"] for row in rows() if topic in row["topics"])
        assert languages.total() >= 60
        assert {language: n for language in LANGUAGES[:4] if (n := languages[language]) < 10} == {}

    def test_off_topic_items_are_many_in_each_language(self) -> None:
        languages = Counter(row["lang"] for row in rows() if not row["topics"])
        assert languages.total() >= 800
        assert {language: n for language in LANGUAGES[:4] if (n := languages[language]) < 100} == {}

    def test_what_is_off_topic_is_hardly_ever_wanted(self) -> None:
        off_topic = [row for row in rows() if not row["topics"]]
        assert sum(row["relevant"] for row in off_topic) <= 0.01 * len(off_topic)

    def test_items_of_several_topics_and_unwanted_ones_with_a_topic_are_no_rarity(self) -> None:
        with_topic = [row for row in rows() if row["topics"]]
        assert sum(len(row["topics"]) > 1 for row in with_topic) >= 0.2 * len(with_topic)
        assert sum(not row["relevant"] for row in with_topic) >= 0.05 * len(with_topic)

    def test_every_kind_is_there_in_every_language(self) -> None:
        found = {(row["kind"], row["lang"]) for row in rows()}
        assert {(kind, language) for kind in KINDS for language in LANGUAGES[:4]} <= found

    def test_items_come_with_a_lead_and_without(self) -> None:
        assert 0.2 <= sum(bool(row["lead"]) for row in rows()) / len(rows()) <= 0.8

    def test_no_title_stands_there_twice(self) -> None:
        titles = sorted(normalise(row["title"]) for row in rows())
        assert [title for title, same in groupby(titles) if len(list(same)) > 1] == []

    @pytest.mark.skipif(not GOLD.exists(), reason="no labelled headlines beside the checkout")
    def test_no_title_is_that_of_a_labelled_headline_or_nearly(self) -> None:
        gold = [json.loads(line)["title"] for line in GOLD.read_text(encoding="utf-8").splitlines()]
        assert near([row["title"] for row in rows()], gold, 80) == []
        # That the comparison would find one.
        assert near([gold[0][1:]], gold, 80)


class TestShipped:
    def test_it_is_every_line_of_every_file(self) -> None:
        texts = [(one.text.title, one.text.lead, one.text.language) for one in trainingset.shipped()]
        assert texts == [(row["title"], row["lead"], row["lang"]) for row in rows()]

    def test_its_labels_are_those_of_the_lines_and_all_weigh_the_same(self) -> None:
        examples = trainingset.shipped()
        assert [one.topics for one in examples] == [frozenset(row["topics"]) for row in rows()]
        assert [(one.kind, one.relevant) for one in examples] == [
            (row["kind"], bool(row["relevant"])) for row in rows()
        ]
        assert {one.weight for one in examples} == {1.0}


class TestLabels:
    EXAMPLES = (
        Example(EntryText("one"), frozenset({"b", "gone"}), "policy", True, weight=3.0),
        Example(EntryText("two"), frozenset(), "other", False),
        Example(EntryText("three"), None),
    )

    def test_topics_are_in_the_order_asked_for_and_others_are_left_out(self) -> None:
        labels = Labels.of(self.EXAMPLES, ("a", "b"))
        assert labels.topics.tolist() == [[0, 1], [0, 0], [0, 0]]

    def test_no_topic_is_something_else_than_nobody_has_said(self) -> None:
        labels = Labels.of(self.EXAMPLES, ("a", "b"))
        assert labels.tagged.tolist() == [True, True, False]
        assert labels.kinds.tolist() == [KINDS.index("policy"), KINDS.index("other"), -1]
        assert labels.relevant.tolist() == [1, 0, -1]
        assert labels.weights.tolist() == [3, 1, 1]

    def test_rows_keep_their_labels(self) -> None:
        labels = Labels.of(self.EXAMPLES, ("a", "b"))
        some, same = labels.rows(slice(1, 3)), Labels.of(self.EXAMPLES[1:], ("a", "b"))
        for name in ("topics", "tagged", "kinds", "relevant", "weights"):
            assert np.array_equal(getattr(some, name), getattr(same, name)), name
