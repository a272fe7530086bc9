"""Commands of the collector: poll, fetch, entries."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import (
    AsJson,
    console,
    errors,
    fail,
    iso,
    prepare,
    print_json,
    print_table,
    why_unfetched,
)
from monitor.documents import FORMATS
from monitor.i18n import _

if TYPE_CHECKING:
    from monitor.articles.fulltext import FullText
    from monitor.fetching.fetch import Fetcher
    from monitor.parsers.parsing import Parsing
    from monitor.polls.polling import PollReport
    from monitor.sources import SourceConfig

#: Seconds that `monitor poll` gives to reading the pages of new entries.
PAGES_TAKE = 120


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command(help=_("때가 된 소스(또는 이름을 댄 소스, 또는 모두)를 한 번 확인합니다."))(poll)
    app.command(help=_("주소 하나를 실제와 같은 길로 읽되 저장하지 않습니다."))(fetch)
    app.command(help=_("저장된 항목"))(entries)


def now() -> datetime:
    """The time by the wall clock, aware UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def edges(*, shared: bool = True) -> "AsyncIterator[tuple[Fetcher, Parsing]]":
    """The fetcher and the parsing processes, by the settings; closed at the end.

    `shared` fetchers take turns at a host with the other processes on the PostgreSQL, where there is one.
    """
    from monitor.config import settings
    from monitor.fetching.fetch import PER_HOST, SPACING, Fetcher
    from monitor.fetching.guard import Guard
    from monitor.parsers.parsing import Parsing, unload
    from monitor.together.turns import SharedTurns

    own = settings()
    # Several processes fetch only where they share a PostgreSQL; `monitor fetch` asks no database for anything.
    turns = SharedTurns(PER_HOST, SPACING) if shared and own.database_url else None
    fetcher = Fetcher(own.user_agent, Guard(own.allow_hosts), turns=turns)
    parsing = Parsing()
    # What is loaded by now is no garbage: looking for some in it again and again takes a sixth of the work of a poll.
    gc.freeze()
    try:
        yield fetcher, parsing
    finally:
        await fetcher.aclose()
        parsing.close()
        unload()


def chosen(names: list[str]) -> "list[SourceConfig]":
    """The sources of these ids, in their order, whether on or off; exit 2 where there is no such one."""
    from monitor.sourcesfile import known

    sources = known()
    unknown = [name for name in names if name not in sources]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], sources, n=3)
        hint = _(" 비슷한 이름: {names}").format(names=", ".join(near)) if near else ""
        fail(_('"{name}" 소스가 없습니다.').format(name=unknown[0]) + hint, code=2)
    return [sources[name] for name in names]


def poll(
    source: Annotated[list[str] | None, typer.Argument(help=_("소스의 id"))] = None,
    every: Annotated[bool, typer.Option("--all", help=_("때와 상관없이 켜진 것 전부"))] = False,
    as_json: AsJson = False,
) -> None:
    """`monitor poll`: visits sources once, reads their new entries' pages, tags; a line a source, exit 1 where one failed."""
    from monitor.sourcesfile import configured

    named = chosen(source) if source else []
    known = configured()
    prepare()
    from monitor.polls import store
    from monitor.polls.polling import due_sources

    store.register(known)
    enabled = [one for one in known if one.enabled]
    wanted = named or (enabled if every else list(due_sources({one.id: one for one in known}, now())))
    reports = asyncio.run(_poll(wanted, known, take_over=bool(named) or every, as_json=as_json))
    tag_everything()
    failed = [report for report in reports if report.status == "error"]
    if not as_json:
        console.print(
            _("소스 {n}곳: 새 항목 {new}건, 실패 {failed}곳").format(
                n=len(reports), new=sum(report.new for report in reports), failed=len(failed)
            )
        )
    raise typer.Exit(1 if failed else 0)


async def _poll(
    wanted: "list[SourceConfig]", known: "list[SourceConfig]", *, take_over: bool, as_json: bool
) -> "list[PollReport]":
    from rich.progress import Progress

    from monitor.articles.fulltext import FullText
    from monitor.config import settings
    from monitor.fetching.robots import Robots
    from monitor.polls.polling import Poller

    reports = []
    async with edges() as (fetcher, parsing):
        robots = Robots(fetcher, now)
        budget = settings().requests_per_day
        poller = Poller(fetcher, parsing, now, robots=robots, sources=known, budget=budget)
        with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
            bar = progress.add_task(_("확인 중"), total=len(wanted))
            async for report in poller.poll_all(wanted, take_over=take_over):
                progress.advance(bar)
                reports.append(report)
                if as_json:
                    print_json(report.as_dict())
                else:
                    console.print(_report_line(report), markup=False)
            pages = FullText(fetcher, parsing, robots, now, known)
            bar = progress.add_task(_("본문 읽는 중"), total=None)
            await _read_pages(pages, partial(progress.advance, bar))
    return reports


async def _read_pages(pages: "FullText", tell: "Callable[[float], None]") -> None:
    with suppress(TimeoutError):
        # What is left over waits for the next time: hosts are asked slowly, and this command is to end.
        async with asyncio.timeout(PAGES_TAKE):
            while read := await pages.read_due():
                tell(read)


def _report_line(report: "PollReport") -> str:
    if report.status == "error":
        return f"✗ {report.source}  {report.error}"
    if report.status == "ok":
        return f"✓ {report.source}  " + _("{entries}건 가운데 새 항목 {new}건").format(
            entries=report.entries, new=report.new
        )
    words = {"not_modified": _("바뀐 것 없음"), "busy": _("다른 프로세스가 확인 중")}
    return f"· {report.source}  {words[report.status]}"


def tag_everything() -> int:
    """Tags all entries that wait for it, and queues their alerts; how many. Loads the classifier only if any waits.

    Raises:
        StoreError, EncoderError: as `classifiers.tagging.tag_untagged`.
        ModelError: as `classifiers.serving.inforce.tagger`.
    """
    from monitor.models import Entry
    from monitor.sourcesfile import configured

    if not Entry.objects.untagged().exists():
        return 0
    from rich.progress import Progress

    from classifiers.serving.inforce import tagger
    from classifiers.tagging import tag_untagged

    done = 0
    known = configured()
    countries = {source.id: source.country for source in known}
    primary = {source.id for source in known if source.primary}
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        bar = progress.add_task(_("주제 붙이는 중"), total=Entry.objects.untagged().count())
        while tagged := tag_untagged(tagger(), now(), countries=countries, primary=primary):
            done += len(tagged)
            progress.advance(bar, len(tagged))
    return done


def fetch(
    url: Annotated[str, typer.Argument(help=_("피드나 목록 페이지의 주소"))],
    form: Annotated[str, typer.Option("--format", help=" | ".join(FORMATS))] = "",
    as_json: AsJson = False,
) -> None:
    """`monitor fetch`: prints what an address gives, read as a poll would and not stored; exit 1 where it gives nothing."""
    prepare(database=False)
    result, why = asyncio.run(_fetch(url if "://" in url else f"https://{url}", form))
    if as_json:
        print_json(result)
    elif result["error"]:
        errors.print(f"✗ {why}", markup=False, soft_wrap=True)
    else:
        found = result["entries"]
        assert isinstance(found, list)
        for entry in found:
            console.print(
                f"{entry['date'] or '-':20}  {entry['title']}\n{'':20}  {entry['link'] or '-'}", markup=False
            )
        console.print(_("{format} 형식, 항목 {n}건").format(format=result["format"], n=len(found)))
    raise typer.Exit(1 if result["error"] else 0)


async def _fetch(url: str, form: str) -> tuple[dict[str, object], str]:
    """What an address gives, as `--json` prints it, and why it gives nothing, for people."""
    import time

    from monitor import parsers
    from monitor.errors import AddressRefused, FetchError, ParseError
    from monitor.fetching.fetch import FetchRequest, NotModified
    from monitor.sources import SourceConfig
    from monitor.texts.text import sanitise

    if form and form not in FORMATS:
        fail(_("--format 은 {formats} 가운데 하나입니다.").format(formats=", ".join(FORMATS)), code=2)
    started = time.monotonic()
    result: dict[str, object] = {"outcome": "error", "status": None, "error": None, "format": form or None}
    found: list[dict[str, object]] = []
    why = ""
    async with edges(shared=False) as (fetcher, parsing):
        try:
            fetched = await fetcher.fetch(FetchRequest(url))
            assert not isinstance(fetched, NotModified), "no validators were sent"
            result["status"] = fetched.status
            source = SourceConfig.for_url(url, form or parsers.sniff(fetched.document))
            result["format"] = source.format
            feed = await parsing.parse(fetched.document, source, now())
            result["outcome"] = "ok"
            result["notes"] = list(feed.notes)
            found = [
                {
                    "title": entry.title,
                    "link": entry.link or None,
                    "summary": sanitise(entry.summary or entry.content),
                    "date": iso(entry.published_at),
                    "guid": entry.guid or None,
                }
                for entry in feed.entries
            ]
        except FetchError as error:
            outcome = "refused" if isinstance(error, AddressRefused) else "error"
            result |= {"outcome": outcome, "status": error.status, "error": error.reason}
            why = why_unfetched(error)
        except ParseError as error:
            result["error"], why = error.reason, why_unfetched(error)
    return result | {"seconds": round(time.monotonic() - started, 3), "entries": found}, why


def entries(
    since: Annotated[
        datetime | None,
        typer.Option(
            help=_("이때부터 처음 본 것 (ISO 8601)"),
            metavar="ISO",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
        ),
    ] = None,
    source: Annotated[str, typer.Option(help=_("소스의 id"))] = "",
    topic: Annotated[str, typer.Option(help=_("주제의 id"))] = "",
    as_json: AsJson = False,
) -> None:
    """`monitor entries`: prints the stored entries that fit, the oldest first."""
    prepare()
    from monitor.config import settings
    from monitor.models import Entry

    rows = Entry.objects.select_related("assessment").prefetch_related("tags").order_by("id")
    if since:
        rows = rows.filter(
            first_seen_at__gte=since if since.tzinfo else since.replace(tzinfo=settings().timezone)
        )
    if source:
        rows = rows.filter(source_id=source)
    if topic:
        rows = rows.filter(tags__topic=topic)
    if not as_json:
        from classifiers.taxonomy import taxonomy

        print_table(
            _("항목"),
            (_("처음 본 때"), _("소스"), _("제목"), _("주제"), _("관련도")),
            (
                (
                    entry.first_seen_at.astimezone(settings().timezone).strftime("%m.%d %H:%M"),
                    entry.source_id,
                    entry.title,
                    ", ".join(taxonomy().name(tag.topic, settings().language) for tag in entry.tags.all()),
                    round(100 * entry.assessment.relevance) if entry.tagged_at else None,
                )
                for entry in rows.iterator(chunk_size=500)
            ),
        )
        return
    for entry in rows.iterator(chunk_size=500):
        tags = sorted(entry.tags.all(), key=lambda tag: -tag.probability)
        print_json(
            {
                "id": entry.id,
                "source": entry.source_id,
                "guid": entry.guid or None,
                "url": entry.url or None,
                "title": entry.title,
                "summary": entry.summary,
                "lang": entry.lang,
                "published_at": iso(entry.published_at),
                "date_confidence": entry.date_confidence,
                "first_seen_at": iso(entry.first_seen_at),
                "story": entry.story_id,
                "topics": [tag.topic for tag in tags],
                "relevance": round(entry.assessment.relevance, 4) if hasattr(entry, "assessment") else None,
            }
        )
