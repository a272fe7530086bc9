"""Pure: how a source is doing, and the words in which an operator reads it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.errors import FetchFault, ParseFault
from monitor.i18n import translate

#: One failure is weather; three in a row are a fault.
FAILURES_UNTIL_BROKEN = 3

#: Why a visit failed, or its document was not believed.
Fault = FetchFault | ParseFault


class State(StrEnum):
    """How a source is doing, from its last visits."""

    NEW = "new"  # not visited yet
    OK = "ok"
    SHAKY = "shaky"  # failed once or twice in a row
    LATE = "late"  # nothing new for longer than usual
    EMPTY = "empty"  # answers, but with no entries
    MOVED = "moved"  # redirects for good; the new address is taken after a week
    BLOCKED = "blocked"
    CHANGED = "changed"  # its page or feed is no longer what its stanza describes
    MOJIBAKE = "mojibake"  # the wrong characters
    DATES = "dates"  # dates that cannot be true
    BROKEN = "broken"
    GONE = "gone"
    OFF = "off"  # switched off in sources.yaml


#: What an operator is told of, once when it begins and once when it ends.
FAULTY = frozenset(State) - {State.NEW, State.OK, State.SHAKY, State.OFF}

_STATES: dict[Fault, State] = {
    FetchFault.BLOCKED: State.BLOCKED,
    FetchFault.ROBOTS: State.BLOCKED,
    FetchFault.GONE: State.GONE,
    ParseFault.HTML_INSTEAD: State.CHANGED,
    ParseFault.NOT_A_FEED: State.CHANGED,
    ParseFault.TOO_FEW_ROWS: State.CHANGED,
    ParseFault.EMPTY: State.EMPTY,
    ParseFault.MOJIBAKE: State.MOJIBAKE,
    ParseFault.DATES: State.DATES,
}


@dataclass(frozen=True, slots=True)
class Health:
    """A state, one English line of why, and the fault of the last visit where it had one."""

    state: State
    reason: str = ""
    fault: str = ""
    #: Whether it has been so for long enough to call people; one odd document is not.
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Signs:
    """What a source's last visits showed, as seen at `now`."""

    now: datetime
    #: Failures in a row, or answers in a row that could not be believed; with the fault and the reason of the last.
    failures: int = 0
    doubts: int = 0
    fault: Fault | None = None
    reason: str = ""
    #: When something new last appeared, as far as is known, and from when on its silence is a fault.
    newest_at: datetime | None = None
    late_at: datetime | None = None
    #: Where it is moving to.
    moving_to: str = ""


def assess(signs: Signs) -> Health:
    """A source's health after a visit."""
    if signs.fault is not None and (signs.failures or signs.doubts):
        return _troubled(signs, signs.fault)
    if signs.failures:
        return Health(_confirmed(State.BROKEN, signs.failures), signs.reason)
    if signs.late_at and signs.newest_at and signs.now > signs.late_at:
        return Health(State.LATE, f"nothing new since {signs.newest_at:%Y-%m-%d %H:%M}Z")
    if signs.moving_to:
        return Health(State.MOVED, f"redirects for good to {signs.moving_to}")
    return Health(State.OK)


def _troubled(signs: Signs, fault: Fault) -> Health:
    state = _STATES.get(fault, State.BROKEN)
    if signs.failures == 0:
        return Health(state, signs.reason, str(fault), confirmed=signs.doubts >= FAILURES_UNTIL_BROKEN)
    if fault is not FetchFault.ROBOTS:
        # What robots.txt forbids is no accident of the network, and asking again changes nothing.
        state = _confirmed(state, signs.failures)
    return Health(state, signs.reason, str(fault))


def _confirmed(state: State, times: int) -> State:
    return state if times >= FAILURES_UNTIL_BROKEN else State.SHAKY


_STATE_WORDS = {
    State.NEW: "아직 확인하지 않았습니다.",
    State.OK: "정상입니다.",
    State.LATE: "보통보다 오래 새 글이 없습니다. 사이트를 열어 새 글이 있는지, 주소가 바뀌지 않았는지 확인해 주십시오.",
    State.EMPTY: "응답은 하지만 항목이 하나도 없습니다. 피드가 닫혔거나 주소가 바뀌었을 수 있습니다.",
    State.SHAKY: "방금 확인에 실패했습니다. 곧 다시 시도합니다.",
    State.MOVED: "사이트가 이 주소를 다른 곳으로 아주 옮겼습니다. 7일 동안 그대로면 새 주소를 씁니다. sources.yaml 의 url 도 고쳐 주십시오.",
    State.CHANGED: "페이지나 피드의 모양이 바뀌었습니다. 주소와 format, 선택자를 확인해 주십시오.",
    State.MOJIBAKE: "글자가 깨져서 옵니다. sources.yaml 에 encoding(euc-kr, shift_jis, utf-8 …)을 적어 보십시오. 낫지 않으면 사이트의 잘못입니다.",
    State.DATES: "날짜가 맞을 수 없는 값으로 옵니다. 처음 본 때를 대신 씁니다. 사이트를 열어 보고 date, date_pattern, timezone 을 확인해 주십시오.",
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
    FetchFault.ROBOTS: "사이트의 robots.txt 가 이 주소를 읽지 말라고 합니다. 따릅니다. 다른 피드가 있는지 알아보거나 사이트에 문의해 주십시오.",
    FetchFault.TOO_LARGE: "문서가 너무 커서 읽기를 멈췄습니다. 더 작은 피드가 있는지 알아봐 주십시오.",
    FetchFault.REDIRECT: "주소가 끝없이 또는 이상한 곳으로 넘겨집니다. 새 주소를 확인해 주십시오.",
    FetchFault.ADDRESS: "내부 네트워크 주소이거나 바르지 않은 주소라서 열지 않았습니다. 주소를 확인해 주십시오. 사내 소스라면 .env 의 MONITOR_ALLOW_HOSTS 에 호스트를 적고 다시 시작해 주십시오.",
    FetchFault.ENCODING: "서버가 읽을 수 없는 압축으로 답합니다. 사이트에 문의해 주십시오.",
    ParseFault.NOT_A_FEED: "피드가 아닌 것이 왔습니다. 주소와 format 을 확인해 주십시오.",
    ParseFault.HTML_INSTEAD: "피드 대신 웹 페이지가 왔습니다. 피드가 닫혔거나 주소가 바뀌었을 수 있습니다.",
    ParseFault.TOO_FEW_ROWS: "목록에서 줄을 찾지 못했습니다. 페이지 모양이 바뀐 듯합니다. 선택자(row, title, link)를 고쳐 주십시오.",
    ParseFault.EMPTY: _STATE_WORDS[State.EMPTY],
    ParseFault.MOJIBAKE: _STATE_WORDS[State.MOJIBAKE],
    ParseFault.DATES: _STATE_WORDS[State.DATES],
    ParseFault.HANGS: "문서를 읽는 데 너무 오래 걸려 멈췄습니다. 사이트에 이상이 없는지 확인해 주십시오.",
    ParseFault.CRASHED: "문서를 읽다가 메모리가 모자라 멈췄습니다. 사이트에 이상이 없는지 확인해 주십시오.",
}

#: Faults and states are named apart, but for those whose words are the same.
_WORDS = {str(key): text for key, text in (*_STATE_WORDS.items(), *_FAULT_WORDS.items())}


def words(state: str, fault: str = "", language: str | None = None) -> str:
    """What an operator reads of a source, with the mend: of its fault where it has one, else of its state.

    In the program's language unless another is given; a word that is neither comes back as it is.
    """
    return translate(_WORDS.get(str(fault or state), str(state)), language)
