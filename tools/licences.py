"""Writes docs/licences.md from the metadata of what is installed: `python -m tools.licences`.

Every package of the two locks is listed; one that this machine's kind does not install keeps the line that it had, since a
lock is for all machines.
"""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs" / "licences.md"
RUN, DEV = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"

HEAD = """# Licences of dependencies

Bulletin Monitor itself is under the Apache License 2.0. It is installed beside the packages below and changes none of them;
the wheel contains none. Made from the packages' own metadata (`python -m tools.licences`).
"""
#: A licence for somebody to look up.
UNSAID = "?"
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+)", re.MULTILINE)
_ROW = re.compile(r"^\| (?!package )([a-z0-9-]+) \| (.+) \|$", re.MULTILINE)
#: Of classifiers, what stands before the licence's name.
_CLASSIFIER = re.compile(r"^License :: (?:OSI Approved :: )?(?!OSI Approved$)(.+)$")
#: Where the metadata say nothing, what the licence file in the package says.
_FROM_THEIR_FILES = {"axe-playwright-python": "MIT", "colorama": "BSD-3-Clause", "skops": "MIT"}


def locked(lock: Path) -> dict[str, str]:
    """The packages of a lock with their versions, by normalised name."""
    return {_normal(name): version for name, version in _PINNED.findall(lock.read_text(encoding="utf-8"))}


def licence(about: PackageMetadata) -> str:
    """What a package says of its licence: the SPDX expression, else its classifiers, else its first line; or nothing."""
    found = about.get_all("License-Expression") or []
    found = found or [
        match[1] for one in about.get_all("Classifier") or [] if (match := _CLASSIFIER.match(one))
    ]
    text = (about.get_all("License") or [""])[0].strip().splitlines()
    return " / ".join(found) or (text[0][:80] if text else "")


def page(before: str = "") -> str:
    """All locked packages with their licences; `before` is the page as it was."""
    old = dict(_ROW.findall(before))
    run, dev = locked(RUN), locked(DEV)
    return "\n".join(
        [
            HEAD,
            "## To run it\n",
            *_table(run, old),
            "\n## To test and to build it, besides\n",
            *_table(dev.keys() - run.keys(), old),
            "",
        ]
    )


def listed(text: str) -> set[str]:
    """The names of the packages that a page lists."""
    return {name for name, _licence in _ROW.findall(text)}


def _table(names: Iterable[str], old: dict[str, str]) -> Iterator[str]:
    yield "| package | licence |\n|---|---|"
    for name in sorted(names):
        try:
            said = licence(metadata(name)).replace("|", "/")
        except PackageNotFoundError:
            said = old.get(name, "")
        yield f"| {name} | {_FROM_THEIR_FILES.get(name) or said or UNSAID} |"


def _normal(name: str) -> str:
    """A package's name as registries compare it.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Writes docs/licences.md, keeping the lines of packages that are not installed here."""
    FILE.write_text(page(FILE.read_text(encoding="utf-8") if FILE.exists() else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
