"""A story as a page shows it: everything already named, timed and made safe."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from urllib.parse import urlsplit

from django.core.exceptions import ObjectDoesNotExist

from classifiers.judging.reasons import phrases
from classifiers.models import Assessment, Tag
from classifiers.pastissues.nearest import is_covered
from monitor.config import settings
from monitor.models import Entry, Story
from monitor.texts.text import clip, plain
from review import catalogue
from review.accounts.people import display_name
from review.deciding.decisions import effective_queue
from review.deciding.phrases import as_written
from review.labels import country_sign, issue_name, kind_name, queue_name, region_name
from review.models import Assignment
from review.search import marking
from review.times import When, published

#: Characters: two lines on the widest page, with some to spare for the clipping that the style does.
LEAD_LENGTH = 280
#: What is searched for stands on the first of them; so many letters lead up to it.
LEAD_LINE, LEAD_UP = 60, 24
#: Topics and reasons on a card, the first of each; the rest is on the story's page.
MAX_CHIPS = 5
MAX_WHY = 4


@dataclass(frozen=True, slots=True)
class Chip:
    """A topic of an entry as people read it; `percent` is its probability."""

    topic: str
    name: str
    percent: int
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as a line: who told it, when, and where."""

    title: str
    url: str
    lang: str
    source: str
    country: str
    country_name: str
    when: When


@dataclass(frozen=True, slots=True)
class Covered:
    """The article of a past issue that says the nearest."""

    issue: str
    title: str
    likeness: float
    #: Whether it is near enough to say that the matter was covered.
    sure: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A story of the queue as its card shows it, every text ready for a page."""

    id: int
    queue: str
    queue_name: str
    told: Told
    lead: str
    percent: int | None
    why: list[str]
    chips: list[Chip]
    kind: str
    regions: str
    #: The story's other entries.
    others: list[Told]
    #: Whether it was drawn at random from below the line (`review.quality.sampling`).
    sample: bool
    covered: Covered | None
    #: Whose it is: their account's id, and what others call them.
    assignee: int | None
    assignee_name: str
    #: What the page searched for, to be marked.
    search: str


def card(story: Story, now: datetime, search: str = "") -> Card:
    """A story that `review.deciding.queue.with_cards` read, as its card on a page that searched for `search`."""
    lead = lead_of(story)
    assessment = assessment_of(lead)
    told = tell(lead, now)
    text = _lead_text(getattr(story, "lead_markup", ""), told.title, search)
    # A topic that an editor took away stands there with no probability.
    tags = [tag for tag in lead.tags.all() if tag.probability > 0][:MAX_CHIPS]
    queue = effective_queue(story, now)
    assignee = assignment.assignee if (assignment := assignment_of(story)) else None
    return Card(
        id=story.pk,
        queue=queue,
        queue_name=queue_name(queue),
        told=told,
        lead=text,
        percent=percent(story.relevance),
        why=_reasons(assessment, tags, [told.title, text]),
        chips=[chip(tag, [told.title, text]) for tag in tags],
        kind=kind_name(assessment.kind) if assessment else "",
        regions=", ".join(region_name(code) for code in assessment.regions) if assessment else "",
        others=[tell(entry, now) for entry in story.entries.all() if entry.pk != lead.pk],
        sample=hasattr(story, "sample"),
        covered=covered(assessment),
        assignee=assignee.pk if assignee else None,
        assignee_name=display_name(assignee) if assignee else "",
        search=search,
    )


def cards_of(stories: Sequence[Story], now: datetime, search: str = "") -> list[Card]:
    """The cards of stories that `review.deciding.queue.with_cards` read; without those that have no entry."""
    return [card(story, now, search) for story in stories if story.lead or story.entries.all()]


def lead_of(story: Story) -> Entry:
    """The entry that stands for the story; the first seen where none was chosen."""
    return story.lead or story.entries.all()[0]


def assessment_of(entry: Entry) -> Assessment | None:
    """What the classifier said of the entry; None where it has not spoken yet."""
    try:
        return entry.assessment
    except ObjectDoesNotExist:
        return None


def assignment_of(story: Story) -> Assignment | None:
    """Whose the story is; None where it is nobody's."""
    try:
        return story.assignment
    except ObjectDoesNotExist:
        return None


def tell(entry: Entry, now: datetime) -> Told:
    """The entry as a line, timed from `now` in the editors' zone."""
    source = catalogue.sources().get(entry.source_id)
    country = source.country if source else ""
    return Told(
        title=entry.title,
        url=safe_url(entry.url),
        lang=entry.lang,
        source=catalogue.source_name(entry.source_id),
        country=country_sign(country),
        country_name=region_name(country),
        when=published(
            entry.published_at,
            entry.date_confidence,
            entry.first_seen_at,
            now,
            settings().timezone,
            catalogue.source_zone(entry.source_id),
        ),
    )


def covered(assessment: Assessment | None) -> Covered | None:
    """The article of a past issue that is nearest to it; None where none is near, or nothing was looked for."""
    if assessment is None or assessment.nearest is None or assessment.nearest_likeness is None:
        return None
    likeness = assessment.nearest_likeness
    article = assessment.nearest
    return Covered(
        issue_name(article.issue.number), article.title, likeness, is_covered(assessment.model, likeness)
    )


def chip(tag: Tag, texts: Iterable[str] = ()) -> Chip:
    """A tag as its chip, its reasons spelt as in `texts`."""
    return Chip(
        topic=tag.topic,
        name=catalogue.topic_name(tag.topic),
        percent=percent(tag.probability) or 0,
        why=" · ".join(as_written(phrase, texts) for phrase in phrases(tag.reasons)),
    )


def percent(share: float | None) -> int | None:
    """A share between 0 and 1 in whole percent; what lies outside is taken for the nearest of the two."""
    return None if share is None else round(100 * min(max(share, 0), 1))


def safe_url(url: str) -> str:
    """The address, if a browser may follow it; nothing for javascript:, data: and the like, whoever let it in."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def _reasons(assessment: Assessment | None, tags: list[Tag], texts: list[str]) -> list[str]:
    """The phrases that spoke for the story as a whole, then for its topics in turn; each once, as the text spells it."""
    turns = zip_longest(*(phrases(tag.reasons) for tag in tags))
    named = [
        *(assessment.why if assessment else []),
        *(phrase for turn in turns for phrase in turn if phrase),
    ]
    written = (as_written(str(phrase), texts) for phrase in named)
    return list({phrase.casefold(): phrase for phrase in written if phrase.strip()}.values())[:MAX_WHY]


def _lead_text(markup: str, title: str, search: str) -> str:
    """The lead in plain text; nothing where it only says the title again, as many feeds do.

    As much of it as a card shows: its beginning, or what leads up to the first word that was searched for.
    """
    text = plain(markup)
    if text.startswith(title):
        text = text[len(title) :].lstrip(" .,:-–—|")
    found = marking.spans(text, search) if search else []
    if found and found[0][1] > LEAD_LINE:
        text = "…" + text[max(found[0][0] - LEAD_UP, 0) :].lstrip()
    return clip(text, LEAD_LENGTH)
