"""Character n-grams: the same columns and counts as scikit-learn's, and each where it stands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer

from classifiers.words import ngrams
from classifiers.words.ngrams import COLUMNS, LONGEST, counts

ORACLE = HashingVectorizer(
    analyzer="char", ngram_range=(1, LONGEST), n_features=COLUMNS, lowercase=False, norm=None,
    alternate_sign=False, dtype=np.float32,
)  # fmt: skip


def same(one: csr_matrix, other: csr_matrix) -> bool:
    return one.shape == other.shape and (one != other).nnz == 0


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["次世代半導体の量産", "전고체 배터리", "solid-state battery"], id="three-scripts"),
        pytest.param(["", "a", "", "ab", "abc"], id="shorter-than-an-n-gram"),
        pytest.param(["", ""], id="nothing-at-all"),
        pytest.param(["🎉🎉 x😀y", "é ß"], id="one-to-four-bytes"),
        pytest.param([f"text {number}" for number in range(700)], id="more-than-a-part"),
    ],
)
def test_they_are_counted_as_scikit_learn_counts_them(texts: list[str]) -> None:
    assert same(counts(texts), ORACLE.transform(texts))


#: scikit-learn folds runs of spaces; our texts come to it folded.
LINES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), max_size=30), min_size=1, max_size=5
)


@given(LINES)
def test_whatever_the_text_is(texts: list[str]) -> None:
    assert same(counts(texts), ORACLE.transform(texts))


def test_each_is_told_with_its_place() -> None:
    texts = ["半導体 ab", "🎉b"]
    found = ngrams.ngrams(texts)
    assert len(found.columns) == 6 + 5 + 4 + 3 + 2 + 1
    for text, start, size, column in zip(found.texts, found.starts, found.sizes, found.columns, strict=True):
        piece = texts[text][start : start + size]
        assert len(piece) == size
        if size == 1:
            assert ORACLE.transform([piece])[0, column] == 1
        else:
            assert ORACLE.transform([piece])[0, column] >= 1


def test_half_a_character_is_no_obstacle() -> None:
    assert counts(["\ud800a"]).sum() == 3
