"""What `monitor doctor` says of upkeep: permissions, backups, what is kept, the log, the guard."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.cli import doctor
from monitor.cli.doctor import Finding
from monitor.config import settings
from monitor.upkeep import backup, chores
from tests.review.conftest import NOW, forget_settings

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "var"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("MONITOR_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "now", lambda: NOW)
    forget_settings()
    yield home


def of(look: object) -> list[Finding]:
    return list(look())  # type: ignore[operator]


def test_what_others_may_read_is_named_with_the_mend(own_home: Path) -> None:
    assert [finding.ok for finding in of(doctor._permissions)] == [True]
    key = own_home / "secret.key"
    key.touch(mode=0o644)
    Path(".env").touch(mode=0o640)
    own_home.chmod(0o755)
    found = of(doctor._permissions)
    assert [finding.ok for finding in found] == [False] * 3
    assert [finding.says.split(". ")[-1] for finding in found] == [
        f"chmod 700 {own_home}", f"chmod 600 {key}", "chmod 600 .env",
    ]  # fmt: skip


@pytest.mark.sqlite  # a PostgreSQL is not backed up by the program itself
def test_a_backup_that_fails_for_two_nights_is_a_fault() -> None:
    (first,) = of(doctor._backups)
    assert first.ok is None, "a home of today has none"
    chores.done(chores.BACKUP, NOW - 3 * DAY)
    assert of(doctor._backups)[0].ok is False, "none in three days"
    folder = backup.folder_of(settings())
    folder.mkdir()
    file = folder / "daily-2026-11-20.zip"
    file.write_bytes(b"x" * 1_000_000)
    for age, ok in ((DAY, True), (3 * DAY, False)):
        os.utime(file, ((NOW - age).timestamp(),) * 2)
        (finding,) = of(doctor._backups)
        assert finding.ok is ok
        assert "daily-2026-11-20.zip, 1.0 MB" in finding.says


def test_what_is_switched_off_is_said_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_KEEP_BACKUPS", "0")
    monkeypatch.setenv("MONITOR_KEEP_ENTRIES", "0")
    monkeypatch.setenv("MONITOR_ALLOW_HOSTS", "intranet.example.kr:8080")
    forget_settings()
    assert [of(look)[0].ok for look in (doctor._backups, doctor._keeping, doctor._guard)] == [
        None,
        True,
        None,
    ]
    assert "intranet.example.kr:8080" in of(doctor._guard)[0].says


@pytest.mark.parametrize(("file", "ok"), [("monitor.log", True), ("nowhere/monitor.log", False)])
def test_a_log_that_cannot_be_written_is_a_fault(
    file: str, ok: bool, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_LOG_FILE", str(own_home / file))
    forget_settings()
    assert of(doctor._log_file)[0].ok is ok


def test_when_it_was_last_tidied_is_said() -> None:
    assert "730" in of(doctor._keeping)[0].says
    chores.done(chores.TIDY, NOW)
    assert "2026-11-21 15:00" in of(doctor._keeping)[0].says
