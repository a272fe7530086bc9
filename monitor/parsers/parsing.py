"""Parsing in a process that can be killed: no document, however it was made, stops the program.

feedparser and lxml run C and regular expressions that no time-out inside a process can interrupt, and a document can
ask for more memory than the machine has. A worker that passes its deadline or its memory is killed and replaced.
"""

import asyncio
import mmap
import multiprocessing
import signal
import sys
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlineError
from datetime import datetime
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pebble import ProcessExpired, ProcessPool

from monitor import heap
from monitor.documents import Document, Feed
from monitor.errors import ParseError, ParseFault
from monitor.processes import end_with_parent
from monitor.sources import ArticleRules, SourceConfig

if TYPE_CHECKING:
    # Imported in the workers only: its libraries take a second.
    from monitor.parsers.article import Article

#: Seconds for one document; our slowest real one takes 0.3.
DEADLINE = 20.0
#: Bytes of a worker's address space, some 200 MB of which are its libraries.
MEMORY = 700_000_000
#: Bytes that a worker may hold more than when it was last tidied up.
SLACK = 8_000_000
#: A worker is replaced after so many documents, so that no leak of a library lasts.
DOCUMENTS_A_WORKER = 2_000

#: What workers do, as "module:function": named, for importing it here would load what only workers need.
PARSE, READ_ARTICLE = "monitor.parsers:parse", "monitor.parsers.article:read_article"


class Parsing:
    """Parses documents in `workers` processes, each for at most `deadline` seconds and within `memory` bytes.

    Usable from any task of one loop. `parse` is for tests: another "module:function" in place of the parser.
    """

    def __init__(
        self, *, workers: int = 2, deadline: float = DEADLINE, memory: int = MEMORY, parse: str = PARSE
    ) -> None:
        self._deadline = deadline
        self._parse = parse
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=DOCUMENTS_A_WORKER,
            initializer=_prepare_worker,
            initargs=(memory,),
            context=_context(),
        )

    async def parse(self, document: Document, source: SourceConfig, now: datetime) -> Feed:
        """The document's feed, as `monitor.parsers.parse` gives it.

        Raises:
            ParseError: as there; also when the worker had to be killed (HANGS) or died (CRASHED).
        """
        feed: Feed = await self._in_worker(self._parse, document, source, now)
        return feed

    async def read_article(
        self, document: Document, rules: ArticleRules, language: str, zone: ZoneInfo, now: datetime
    ) -> "Article":
        """The page's article, as `monitor.parsers.article.read_article` gives it.

        Raises:
            ParseError: the worker had to be killed (HANGS) or died (CRASHED).
        """
        article: Article = await self._in_worker(READ_ARTICLE, document, rules, language, zone, now)
        return article

    async def _in_worker(self, function: str, *args: object) -> Any:
        future = self._pool.schedule(_work, args=(function, *args), timeout=self._deadline)
        try:
            return await asyncio.wrap_future(future)
        except (TimeoutError, DeadlineError) as error:
            raise ParseError(ParseFault.HANGS, f"parsing took longer than {self._deadline:g} s") from error
        except ProcessExpired as error:
            raise ParseError(ParseFault.CRASHED, "the parsing process died") from error

    def close(self) -> None:
        """Ends the workers, whatever they are at."""
        self._pool.stop()
        self._pool.join()


def unload() -> None:
    """Ends the process that all workers are forked from, which holds 40 MB; no `Parsing` may be open.

    The next worker starts another.
    """
    # Private, as there is no public way.
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


def _work(name: str, *args: object) -> object:
    module, _, function = name.partition(":")
    work: Callable[..., object] = getattr(import_module(module), function)
    try:
        return work(*args)
    except MemoryError as error:
        # Said from here: by now the memory is free again, and an orderly answer needs none to speak of.
        raise ParseError(ParseFault.CRASHED, "parsing ran out of memory") from error
    finally:
        _give_memory_back()


def _give_memory_back() -> None:
    """What is not used, once the worker grew; looking takes a hundredth of a millisecond."""
    global _settled
    if sys.platform == "linux" and _resident() > _settled + SLACK:
        heap.give_back()
        _settled = _resident()


#: Bytes that the worker held when it last gave some back.
_settled = 0


def _resident() -> int:
    """Bytes of memory that this process holds (proc_pid_statm(5))."""
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * mmap.PAGESIZE


def _context() -> BaseContext:
    """How workers begin: as forks of a process that did nothing but load the parsers, and so share their memory.

    A fork of our own process, which has threads, might hold their locks for ever.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.parsers.loaded"])
    return context


def _prepare_worker(memory: int) -> None:
    # Ctrl-C in a terminal reaches the whole group; the parent decides when workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    heap.keep_small()
    # The process that workers are forked from ends with ours, and takes them along.
    end_with_parent()
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
