"""Pure: how a source is doing, and the words in which an operator reads it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.errors import FetchFault, ParseFault
from monitor.i18n import translate

#: One failure is weather; three in a row are a fault.
FAILURES_UNTIL_BROKEN = 3

Fault = FetchFault | ParseFault


class State(StrEnum):
    """How a source is doing, from its last visits."""

    NEW = "new"  # not visited yet
    OK = "ok"
    LATE = "late"  # nothing new for longer than its stale_after
    EMPTY = "empty"  # answers, but with no entries
    SHAKY = "shaky"  # failed once or twice in a row
    BLOCKED = "blocked"
    BROKEN = "broken"
    GONE = "gone"
    OFF = "off"  # switched off in sources.yaml


@dataclass(frozen=True, slots=True)
class Health:
    """A state, one English line of why, and the fault of the last visit where it failed."""

    state: State
    reason: str = ""
    fault: str = ""


def assess(
    *,
    now: datetime,
    failures: int,
    fault: Fault | None,
    reason: str,
    entries: int | None,
    newest_at: datetime | None,
    stale_after: timedelta | None,
    before: State = State.NEW,
) -> Health:
    """A source's health after a visit. `entries` is None where the document was not modified, as `before` it was."""
    if failures:
        return Health(_failing(failures, fault), reason, str(fault or ""))
    if entries == 0 or (entries is None and before is State.EMPTY):
        return Health(State.EMPTY, "no entries in the document")
    if stale_after and newest_at and now - newest_at > stale_after:
        return Health(State.LATE, f"nothing new since {newest_at:%Y-%m-%d %H:%M}Z")
    return Health(State.OK)


def _failing(failures: int, fault: Fault | None) -> State:
    if fault is FetchFault.GONE:
        return State.GONE
    if failures < FAILURES_UNTIL_BROKEN:
        return State.SHAKY
    return State.BLOCKED if fault is FetchFault.BLOCKED else State.BROKEN


_STATE_WORDS = {
    State.NEW: "아직 확인하지 않았습니다.",
    State.OK: "정상입니다.",
    State.LATE: "보통보다 오래 새 글이 없습니다. 사이트를 열어 새 글이 있는지, 주소가 바뀌지 않았는지 확인해 주십시오.",
    State.EMPTY: "응답은 하지만 항목이 하나도 없습니다. 피드가 닫혔거나 주소가 바뀌었을 수 있습니다.",
    State.SHAKY: "방금 확인에 실패했습니다. 곧 다시 시도합니다.",
    State.BLOCKED: "사이트가 접근을 막고 있습니다. 우회하지 않습니다. 다른 피드가 있는지 알아보거나 사이트에 문의해 주십시오.",
    State.BROKEN: "여러 번 실패했습니다.",
    State.GONE: "사이트가 이 주소를 없앴다고 답합니다(410). 새 주소를 찾아 sources.yaml 을 고쳐 주십시오.",
    State.OFF: "꺼져 있습니다.",
}

_FAULT_WORDS: dict[Fault, str] = {
    FetchFault.NETWORK: "서버에 연결할 수 없습니다. 인터넷 연결과 주소를 확인해 주십시오.",
    FetchFault.TIMEOUT: "서버가 제때 답하지 않습니다. 곧 다시 시도합니다.",
    FetchFault.HTTP: "서버가 오류로 답합니다. 계속되면 주소가 바뀌었는지 확인해 주십시오.",
    FetchFault.BLOCKED: _STATE_WORDS[State.BLOCKED],
    FetchFault.GONE: _STATE_WORDS[State.GONE],
    FetchFault.TOO_LARGE: "문서가 너무 커서 읽기를 멈췄습니다. 더 작은 피드가 있는지 알아봐 주십시오.",
    FetchFault.REDIRECT: "주소가 끝없이 또는 이상한 곳으로 넘겨집니다. 새 주소를 확인해 주십시오.",
    FetchFault.ADDRESS: "내부 네트워크 주소라서 열지 않았습니다. 사내 소스라면 MONITOR_ALLOW_HOSTS 에 적어 주십시오.",
    FetchFault.ENCODING: "서버가 읽을 수 없는 압축으로 답합니다. 사이트에 문의해 주십시오.",
    ParseFault.NOT_A_FEED: "피드가 아닌 것이 왔습니다. 주소와 format 을 확인해 주십시오.",
    ParseFault.HTML_INSTEAD: "피드 대신 웹 페이지가 왔습니다. 피드가 닫혔거나 주소가 바뀌었을 수 있습니다.",
    ParseFault.TOO_FEW_ROWS: "목록에서 줄을 찾지 못했습니다. 페이지 모양이 바뀐 듯합니다. 선택자(row, title, link)를 고쳐 주십시오.",
    ParseFault.EMPTY: _STATE_WORDS[State.EMPTY],
    ParseFault.HANGS: "문서를 읽는 데 너무 오래 걸려 멈췄습니다. 사이트에 이상이 없는지 확인해 주십시오.",
    ParseFault.CRASHED: "문서를 읽다가 메모리가 모자라 멈췄습니다. 사이트에 이상이 없는지 확인해 주십시오.",
}

#: Faults and states are named apart, but for those whose words are the same.
_WORDS = {str(key): text for key, text in (*_STATE_WORDS.items(), *_FAULT_WORDS.items())}


def words(state: str, fault: str = "", language: str | None = None) -> str:
    """What an operator reads of a source, with the mend: of its fault where it has one, else of its state."""
    return translate(_WORDS.get(str(fault or state), str(state)), language)
