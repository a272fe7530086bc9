"""Pure: what people call the codes that the records keep: countries, languages, kinds, states."""

from monitor.i18n import translate

#: As the bulletins print them before a source: (日 경제산업성, 1.13).
_SIGNS = {
    "JP": "日", "KR": "韓", "US": "美", "CN": "中", "GB": "英", "DE": "獨", "FR": "佛",
    "IN": "印", "RU": "露", "IT": "伊", "ES": "西", "CA": "加", "AU": "濠", "INT": "국제",
}  # fmt: skip

_REGIONS = {
    "JP": "일본", "KR": "한국", "US": "미국", "CN": "중국", "GB": "영국", "DE": "독일", "FR": "프랑스",
    "EU": "유럽연합", "ASEAN": "아세안", "WORLD": "세계", "INT": "국제기구", "TW": "대만", "HK": "홍콩",
    "IN": "인도", "RU": "러시아", "UA": "우크라이나", "IT": "이탈리아", "ES": "스페인", "NL": "네덜란드",
    "CA": "캐나다", "MX": "멕시코", "BR": "브라질", "CL": "칠레", "AR": "아르헨티나", "AU": "호주",
    "VN": "베트남", "TH": "태국", "ID": "인도네시아", "MY": "말레이시아", "SG": "싱가포르", "PH": "필리핀",
    "SA": "사우디아라비아", "AE": "아랍에미리트", "IL": "이스라엘", "IR": "이란", "TR": "튀르키예",
    "CH": "스위스", "SE": "스웨덴", "FI": "핀란드", "NO": "노르웨이", "DK": "덴마크", "PL": "폴란드",
    "BE": "벨기에", "AT": "오스트리아", "CZ": "체코", "HU": "헝가리", "KP": "북한",
    "CD": "콩고민주공화국", "ZA": "남아프리카공화국",
}  # fmt: skip

_LANGUAGES = {
    "ko": "한국어", "ja": "일본어", "en": "영어", "zh": "중국어", "de": "독일어", "fr": "프랑스어",
}  # fmt: skip

_KINDS = {"economy": "경제", "policy": "정책", "industry": "산업", "technology": "기술", "other": "기타"}

_ALERT_STATES = {
    "queued": "보낼 예정",
    "quiet": "조용한 시간",
    "sending": "보내는 중",
    "sent": "보냄",
    "uncertain": "확인 안 됨",
    "failed": "실패",
}

_RECIPIENT_STATES = {"pending": "승인을 기다립니다", "active": "받고 있습니다", "suspended": "멈췄습니다"}

_CHOICES = {
    "accept": "후보로 올렸습니다",
    "reject": "제외했습니다",
    "later": "나중에 보기로 했습니다",
    "undo": "되돌렸습니다",
}

#: What a tap that was refused asked for, and why it was.
_TRIED = {
    "accept": "후보로 올리려 했습니다",
    "reject": "제외하려 했습니다",
    "later": "나중에 보려 했습니다",
    "undo": "되돌리려 했습니다",
}
_REFUSALS = {"stranger": "등록되지 않은 사람", "conflict": "다른 결정이 먼저 있었음"}

_QUEUES = {"waiting": "대기", "accepted": "후보", "rejected": "제외", "later": "나중에"}

_DOORS = {"web": "웹", "telegram": "텔레그램", "console": "콘솔"}

_REASONS = {"word": "낱말", "letters": "글자 조합", "meaning": "문장의 뜻"}

_HEALTH = {
    "new": "확인 전",
    "ok": "정상",
    "late": "새 글 없음",
    "empty": "비어 있음",
    "shaky": "불안정",
    "moved": "옮김",
    "changed": "모양 바뀜",
    "mojibake": "글자 깨짐",
    "dates": "날짜 이상",
    "blocked": "차단됨",
    "broken": "고장",
    "gone": "없어짐",
    "off": "꺼짐",
    "spare": "예비",
}

_ROLES = {"viewer": "보기만", "editor": "편집자", "admin": "관리자"}

#: Every text here that a catalogue must hold.
TABLES = (
    _SIGNS,
    _REGIONS,
    _LANGUAGES,
    _KINDS,
    _ALERT_STATES,
    _RECIPIENT_STATES,
    _CHOICES,
    _TRIED,
    _REFUSALS,
    _QUEUES,
    _DOORS,
    _REASONS,
    _HEALTH,
    _ROLES,
)


def _named(table: dict[str, str], code: str, language: str | None = None) -> str:
    """The code's name, in the program's language unless another is given; the code itself where it has none."""
    return translate(table[code], language) if code in table else code


def country_sign(code: str, language: str | None = None) -> str:
    """The sign that a bulletin prints for a country; the code where bulletins have none, and outside Korean pages."""
    return _named(_SIGNS, code, language)


def region_name(code: str) -> str:
    """The name of a country, or of EU, ASEAN, WORLD; the code where it has none."""
    return _named(_REGIONS, code)


def region_codes() -> tuple[str, ...]:
    """The countries and regions that a rule offers; an entry's source may be an international body, no entry's place."""
    return tuple(code for code in _REGIONS if code != "INT")


def language_name(code: str) -> str:
    """A language of entries."""
    return _named(_LANGUAGES, code)


def language_codes() -> tuple[str, ...]:
    """The languages that a filter offers."""
    return tuple(_LANGUAGES)


def kind_name(code: str) -> str:
    """What an entry is about at large: economy, policy, industry, technology, other."""
    return _named(_KINDS, code)


def issue_name(number: str) -> str:
    """A number of a bulletin: 2023.3호 of `2023-03`."""
    year, _dash, month = number.partition("-")
    dated = len(year) == 4 and year.isdecimal() and month.isdecimal()
    return translate("{number}호").format(number=f"{year}.{int(month)}" if dated else number)


def kind_codes() -> tuple[str, ...]:
    """The kinds that a filter offers."""
    return tuple(_KINDS)


def alert_state_name(code: str) -> str:
    """How far an alert came, in a word or two."""
    return _named(_ALERT_STATES, code)


def recipient_state_name(code: str) -> str:
    """Whether a recipient gets anything: the headings of its page."""
    return _named(_RECIPIENT_STATES, code)


def choice_words(code: str, language: str | None = None) -> str:
    """What an editor did: a short sentence without its full stop."""
    return _named(_CHOICES, code, language)


def tried_words(choice: str, reason: str) -> str:
    """What somebody would have done, and why it was not let through."""
    return f"{_named(_TRIED, choice)} ({_named(_REFUSALS, reason)})"


def queue_name(code: str) -> str:
    """Where a story stands with the editors, in a word."""
    return _named(_QUEUES, code)


def door_name(code: str) -> str:
    """Through which door a decision came, in a word."""
    return _named(_DOORS, code)


def reason_kind_name(code: str) -> str:
    """By what a reason speaks for a topic: a word, letters, or the meaning."""
    return _named(_REASONS, code)


def health_name(code: str) -> str:
    """A source's state in a word or two; the sentence is `monitor.polls.health.words`."""
    return _named(_HEALTH, code)


def role_name(code: str) -> str:
    """What an account may do, in a word."""
    return _named(_ROLES, code)
