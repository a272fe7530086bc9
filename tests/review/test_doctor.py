"""What `monitor doctor` says of upkeep: permissions, backups, what is kept, the log, the guard."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import Client

from alerts.channels import CHANNELS
from alerts.models import Recipient
from classifiers.models import ModelVersion
from classifiers.serving import versions
from monitor.cli import doctor
from monitor.cli.doctor import Finding
from monitor.config import settings
from monitor.models import Source
from monitor.upkeep import backup, chores
from tests.review.conftest import NOW, forget_settings
from tests.servers.telegram import TOKEN, TelegramServer

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


def test_a_disk_is_low_where_healthz_says_so(client: Client) -> None:
    with patch("shutil.disk_usage") as usage:
        for free, well in ((900_000_000, False), (2 * 10**9, True)):
            usage.return_value.total, usage.return_value.free = 10**12, free
            (found,) = of(doctor._disk)
            assert found.ok is well
            assert ("자리를 비우십시오" in found.says) is not well
            assert ("disk" in " ".join(client.get("/healthz").json()["reasons"])) is not well


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


def test_before_the_first_visit_no_source_is_well_or_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("own.yaml").write_text("- {id: one, url: https://example.kr/one}\n")
    monkeypatch.setenv("MONITOR_SOURCES", "own.yaml")
    forget_settings()
    (finding,) = of(doctor._sources)
    assert (finding.ok, "아직 확인하지 않았습니다" in finding.says) == (None, True)


def test_a_channel_that_is_not_set_up_says_who_waits_for_it() -> None:
    assert "기다립니다" not in of(doctor._channels)[0].says
    Recipient.objects.create(address="telegram:42", state=Recipient.State.ACTIVE)
    said = of(doctor._channels)[0]
    assert (said.ok, "TELEGRAM_BOT_TOKEN" in said.says, "받는 이 1곳" in said.says) == (None, True, True)


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


class TestChannels:
    @pytest.fixture(autouse=True)
    def recipients(self) -> None:
        for address in ("telegram:1", "telegram:2/3", "mailto:kim@example.kr"):
            Recipient.objects.create(address=address)
        Recipient.objects.create(address="telegram:4", state=Recipient.State.PENDING)

    def found(self) -> dict[str, Finding]:
        forget_settings()
        return {finding.what: finding for finding in of(doctor._channels)}

    def test_every_channel_that_is_not_set_up_is_named_with_its_setting(self) -> None:
        found = self.found()
        assert set(found) == {way.name for way in CHANNELS.values() if way.setting}
        assert {finding.ok for finding in found.values()} == {None}
        assert "TELEGRAM_BOT_TOKEN" in found["텔레그램"].says
        assert "SMTP_URL" in found["메일"].says

    def test_one_that_answers_is_named_as_it_is_called_there_with_its_own_recipients(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with TelegramServer() as telegram:
            monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
            monkeypatch.setenv("TELEGRAM_API_URL", telegram.url)
            found = self.found()["텔레그램"]
        assert (found.ok, found.says) == (True, "@bulletin_bot · 준비되었습니다. 받는 이 2곳")

    def test_one_that_turns_us_away_is_a_fault_that_does_not_repeat_the_secret(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with TelegramServer() as telegram:
            monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "12345:planted-token")
            monkeypatch.setenv("TELEGRAM_API_URL", telegram.url)
            found = self.found()["텔레그램"]
        assert (found.ok, "TELEGRAM_BOT_TOKEN" in found.says) == (False, True)
        assert "planted-token" not in found.says

    def test_settings_that_one_cannot_read_keep_no_other_from_being_looked_at(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SMTP_URL", "smtp://mail.example.kr")
        found = self.found()
        assert found["메일"].ok is False
        assert "MAIL_FROM" in found["메일"].says
        assert found["텔레그램"].ok is None


def test_the_classifier_says_when_it_learned_and_what_reads_sentences_for_it(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_ENCODER", "none")
    forget_settings()
    (found,) = of(doctor._classifier)
    assert (found.ok, found.says) == (True, "처음부터 들어 있는 모델, 문장 인코더 없음")
    shipped = versions.shipped("")
    assert shipped is not None
    own = replace(shipped, name=versions.own_name("", NOW), manifest={})
    versions.save(own, own_home / "models")
    versions.activate(own_home / "models", "", own.name)
    # Where there are several machines, the database says which.
    ModelVersion.objects.create(name=own.name, data={"encoder": ""}, active=True)
    (found,) = of(doctor._classifier)
    assert (found.ok, found.says) == (True, "2026-11-21 15:00 에 여기서 배운 모델, 문장 인코더 없음")


@pytest.mark.parametrize("name", ["shipped-words", "hand-1", "own-1", "own-20269999-000000-words", ""])
def test_a_model_that_no_house_trained_was_never_learned_here(name: str) -> None:
    assert versions.learned_at(name) is None
