"""The corpus through the worker that parses, with its limits: all refused or neutralised, none waited for."""

import asyncio
from collections.abc import Iterator

import pytest

from monitor.documents import Document, Feed
from monitor.errors import ParseError
from monitor.parsers.parsing import Parsing
from tests.hostile.claims import NOW, URL, source
from tests.hostile.corpus import FAMILIES, Hostile
from tests.hostile.judge import verdict

#: Of the clock, for a machine that has more to do; `timed` counts seconds of a processor.
DEADLINE = 30.0


@pytest.fixture(scope="module")
def parsing() -> Iterator[Parsing]:
    made = Parsing(workers=2, deadline=DEADLINE, parse="tests.hostile.timed:parse")
    yield made
    made.close()


async def parse(parsing: Parsing, given: Hostile) -> Feed | ParseError:
    document = Document(URL, given.body, {"content-type": given.content_type})
    try:
        return await parsing.parse(document, source(given.form), NOW)
    except ParseError as error:
        return error


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_hostile_document_is_refused_or_neutralised(parsing: Parsing, family: str) -> None:
    documents = list(FAMILIES[family]())
    results = await asyncio.gather(*(parse(parsing, given) for given in documents))
    wrong = [
        f"{given}: {said}"
        for given, result in zip(documents, results, strict=True)
        if (said := verdict(given, result))
    ]
    assert wrong == []


def test_there_are_hundreds_of_them() -> None:
    names = [str(given) for make in FAMILIES.values() for given in make()]
    assert len(names) > 1_000
    assert len(set(names)) == len(names)
