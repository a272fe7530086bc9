"""No summary lost or doubled, however often the process is killed (`bench.digests` is the long campaign)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are made by fork")
def test_kills_at_random_moments_lose_and_double_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.digests", "--kills", "6", "--recipients", "3", "--json"],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    counts = json.loads(done.stdout)
    assert (counts["stories lost"], counts["stories doubled"], counts["days doubled"]) == (0, 0, 0)
    assert (counts["kills"], counts["left unsent"], counts["copies without a cause"]) == (6, 0, 0)
    assert counts["stories told"] == 3 * 3 * counts["days"]
