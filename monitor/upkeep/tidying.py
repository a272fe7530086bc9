"""Glue: deletes what has been kept long enough, in small transactions, between which polls and decisions go on.

Each app says what it has of that as a list of `Surplus`; the command line puts them together (`monitor.cli.tidy`).
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery

from monitor.logs import logger
from monitor.models import Entry, Forgotten, Poll, RobotsFile, Source, Story
from monitor.polls.identity import Keys
from monitor.polls.keeping import forgotten_keys
from monitor.upkeep import retention

#: Rows that one transaction deletes: it holds the write lock for a tenth of a second.
PART = 50
#: Of each kind, the most that one night deletes; the rest follows the next night.
MOST = 50_000
_HEX = "[0-9a-f]" * 8
#: How files are called that are being written: a killed process leaves them in the home.
_DRAFTS = (
    f"secret.key.{_HEX}", "restore-*", "backups/.backup-*", "backups/.*.zip.*", f"models/*.{_HEX}", f"models/*.{_HEX}.npz",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surplus:
    """Rows or files that need not be kept any longer."""

    #: Their kind, as `monitor tidy` prints it.
    what: str
    #: Their primary keys or paths, the oldest first.
    find: Callable[[], Sequence[Any]]
    #: Deletes these, in a transaction of its own, and says how many: what has come into use meanwhile stays.
    remove: Callable[[Sequence[Any]], int]


def rows(what: str, found: QuerySet[Any], remove: Callable[[QuerySet[Any]], object] | None = None) -> Surplus:
    """A surplus of the rows of a query, MOST at a time; `remove` deletes them, else the query itself does.

    Each part is asked for again when it goes, with the write lock held.
    """

    def find() -> Sequence[Any]:
        return list(found.order_by("pk").values_list("pk", flat=True)[:MOST])

    def take(keys: Sequence[Any]) -> int:
        with transaction.atomic():
            still = list(found.filter(pk__in=keys).values_list("pk", flat=True))
            gone: QuerySet[Any] = found.model._default_manager.filter(pk__in=still)
            (remove or QuerySet.delete)(gone)
        return len(still)

    return Surplus(what, find, take)


def files(what: str, find: Callable[[], Sequence[Path]]) -> Surplus:
    """A surplus of files and folders; one that cannot be deleted is passed over and logged."""
    return Surplus(what, find, lambda paths: sum(map(_unlink, paths)))


def tidy(surpluses: Sequence[Surplus], *, dry_run: bool = False) -> Iterator[tuple[str, int]]:
    """Deletes, or with `dry_run` counts, kind by kind and part by part; yields (what, how many) after each part."""
    for surplus in surpluses:
        found = surplus.find()
        if dry_run:
            yield surplus.what, len(found)
            continue
        for start in range(0, len(found), PART):
            yield surplus.what, surplus.remove(found[start : start + PART])


def collected(
    now: datetime,
    home: Path,
    keep_entries: timedelta | None,
    held: Sequence[Q],
    leave_first: Callable[[QuerySet[Story]], object],
) -> list[Surplus]:
    """What the collector need not keep: old visits, robots.txt files and drafts, and stories with their entries.

    A story goes when nothing was told of it for `keep_entries` (None keeps all), unless one of `held` is true of it.
    `leave_first` deletes what points at the stories and would keep the database from deleting them.
    """
    found = [
        rows("polls", _old_polls(now)),
        rows("robots", RobotsFile.objects.filter(fetched_at__lt=now - retention.ROBOTS)),
        files("drafts", lambda: _drafts(home, now)),
    ]
    if keep_entries is not None:
        stories = Story.objects.filter(_untold_since(now - keep_entries)).exclude(pk__in=_last_told())
        for reason in held:
            stories = stories.exclude(reason)

        def remove(some: QuerySet[Story]) -> None:
            leave_first(some)
            _forget(some)

        found.append(rows("stories", stories, remove))
    return found


def pointed_at(along_story: Collection[str], along_entry: Collection[str]) -> list[Q]:
    """Conditions, each true of stories at which something points, also from the apps above this one.

    What goes along with a story or an entry, by the names of its relations, does not count. So a model that is added one
    day keeps its stories until somebody says that it need not.
    """
    own = [
        Exists(relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")}))
        for relation in _relations(Story, along_story)
    ]
    through = [
        Exists(
            relation.related_model._base_manager.filter(**{f"{relation.field.name}__story": OuterRef("pk")})
        )
        for relation in _relations(Entry, along_entry)
    ]
    return [Q(exists) for exists in own + through]


def _relations(model: type[Model], along: Collection[str]) -> list[Any]:
    """What points at a model, but for what the model knows by these names."""
    fields: list[Any] = list(model._meta.get_fields(include_hidden=True))
    back = [field for field in fields if field.auto_created and not field.concrete]
    return [relation for relation in back if relation.get_accessor_name() not in along]


def look_after_database() -> None:
    """Brings SQLite's statistics up to date (https://www.sqlite.org/pragma.html#pragma_optimize); not PostgreSQL's."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # Of each index a few hundred rows are looked at: milliseconds, however large the table.
            cursor.execute("PRAGMA analysis_limit = 400")
            cursor.execute("PRAGMA optimize")


def _old_polls(now: datetime) -> QuerySet[Poll]:
    """All but the last one of each source."""
    return Poll.objects.filter(started_at__lt=now - retention.POLLS).exclude(
        pk__in=_newest_of_sources(Poll.objects.order_by("-started_at", "-id"))
    )


def _newest_of_sources(ordered: QuerySet[Any]) -> QuerySet[Any]:
    """The key of each source's first row in this order: a look into an index for every source."""
    own = ordered.filter(source=OuterRef("pk")).values("pk")[:1]
    return Source.objects.annotate(newest=Subquery(own)).exclude(newest=None).values("newest")


def _untold_since(before: datetime) -> Q:
    """Stories of which nothing was told since."""
    newer = Entry.objects.filter(story=OuterRef("pk"), first_seen_at__gte=before)
    return Q(~Exists(newer), first_seen_at__lt=before)


def _last_told() -> QuerySet[Entry, Any]:
    """The stories of each source's newest entry: all that tells how long it has been silent."""
    newest = _newest_of_sources(Entry.objects.order_by("-first_seen_at", "-id"))
    return Entry.objects.filter(pk__in=newest).values("story")


def _forget(stories: QuerySet[Story]) -> None:
    """Deletes stories with their entries and all that goes along; what the entries were known by stays."""
    entries = Entry.objects.filter(story__in=stories)
    keys = entries.values_list("source_id", "guid_key", "link_key", "title_key", "text_key")
    Forgotten.objects.bulk_create(
        Forgotten(source_id=source_id, **forgotten_keys(Keys(*known))) for source_id, *known in keys
    )
    entries.delete()
    stories.delete()


def _drafts(home: Path, now: datetime) -> list[Path]:
    before = (now - retention.DRAFTS).timestamp()
    found = (path for pattern in _DRAFTS for path in home.glob(pattern))
    return sorted(path for path in found if path.lstat().st_mtime < before)


def _unlink(path: Path) -> int:
    """1 where it could be taken away; what cannot be tonight is met again tomorrow."""
    try:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except OSError as error:
        logger.warning("not tidied", path=str(path), reason=str(error))
        return 0
    return 1
