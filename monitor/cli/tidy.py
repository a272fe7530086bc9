"""`monitor tidy`, and the chores that `monitor run` does each night: a backup, and what need not be kept any longer."""

import time
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.collect import now
from monitor.cli.common import AsJson, prepare, print_json, print_table
from monitor.i18n import _

if TYPE_CHECKING:
    from monitor.upkeep.tidying import Surplus

#: What need not keep a story: it goes along with it, or, of its entries, with them.
ALONG_STORY = {"entries", "alerts", "presences", "refused_taps"}
ALONG_ENTRY = {"leads", "alerts", "tags", "assessment", "vector", "story_keys"}
#: What people call the kinds of surplus.
NAMES = {
    "sessions": _("지난 로그인"),
    "signed_in": _("로그인한 곳의 기록"),
    "signin_links": _("지난 로그인 링크"),
    "password_tries": _("틀린 비밀번호의 기록"),
    "presences": _("누가 무엇을 보고 있었는지"),
    "refused_taps": _("받아들이지 않은 단추"),
    "digests": _("보낸 요약"),
    "notices": _("보낸 안내"),
    "incidents": _("풀린 고장"),
    "polls": _("소스를 확인한 기록"),
    "robots": _("오래된 robots.txt"),
    "drafts": _("쓰다 만 파일"),
    "stories": _("아무도 손대지 않은 글"),
    "models": _("옛 모델"),
}
#: Seconds between two parts of a night's tidying.
PAUSE = 0.05


def register(app: typer.Typer) -> None:
    """Adds this command."""
    app.command(
        help=_("오래되어 더 두지 않을 것을 지웁니다. 결정과 후보, 그것이 딛고 선 항목은 지우지 않습니다.")
    )(tidy)


def tidy(
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("지우지 않고, 몇 개인지만 셉니다."))] = False,
    as_json: AsJson = False,
) -> None:
    """`monitor tidy`: deletes what need not be kept, or with `--dry-run` counts it; prints how many of each kind."""
    prepare()
    from monitor.upkeep import chores, tidying

    at = now()
    counts: Counter[str] = Counter()
    for what, count in tidying.tidy(surpluses(at), dry_run=dry_run):
        counts[what] += count
    if not dry_run:
        tidying.look_after_database()
        chores.done(chores.TIDY, at)
    if as_json:
        for what, count in counts.items():
            print_json({"what": what, "count": count})
        return
    title = _("지울 것 (지우지 않았습니다)") if dry_run else _("지운 것")
    rows = ((NAMES[what], f"{count:,}") for what, count in counts.items() if count)
    print_table(title, (_("무엇"), _("개수")), rows)


def surpluses(at: datetime) -> "list[Surplus]":
    """Everything that need not be kept any longer at that moment, of every app, in the order in which it goes."""
    from alerts.tidying import awaited_stories, delete_alerts, old_messages
    from classifiers.tidying import corrected_stories, old_models
    from monitor.config import settings
    from monitor.upkeep.tidying import collected, pointed_at
    from review.tidying import old_visits

    own = settings()
    held = [*pointed_at(ALONG_STORY, ALONG_ENTRY), *corrected_stories(), *awaited_stories()]
    return [
        *old_visits(at),
        *old_messages(at),
        *collected(at, own.home, own.keep_entries, held, delete_alerts),
        old_models(),
    ]


def do_nightly() -> None:
    """Does the chores that are due, on a thread of its own; a backup that fails is logged, and tried at the next look."""
    from django.db import connections

    from monitor.config import settings
    from monitor.upkeep import chores

    at = now()
    try:
        due = chores.due(at, settings().timezone)
        if chores.BACKUP in due:
            _back_up(at)
        if chores.TIDY in due:
            _tidy(at)
    finally:
        # The thread's own.
        connections.close_all()


def _back_up(at: datetime) -> None:
    from monitor.config import settings
    from monitor.errors import StoreError
    from monitor.logs import logger
    from monitor.upkeep import chores
    from monitor.upkeep.backup import back_up_daily

    try:
        made = back_up_daily(settings(), at)
    except StoreError as error:
        # What is tidied away next may be what makes room for it.
        logger.error("no backup", reason=str(error))
        return
    chores.done(chores.BACKUP, at)
    if made:
        logger.info("backed up", file=made.name, bytes=made.stat().st_size)


def _tidy(at: datetime) -> None:
    from monitor.logs import logger
    from monitor.upkeep import chores, tidying

    counts: Counter[str] = Counter()
    for what, count in tidying.tidy(surpluses(at)):
        counts[what] += count
        # Polls and decisions that waited for the write lock have it now.
        time.sleep(PAUSE)
    tidying.look_after_database()
    chores.done(chores.TIDY, at)
    logger.info("tidied", **{what: count for what, count in counts.items() if count})
