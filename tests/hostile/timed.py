"""The parser as workers run it in the corpus test: what takes too much of a processor hangs, however busy the machine."""

import time
from datetime import datetime

from monitor import parsers
from monitor.documents import Document, Feed
from monitor.errors import ParseError, ParseFault
from monitor.sources import SourceConfig

#: Seconds of a processor. The slowest takes half of it; what is quadratic takes more at `corpus.SCALE`.
MOST = 1.7


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """`monitor.parsers.parse`, refused as hanging where it took more than `MOST`."""
    started = time.process_time()
    try:
        return parsers.parse(document, source, now)
    finally:
        if (seconds := time.process_time() - started) > MOST:
            raise ParseError(ParseFault.HANGS, f"{seconds:.1f} s")
