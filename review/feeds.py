"""A topic's entries as an Atom feed (RFC 4287), for those who read in another reader; each by a token of their own."""

import hashlib
import re
import secrets
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from classifiers.models import Tag
from monitor.config import settings
from monitor.models import Entry
from monitor.texts.text import clean_line, sanitise
from review import catalogue
from review.deciding.cards import safe_url
from review.models import FeedToken

#: Of a topic the last ones: a reader that asks daily misses none.
MOST = 100
#: 256 bits.
TOKEN_BYTES = 32
#: What XML 1.0 cannot hold, however it is written.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Before the first entry of a topic; the feed's own "now" would make it another feed each second.
_EVER = datetime(2026, 1, 1, tzinfo=UTC)


def make_token(user: User, now: datetime) -> str:
    """A new token for the user's feeds, kept only as its hash; the former one opens nothing any more."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    FeedToken.objects.update_or_create(user=user, defaults={"token_hash": _hash(token), "made_at": now})
    return token


def revoke(user: User) -> bool:
    """Takes the user's token away; whether there was one."""
    return bool(FeedToken.objects.filter(user=user).delete()[0])


def made_at(user: User) -> datetime | None:
    """When the user's token was made; None where there is none."""
    return FeedToken.objects.filter(user=user).values_list("made_at", flat=True).first()


def opens(token: str) -> bool:
    """Whether the token is that of an open account."""
    return FeedToken.objects.filter(token_hash=_hash(token), user__is_active=True).exists()


def addresses(token: str) -> list[tuple[str, str]]:
    """Every topic's name and the address of its feed, in the order of topics.yaml."""
    query = urlencode({"token": token})
    return [
        (
            catalogue.topic_name(topic.id),
            f"{settings().public_url}{reverse('review:feed', args=[topic.id])}?{query}",
        )
        for topic in catalogue.taxonomy().topics
    ]


def entries_of(topic: str) -> QuerySet[Entry]:
    """The topic's latest `MOST` entries, the last found first."""
    tagged = Tag.objects.filter(topic=topic, probability__gt=0).order_by("-entry_id").values("entry_id")
    return Entry.objects.filter(pk__in=list(tagged[:MOST].values_list("entry_id", flat=True))).order_by("-id")


def atom(topic: str) -> tuple[bytes, datetime]:
    """The feed as Atom's XML, and when anything in it last changed."""
    home = settings().public_url
    feed = _Feed(
        title=f"Bulletin Monitor · {_xml(catalogue.topic_name(topic))}",
        link=f"{home}/?{urlencode({'topic': topic})}",
        description="",
        feed_guid=_id(f"topic/{topic}"),
        author_name="Bulletin Monitor",
    )
    for entry in entries_of(topic):
        page = f"{home}{reverse('review:story', args=[entry.story_id])}"
        feed.add_item(
            title=_xml(clean_line(entry.title)) or page,
            link=_xml(safe_url(entry.url)) or page,
            description=_xml(sanitise(entry.summary or entry.content)),
            author_name=_xml(clean_line(catalogue.source_name(entry.source_id))),
            unique_id=_id(f"entry/{entry.pk}"),
            pubdate=entry.published_at or entry.first_seen_at,
            updateddate=_changed(entry),
            lang=entry.lang,
        )
    return feed.writeString("utf-8").encode(), feed.latest_post_date()


class _Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=_EVER)

    def item_attributes(self, item: dict[str, str]) -> dict[str, str]:
        return {"xml:lang": item["lang"]} if item["lang"] else {}


def _changed(entry: Entry) -> datetime:
    return max(filter(None, (entry.first_seen_at, entry.changed_at, entry.tagged_at)))


def _id(name: str) -> str:
    """A tag URI (RFC 4151): the same for ever, wherever the pages move."""
    return f"tag:{urlsplit(settings().public_url).hostname},2026:{name}"


def _xml(text: str) -> str:
    return _NO_XML.sub("", text)


def _hash(token: str) -> str:
    # A token of 256 random bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
