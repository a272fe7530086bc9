"""What is made from the program is made from the program as it is."""

import os
import subprocess
import sys
from importlib.metadata import PackageMetadata, PackageNotFoundError

import pytest

from tests.docs.pages import ROOT, text
from tools import house, licences, picture


def test_the_picture_shows_the_imports_of_today() -> None:
    assert text(picture.FILE) == picture.drawing(house.House()), "python -m tools.picture"


def test_folders_stand_below_all_that_import_them_and_circles_side_by_side() -> None:
    arrows = {("a", "b"): 1, ("b", "c"): 2, ("c", "b"): 1, ("a", "d"): 1, ("c", "d"): 1}
    assert house.rows(["a", "b", "c", "d", "e"], arrows) == [["a", "e"], ["b", "c"], ["d"]]


def test_the_commands_page_says_what_help_says_today() -> None:
    # Texts take their language when their module is loaded: a process of its own.
    made = subprocess.run(
        [sys.executable, "-m", "tools.reference", "--check"],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr


def test_every_locked_package_is_listed_with_a_licence() -> None:
    page = text(licences.FILE)
    assert licences.listed(page) == {*licences.locked(licences.RUN), *licences.locked(licences.DEV)}
    assert f"| {licences.UNSAID} |" not in page


def test_what_this_machine_does_not_install_keeps_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> PackageMetadata:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(licences, "metadata", nothing)
    before = text(licences.FILE)
    assert licences.page(before) == before
