"""How fast Telegram may be written to, at the edges of each limit (found by mutation testing, docs/mutants.md)."""

import pytest

from alerts.pacing import Pace


def answered(*moments: tuple[str, float]) -> Pace:
    """A pace after messages that were answered then."""
    pace = Pace()
    for chat, at in moments:
        pace.answered(chat, at)
    return pace


class TestAChat:
    def test_has_to_wait_for_what_is_left_of_the_second(self) -> None:
        assert answered(("1", 100.0)).wait("1", 100.25) == pytest.approx(0.75)

    def test_may_be_written_to_when_the_second_is_over(self) -> None:
        assert answered(("1", 100.0)).wait("1", 101.0) == 0.0

    def test_never_waits_less_than_nothing(self) -> None:
        assert answered(("1", 100.0)).wait("1", 500.0) == 0.0

    def test_counts_from_its_last_message_whoever_sent_it(self) -> None:
        pace = answered(("1", 100.0))
        pace.learn("1", 99.0)
        assert pace.wait("1", 100.5) == pytest.approx(0.5)

    def test_of_one_person_has_no_limit_a_minute(self) -> None:
        pace = answered(*(("5", 100.0 + second) for second in range(20)))
        assert pace.wait("5", 120.0) == 0.0


class TestAGroup:
    def test_takes_twenty_a_minute_whoever_sent_them(self) -> None:
        pace = answered(*(("-5", 100.0 + 2 * place) for place in range(19)))
        assert pace.wait("-5", 140.0) == 0.0
        pace.learn("-5", 90.0)
        assert pace.wait("-5", 140.0) == pytest.approx(10.0)
        assert pace.wait("-5", 150.0) == 0.0

    def test_forgets_all_but_the_last_twenty(self) -> None:
        pace = Pace()
        for place in range(30):
            pace.learn("-5", 100.0 + 2 * place)
        assert pace.wait("-5", 160.0) == pytest.approx(20.0)

    def test_waits_for_whichever_takes_longer(self) -> None:
        pace = answered(*(("-5", 40.0 + 3.1 * place) for place in range(20)))
        assert pace.wait("-5", 99.5) == pytest.approx(0.5)
        assert pace.wait("-5", 100.0) == 0.0


class TestAll:
    def test_thirty_in_a_second_are_all(self) -> None:
        pace = answered(*((str(chat), 100.0 + chat / 100) for chat in range(30)))
        assert pace.wait("99", 100.5) == pytest.approx(0.5)
        # The first is a second ago, and counts no more.
        assert pace.wait("99", 101.0) == 0.0

    def test_twenty_nine_are_not(self) -> None:
        assert answered(*((str(chat), 100.0) for chat in range(29))).wait("99", 100.0) == 0.0

    def test_one_that_was_said_to_wait_is_not_under_way(self) -> None:
        pace = answered(*((str(chat), 100.0) for chat in range(30)))
        for chat in range(40, 80):
            assert pace.wait(str(chat), 100.5) == pytest.approx(0.5)
        assert pace.wait("99", 101.0) == 0.0

    def test_more_than_all_wait_for_the_one_that_makes_room(self) -> None:
        pace = Pace()
        for place in range(33):
            pace.learn(str(place), 100.0 + place / 100)
        # Four must be a second old before there are twenty-nine.
        assert pace.wait("99", 100.5) == pytest.approx(0.53)

    def test_learns_in_any_order(self) -> None:
        pace = answered(*((str(chat), 100.5) for chat in range(29)))
        pace.learn("40", 100.2)
        assert pace.wait("99", 100.6) == pytest.approx(0.6)

    def test_those_under_way_count_as_of_now_and_are_looked_at_again_soon(self) -> None:
        pace = Pace()
        for chat in range(30):
            assert pace.wait(str(chat), 100.0) == 0.0
        assert pace.wait("99", 102.9) == pytest.approx(0.05)
        pace.answered("3", 102.9)
        assert pace.wait("99", 102.95) == pytest.approx(0.95)

    def test_what_never_came_back_counts_for_three_seconds(self) -> None:
        pace = Pace()
        for chat in range(30):
            pace.wait(str(chat), 100.0)
        assert pace.wait("99", 103.0) == 0.0

    def test_an_answer_ends_what_was_under_way(self) -> None:
        pace = Pace()
        for chat in range(30):
            pace.wait(str(chat), 100.0)
        for chat in range(30):
            pace.answered(str(chat), 100.1)
        assert pace.wait("99", 101.2) == 0.0
