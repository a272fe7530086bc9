"""The topics, and the bulletins that they are gathered for."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from classifiers.models import Tag
from monitor.config import settings
from review import catalogue
from review.charts.sparkline import sparkline
from review.deciding import queue
from review.overview import Days, TopicDays, topic_days
from review.pages.frame import page

#: How many days a topic's line goes back.
DAYS = 28


@require_safe
def topics_page(request: HttpRequest) -> HttpResponse:
    """`/topics/`: every topic with how many of its stories wait and its last four weeks, and the bulletins."""
    taxonomy = catalogue.taxonomy()
    language = settings().language
    now = timezone.now()
    # Not by way of the entries, whose rows are long: a lead's tags are found by its id.
    leads = queue.waiting(now).values("lead")
    tags = Tag.objects.filter(entry__in=leads, probability__gt=0).values_list("topic")
    waiting = dict(tags.annotate(n=Count("*")).order_by())
    days = Days.until(now, settings().timezone, DAYS)
    flowing = topic_days(days)
    most = max((waiting.get(topic.id, 0) for topic in taxonomy.topics), default=0)
    topics = [
        {
            "id": topic.id,
            "name": catalogue.topic_name(topic.id),
            "description": topic.description.get(language, topic.description.get("ko", "")),
            "terms": sum(len(terms) for terms in topic.terms.values()),
            "waiting": waiting.get(topic.id, 0),
            "share": round(100 * waiting.get(topic.id, 0) / most) if most else 0,
            "spark": _spark(topic.id, flowing),
        }
        for topic in taxonomy.topics
    ]
    return page(request, "topics.html", {"topics": topics, "bulletins": taxonomy.bulletins})


def _spark(topic: str, flowing: TopicDays) -> SafeString:
    """The topic's last days at a glance, its bursts marked."""
    counts, found = flowing.of(topic), flowing.bursts(topic)
    words = gettext("지난 {days}일 동안 {n}건").format(days=len(counts), n=sum(counts))
    if found:
        words += gettext(", 급증 {n}번").format(n=len(found))
    return sparkline(words, counts, bursts=[day for one in found for day in range(one.first, one.last + 1)])
