"""What a server sends as a page is read as one, and nothing is said about it on an operator's terminal."""

import subprocess
import sys

import pytest

ASKED = "import sys; from monitor.texts.soup import soup_of; print(soup_of(sys.argv[1]).get_text())"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<?xml version='1.0'?><urlset><url><loc>x</loc></url></urlset>", "x"),
        ("index.html", "index.html"),
        ("https://www.example.jp/news", "https://www.example.jp/news"),
    ],
)
def test_what_is_no_page_is_read_without_a_word(markup: str, text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "default::UserWarning", "-c", ASKED, markup],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == (text, "")
