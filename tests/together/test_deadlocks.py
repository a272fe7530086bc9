"""Which transactions are begun again, and how often."""

import psycopg
import pytest
from django.db import OperationalError, transaction

from monitor.together.deadlocks import TRIES, begun_again

DEADLOCK, FULL = psycopg.errors.DeadlockDetected, psycopg.errors.DiskFull


class Work:
    """Fails as often as it is told to."""

    def __init__(self, failures: int, error: type[psycopg.Error]) -> None:
        self.failures, self.error, self.runs = failures, error, 0

    def run(self) -> str:
        self.runs += 1
        if self.runs <= self.failures:
            raise OperationalError("it was ended") from self.error()
        return "done"


def test_what_was_ended_for_anothers_sake_is_begun_again() -> None:
    work = Work(TRIES - 1, DEADLOCK)
    assert begun_again(work.run)() == "done"
    assert work.runs == TRIES


def test_what_is_ended_each_time_is_given_up() -> None:
    work = Work(99, DEADLOCK)
    with pytest.raises(OperationalError, match="it was ended"):
        begun_again(work.run)()
    assert work.runs == TRIES


def test_any_other_failure_is_told_at_once() -> None:
    work = Work(1, FULL)
    with pytest.raises(OperationalError):
        begun_again(work.run)()
    assert work.runs == 1


@pytest.mark.django_db
def test_a_part_of_a_transaction_is_not_begun_again_by_itself() -> None:
    work = Work(1, DEADLOCK)
    with transaction.atomic(), pytest.raises(OperationalError):
        begun_again(work.run)()
    assert work.runs == 1
