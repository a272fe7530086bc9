"""The errors that the program expects, and how they stand to each other.

    MonitorError
    ├── ConfigError            a file or setting is wrong: stop at start, exit 2
    ├── FetchError             a server did not give us a document
    │   └── AddressRefused     the address guard said no
    ├── ParseError             the document could not be read as what its source says it is
    ├── StoreError             the database or the home's folder refused
    │   └── Damaged            the database cannot be read any more: stop at start, exit 2
    └── …                      those of one package stand there: EncoderError, ModelError, PastIssueError …

The shell catches MonitorError per source, records it and goes on; anything else is a bug. A message that did not go out
is no error but an outcome (`alerts.channels`).
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class MonitorError(Exception):
    """Anything that the program expects to go wrong now and then."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file that a person wrote: where it is, what it is, and what to do."""

    file: str  #: its name, or "environment"
    line: int  #: from 1; 0 where there is none
    key: str  #: what is wrong: a source's id, a key, a setting
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}"


class ConfigError(MonitorError):
    """The configuration cannot be used; holds every problem found, not just the first."""

    def __init__(self, problems: list[Problem]) -> None:
        #: In the order in which they are to be read.
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class FetchFault(StrEnum):
    """What kept a document from us; the operator's words for each stand in `monitor.polls.health`."""

    NETWORK = "network"  # DNS, refused, reset, TLS
    TIMEOUT = "timeout"
    HTTP = "http"  # an answer that is neither a document nor "not modified"
    BLOCKED = "blocked"  # 401, 403, 429, 202 with an empty body: a bot wall
    GONE = "gone"  # 410
    ROBOTS = "robots"  # its robots.txt asks us not to
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"  # too many, or to something that is no http(s) address
    ADDRESS = "address"  # the guard refused it
    ENCODING = "encoding"  # a Content-Encoding that we did not ask for and cannot undo


@dataclass
class FetchError(MonitorError):
    """A server did not give us a document.

    `reason` is one English line for logs and JSON; `status` is None where no answer came; `retry_after` is what the
    server asked for (RFC 9110 section 10.2.3).
    """

    url: str
    fault: FetchFault
    reason: str
    status: int | None = None
    retry_after: timedelta | None = None

    def __str__(self) -> str:
        return self.reason


class AddressRefused(FetchError):
    """The address guard refused to open a connection; `words` says why to people, with the mend."""

    def __init__(self, url: str, reason: str, words: str) -> None:
        super().__init__(url, FetchFault.ADDRESS, reason)
        self.words = words


class ParseFault(StrEnum):
    """Why a document gave no entries that we could trust."""

    NOT_A_FEED = "not_a_feed"
    HTML_INSTEAD = "html_instead"
    TOO_FEW_ROWS = "too_few_rows"
    EMPTY = "empty"
    HANGS = "hangs"  # the worker was killed at its deadline
    CRASHED = "crashed"  # the worker died, out of memory for one
    MOJIBAKE = "mojibake"  # entries that were read with the wrong characters
    DATES = "dates"  # entries whose dates cannot be true, where they could before


@dataclass
class ParseError(MonitorError):
    """The document could not be read as what its source says it is; `reason` is one English line for logs and JSON."""

    fault: ParseFault
    reason: str

    def __str__(self) -> str:
        return self.reason

    def __reduce__(self) -> tuple[type["ParseError"], tuple[ParseFault, str]]:
        """Exceptions cross from the worker process by their arguments."""
        return ParseError, (self.fault, self.reason)


class StoreError(MonitorError):
    """The database, or the folder that it lies in, refused to keep or find something."""


class Damaged(StoreError):
    """The database cannot be read as one; it is never made anew by itself."""
