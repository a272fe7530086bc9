"""Commands of sources.yaml: sources list, check, add, import, export."""

import asyncio
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from monitor.cli.collect import chosen, edges, now
from monitor.cli.common import (
    AsJson,
    console,
    errors,
    fail,
    hand_over,
    iso,
    prepare,
    print_json,
    print_table,
    why_unfetched,
    why_unread,
)
from monitor.cli.wording import Commands
from monitor.i18n import _

if TYPE_CHECKING:
    from monitor.adding.discovery import Discovery, FeedCandidate
    from monitor.adding.opml import Outline
    from monitor.adding.stanzas import Written
    from monitor.sources import SourceConfig

sources_app = Commands(no_args_is_help=True, help=_("sources.yaml 의 소스"))

#: The option of what would write sources.yaml.
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("보이기만 하고 적지 않습니다."))]


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.add_typer(sources_app, name="sources")


@sources_app.command("list", help=_("소스와 그 상태"))
def sources_list(as_json: AsJson = False) -> None:
    """`monitor sources list`: prints every source of sources.yaml, in its order, with its state."""
    from monitor.sourcesfile import configured

    prepare()
    from monitor.models import Source
    from monitor.polls import store

    known = configured()
    store.register(known)
    states = Source.objects.in_bulk([source.id for source in known])
    rows = [(source, states[source.id]) for source in known]
    if as_json:
        for source, state in rows:
            print_json(
                {
                    "source": source.id,
                    "name": source.name,
                    "organisation": source.organisation,
                    "country": source.country,
                    "language": source.language,
                    "format": source.format,
                    "url": source.url,
                    "enabled": source.enabled,
                    "state": state.state if source.enabled else "off",
                    "reason": (state.reason if source.enabled else source.reason) or None,
                    "last_polled_at": iso(state.last_polled_at),
                    "last_new_at": iso(state.last_new_at),
                    "next_poll_at": iso(state.next_poll_at) if source.enabled else None,
                    "failures": state.failures,
                }
            )
        return
    from monitor.polls.health import words
    from review.labels import health_name

    print_table(
        _("소스"),
        ("id", _("이름"), _("형식"), _("상태"), _("까닭")),
        (
            (
                source.id,
                source.name,
                source.format,
                health_name(state.state if source.enabled else "off"),
                f"{words(state.state, state.fault)} [{state.reason}]"
                if source.enabled and state.reason
                else source.reason,
            )
            for source, state in rows
        ),
    )


@sources_app.command("check", help=_("소스를 한 번씩 읽어 보고 무엇을 찾았는지 말합니다. 저장하지 않습니다."))
def sources_check(
    source: Annotated[list[str] | None, typer.Argument(help=_("소스의 id; 없으면 켜진 것 전부"))] = None,
    every: Annotated[bool, typer.Option("--all", help=_("꺼진 것까지"))] = False,
    as_json: AsJson = False,
) -> None:
    """`monitor sources check`: visits sources once and prints what each gives, storing nothing; exit 1 where one failed."""
    from monitor.sourcesfile import configured

    # Only for robots.txt, which is kept for a day whoever asked for it.
    prepare()
    wanted = chosen(source) if source else [one for one in configured() if one.enabled or every]
    raise typer.Exit(1 if asyncio.run(_check(wanted, as_json=as_json)) else 0)


async def _check(wanted: "list[SourceConfig]", *, as_json: bool) -> int:
    from rich.progress import Progress

    from monitor.adding.checking import check
    from monitor.fetching.robots import Robots

    findings = []
    width = max((len(source.id) for source in wanted), default=0)
    async with edges() as (fetcher, parsing):
        robots = Robots(fetcher, now)
        with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
            bar = progress.add_task(_("확인 중"), total=len(wanted))
            visits = [check(source, fetcher, parsing, now(), robots.check) for source in wanted]
            for done in asyncio.as_completed(visits):
                finding = await done
                findings.append(finding)
                progress.advance(bar)
                if as_json:
                    print_json(finding.as_dict())
                else:
                    console.print(finding.line(width), markup=False, soft_wrap=True)
    failed = sum(bool(finding.error) for finding in findings)
    if not as_json:
        text = _(
            "소스 {n}곳: 읽힘 {ok}, 실패 {failed}, 항목 없음 {empty}, 날짜 없음 {undated}, 조건부 요청 됨 {conditional}, 확인하지 않음 {off}"
        )
        read = [finding for finding in findings if not finding.error]
        console.print(
            text.format(
                n=len(findings),
                ok=len(read),
                failed=failed,
                empty=sum(not finding.entries for finding in read),
                undated=sum(bool(finding.entries and not finding.dated) for finding in read),
                conditional=sum(finding.conditional == "304" for finding in read),
                off=sum(bool(finding.not_polled) for finding in findings),
            ),
            soft_wrap=True,
        )
    return failed


@sources_app.command(
    "add", help=_("주소에서 피드를 찾아 sources.yaml 에 적습니다. 파일의 주석은 그대로 둡니다.")
)
def sources_add(
    url: Annotated[str, typer.Argument(help=_("사이트, 피드, 목록 페이지의 주소"))],
    identifier: Annotated[str, typer.Option("--id", help=_("소스의 id; 없으면 주소에서 만듭니다."))] = "",
    name: Annotated[str, typer.Option(help=_("소스의 이름; 없으면 피드의 제목"))] = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help=_("추측한 목록이라도 켠 채로 적습니다."))] = False,
    as_json: AsJson = False,
) -> None:
    """`monitor sources add`: finds what can be watched at an address, and writes its stanza into sources.yaml.

    A list that was guessed is written as off unless a person says yes. Exit 1 where nothing was found or it is known, 2
    where the address or the id cannot be used. With `--dry-run` a known address is looked at all the same.
    """
    prepare(database=False)
    from monitor.adding.stanzas import sources_in, stanza_of
    from monitor.config import settings
    from monitor.errors import FetchError

    url = url if "://" in url else f"https://{url}"
    _check_usable(url, identifier)
    read_from, _write_to = _files()
    known = sources_in(read_from, settings().allow_hosts)
    taken = {source.id for source in known}
    if identifier in taken:
        _refuse(
            url, _('"{id}" 라는 소스가 이미 있습니다. 다른 id 를 주십시오.').format(id=identifier), as_json, 2
        )
    already = _known_at(url, known)
    if already and not dry_run:
        _refuse(url, _already(already), as_json, 1)
    try:
        discovery = asyncio.run(_discover(url, known))
    except FetchError as error:
        _refuse(url, why_unfetched(error), as_json, 1)
    best = discovery.best
    if best is None:
        if not as_json:
            _show(discovery)
        text = _(
            "피드도 목록도 찾지 못했습니다. 목록이 있는 페이지의 주소를 주거나, 선택자를 sources.yaml 에 직접 적으십시오."
        )
        _refuse(url, text, as_json, 1, discovery)
    already = already or _known_at(best.url, known)
    if already:
        if not dry_run:
            _refuse(url, _already(already), as_json, 1)
        _say_known(discovery, already, as_json=as_json)
        return
    stanza = stanza_of(discovery, taken, identifier, name)
    if not as_json:
        _show(discovery)
    if disallowed := _disallowed(best):
        reason = _("robots.txt 가 읽지 못하게 합니다: {reason}").format(reason=disallowed)
        stanza |= {"enabled": False, "reason": reason}
        if not as_json:
            console.print(reason, markup=False, soft_wrap=True)
    elif best.how == "listing" and not yes and not dry_run and not _confirmed(as_json):
        stanza |= {"enabled": False, "reason": _("추측한 목록입니다. 찾은 줄이 맞으면 켜십시오.")}
    _finish_add(discovery, stanza, dry_run=dry_run, as_json=as_json)


def _check_usable(url: str, identifier: str) -> None:
    from pydantic import ValidationError

    from monitor.sources import SourceConfig

    try:
        SourceConfig.model_validate({"id": identifier or "x", "url": url})
    except ValidationError as error:
        fail(" ".join(str(item["msg"]).removeprefix("Value error, ") for item in error.errors()), code=2)


def _refuse(
    url: str, message: str, as_json: bool, code: int, discovery: "Discovery | None" = None
) -> NoReturn:
    if as_json:
        _print_answer(url, discovery, error=message)
        raise typer.Exit(code)
    fail(message, code=code)


def _print_answer(url: str, discovery: "Discovery | None" = None, **found: object) -> None:
    """Prints the line of `--json`: what was found at an address, and what of it was made."""
    candidates = [_as_dict(one) for one in discovery.candidates] if discovery else []
    nothing = dict.fromkeys(("stanza", "yaml", "written", "known", "error"))
    print_json({"url": url, "candidates": candidates, **nothing, **found})


def _known_at(url: str, known: "list[SourceConfig]") -> "SourceConfig | None":
    from monitor.adding.stanzas import same_address

    return next((source for source in known if same_address(source.url, url)), None)


def _already(source: "SourceConfig") -> str:
    return _("이미 있는 소스입니다: {id} ({url})").format(id=source.id, url=source.url)


async def _discover(url: str, known: "list[SourceConfig]") -> "Discovery":
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from monitor.adding.discovery import discover
    from monitor.adding.stanzas import address_key

    keys = {address_key(source.url) for source in known}
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False))
    async with edges() as (fetcher, parsing):
        with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
            bar = progress.add_task(_("찾는 중"), total=None)

            def show(address: str) -> None:
                progress.update(bar, description=_("찾는 중: {url}").format(url=address))

            return await discover(url, fetcher, parsing, now(), show, lambda one: address_key(one) in keys)


def _disallowed(candidate: "FeedCandidate") -> str:
    """Why robots.txt keeps us from a page; empty where it does not, and for feeds."""
    from monitor.fetching.robots import PAGES

    if candidate.format not in PAGES:
        return ""
    # robots.txt is kept for a day, whoever asked for it.
    prepare()
    return asyncio.run(_refusal(candidate.url))


async def _refusal(url: str) -> str:
    from monitor.errors import FetchError, FetchFault
    from monitor.fetching.robots import Robots

    async with edges() as (fetcher, _parsing):
        try:
            await Robots(fetcher, now).check(url)
        except FetchError as error:
            return error.reason if error.fault is FetchFault.ROBOTS else ""
    return ""


def _show(discovery: "Discovery") -> None:
    for one in discovery.candidates:
        if one.feed is None:
            console.print(f"✗ {one.url}  {one.error}", markup=False, soft_wrap=True)
            continue
        newest = max((entry.published_at for entry in one.feed.entries if entry.published_at), default=None)
        parts = [
            one.feed.format,
            _("{n}건").format(n=len(one.feed.entries)),
            f"{newest:%Y-%m-%d}" if newest else "",
        ]
        parts.append(one.feed.title or one.title)
        mark = "✓" if one is discovery.best else "·"
        console.print(f"{mark} {one.url}  " + " · ".join(filter(None, parts)), markup=False, soft_wrap=True)
        if one.listing and one is discovery.best:
            console.print(_("피드가 없어 목록으로 보이는 곳을 골랐습니다. 이런 줄을 읽게 됩니다:"))
            for entry in one.feed.entries[:8]:
                day = f"{entry.published_at:%Y-%m-%d}" if entry.published_at else "-"
                console.print(
                    f"  {day:10}  {entry.title}\n{'':14}{entry.link or '-'}", markup=False, soft_wrap=True
                )


def _confirmed(as_json: bool) -> bool:
    """Whether a person at a terminal says that the guess is right; nobody there says no."""
    if as_json or not (sys.stdin.isatty() and console.is_terminal):
        return False
    return typer.confirm(_("이대로 켤까요? 아니면 꺼 둔 채로 적습니다."), default=False)


def _files() -> tuple[Path, Path]:
    """The sources.yaml in force, and the one to write: itself, or ./sources.yaml where that one is the packaged."""
    from monitor.config import PACKAGE, settings

    own = settings()
    in_force = own.sources_file
    packaged = {PACKAGE / "defaults" / "sources.yaml", PACKAGE.parent / "sources.yaml"}
    if own.sources is None and in_force in packaged:
        return in_force, Path("sources.yaml").absolute()
    if in_force.resolve() == PACKAGE / "defaults" / "sources.yaml":
        text = _(
            "{file} 은(는) 프로그램에 딸린 파일이라 고치지 않습니다. 다른 곳에 베끼고 MONITOR_SOURCES 에 그 경로를 적으십시오."
        )
        fail(text.format(file=in_force), code=2)
    return in_force, in_force


def _write(stanzas: list[dict[str, Any]]) -> "Written":
    from monitor.adding.stanzas import add_stanzas
    from monitor.config import settings

    read_from, write_to = _files()
    return add_stanzas(
        read_from, stanzas, settings().allow_hosts, None if read_from == write_to else write_to
    )


def _finish_add(discovery: "Discovery", stanza: dict[str, Any], *, dry_run: bool, as_json: bool) -> None:
    from monitor.adding.stanzas import render

    written = None if dry_run else _write([stanza])
    if as_json:
        file = str(written.file) if written else None
        _print_answer(discovery.url, discovery, stanza=stanza, yaml=render(stanza), written=file)
        return
    console.print("\n" + render(stanza), markup=False, soft_wrap=True)
    _say_written(written, 1)
    if written:
        text = _("다시 시작하면 확인하기 시작합니다. 미리 읽어 보기: monitor sources check {id}")
        console.print(text.format(id=stanza["id"]), markup=False, soft_wrap=True)


def _say_known(discovery: "Discovery", source: "SourceConfig", *, as_json: bool) -> None:
    """What a dry run says of an address that is watched already: what it gives, and under which id."""
    if as_json:
        _print_answer(discovery.url, discovery, known=source.id)
        return
    _show(discovery)
    console.print(_already(source), markup=False, soft_wrap=True)
    _say_written(None, 0)


def _say_written(written: "Written | None", count: int) -> None:
    if written is None:
        console.print(_("적지 않았습니다(--dry-run)."))
        return
    if written.copied_from:
        console.print(
            _("딸린 목록을 {file} 로 베꼈습니다. 이제부터 이 파일을 씁니다.").format(file=written.file),
            soft_wrap=True,
        )
    console.print(
        _("{file} 에 {n}곳을 적었습니다.").format(file=written.file, n=count), markup=False, soft_wrap=True
    )


def _as_dict(candidate: "FeedCandidate") -> dict[str, object]:
    entries = candidate.feed.entries if candidate.feed else ()
    newest: datetime | None = max(
        (entry.published_at for entry in entries if entry.published_at), default=None
    )
    return {
        "how": candidate.how,
        "url": candidate.url,
        "format": candidate.format if candidate.feed else None,
        "title": (candidate.feed.title if candidate.feed else "") or candidate.title or None,
        "entries": len(entries),
        "newest_at": iso(newest),
        "listing": candidate.listing.model_dump(exclude_defaults=True) if candidate.listing else None,
        "sample": [
            {"title": entry.title, "link": entry.link or None, "date": iso(entry.published_at)}
            for entry in entries[:5]
        ],
        "error": candidate.error or None,
    }


@sources_app.command(
    "import", help=_("다른 피드 리더의 목록(OPML)을 sources.yaml 에 더합니다. 읽어 보지는 않습니다.")
)
def sources_import(
    file: Annotated[Path, typer.Argument(help=_("OPML 파일; - 는 표준 입력"), allow_dash=True)],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """`monitor sources import`: adds an OPML list's feeds, unvisited, to sources.yaml; exit 1 where one cannot be used."""
    prepare(database=False)
    from monitor.adding.importing import stanzas_of
    from monitor.adding.stanzas import render, sources_in
    from monitor.config import settings

    outlines = _outlines(file)
    result = stanzas_of(outlines, sources_in(_files()[0], settings().allow_hosts))
    written = _write(result.stanzas) if result.stanzas and not dry_run else None
    for stanza in result.stanzas:
        if as_json:
            print_json({"url": stanza["url"], "source": stanza["id"], "outcome": "added", "reason": None})
        elif dry_run:
            console.print(render(stanza), markup=False, soft_wrap=True)
    _say_left_out("duplicate", "·", result.duplicates, as_json=as_json)
    _say_left_out("bad", "✗", result.bad, as_json=as_json)
    if not as_json:
        if result.stanzas:
            _say_written(written, len(result.stanzas))
        text = _("더한 것 {added}곳, 이미 있던 것 {duplicates}곳, 쓸 수 없는 것 {bad}곳")
        console.print(
            text.format(added=len(result.stanzas), duplicates=len(result.duplicates), bad=len(result.bad))
        )
    raise typer.Exit(1 if result.bad or not outlines else 0)


def _outlines(file: Path) -> "list[Outline]":
    from monitor.adding.opml import MAX_BYTES, read_opml
    from monitor.errors import ParseError

    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as stream:
            return read_opml(stream.read(MAX_BYTES + 1))
    except OSError as error:
        message = _("{file} 을(를) 읽을 수 없습니다: {reason}")
        fail(message.format(file=file, reason=why_unread(error)), code=2)
    except ParseError as error:
        fail(_("{path}: OPML 로 읽을 수 없습니다 ({reason}).").format(path=file, reason=error.reason), code=1)


def _say_left_out(
    outcome: str, mark: str, left_out: "Iterable[tuple[Outline, str]]", *, as_json: bool
) -> None:
    for outline, reason in left_out:
        if as_json:
            print_json({"url": outline.url, "source": None, "outcome": outcome, "reason": reason})
        else:
            line = f"{mark} {outline.title or '-'} {outline.url[:200]}  {reason}"
            console.print(line, markup=False, soft_wrap=True)


@sources_app.command("export", help=_("켜진 소스를 다른 피드 리더가 읽는 목록(OPML)으로 출력합니다."))
def sources_export(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=_("적을 파일; 없으면 표준 출력"))
    ] = None,
) -> None:
    """`monitor sources export`: writes the sources that are on as an OPML list."""
    from monitor.sourcesfile import configured

    prepare(database=False)
    from monitor.adding.opml import write_opml

    enabled = [source for source in configured() if source.enabled]
    body = write_opml(enabled, "Bulletin Monitor", now())
    if not hand_over(body, output):
        return
    console.print(
        _("{file} 에 {n}곳을 적었습니다.").format(file=output, n=len(enabled)), markup=False, soft_wrap=True
    )
