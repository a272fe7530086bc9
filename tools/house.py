"""The house by its own imports: its folders, what each is for, and who imports whom. `tools.picture` draws it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import grimp

#: From the one that may name all below it down to the one that names none.
PACKAGES = ("review", "alerts", "classifiers", "monitor")
#: The composition root, which stands above the packages.
ROOT = "monitor.cli"
#: Django's own wiring tells nothing of the house.
_LEFT_OUT = {"migrations", "templatetags"}

#: How many imports lead from one folder, or from a package's files beside its folders, to another.
Arrows = Mapping[tuple[str, str], int]


class House:
    """All packages as they stand on disk."""

    def __init__(self) -> None:
        self._graph = grimp.build_graph(*PACKAGES, cache_dir=None)
        self._folders = {
            name
            for package in PACKAGES
            for name in self._graph.find_children(package)
            if self._graph.find_children(name) and name.rpartition(".")[2] not in _LEFT_OUT
        }

    def home(self, module: str) -> str:
        """The folder that a module stands in, or its package where it stands beside the folders."""
        folder = ".".join(module.split(".")[:2])
        return folder if folder in self._folders else module.partition(".")[0]

    @cached_property
    def arrows(self) -> Arrows:
        """How many imports lead from each folder, or from a package's own files, to another."""
        return Counter(
            (self.home(module), self.home(imported))
            for module in self._graph.modules
            if not _LEFT_OUT & set(module.split("."))
            for imported in self._graph.find_modules_directly_imported_by(module)
            if self.home(module) != self.home(imported)
        )

    def folders(self, package: str) -> list[str]:
        """The package's folders by name, the composition root left out."""
        return sorted(name for name in self._folders - {ROOT} if name.startswith(f"{package}."))

    def files(self, package: str) -> list[str]:
        """The names of the package's modules beside its folders, sorted."""
        beside = self._graph.find_children(package) - self._folders
        return sorted(name.rpartition(".")[2] for name in beside if name.rpartition(".")[2] not in _LEFT_OUT)

    def between(self, package: str, other: str) -> int:
        """How many imports lead from one package to another, the command line's left out."""
        return sum(
            count
            for (source, target), count in self.arrows.items()
            if source != ROOT and source.partition(".")[0] == package and target.partition(".")[0] == other
        )

    def from_root(self, package: str) -> int:
        """How many imports lead from the command line to a package."""
        return sum(
            count
            for (source, target), count in self.arrows.items()
            if source == ROOT and target.partition(".")[0] == package
        )


def rows(folders: Sequence[str], arrows: Arrows) -> list[list[str]]:
    """The folders in rows, each below all that import it; those that import one another share a row."""
    into = {name: [one for one in folders if arrows.get((one, name))] for name in folders}

    def importers(name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        for one in into[name]:
            if one not in seen:
                seen = importers(one, seen | {one})
        return seen

    above = {name: importers(name) for name in folders}

    def depth(name: str) -> int:
        circle = {one for one in above[name] if name in above[one]} | {name}
        return max(
            (depth(one) + 1 for member in circle for one in into[member] if one not in circle), default=0
        )

    found: dict[int, list[str]] = {}
    for name in folders:
        found.setdefault(depth(name), []).append(name)
    return [_ordered(found[key], arrows) for key in sorted(found)]


def _ordered(row: list[str], arrows: Arrows) -> list[str]:
    """Those that import one another side by side."""
    linked = {name for name in row for one in row if arrows.get((name, one)) or arrows.get((one, name))}
    return sorted(row, key=lambda name: (name not in linked, name))


def purpose(module: str) -> str:
    """The first paragraph of a package's docstring, in one line; read, not imported."""
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None, module
    doc = Path(spec.origin).read_text(encoding="utf-8").partition('"""')[2].partition('"""')[0]
    return " ".join(doc.split("\n\n")[0].split())
