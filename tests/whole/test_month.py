"""Three weeks of imitated sources with every fault injected; the month of sixty is `python -m bench.month`."""

import pytest

from tests.servers.simulated import FAULTS, make_sites, run

#: Every fault begins in the second week; what ends heals before the last two days.
DAYS = 20


@pytest.mark.django_db(transaction=True)
async def test_weeks_of_faults_are_told_once_and_in_time_and_nothing_is_lost_doubled_or_hasty() -> None:
    report = await run(make_sites(len(FAULTS) + 2, DAYS, every=1), DAYS, requests_a_day=8)
    assert sorted({fault for _name, fault, _hours in report.told}) == sorted(FAULTS)
    assert report.untold == []
    assert report.late == []
    assert report.false == []
    assert report.unhealed == []
    assert report.hasty == []
    assert report.missed == []
    assert report.doubled == []
