"""The tree of whatever a server sent as a page."""

import warnings

from bs4 import BeautifulSoup, UnusualUsageWarning

# An XML document, a file's name or an address in a page's place is a server's doing, and told by what is not found in it.
warnings.filterwarnings("ignore", category=UnusualUsageWarning)


def soup_of(markup: str) -> BeautifulSoup:
    """The markup's tree as lxml reads HTML, whatever it is; nothing is written to standard error about it."""
    return BeautifulSoup(markup, "lxml")
