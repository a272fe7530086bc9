"""`python -m monitor.cli.weekly`: learns again, in a process of its own: the 400 MB that it takes go back with it."""

from monitor.cli.collect import now
from monitor.cli.common import prepare, print_json
from monitor.processes import end_with_parent


def main() -> None:
    """Learns from everything that is known; prints what came of it as `monitor train --json` does."""
    end_with_parent()
    prepare()
    from classifiers.encoders import make_encoder
    from classifiers.serving.inforce import model_in_force
    from classifiers.training.retraining import train
    from monitor.config import settings
    from review.accounts.actions import record

    encoder = make_encoder(settings().encoder)
    result = train(encoder, model_in_force(encoder.name if encoder else ""), now())
    if result.promoted:
        record("model.promoted", result.name, door="program")
    print_json(result.as_dict())


if __name__ == "__main__":
    main()
