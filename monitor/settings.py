"""Django's settings, made from the program's own (`monitor.config`)."""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from monitor.config import settings
from monitor.errors import ConfigError, Problem

_own = settings()


def _secret_key(home: Path) -> str:
    """The key that signs sessions: made at the first start, kept readable by the owner alone."""
    file = home / "secret.key"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written aside and linked into place, so that two first starts agree on one key.
        draft = home / f"secret.key.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            file.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()


def _database(home: Path, url: str | None) -> dict[str, Any]:
    """SQLite in the home folder, or the PostgreSQL that `url` names.

    SQLite: WAL and synchronous=FULL, since NORMAL in WAL may undo a commit at a power cut and so repeat an alert
    (https://www.sqlite.org/pragma.html#pragma_synchronous); immediate transactions, since a read that becomes a
    write fails at once instead of waiting (https://docs.djangoproject.com/en/5.2/ref/databases/#sqlite-notes).
    """
    if url is None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home / "monitor.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                # 1 MB for each thread's connection: with 16 and with 4 polling, tagging and the queue took as long among
                # 100,000 entries, and six threads 90 and 18 MB more.
                " PRAGMA cache_size=-1000; PRAGMA temp_store=MEMORY;"
                # A journal that grew while a backup was read gives its room back.
                " PRAGMA journal_size_limit=67108864;",
            },
            # A file, also in tests: threads share it as they do in production.
            "TEST": {"NAME": home / f"test-{secrets.token_hex(4)}.sqlite3"},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ConfigError(
            [
                Problem(
                    "environment",
                    0,
                    "DATABASE_URL",
                    f'"{parts.scheme}" is not supported; write postgresql://…',
                )
            ]
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
    }


SECRET_KEY = _secret_key(_own.home)
DEBUG = False
DATABASES = {
    "default": _database(_own.home, _own.database_url.get_secret_value() if _own.database_url else None)
    | {"CONN_MAX_AGE": None}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_public = urlsplit(_own.public_url)
ALLOWED_HOSTS = [_public.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
ROOT_URLCONF = "monitor.urls"
ASGI_APPLICATION = "monitor.asgi.application"

INSTALLED_APPS = [
    "monitor",
    "classifiers",
    "alerts",
    "review",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
]

if _own.database_url:
    # Its tables are PostgreSQL's only. Its tasks stand in monitor.cli.together, which is imported where they are done.
    INSTALLED_APPS += ["procrastinate.contrib.django"]
    PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""

#: Called as hook(entry_ids, now) inside the transaction that stores these entries' tags.
TAGGED_HOOKS = ["alerts.matching.queue_alerts", "review.search.index.index_tagged"]
#: Gives what editors decided, oldest first, as `classifiers.training.trainingset.Example`.
DECIDED_EXAMPLES = "review.quality.examples.decided_examples"
#: Called as hook(incident, now) inside the transaction that opens or closes an incident.
INCIDENT_HOOKS = ["alerts.matching.queue_notices"]
#: Says what editors decided about a story: called as verdict(story_id, language).
STORY_VERDICT = "review.deciding.verdicts.verdict"

MIDDLEWARE = [
    "review.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "review.middleware.LastSeenMiddleware",
    "review.middleware.ViewersLookMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "review.pages.frame.rights",
            ]
        },
    }
]

LOGIN_URL = "/signin/"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
_tls = _public.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _tls
# With this prefix a browser takes them from this very host and over TLS only (OWASP ASVS 5.0, 3.3.3).
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (
    ("__Host-sessionid", "__Host-csrftoken") if _tls else ("sessionid", "csrftoken")
)
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
# Messages of the page before stay on the server: one cookie less.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _tls else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _tls else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
#: Of a form: its bytes in all, and its fields. The longest that a page sends is a pasted list.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 0

LANGUAGE_CODE = _own.language
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = _own.timezone.key

STATIC_URL = "/static/"
# Served from the packages themselves: no collectstatic step stands between a clone and a running page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

#: structlog sets logging up (`monitor.logs`).
LOGGING_CONFIG = None
