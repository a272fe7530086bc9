"""What an operator is told of a source, through the real bot library."""

from datetime import timedelta

import pytest

from alerts.matching import queue_notices
from alerts.models import Alert, Recipient
from alerts.recipients import add, ensure_chats
from monitor.models import Incident, Source
from tests.alerts.conftest import NOW
from tests.alerts.test_outbox import deliver
from tests.servers.telegram import TelegramServer

pytestmark = pytest.mark.django_db(transaction=True)


def incident(**fields: object) -> Incident:
    Source.objects.get_or_create(id="meti-press")
    values = {
        "state": "changed",
        "fault": "too_few_rows",
        "reason": '"li" finds 0 rows <b>',
        "opened_at": NOW,
    }
    return Incident.objects.create(source_id="meti-press", **{**values, **fields})


def test_a_fault_is_told_with_the_sources_name_the_mend_and_the_logs_line(telegram: TelegramServer) -> None:
    add("telegram:1", operator=True)
    add("telegram:2")
    queue_notices(incident(), NOW)
    deliver(telegram)
    assert telegram.texts(2) == []
    [text] = telegram.texts(1)
    assert text.split("\n") == [
        "<b>⚠ 소스 이상: 경제산업성 보도발표</b>",
        "목록에서 줄을 찾지 못했습니다. 페이지 모양이 바뀐 듯합니다. 선택자(row, title, link)를 고쳐 주십시오.",
        "<code>&quot;li&quot; finds 0 rows &lt;b&gt;</code>",
    ]


def test_that_it_healed_is_told_to_whom_the_fault_was_told(telegram: TelegramServer) -> None:
    add("telegram:1", operator=True)
    broken = incident()
    queue_notices(broken, NOW)
    add("telegram:3", operator=True)
    broken.closed_at = NOW + timedelta(hours=2)
    broken.save()
    queue_notices(broken, NOW)
    deliver(telegram)
    assert telegram.texts(3) == []
    assert telegram.texts(1)[-1].split("\n") == [
        "<b>✓ 소스 회복: 경제산업성 보도발표</b>",
        "11.20 12:00 부터의 이상이 풀렸습니다.",
    ]


def test_the_same_fault_is_queued_once(telegram: TelegramServer) -> None:
    add("telegram:1", operator=True)
    broken = incident()
    queue_notices(broken, NOW)
    queue_notices(broken, NOW)
    assert Alert.objects.count() == 1


def test_an_operator_reads_the_language_that_is_theirs(telegram: TelegramServer) -> None:
    add("telegram:1", operator=True)
    Recipient.objects.update(language="en")
    queue_notices(incident(), NOW)
    deliver(telegram)
    assert telegram.texts(1)[0].startswith("<b>⚠ Source in trouble: ")


def test_the_first_chat_is_the_operators_where_there_is_none() -> None:
    ensure_chats(["11", "12"])
    assert list(Recipient.objects.filter(operator=True).values_list("address", flat=True)) == ["telegram:11"]
    ensure_chats(["11", "12", "13"])
    assert Recipient.objects.filter(operator=True).count() == 1
