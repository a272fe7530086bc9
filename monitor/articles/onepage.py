"""Glue: entries that no source brought: a person pasted the address of their page, or wrote down what it says.

They are kept like all others, under a source that no stanza describes and that no clock polls; so they are known
again, tagged, searched and cited as what came by itself.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from monitor.articles.byhand import BY_HAND
from monitor.articles.fulltext import keep_article
from monitor.config import settings
from monitor.documents import Feed, FeedEntry
from monitor.fetching.fetch import Fetcher, FetchRequest, NotModified
from monitor.fetching.guard import Guard
from monitor.models import Entry, Source
from monitor.parsers.parsing import Parsing
from monitor.polls import keeping
from monitor.polls.identity import keys_of
from monitor.sources import ArticleRules, SourceConfig

if TYPE_CHECKING:
    # Imported in the worker only: its libraries take a second.
    from monitor.parsers.article import Article

#: Nobody polls it.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_SOURCE = SourceConfig.model_validate({"id": BY_HAND, "url": "https://by-hand.invalid/"})
#: Somebody waits for the answer.
_PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was read: its address after all redirects, and what it says."""

    url: str
    article: "Article"


def read_page(url: str, like: SourceConfig | None, now: datetime) -> Page:
    """One page, read the way that entries' pages are: behind the same guard, with the same limits.

    `like` is the source whose pages it is one of, if any: its selectors, language and zone count. robots.txt is for
    programs that go by themselves; here a person asks for one page, as with a browser. It runs a loop of its own, and so
    cannot be called inside one.

    Raises:
        FetchError: the server did not give it to us.
        ParseError: reading it took too long or too much.
    """
    return asyncio.run(_read(url, like, now))


async def _read(url: str, like: SourceConfig | None, now: datetime) -> Page:
    own = settings()
    fetcher = Fetcher(own.user_agent, Guard(own.allow_hosts), deadline=_PATIENCE)
    try:
        fetched = await fetcher.fetch(FetchRequest(url))
    finally:
        await fetcher.aclose()
    assert not isinstance(fetched, NotModified), "no validators were sent"
    rules = (like.article if like else None) or ArticleRules()
    language, zone = (like.language, like.zone) if like else ("", own.timezone)
    parsing = Parsing(workers=1, deadline=_PATIENCE)
    try:
        article = await parsing.read_article(fetched.document, rules, language, zone, now)
    finally:
        parsing.close()
    return Page(fetched.document.url, article)


def known(url: str) -> Entry | None:
    """The entry of any source that has this address; the first, where several do; None where none has."""
    key = keys_of(FeedEntry(0, "", url)).link_key
    return Entry.objects.filter(link_key=key).order_by("id").first() if key else None


@transaction.atomic
def keep(told: FeedEntry, article: "Article | None", now: datetime) -> Entry:
    """The stored entry of what a person `told`: a new one, or the one that was pasted before.

    `article` is its page, whose text is added where the entry has none; None where there is no page.
    """
    Source.objects.get_or_create(id=BY_HAND, defaults={"next_poll_at": _NEVER, "state": "ok"})
    # Its address is its name: two pages that have their title and day in common are two.
    named = replace(told, guid=told.link, published_raw=f"{told.published_raw} {told.link}")
    keeping.keep(_SOURCE, Feed("by hand", (named,)), keeping.Validators("", "", ""), now)
    link_key = keys_of(told).link_key
    entry = Entry.objects.filter(source=BY_HAND, link_key=link_key).order_by("-id")[0]
    entry.published_raw = told.published_raw
    entry.save(update_fields=["published_raw"])
    if article and article.text and not entry.text:
        keep_article(entry.pk, article, titled=False)
        entry.refresh_from_db()
    return entry
