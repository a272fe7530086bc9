"""One file that holds a whole home: made while the program runs, and from which a new home starts.

A zip of the database as one consistent SQLite file (`VACUUM INTO`, https://www.sqlite.org/lang_vacuum.html#vacuuminto;
the rows of a PostgreSQL are copied into one, `monitor.upkeep.copying`), the trained models, the key that signs sessions,
sources.yaml and topics.yaml, and a manifest with a hash of each. What `.env` holds (tokens, passwords) is not in it.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from django.db import DatabaseError

from monitor import __version__
from monitor.config import Settings
from monitor.errors import StoreError
from monitor.i18n import _
from monitor.upkeep import copying, retention
from monitor.upkeep.copying import Tell

#: Names of members; the database has the same in a home.
DATABASE, MANIFEST = "monitor.sqlite3", "manifest.json"
SETTINGS_FILES = ("sources.yaml", "topics.yaml")
#: The version of this file format; one that older programs cannot read counts up.
FORMAT = 1
#: Bytes that a backup may unpack to. A home of a million entries has some 5 GB; a hundredfold is somebody's joke.
MOST_BYTES = 500 * 10**9
#: Bytes of the disk that a backup leaves free which the program makes by itself.
LEAST_FREE = 500_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    version: str  #: of the program that made it
    created_at: str  #: ISO 8601, UTC
    #: The schema: the last migration of each app.
    migrations: dict[str, str]
    #: SHA-256 by member.
    members: dict[str, str]


@dataclass(frozen=True, slots=True)
class Restored:
    """What restoring left aside."""

    #: The folder of the database that was there before; None where there was none.
    aside: Path | None
    #: Files of the backup that differ from the ones in use and were not put over them.
    left: tuple[str, ...]


def back_up(own: Settings, file: Path, now: datetime, tell: Tell = lambda done, total: None) -> Manifest:
    """Writes the home into `file`, readable by its owner alone, and gives its manifest; the file is whole or not there.

    `tell` hears of the rows that are copied out of a PostgreSQL.

    Raises:
        StoreError: there is no database, it cannot be read, or the file cannot be written.
    """
    database = own.home / DATABASE
    if own.database_url is None and not database.exists():
        raise StoreError(_("{path} 에 데이터베이스가 없습니다.").format(path=own.home.resolve()))
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            snapshot = Path(folder) / DATABASE
            if own.database_url is None:
                with closing(sqlite3.connect(database, timeout=60)) as connection:
                    connection.execute("VACUUM INTO ?", (str(snapshot),))
            else:
                copying.into_file(snapshot, tell)
            members = {DATABASE: snapshot, **_members(own)}
            manifest = Manifest(
                FORMAT,
                __version__,
                f"{now:%Y-%m-%dT%H:%M:%SZ}",
                _migrations(snapshot),
                {name: _hash(path) for name, path in members.items()},
            )
            _write(draft, members, manifest)
        draft.replace(file)
    except (OSError, sqlite3.Error, DatabaseError) as error:
        raise StoreError(_("백업하지 못했습니다: {reason}").format(reason=error)) from error
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def back_up_daily(own: Settings, now: datetime) -> Path | None:
    """The home's backup of the day in `folder_of`, where the last MONITOR_KEEP_BACKUPS are kept; None where none is wanted.

    None is wanted with MONITOR_KEEP_BACKUPS=0, and of a PostgreSQL, whose server has means of its own.

    Raises:
        StoreError: it could not be made, also for want of room; those of earlier days are as they were.
    """
    if own.keep_backups == 0 or own.database_url is not None:
        return None
    return _back_up_into_folder(own, retention.daily_backup(now, own.timezone), now)


def back_up_before_update(own: Settings, now: datetime) -> Path | None:
    """The home's backup from before its database is brought up to date; None where none is wanted, as by `back_up_daily`.

    Raises:
        StoreError: it could not be made, also for want of room.
    """
    if own.keep_backups == 0 or own.database_url is not None:
        return None
    return _back_up_into_folder(own, retention.backup_before_update(now), now)


def backups(own: Settings) -> list[Path]:
    """Every backup in `folder_of`, the oldest first."""
    return sorted(folder_of(own).glob("*.zip"), key=lambda file: file.stat().st_mtime)


def folder_of(own: Settings) -> Path:
    """The folder in which the program puts the backups that it makes by itself."""
    return own.home / "backups"


def _back_up_into_folder(own: Settings, name: str, now: datetime) -> Path:
    folder = folder_of(own)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        # A whole copy is made before it is packed: a disk that this filled would stop the program itself.
        wanted = 2 * (own.home / DATABASE).stat().st_size + LEAST_FREE
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise StoreError(_("백업하지 못했습니다: {reason}").format(reason=error)) from error
    if free < wanted:
        raise StoreError(
            _(
                "백업할 자리가 모자랍니다: {wanted} MB 가 필요한데 {folder} 에 {free} MB 가 남았습니다."
            ).format(wanted=wanted // 10**6, folder=folder, free=free // 10**6)
        )
    back_up(own, folder / name, now)
    for spare in retention.spare_backups([file.name for file in backups(own)], own.keep_backups):
        (folder / spare).unlink(missing_ok=True)
    return folder / name


def restore(
    own: Settings,
    file: Path,
    known: dict[str, set[str]],
    now: datetime,
    readied: Callable[[Path], AbstractContextManager[None]] = lambda _database: nullcontext(),
) -> Restored:
    """Makes the home what it was when `file` was made, and says what was left aside.

    `known` are the migrations that this program has, by app. `readied` is entered with the backup's database before
    anything of the home changes, and left when all else is in its place: `copying.completed` where the home has its
    database as a file, and `copying.into_postgresql` where it has not. The caller holds the home's lock.

    Raises:
        StoreError: the file is damaged, no backup, or of a newer program, or the home cannot be written; its database is
            as it was.
    """
    home = own.home
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=home, prefix="restore-") as folder:
            members = _unpack(file, Path(folder), known)
            database = members.pop(DATABASE)
            aside = None
            with readied(database):
                left = tuple(name for name, path in members.items() if not _put(own, name, path))
                if own.database_url is None:
                    aside = _set_aside(home, now)
                    # Last, and at once: killed before it, the home still has the database that it had.
                    database.replace(home / DATABASE)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, sqlite3.Error, DatabaseError) as error:
        raise StoreError(_("되살리지 못했습니다: {reason}").format(reason=error)) from error
    return Restored(aside, left)


def _put(own: Settings, name: str, path: Path) -> bool:
    """Puts a member where the program looks for it; not over a sources.yaml or topics.yaml that somebody has."""
    target = own.home / name
    if name in SETTINGS_FILES:
        target = Path(name)
        if target.exists() or (own.sources if name == "sources.yaml" else own.topics) is not None:
            return _hash(own.sources_file if name == "sources.yaml" else own.topics_file) == _hash(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)
    return True


def _members(own: Settings) -> dict[str, Path]:
    """What a home is besides its database, by its name in the backup."""
    models = own.home / "models"
    found = {
        path.relative_to(own.home).as_posix(): path for path in sorted(models.rglob("*")) if path.is_file()
    }
    named = {
        "secret.key": own.home / "secret.key",
        "sources.yaml": own.sources_file,
        "topics.yaml": own.topics_file,
    }
    return found | {name: path for name, path in named.items() if path.exists()}


def _write(draft: Path, members: dict[str, Path], manifest: Manifest) -> None:
    draft.touch(mode=0o600)
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
        for name, path in members.items():
            archive.write(path, name)
    with draft.open("rb") as written:
        os.fsync(written.fileno())


def _unpack(file: Path, folder: Path, known: dict[str, set[str]]) -> dict[str, Path]:
    """The members, each checked against the manifest, in `folder`."""
    with zipfile.ZipFile(file) as archive:
        manifest = _manifest(archive)
        unknown = sorted(
            f"{app}.{last}" for app, last in manifest.migrations.items() if last not in known.get(app, set())
        )
        if manifest.format > FORMAT or unknown:
            raise StoreError(
                _("더 새로운 판({version})에서 만든 백업입니다. 프로그램을 먼저 올려 주십시오.").format(
                    version=manifest.version
                )
            )
        whole = DATABASE in manifest.members and set(manifest.members) <= set(archive.namelist())
        if not whole or sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
            raise _no_backup(file)
        found = {}
        for name, digest in manifest.members.items():
            if not _is_ours(name):
                raise _no_backup(file)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as member, target.open("wb") as out:
                shutil.copyfileobj(member, out, 1 << 20)
            target.chmod(0o600)
            if _hash(target) != digest:
                raise _no_backup(file)
            found[name] = target
    _check(found[DATABASE])
    return found


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        read = json.loads(archive.read(MANIFEST))
        return Manifest(
            int(read["format"]), str(read["version"]), str(read["created_at"]),
            {str(app): str(last) for app, last in read["migrations"].items()},
            {str(name): str(digest) for name, digest in read["members"].items()},
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(_("백업 파일이 아닙니다: {file}").format(file=archive.filename)) from error


def _is_ours(name: str) -> bool:
    """Whether a member's name is one that a backup has: nothing is written outside the home."""
    path = PurePosixPath(name)
    if "\\" in name or path.is_absolute() or ".." in path.parts:
        return False
    return path.parts[0] == "models" or name in {DATABASE, "secret.key", *SETTINGS_FILES}


def _check(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()
    if verdict != ("ok",):
        raise StoreError(_("백업 안의 데이터베이스가 손상되었습니다: {reason}").format(reason=verdict[0]))


def _set_aside(home: Path, now: datetime) -> Path | None:
    """Keeps a database that is there under another name; what its journal holds is written into it first."""
    database = home / DATABASE
    if not database.exists():
        return None
    aside = home / f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    aside.mkdir(mode=0o700)
    journals = [path for end in ("-wal", "-shm") if (path := database.with_name(DATABASE + end)).exists()]
    try:
        with closing(sqlite3.connect(database, timeout=5)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError:
        # Damaged, most likely the reason for the restoring: kept with its journal as it lies there.
        for path in journals:
            path.replace(aside / path.name)
    os.link(database, aside / DATABASE)
    return aside


def _migrations(database: Path) -> dict[str, str]:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT app, MAX(name) FROM django_migrations GROUP BY app").fetchall()
    return dict(rows)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _no_backup(file: Path) -> StoreError:
    return StoreError(_("백업 파일이 손상되었거나 백업이 아닙니다: {file}").format(file=file))
