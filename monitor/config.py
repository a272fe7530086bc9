"""The program's settings: from the environment, or a `.env` file in the working directory.

Secrets come from here only, never from YAML. INTERFACE: the names are a contract.
"""

import os
import re
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from monitor.errors import ConfigError, Problem

#: The folder of this package, wherever it is installed.
PACKAGE = Path(__file__).resolve().parent
#: Of MONITOR_KEEP_ENTRIES: rhythms, budgets, digests and rehearsals look back two months.
LEAST_KEPT = timedelta(days=90)


class Settings(BaseSettings):
    """Everything an operator can set (docs/reference/settings.md says what each does). Lists are comma-separated."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        env_ignore_empty=True,
    )

    #: The folder of the database, the models, the secret key and the backups; made where it is not there.
    home: Path = Field(Path("var"), alias="MONITOR_HOME")
    #: None: as `sources_file` and `topics_file` say.
    sources: Path | None = Field(None, alias="MONITOR_SOURCES")
    topics: Path | None = Field(None, alias="MONITOR_TOPICS")
    #: postgresql://…; None is a SQLite file in the home.
    database_url: SecretStr | None = Field(None, alias="DATABASE_URL")
    timezone: ZoneInfo = Field(ZoneInfo("Asia/Seoul"), alias="MONITOR_TIMEZONE")
    language: Literal["ko", "en"] = Field("ko", alias="MONITOR_LANGUAGE")
    #: Where people open the pages; without a slash at its end.
    public_url: str = Field("http://127.0.0.1:8000", alias="MONITOR_PUBLIC_URL")
    #: "host" or "host:port" that are fetched from although they are private, and as often as we like.
    allow_hosts: Annotated[tuple[str, ...], NoDecode] = Field((), alias="MONITOR_ALLOW_HOSTS")
    encoder: str = Field("auto", alias="MONITOR_ENCODER")
    log: Literal["text", "json"] = Field("text", alias="MONITOR_LOG")
    #: An alert at which the process ended: send it again, or ask people first.
    on_doubt: Literal["resend", "ask"] = Field("resend", alias="MONITOR_ON_DOUBT")
    log_file: Path | None = Field(None, alias="MONITOR_LOG_FILE")
    #: How long entries are kept that nobody did anything with; None is for ever.
    keep_entries: timedelta | None = Field(timedelta(days=730), alias="MONITOR_KEEP_ENTRIES")
    #: How many daily backups are kept in MONITOR_HOME/backups; 0 makes none.
    keep_backups: int = Field(7, alias="MONITOR_KEEP_BACKUPS", ge=0, le=1000)
    metrics_token: SecretStr | None = Field(None, alias="MONITOR_METRICS_TOKEN")
    #: Of all sources together; 0 is a usual number for each.
    requests_per_day: int = Field(0, alias="MONITOR_REQUESTS_PER_DAY", ge=0)
    #: An address that servers see beside our name, for complaints.
    contact: str = Field("https://github.com/bulletin-monitor/bulletin-monitor", alias="MONITOR_CONTACT")

    telegram_bot_token: SecretStr | None = Field(None, alias="TELEGRAM_BOT_TOKEN")
    telegram_api_url: str = Field("https://api.telegram.org", alias="TELEGRAM_API_URL")
    telegram_webhook_secret: SecretStr | None = Field(None, alias="TELEGRAM_WEBHOOK_SECRET")
    telegram_chats: Annotated[tuple[str, ...], NoDecode] = Field((), alias="TELEGRAM_CHATS")

    smtp_url: SecretStr | None = Field(None, alias="SMTP_URL")
    mail_from: str | None = Field(None, alias="MAIL_FROM")
    digest_to: Annotated[tuple[str, ...], NoDecode] = Field((), alias="DIGEST_TO")
    #: In `timezone`, for those who have no time or zone of their own.
    digest_at: time = Field(time(8, 30), alias="DIGEST_AT")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then `.env`: what the environment has as empty is unset, whatever the file says."""
        emptied = {name.lower() for name, value in os.environ.items() if not value}
        assert isinstance(dotenv_settings, EnvSettingsSource)
        said = dotenv_settings.env_vars
        dotenv_settings.env_vars = {name: said[name] for name in said if name.lower() not in emptied}
        return init_settings, env_settings, dotenv_settings

    @field_validator("allow_hosts", "telegram_chats", "digest_to", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("keep_entries", mode="before")
    @classmethod
    def _keep_entries(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.strip() == "0":
            return None
        match = re.fullmatch(r"\s*(\d{2,5})\s*d\s*", value)
        if match is None or int(match[1]) < LEAST_KEPT.days:
            raise ValueError(
                f'"{value}" is no time to keep entries; write days, at least {LEAST_KEPT.days}d, such as 730d, or 0 for ever'
            )
        return timedelta(days=int(match[1]))

    @field_validator("metrics_token")
    @classmethod
    def _metrics_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]{16,}", value.get_secret_value()):
            raise ValueError("write 16 characters or more, such as `openssl rand -hex 32` prints")
        return value

    @field_validator("timezone", mode="before")
    @classmethod
    def _zone(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f'no time zone is called "{value}"; write one such as Asia/Seoul') from error

    @field_validator("public_url", "telegram_api_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f'"{value}" is no address; write one such as https://monitor.example.kr')
        return value.rstrip("/")

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        # https://core.telegram.org/bots/api#setwebhook
        if value is not None and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
            raise ValueError(
                "write 16 to 256 letters, digits, _ and -, such as `openssl rand -hex 32` prints"
            )
        return value

    @field_validator("telegram_chats")
    @classmethod
    def _chats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for chat in value:
            if not chat.lstrip("-").isdigit():
                raise ValueError(
                    f'"{chat}" is no chat id; write the number that /start shows, such as 123456789'
                )
        return value

    @property
    def sources_file(self) -> Path:
        """The sources.yaml in force: the one set, else ./sources.yaml, else the packaged one."""
        return self.sources or _own_or_packaged("sources.yaml")

    @property
    def topics_file(self) -> Path:
        """The topics.yaml in force, found as `sources_file` is."""
        return self.topics or _own_or_packaged("topics.yaml")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may show: the value of every setting that is a secret."""
        return tuple(value.get_secret_value() for _name, value in self if isinstance(value, SecretStr))

    @property
    def user_agent(self) -> str:
        """What servers read of us: the program's name, its version, and where to complain."""
        from monitor import __version__

        return f"BulletinMonitor/{__version__} (+{self.contact})"


def _own_or_packaged(name: str) -> Path:
    own = Path(name)
    if own.exists():
        return own
    packaged = PACKAGE / "defaults" / name
    # An editable install has no copy inside the package: the checkout's own file is the packaged one.
    return packaged if packaged.exists() else PACKAGE.parent / name


@cache
def settings() -> Settings:
    """The settings of this process, read at the first call and kept; `settings.cache_clear()` has them read again.

    Raises:
        ConfigError: every setting that is wrong, by its environment name.
    """
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        raise ConfigError([_problem(item) for item in error.errors()]) from None


def _problem(item: "object") -> Problem:
    assert isinstance(item, dict)
    key = str(item["loc"][0]) if item["loc"] else "settings"
    where = "environment" if key in os.environ else ".env"
    line = 0
    if where == ".env" and Path(".env").exists():
        lines = Path(".env").read_text(encoding="utf-8").splitlines()
        line = next((number for number, text in enumerate(lines, 1) if text.lstrip().startswith(key)), 0)
    return Problem(where, line, key, str(item["msg"]).removeprefix("Value error, "))
