"""What `monitor doctor` says of upkeep: permissions, backups, what is kept, the log, the guard."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.cli import doctor
from monitor.cli.doctor import Finding
from monitor.config import settings
from monitor.models import Source
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


@pytest.mark.parametrize(
    ("failures", "ok", "words"),
    [((0, 0), True, "탈이 없습니다"), ((0, 1), True, "1곳은 방금 실패"), ((1, 2), False, "2곳이 모두 실패")],
    ids=["well", "one failed", "all failed"],
)
def test_sources_that_just_failed_are_no_fault_unless_all_did(
    failures: tuple[int, ...], ok: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"s{number}" for number in range(len(failures))]
    Path("own.yaml").write_text(
        "".join(f"- {{id: {name}, url: https://example.kr/{name}}}\n" for name in names)
    )
    monkeypatch.setenv("MONITOR_SOURCES", "own.yaml")
    for name, failed in zip(names, failures, strict=True):
        Source.objects.create(id=name, last_polled_at=NOW, failures=failed, state="shaky" if failed else "ok")
    forget_settings()
    (finding,) = of(doctor._sources)
    assert (finding.ok, words in finding.says) == (ok, True)


def test_a_machine_that_lacks_the_model_in_force_is_told_what_to_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from classifiers.models import ModelVersion
    from classifiers.serving import inforce

    assert [finding.ok for finding in of(doctor._classifier)] == [True]
    monkeypatch.setattr(inforce.engine, "is_on", lambda: True)
    ModelVersion.objects.create(name="own-1", active=True, data={"encoder": ""})
    (found,) = of(doctor._classifier)
    assert found.ok is False
    assert "own-1.json" in found.says
    assert "monitor train --rollback" in found.says
