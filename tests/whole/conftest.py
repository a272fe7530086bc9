"""A home whose database is made already: making one takes longer than most commands."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.warm import Warm


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    folder = tmp_path_factory.mktemp("made")
    made = warm.run("users", "list", cwd=folder, env={**os.environ, "MONITOR_HOME": str(folder / "var")})
    assert made.returncode == 0, made.stderr
    return folder / "var"


@pytest.fixture
def settle_in(made_home: Path) -> Callable[[Path], None]:
    """`settle_in(folder)` makes `folder` such a home."""

    def copy(home: Path) -> None:
        shutil.copytree(made_home, home)

    return copy
