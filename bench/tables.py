"""Mutants of what mutmut leaves alone: the tables and regular expressions of modules whose decisions stand in them.

`python -m bench.tables` takes one character out of a pattern, or one item out of a table, or moves a number by one, and
runs the plain tests of the module; a mutant that no test notices is printed (docs/mutants.md explains those that are
left).
"""

import ast
import importlib
import inspect
import itertools
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import django

#: A module with tables, and the test modules that tell whether they are right.
TARGETS = {
    "monitor.fetching.guard": ("tests.monitor.test_guard", "tests.monitor.test_guard_edges"),
    "monitor.texts.dates": ("tests.monitor.test_dates", "tests.monitor.test_dates_edges"),
    "monitor.polls.identity": ("tests.monitor.test_identity", "tests.monitor.test_identity_edges"),
}

#: Types, and what is made of a class of the module.
NO_TABLE = re.compile("Callable|Address =|NO_DATE =")


def mutants(statement: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    """The sources of a statement with one thing changed."""
    for node in ast.walk(statement.value) if statement.value else ():
        match node:
            case ast.Constant(value=str() as text) if _is_pattern(statement):
                for place in range(len(text)):
                    node.value = text[:place] + text[place + 1 :]
                    yield ast.unparse(statement)
                node.value = text
            case ast.Constant(value=str() as text) if " " in text and "split()" in ast.unparse(statement):
                words = text.split()
                for word in words:
                    node.value = " ".join(other for other in words if other != word)
                    yield ast.unparse(statement)
                node.value = text
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                for step in (-1, 1):
                    node.value = number + step
                    yield ast.unparse(statement)
                node.value = number
            case ast.Dict(keys=keys, values=values):
                for place in range(len(keys)):
                    node.keys, node.values = (
                        keys[:place] + keys[place + 1 :],
                        values[:place] + values[place + 1 :],
                    )
                    yield ast.unparse(statement)
                node.keys, node.values = keys, values
            case ast.Set(elts=items) | ast.Tuple(elts=items, ctx=ast.Load()) | ast.List(elts=items):
                for place in range(len(items) if len(items) > 1 else 0):
                    node.elts = items[:place] + items[place + 1 :]
                    yield ast.unparse(statement)
                node.elts = items


def _is_pattern(statement: ast.Assign | ast.AnnAssign) -> bool:
    source = ast.unparse(statement)
    return "re.compile" in source or "(?P<" in source


def cases(module: ModuleType) -> Iterator[Callable[[], object]]:
    """The plain tests of a module, each with each of its parameters: no fixtures, no loops, no random inputs."""
    groups = [
        member()
        for _, member in inspect.getmembers(module, inspect.isclass)
        if member.__name__.startswith("Test")
    ]
    for group in (module, *groups):
        for name, test in inspect.getmembers(group, callable):
            if (
                not name.startswith("test_")
                or hasattr(test, "hypothesis")
                or inspect.iscoroutinefunction(test)
            ):
                continue
            marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
            names = [mark.args[0] if isinstance(mark.args[0], tuple) else (mark.args[0],) for mark in marks]
            if set(itertools.chain(*names)) != set(inspect.signature(test).parameters):
                continue
            for values in itertools.product(*(mark.args[1] for mark in marks)):
                given: dict[str, Any] = {}
                for keys, value in zip(names, values, strict=True):
                    value = getattr(value, "values", value)
                    given.update(
                        zip(keys, value if len(keys) > 1 or hasattr(value, "id") else (value,), strict=True)
                    )
                yield partial(test, **given)


def passes(tests: list[Callable[[], object]]) -> bool:
    """Whether no test fails; the one that failed last is asked first."""
    for place, test in enumerate(tests):
        try:
            test()
        except BaseException:  # noqa: BLE001 -- pytest's failures are no Exceptions
            tests.insert(0, tests.pop(place))
            return False
    return True


def survivors(name: str, test_names: tuple[str, ...]) -> tuple[int, list[str]]:
    """How many mutants of a module's tables there are, and those that pass all tests."""
    module = importlib.import_module(name)
    tests = [case for test_name in test_names for case in cases(importlib.import_module(test_name))]
    assert passes(tests), "the tests fail without a mutant"
    tree = ast.parse(inspect.getsource(module))
    tables = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and not NO_TABLE.search(ast.unparse(node))
    ]
    before, count, left = dict(vars(module)), 0, []
    for place, table in enumerate(tables):
        original = ast.unparse(table)
        for mutant in list(mutants(table)):
            try:
                exec(mutant, vars(module))
                for later in tables[place + 1 :]:
                    exec(ast.unparse(later), vars(module))
            except (re.error, ValueError, SyntaxError, KeyError, IndexError, TypeError):
                vars(module).update(before)
                continue
            count += 1
            if passes(tests):
                left.append(f"- {original}\n+ {mutant}")
            vars(module).update(before)
    return count, left


def main() -> None:
    """Prints the survivors, and a line a module."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")
    django.setup()
    for name, test_names in TARGETS.items():
        count, left = survivors(name, test_names)
        print("\n".join(left))
        print(
            f"{name}: {count} mutants of tables and patterns, {count - len(left)} killed, {len(left)} survived\n"
        )


if __name__ == "__main__":
    main()
