"""Coverage-guided fuzzing of everything that reads strangers' bytes: `python fuzz/fuzz.py TARGET [libFuzzer's options]`."""

import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import os  # noqa: E402
import tempfile  # noqa: E402

os.environ.setdefault("MONITOR_HOME", tempfile.mkdtemp(prefix="monitor-fuzz-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")

with atheris.instrument_imports(
    include=["monitor", "feedparser", "feedparser_sgmllib", "dateutil", "protego", "email"]
):
    import django

    django.setup()
    from tests.hostile.claims import CLAIMS

from tests.hostile.corpus import every  # noqa: E402

#: Longer ones teach a fuzzer nothing.
LONGEST_SEED = 4_000


def main() -> None:
    """Runs one target until it fails, or as long as -max_total_time says; new inputs go into build/fuzz/TARGET."""
    if len(sys.argv) < 2 or sys.argv[1] not in CLAIMS:
        raise SystemExit(f"usage: python fuzz/fuzz.py TARGET [options]; targets: {', '.join(CLAIMS)}")
    target = sys.argv.pop(1)
    found = ROOT / "build" / "fuzz" / target
    found.mkdir(parents=True, exist_ok=True)
    for number, given in enumerate(every()):
        if given.form == target and len(given.body) <= LONGEST_SEED:
            (found / f"seed-{number}").write_bytes(given.body)
    atheris.Setup([*sys.argv, f"-artifact_prefix={found}/failed-", str(found)], CLAIMS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
