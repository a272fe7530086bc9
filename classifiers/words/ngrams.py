"""Pure: character n-grams of texts and where each stands, hashed into columns as scikit-learn's HashingVectorizer does it.

That one gives counts; what tells an editor which letters carried a topic also has to know their places.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

#: How many columns there are, and how many characters the longest n-gram has.
COLUMNS, LONGEST = 2**16, 4
#: Texts hashed at once.
_PART = 256
#: Numbers of bits to shift by: unsigned words shifted by a signed number are signed to a type checker.
_BITS = np.arange(33, dtype=np.uint32)
#: Of a 32-bit word its first 0 to 4 bytes.
_FIRST_BYTES = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], np.uint32)


@dataclass(frozen=True, slots=True)
class Ngrams:
    """Every n-gram of some texts, in no promised order; all four arrays are (n-grams)."""

    texts: NDArray[np.int32]  #: which text it stands in
    starts: NDArray[np.int32]  #: at which character of that text
    sizes: NDArray[np.int32]  #: how many characters it has
    columns: NDArray[np.int32]  #: into which it is hashed, below COLUMNS


def counts(texts: Sequence[str]) -> csr_matrix:
    """(texts × COLUMNS), float32: how often each n-gram stands in each text. At least one text is wanted."""
    parts = [_counts(texts[start : start + _PART]) for start in range(0, len(texts), _PART)]
    return parts[0] if len(parts) == 1 else vstack(parts, format="csr")


def _counts(texts: Sequence[str]) -> csr_matrix:
    found = ngrams(texts)
    ones = np.ones(len(found.columns), np.float32)
    return csr_matrix((ones, (found.texts, found.columns)), shape=(len(texts), COLUMNS))


def ngrams(texts: Sequence[str]) -> Ngrams:
    """The n-grams of every text, of one character to LONGEST; none reaches from one text into the next."""
    encoded = [text.encode("utf-8", "replace") for text in texts]
    body = np.frombuffer(b"".join(encoded) + bytes(4 * LONGEST + 3), np.uint8)
    end = len(body) - 4 * LONGEST - 3
    # Where characters begin: every byte but those that go on with one.
    bounds = np.append(np.flatnonzero((body[:end] & 0xC0) != 0x80), end)
    lengths = np.array([len(text) for text in texts])
    owners = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
    places = np.arange(len(owners)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    # No n-gram reaches from one text into the next.
    begins = [
        np.flatnonzero(owners[: len(owners) - size + 1] == owners[size - 1 :])
        for size in range(1, LONGEST + 1)
    ]
    sizes = np.repeat(np.arange(1, LONGEST + 1, dtype=np.int32), [len(found) for found in begins])
    starts = np.concatenate(begins)
    hashed = _murmur3(body, bounds[starts], bounds[starts + sizes] - bounds[starts])
    columns = np.abs(hashed.view(np.int32).astype(np.int64)) % COLUMNS
    return Ngrams(owners[starts], places[starts].astype(np.int32), sizes, columns.astype(np.int32))


def _murmur3(
    body: NDArray[np.uint8], begins: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """MurmurHash3 (x86, 32 bit, seed 0) of parts of `body`, which goes on for some bytes behind the last of them."""
    wide = body.astype(np.uint32)
    words = wide[:-3] | wide[1:-2] << _BITS[8] | wide[2:-1] << _BITS[16] | wide[3:] << _BITS[24]
    hashed = np.zeros(len(begins), np.uint32)
    for offset in range(0, int(lengths.max(initial=0)), 4):
        left = np.clip(lengths - offset, 0, 4)
        word = words[begins + offset] & _FIRST_BYTES[left]
        hashed ^= _turned(word * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)
        # The last word, where it is not a whole one, is not stirred in further.
        hashed = np.where(left == 4, _turned(hashed, 13) * np.uint32(5) + np.uint32(0xE6546B64), hashed)
    hashed ^= lengths.astype(np.uint32)
    hashed = (hashed ^ hashed >> _BITS[16]) * np.uint32(0x85EBCA6B)
    hashed = (hashed ^ hashed >> _BITS[13]) * np.uint32(0xC2B2AE35)
    return hashed ^ hashed >> _BITS[16]


def _turned(words: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    return words << _BITS[bits] | words >> _BITS[32 - bits]
