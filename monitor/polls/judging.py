"""Pure: what follows from a visit to a source: how it is doing, when it is due again, and what its row is to say."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from monitor.documents import Feed, Hints, Redirect
from monitor.errors import FetchFault, ParseFault
from monitor.polls import silence
from monitor.polls.cadence import Pace, Rhythm, next_poll_at, rest_until
from monitor.polls.doubts import Sample, doubt, sample_of
from monitor.polls.health import Fault, Health, Signs, State, assess
from monitor.polls.history import History
from monitor.polls.moves import Move, follow
from monitor.sources import SourceConfig


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the last visits left, as `monitor.models.Source` has it: read at the claim, so that one poll sees one state."""

    etag: str
    last_modified: str
    body_hash: str
    failures: int
    doubts: int
    state: State
    fault: str
    reason: str
    last_polled_at: datetime | None
    document_entries: int
    hints: Hints
    good_sample: Sample | None
    move: Move
    #: The address adopted after a move, and the stanza's address that it stands for.
    adopted_url: str
    adopted_for: str
    #: Until when its silence is usual, by what it published so far.
    usual_until: datetime | None


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit came to."""

    status: str  #: "ok", "not_modified" or "error"
    feed: Feed | None = None  #: None where there was no new document
    new: int = 0
    changed: int = 0
    http_status: int | None = None  #: None where no answer came
    fault: Fault | None = None  #: of an error; None for one of ours
    reason: str = ""  #: one English line of why, for an error
    retry_after: timedelta | None = None  #: what the server asked for
    redirects: tuple[Redirect, ...] = ()
    fresh_for: timedelta = timedelta(0)  #: as its headers say (`monitor.fetching.headers.fresh_for`)
    #: What a document that could not be read looked like; empty where there was none.
    bad_sample: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a visit means for its source; `row` are fields of `monitor.models.Source`."""

    health: Health
    due_at: datetime  #: when to come again
    row: dict[str, object]
    #: Whether all is as it was: of the source's row only its times change, and `late_at`, `usual_until` and `weight`.
    quiet: bool = False


def judge(
    source: SourceConfig,
    state: SourceState,
    visit: Visit,
    history: History,
    rhythm: Rhythm,
    pace: Pace,
    now: datetime,
    jitter: float,
) -> Judgement:
    """What follows from a visit that ended at `now`.

    `history` is the source's with this visit's entries in it, and `rhythm` is learned from it; `pace` is the one that all
    sources share; `jitter` in [0, 1) spreads polls.
    """
    if visit.status == "error":
        return _failed(source, state, visit, now, jitter)
    doubted = _doubt(source, state, visit)
    move = _follow(source, state, visit, now)
    dates = (history.newest_at, visit.feed and sample_of(visit.feed, now).newest_at)
    newest_at = max((at for at in dates if at), default=None)
    usual_until = state.usual_until
    if newest_at and (visit.new or usual_until is None):
        usual_until = silence.late_at(history.times, rhythm, newest_at)
    stated = newest_at + source.stale_after if newest_at and source.stale_after else None
    late_at = min((at for at in (usual_until, stated) if at), default=None)
    health = assess(
        Signs(
            now,
            doubts=state.doubts + 1 if doubted else 0,
            fault=doubted[0] if doubted else None,
            reason=doubted[1] if doubted else "",
            newest_at=newest_at,
            late_at=late_at,
            moving_to="" if move.adopted else move.to,
        )
    )
    shown = len(visit.feed.entries) if visit.feed else state.document_entries
    hints = visit.feed.hints if visit.feed else state.hints
    due_at = next_poll_at(
        now=now,
        interval=source.interval,
        rhythm=rhythm,
        pace=pace,
        document_entries=shown,
        new_entries=visit.new,
        since_last=now - state.last_polled_at if state.last_polled_at else None,
        hints=hints,
        fresh_for=visit.fresh_for,
        jitter=jitter,
    )
    row = {
        "doubts": state.doubts + 1 if doubted else 0,
        "late_at": late_at,
        "usual_until": usual_until,
        "weight": rhythm.weight,
        "document_entries": shown,
        "hints": asdict(hints),
    }
    moved = _moved(source, move, state)
    quiet = (
        visit.status == "not_modified"
        and health == Health(State.OK)
        and (state.state, state.failures, state.doubts) == (State.OK, 0, 0)
        and moved == {"moved_to": state.move.to, "moved_since": state.move.since}
    )
    return Judgement(health, due_at, {**row, **_samples(visit, now, doubted=bool(doubted)), **moved}, quiet)


def addresses_of(source: SourceConfig, state: SourceState, now: datetime) -> tuple[str, ...]:
    """The addresses to ask now, in order: the stanza's, or the one that was adopted for it after a move."""
    if state.adopted_url and state.adopted_for == source.url:
        return (state.adopted_url,)
    return source.addresses(now)


def _failed(
    source: SourceConfig, state: SourceState, visit: Visit, now: datetime, jitter: float
) -> Judgement:
    failures = state.failures + 1
    health = assess(Signs(now, failures=failures, fault=visit.fault, reason=visit.reason))
    due_at = rest_until(
        now=now,
        interval=source.interval,
        failures=failures,
        fault=visit.fault,
        gone=health.state is State.GONE,
        retry_after=visit.retry_after,
        jitter=jitter,
    )
    return Judgement(health, due_at, {"bad_sample": visit.bad_sample})


def _doubt(source: SourceConfig, state: SourceState, visit: Visit) -> tuple[Fault, str] | None:
    """Why the document cannot be right; one that is unchanged is as doubtful as it was."""
    if visit.feed is not None:
        return doubt(visit.feed, visit.new, state.good_sample, source.language)
    fault = next((fault for fault in (*FetchFault, *ParseFault) if fault == state.fault), None)
    return (fault, state.reason) if state.doubts and fault else None


def _samples(visit: Visit, now: datetime, *, doubted: bool) -> dict[str, object]:
    if visit.feed is None:
        return {}
    sample = sample_of(visit.feed, now).as_json()
    return {"bad_sample": sample} if doubted else {"good_sample": sample, "bad_sample": {}}


def _follow(source: SourceConfig, state: SourceState, visit: Visit, now: datetime) -> Move:
    """Where the source is moving to; only a document with entries is a valid target, and only of a plain GET."""
    addresses = addresses_of(source, state, now)
    shown = len(visit.feed.entries) if visit.feed else state.document_entries
    if source.method != "GET" or "{" in source.url or not shown:
        return Move()
    return follow(state.move, addresses[0], visit.redirects, now)


def _moved(source: SourceConfig, move: Move, state: SourceState) -> dict[str, object]:
    if move.adopted:
        return {
            "adopted_url": move.to, "adopted_for": source.url, "moved_to": "", "moved_since": None,
            # They were the old address's.
            "etag": "", "last_modified": "",
        }  # fmt: skip
    row: dict[str, object] = {"moved_to": move.to, "moved_since": move.since}
    if state.adopted_url and state.adopted_for != source.url:
        row |= {"adopted_url": "", "adopted_for": ""}
    return row
