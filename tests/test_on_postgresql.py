"""What is left out of the run on PostgreSQL is there, and the tests that it names in its stead are run."""

from pathlib import Path

import pytest

from tests.on_postgresql import SAME_ON_BOTH

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("path", SAME_ON_BOTH)
def test_what_is_left_out_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_what_stands_in_for_it_is_run() -> None:
    named = {
        word.rstrip(",;") for reason in SAME_ON_BOTH.values() for word in reason.split() if ".py" in word
    }
    files = [path for name in named for path in (ROOT / "tests").rglob(name)]
    assert len(files) == len(named) > 2
    assert not {str(file.relative_to(ROOT)) for file in files} & SAME_ON_BOTH.keys()
