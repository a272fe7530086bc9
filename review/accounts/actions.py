"""Who did what that others should be able to look up, in one record that only grows: accounts, recipients, issues, models.

What editors do with stories has its own logs (`Decision`, `StoryEvent`); this is what admins do, who came in and who was
refused, and what the command line did. Every writer calls `record`, inside the transaction of what it records.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction

from alerts.addresses import shown
from alerts.models import Recipient
from monitor.i18n import translate
from monitor.logs import logger, redact
from monitor.texts.text import clean_line
from review.accounts.people import display_name
from review.labels import role_name
from review.models import Action

#: What is recorded, by its group: the words of each, as a list shows them behind a name.
GROUPS: dict[str, dict[str, str]] = {
    "signin": {
        "in": "들어왔습니다",
        "refused": "들어오지 못했습니다",
        "password": "비밀번호를 정했습니다",
        "feeds": "피드 주소를 새로 만들었습니다",
        "no-feeds": "피드 주소를 없앴습니다",
    },
    "person": {
        "added": "사람을 더했습니다",
        "changed": "사람을 고쳤습니다",
        "closed": "계정을 닫았습니다",
        "opened": "계정을 다시 열었습니다",
        "link": "로그인 링크를 만들었습니다",
        "mail": "로그인 링크를 메일로 보냈습니다",
        "ended": "로그인한 곳을 모두 닫았습니다",
        "telegram": "텔레그램을 이었습니다",
        "unlinked": "텔레그램과의 연결을 끊었습니다",
    },
    "recipient": {
        "added": "받는 이를 더했습니다",
        "changed": "받는 이를 고쳤습니다",
        "approved": "받는 이를 승인했습니다",
        "removed": "받는 이를 뺐습니다",
        "resent": "알림을 다시 보냈습니다",
        "left": "알림을 그대로 두었습니다",
    },
    "issue": {
        "opened": "호를 열었습니다",
        "removed": "호를 거두었습니다",
        "closed": "호를 마감했습니다",
        "reopened": "호를 다시 열었습니다",
    },
    "model": {
        "promoted": "새 모델을 쓰기 시작했습니다",
        "rolled-back": "앞의 모델로 되돌렸습니다",
    },
    "upkeep": {"backup": "백업했습니다", "restore": "백업에서 되살렸습니다"},
    "admin": {
        "added": "관리 화면에서 더했습니다",
        "changed": "관리 화면에서 고쳤습니다",
        "deleted": "관리 화면에서 지웠습니다",
    },
}
_GROUP_NAMES = {
    "signin": "로그인",
    "person": "사람",
    "recipient": "받는 이",
    "issue": "호",
    "model": "모델",
    "upkeep": "백업",
    "admin": "관리 화면",
}
#: Who did it, where nobody was signed in.
_NOBODY = {
    "console": "명령줄",
    "program": "프로그램",
    "telegram": "텔레그램의 누군가",
    "web": "누군가",
}
#: Every text here that a catalogue must hold.
TABLES = (*GROUPS.values(), _GROUP_NAMES, _NOBODY)

#: Actions on a page.
PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What the page's address asks for; empty asks for everything."""

    group: str = ""
    #: An account's id; 0 for everybody.
    who: int = 0
    #: A key of `_NOBODY`: what was done without an account.
    door: str = ""

    @classmethod
    def read(cls, group: str, who: str) -> "Filters":
        """The filters of a query string. What makes no sense asks for nothing."""
        is_number = who.isascii() and who.isdigit() and len(who) < 19
        return cls(
            group if group in GROUPS else "",
            int(who) if is_number else 0,
            who if who in {"console", "program"} else "",
        )

    def query_string(self, before: int = 0) -> str:
        """The address of these filters, as a link relative to the page."""
        wanted = {"group": self.group, "who": self.who or self.door, "before": before}
        return "?" + urlencode({name: value for name, value in wanted.items() if value})

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def record(
    kind: str,
    what: str = "",
    *,
    by: User | None = None,
    name: str = "",
    door: str = "web",
    address: str = "",
    **facts: object,
) -> Action:
    """Writes down that `by` did something of a `kind` of `GROUPS`, such as "person.added", to `what`.

    `name` is whom to name where there is no account; `facts` are what `details` reads, never a secret.
    """
    group, _dot, deed = kind.partition(".")
    assert deed in GROUPS[group], kind
    return Action.objects.create(
        who=by,
        name=clean_line(display_name(by) if by else name)[:200],
        kind=kind,
        what=clean_line(redact(what))[:300],
        facts={key: value for key, value in facts.items() if value not in (None, "")},
        door=door,
        address=address[:45],
    )


def by_command_line(kind: str, what: str = "", **facts: Any) -> None:
    """`record`, for a command: what it did is done, and stands, whether or not the record can be written."""
    try:
        with transaction.atomic():
            record(kind, what, door="console", **facts)
    except DatabaseError as error:
        logger.warning("not recorded", kind=kind, reason=type(error).__name__)


def note_admin(sender: object, instance: LogEntry, *, created: bool, **_signal: object) -> None:
    """Brings what was done in Django's own admin into the record: a receiver of `post_save`."""
    if not created:
        return
    deed = {ADDITION: "added", DELETION: "deleted"}.get(instance.action_flag, "changed")
    model = instance.content_type.model if instance.content_type else ""
    record(f"admin.{deed}", instance.object_repr, by=instance.user, model=model)


def recipient_words(recipient: Recipient) -> str:
    """How the record calls a recipient: no address of a service shows what signs in there."""
    return " · ".join(filter(None, (recipient.name, shown(recipient.address))))


def page_of(filters: Filters, before: int | None) -> tuple[list[Action], int]:
    """At most `PAGE` actions, the latest first, and the id before which the next page begins; 0 where there is none."""
    rows = Action.objects.order_by("-id")
    if filters.group:
        rows = rows.filter(kind__startswith=f"{filters.group}.")
    if filters.who:
        rows = rows.filter(who=filters.who)
    if filters.door:
        rows = rows.filter(who=None, door=filters.door)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else 0


def who_words(action: Action) -> str:
    """Who did it: by the name that they had then, or through which door where nobody was signed in."""
    return action.name or translate(_NOBODY.get(action.door, action.door))


def deed_words(action: Action) -> str:
    """What they did, in the words of `GROUPS`; the kind itself where it is none of them."""
    group, _dot, deed = action.kind.partition(".")
    return translate(GROUPS.get(group, {}).get(deed, action.kind))


def group_names() -> list[tuple[str, str]]:
    """The groups that the page offers: id and name."""
    return [(group, translate(_GROUP_NAMES[group])) for group in GROUPS]


def door_names() -> list[tuple[str, str]]:
    """Those without an account whom the page offers to filter by: door and name."""
    return [(door, translate(_NOBODY[door])) for door in ("console", "program")]


def details(action: Action) -> Iterator[str]:
    """What else there is to say of it, a phrase each: roles, an address, a file, where a sign-in came from."""
    facts = action.facts
    if "role" in facts:
        former = facts.get("former_role", "")
        roles = [role_name(role) for role in (former, facts["role"]) if role]
        yield " → ".join(roles)
    for key in ("email", "model", "rules", "file"):
        if key in facts:
            yield str(facts[key])
    if action.address:
        yield action.address
