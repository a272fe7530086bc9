"""/metrics: what the database and this process know of themselves, for Prometheus (docs/metrics.md).

Read at the scrape: a process that was just started says the same as one that has run for a year. Every query reads an
index or a few rows, but for those that count a whole table, which are spared where that takes long (`Spared`).
"""

import hmac
import platform
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Generic, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.models import Count, Max, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from alerts.models import Alert
from classifiers.models import Assessment
from monitor import __version__
from monitor.config import settings
from monitor.models import Chore, Entry, Poll, Source, Story
from review import catalogue
from review.healthz import overdue
from review.models import Decision

#: Every header by which a proxy says for whom it asks: a request that has one is not this machine's own.
_FORWARDED = (
    "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP", "HTTP_CF_CONNECTING_IP", "HTTP_TRUE_CLIENT_IP",
)  # fmt: skip
_OWN_NAMES = {"127.0.0.1", "localhost", "[::1]"}
#: A count that takes longer, in seconds, is spared for so many times as long: it takes a hundredth of the time, however
#: much there is to count.
LONG, SPARED_FOR = 0.25, 100

T = TypeVar("T")


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics`: for whoever asks from this machine, or shows MONITOR_METRICS_TOKEN as a Bearer token; else 403."""
    if not (_shows_token(request) or _is_local(request)):
        return HttpResponse(
            "/metrics wants a Bearer token (MONITOR_METRICS_TOKEN).\n", "text/plain", status=403
        )
    try:
        return HttpResponse(generate_latest(_registry), CONTENT_TYPE_PLAIN_0_0_4)
    except DatabaseError as error:
        return HttpResponse(
            f"the database does not answer: {type(error).__name__}\n", "text/plain", status=503
        )


def _shows_token(request: HttpRequest) -> bool:
    wanted = settings().metrics_token
    scheme, _space, shown = request.headers.get("Authorization", "").partition(" ")
    if wanted is None or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(shown.strip().encode(), wanted.get_secret_value().encode())


def _is_local(request: HttpRequest) -> bool:
    """Whether the request was made on this machine, and not for somebody elsewhere by a proxy on it.

    A proxy says so by a header, or hands on the name that its own caller asked for.
    """
    try:
        is_loopback = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    host = request.headers.get("Host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return is_loopback and name in _OWN_NAMES and not any(header in request.META for header in _FORWARDED)


class Spared(Generic[T]):
    """What `find` finds; what it found last, for a while, where finding takes long."""

    def __init__(self, find: Callable[[], T], clock: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._kept: tuple[float, T] | None = None

    def __call__(self) -> T:
        """It, as it is now or was a while ago."""
        started = self._clock()
        if self._kept and started < self._kept[0]:
            return self._kept[1]
        found = self._find()
        ended = self._clock()
        took = ended - started
        self._kept = (ended + SPARED_FOR * took, found) if took > LONG else None
        return found


class Facts(Collector):
    """The program's own metrics, read from the database and this process at each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Every metric of docs/metrics.md, as it is at this moment."""
        now = timezone.now()
        yield _info("build_info", "Versions.", version=__version__, python=platform.python_version(),
                    sqlite=sqlite3.sqlite_version, database=connection.vendor)  # fmt: skip
        newest = Assessment.objects.order_by("-pk").values_list("model", flat=True).first()
        yield _info("model_info", "The model that judged the newest entry.", model=newest or "")
        yield from _flow(now)
        yield from _sending(now)
        yield from _sources()
        yield from _people()
        yield from _machine()
        yield from _chores()


def _flow(now: datetime) -> Iterator[Metric]:
    # Numbers are given once and in order: the last one is how many there were, tidied away or not.
    stored = Entry.objects.aggregate(last=Max("id"))["last"] or 0
    yield CounterMetricFamily("bulletin_entries", "Entries stored since the database was made.", value=stored)
    yield _gauge("entries_untagged", "Entries that wait for their topics.", Entry.objects.untagged().count())
    oldest = Entry.objects.untagged().values_list("first_seen_at", flat=True).first()
    yield _gauge("oldest_untagged_seconds", "How long the oldest of them has waited.", _age(oldest, now))
    queues = dict.fromkeys(Story.Queue.values, 0) | _stories()
    yield _by_label("stories", "Stories by where they stand with the editors.", "queue", queues)
    recent = Poll.objects.filter(started_at__gte=now - timedelta(hours=1))
    if connection.vendor == "sqlite":
        # By source, for the index: there is none on time alone, as PostgreSQL has one (`poll_by_time`).
        recent = recent.filter(source__in=Source.objects.values("id"))
    counts = dict.fromkeys(("ok", "not_modified", "error"), 0) | _count(recent, "status")
    yield _by_label("polls_last_hour", "Visits to sources within the last hour by outcome.", "status", counts)


def _sending(now: datetime) -> Iterator[Metric]:
    counts = dict.fromkeys(Alert.State.values, 0) | _alerts()
    yield _by_label("alerts", "Messages by state.", "state", counts)
    # Not those of quiet hours and of a server that asked us to wait.
    due = Alert.objects.filter(state=Alert.State.QUEUED, not_before__lte=now)
    oldest = due.aggregate(at=Min("not_before"))["at"]
    yield _gauge(
        "oldest_unsent_seconds", "How long the oldest message that is due has waited.", _age(oldest, now)
    )
    digests = Alert.objects.filter(digest__isnull=False, state=Alert.State.SENT)
    yield _moment("last_digest", "When a summary was last sent.", digests.aggregate(at=Max("sent_at"))["at"])


def _sources() -> Iterator[Metric]:
    states, late, last = _visited()
    yield _by_label("sources", "Sources that are switched on by health.", "state", states)
    yield _gauge("sources_overdue", "Sources that should have been visited an hour ago.", late)
    yield _moment("last_poll", "When a source was last visited.", last)


def _people() -> Iterator[Metric]:
    decisions = CounterMetricFamily("bulletin_decisions", "What editors decided.", labels=["choice"])
    counts = dict.fromkeys(Decision.Choice.values, 0) | _decisions()
    for choice, count in counts.items():
        decisions.add_metric([choice], count)
    yield decisions


def _machine() -> Iterator[Metric]:
    disk = shutil.disk_usage(settings().home)
    yield _gauge("disk_free_bytes", "Room left on the disk of MONITOR_HOME.", disk.free)
    yield _gauge("disk_size_bytes", "Size of that disk.", disk.total)
    if connection.vendor == "sqlite":
        size = sum(file.stat().st_size for file in settings().home.glob("monitor.sqlite3*"))
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = cursor.fetchone()[0]
    yield _gauge("database_bytes", "Size of the database, on SQLite with its journal.", size)


def _chores() -> Iterator[Metric]:
    done = dict(Chore.objects.values_list("name", "done_at"))
    if settings().keep_backups and connection.vendor == "sqlite":
        # Where the program makes none, no alarm is to ring for want of one.
        yield _moment("last_backup", "When the nightly backup was last made.", done.get("backup"))
    yield _moment("last_tidied", "When what need not be kept was last tidied away.", done.get("tidy"))


def _count(rows: QuerySet[Any], field: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(field).annotate(Count("pk")))


@Spared
def _stories() -> dict[str, int]:
    return _count(Story.objects.all(), "queue")


@Spared
def _alerts() -> dict[str, int]:
    return _count(Alert.objects.all(), "state")


@Spared
def _decisions() -> dict[str, int]:
    return _count(Decision.objects.all(), "choice")


@Spared
def _visited() -> tuple[dict[str, int], int, datetime | None]:
    """How many sources are how well and how many overdue, and when the last was visited."""
    known = catalogue.sources()
    enabled = Source.objects.filter(id__in=[source.id for source in known.values() if source.enabled])
    last = Source.objects.aggregate(at=Max("last_polled_at"))["at"]
    return _count(enabled, "state"), len(overdue(known, timezone.now())), last


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"bulletin_{name}", says, value=value)


def _by_label(name: str, says: str, label: str, counts: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(f"bulletin_{name}", says, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family


def _info(name: str, says: str, **labels: str) -> Metric:
    family = GaugeMetricFamily(f"bulletin_{name}", says, labels=list(labels))
    family.add_metric(list(labels.values()), 1)
    return family


def _moment(name: str, says: str, at: datetime | None) -> Metric:
    """Seconds since 1970, as Prometheus has it; 0 for never."""
    return _gauge(f"{name}_timestamp_seconds", says, at.timestamp() if at else 0)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0) if since else 0


_registry = CollectorRegistry(auto_describe=False)
_registry.register(Facts())
ProcessCollector(registry=_registry)
