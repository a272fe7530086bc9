"""A home whose database is made already: making one takes longer than most commands."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    subprocess.run(
        [sys.executable, "-m", "monitor", "users", "list"],
        cwd=folder, env={**os.environ, "MONITOR_HOME": str(folder / "var")}, check=True, timeout=60, capture_output=True,
    )  # fmt: skip
    return folder / "var"


@pytest.fixture
def settle_in(made_home: Path) -> Callable[[Path], None]:
    """`settle_in(folder)` makes `folder` such a home."""

    def copy(home: Path) -> None:
        shutil.copytree(made_home, home)

    return copy
