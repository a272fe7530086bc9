"""The topics, and the bulletins that they are gathered for."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitor.config import settings
from review import catalogue, queue
from review.pages.frame import page


@require_safe
def topics_page(request: HttpRequest) -> HttpResponse:
    """`/topics/`."""
    taxonomy = catalogue.taxonomy()
    language = settings().language
    waiting = dict(
        queue.waiting(timezone.now()).order_by().values_list("lead__tags__topic").annotate(Count("id"))
    )
    most = max((waiting.get(topic.id, 0) for topic in taxonomy.topics), default=0)
    topics = [
        {
            "id": topic.id,
            "name": catalogue.topic_name(topic.id),
            "description": topic.description.get(language, topic.description.get("ko", "")),
            "terms": sum(len(terms) for terms in topic.terms.values()),
            "waiting": waiting.get(topic.id, 0),
            "share": round(100 * waiting.get(topic.id, 0) / most) if most else 0,
        }
        for topic in taxonomy.topics
    ]
    return page(request, "topics.html", {"topics": topics, "bulletins": taxonomy.bulletins})
