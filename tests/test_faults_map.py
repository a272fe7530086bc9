"""docs/faults.md names tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")


def test_every_test_that_the_map_of_faults_names_is_there() -> None:
    named = NAMED.findall((ROOT / "docs" / "faults.md").read_text(encoding="utf-8"))
    assert len(named) > 60
    tests = {file: _tests_of(ROOT / file) for file, _name in named}
    assert [f"{file}::{name}" for file, name in named if name.split("::")[-1] not in tests[file]] == []


def test_every_row_names_one() -> None:
    rows = re.findall(r"^\| .*\|$", (ROOT / "docs" / "faults.md").read_text(encoding="utf-8"), re.M)
    assert [row for row in rows if not NAMED.search(row) and "held by" not in row] == []


def _tests_of(file: Path) -> set[str]:
    if not file.exists():
        return set()
    found = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
