"""An encoder's vectors of texts that seldom change, kept in a file between starts."""

import hashlib
import secrets
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classifiers.encoders.base import Encoder, Vectors
from monitor.logs import logger

#: Folder of the shipped models, with the vectors of the packaged topics.yaml: a first start need not wait for them.
SHIPPED = Path(__file__).resolve().parents[1] / "data" / "models"


def kept_vectors(encoder: Encoder, folder: Path, texts: Sequence[str], *, kind: str = "anchors") -> Vectors:
    """The vectors of `texts`, in order: from the file in `folder` where it has them, else encoded and put there.

    At least one text is wanted. `kind` names what the texts are; each kind has a file of its own, in which only the last
    call's texts stay. A file that is missing, damaged or not writable costs time and nothing else.

    Raises:
        EncoderError: the encoder failed on texts that the file does not have.
    """
    file = folder / f"{kind}-{encoder.name}.npz"
    shipped = SHIPPED / file.name
    keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32] for text in texts]
    own = _load(file, encoder.dimension)
    known = own if file == shipped else _load(shipped, encoder.dimension) | own
    missing = [place for place, key in enumerate(keys) if key not in known]
    if missing:
        fresh = encoder.encode([texts[place] for place in missing])
        known |= {keys[place]: vector for place, vector in zip(missing, fresh, strict=True)}
    vectors: Vectors = np.stack([known[key] for key in keys])
    if missing or len(own) > len(set(keys)):
        _save(file, keys, vectors)
    return vectors


def _load(file: Path, dimension: int) -> dict[str, Vectors]:
    try:
        with np.load(file, allow_pickle=False) as held:
            keys, vectors = held["keys"], held["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        if file.exists():
            logger.warning("kept vectors not readable, made anew", file=str(file), reason=str(error))
        return {}
    if (
        vectors.dtype != np.float32
        or vectors.shape != (len(keys), dimension)
        or not np.isfinite(vectors).all()
    ):
        return {}
    return {str(key): vector for key, vector in zip(keys, vectors, strict=True)}


def _save(file: Path, keys: Sequence[str], vectors: Vectors) -> None:
    draft = file.with_name(f"{file.stem}.{secrets.token_hex(4)}.npz")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            np.savez(draft, keys=np.array(keys), vectors=vectors)
            # Another process may be reading: it finds the old file or the new one.
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        logger.debug("vectors not kept", file=str(file), reason=str(error))
