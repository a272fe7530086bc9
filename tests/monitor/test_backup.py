"""The one file that holds a home: made from a database in use, and restored."""

import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import Settings
from monitor.errors import StoreError
from monitor.upkeep import backup

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
KNOWN = {"monitor": {"0001_initial", "0002_more"}}
Home = Callable[[str], Settings]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    def make(name: str) -> Settings:
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        return Settings(MONITOR_HOME=folder / "var")  # type: ignore[call-arg]

    return make


def fill(own: Settings, *titles: str, schema: str = "0002_more") -> sqlite3.Connection:
    """A database in use: its last rows stand in the journal only, and its connection stays open."""
    own.home.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(own.home / backup.DATABASE)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (title)")
    connection.execute("CREATE TABLE IF NOT EXISTS django_migrations (app, name)")
    connection.execute("INSERT INTO django_migrations VALUES ('monitor', ?)", (schema,))
    connection.executemany("INSERT INTO entry VALUES (?)", [(title,) for title in titles])
    connection.commit()
    (own.home / "secret.key").write_text("k" * 20)
    (own.home / "models").mkdir(exist_ok=True)
    (own.home / "models" / "m1.skops").write_bytes(b"weights")
    return connection


def titles(own: Settings) -> list[str]:
    with closing(sqlite3.connect(own.home / backup.DATABASE)) as connection:
        return [row[0] for row in connection.execute("SELECT title FROM entry")]


def change(file: Path, name: str, content: bytes | None, manifest: dict[str, object] | None = None) -> None:
    """Writes the backup anew with one member other, or gone."""
    with zipfile.ZipFile(file) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    members.pop(name, None)
    if content is not None:
        members[name] = content
    if manifest:
        members[backup.MANIFEST] = json.dumps(json.loads(members[backup.MANIFEST]) | manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for member, body in members.items():
            archive.writestr(member, body)


def test_a_home_in_use_comes_back_whole_elsewhere(home: Home, tmp_path: Path) -> None:
    old = home("old")
    connection = fill(old, "금리 인상", "금리 동결")
    Path("sources.yaml").write_text("- id: mine\n")
    file = tmp_path / "b.zip"
    made = backup.back_up(Settings(MONITOR_HOME=old.home), file, NOW)  # type: ignore[call-arg]
    connection.close()
    assert made.migrations == {"monitor": "0002_more"}
    assert file.stat().st_mode & 0o077 == 0, "its owner's alone"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    new = home("new")
    restored = backup.restore(new, file, KNOWN, NOW)
    assert (restored.aside, restored.left) == (None, ("topics.yaml",) * 0)
    assert titles(new) == ["금리 인상", "금리 동결"]
    assert (new.home / "secret.key").read_text() == "k" * 20
    assert (new.home / "models" / "m1.skops").read_bytes() == b"weights"
    assert Path("sources.yaml").read_text() == "- id: mine\n"
    assert (new.home / "secret.key").stat().st_mode & 0o077 == 0


def test_what_was_there_is_kept_aside_with_what_its_journal_held(home: Home, tmp_path: Path) -> None:
    own = home("own")
    fill(own, "백업한 글").close()
    file = tmp_path / "b.zip"
    backup.back_up(own, file, NOW)
    open_still = fill(own, "그 뒤의 글")
    open_still.close()
    aside = backup.restore(own, file, KNOWN, NOW).aside
    assert aside is not None
    assert titles(own) == ["백업한 글"]
    with closing(sqlite3.connect(aside / backup.DATABASE)) as connection:
        assert [row[0] for row in connection.execute("SELECT title FROM entry")] == [
            "백업한 글",
            "그 뒤의 글",
        ]


def test_ones_own_sources_are_not_written_over(home: Home, tmp_path: Path) -> None:
    own = home("own")
    fill(own).close()
    Path("sources.yaml").write_text("- id: then\n")
    file = tmp_path / "b.zip"
    backup.back_up(own, file, NOW)
    Path("sources.yaml").write_text("- id: now\n")
    assert backup.restore(own, file, KNOWN, NOW).left == ("sources.yaml",)
    assert Path("sources.yaml").read_text() == "- id: now\n"


@pytest.mark.parametrize(
    ("name", "content", "manifest"),
    [
        (backup.DATABASE, b"not what was written", None),
        (backup.DATABASE, None, None),
        (backup.MANIFEST, b"{}", None),
        (backup.MANIFEST, b"[1]", None),
        (backup.MANIFEST, None, None),
        ("x", None, {"members": {"../../etc/cron.d/x": "0" * 64}}),
        ("x", None, {"members": {"/tmp/x": "0" * 64, backup.DATABASE: "0" * 64}}),
        ("x", None, {"members": {}}),
        ("x", None, {"migrations": {"monitor": "0099_of_tomorrow"}}),
        ("x", None, {"format": 2}),
    ],
    ids=[
        "other",
        "gone",
        "empty",
        "list",
        "no-manifest",
        "outside",
        "absolute",
        "nothing",
        "newer",
        "format",
    ],
)
def test_what_is_no_whole_backup_leaves_the_home_as_it_was(
    home: Home, tmp_path: Path, name: str, content: bytes | None, manifest: dict[str, object] | None
) -> None:
    own = home("own")
    fill(own, "그대로").close()
    file = tmp_path / "b.zip"
    backup.back_up(own, file, NOW)
    change(file, name, content, manifest)
    with pytest.raises(StoreError):
        backup.restore(own, file, KNOWN, NOW)
    assert titles(own) == ["그대로"]
    assert sorted(path.name for path in own.home.iterdir()) == ["models", backup.DATABASE, "secret.key"]


def test_a_truncated_file_is_no_backup(home: Home, tmp_path: Path) -> None:
    own = home("own")
    fill(own, "그대로").close()
    file = tmp_path / "b.zip"
    backup.back_up(own, file, NOW)
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(StoreError):
        backup.restore(own, file, KNOWN, NOW)
    assert titles(own) == ["그대로"]


def test_an_unwritable_place_says_so_and_leaves_nothing(home: Home, tmp_path: Path) -> None:
    own = home("own")
    fill(own, "그대로").close()
    with pytest.raises(StoreError, match="백업하지 못했습니다"):
        backup.back_up(own, tmp_path / "nowhere" / "b.zip", NOW)


def names(own: Settings) -> list[str]:
    return sorted(path.name for path in backup.folder_of(own).iterdir())


def test_each_night_leaves_a_backup_and_the_last_ones_stay(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_KEEP_BACKUPS", "2")
    own = home("own")
    fill(own, "글").close()
    for day in range(4):
        made = backup.back_up_daily(own, NOW + timedelta(days=day))
    assert names(own) == ["daily-2026-11-23.zip", "daily-2026-11-24.zip"]
    assert made is not None
    assert (made.parent.stat().st_mode & 0o777, made.stat().st_mode & 0o777) == (0o700, 0o600)
    again = home("again")
    backup.restore(again, made, KNOWN, NOW)
    assert titles(again) == ["글"]


def test_a_backup_before_an_update_is_not_counted_among_the_nightly_ones(home: Home) -> None:
    own = home("own")
    fill(own).close()
    backup.back_up_daily(own, NOW)
    for minute in range(5):
        backup.back_up_before_update(own, NOW + timedelta(minutes=minute))
    assert names(own) == [
        *(f"before-20261121T060{minute}00Z.zip" for minute in (2, 3, 4)),
        "daily-2026-11-21.zip",
    ]
    assert [path.name for path in backup.backups(own)][0] == "daily-2026-11-21.zip"


def test_with_0_none_is_made(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_KEEP_BACKUPS", "0")
    own = home("own")
    fill(own).close()
    assert backup.back_up_daily(own, NOW) is None
    assert backup.back_up_before_update(own, NOW) is None
    assert not backup.folder_of(own).exists()


def test_no_backup_fills_the_disk_and_those_that_are_there_stay(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = home("own")
    fill(own).close()
    backup.back_up_daily(own, NOW)
    real = backup.shutil.disk_usage

    def nearly_full(path: Path) -> object:
        return real(path)._replace(free=backup.LEAST_FREE)

    monkeypatch.setattr(backup.shutil, "disk_usage", nearly_full)
    with pytest.raises(StoreError, match="자리가 모자랍니다"):
        backup.back_up_daily(own, NOW + timedelta(days=1))
    assert names(own) == ["daily-2026-11-21.zip"]
