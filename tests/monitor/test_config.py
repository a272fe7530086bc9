"""Settings come from the variables that are documented, and from no others."""

from pathlib import Path

import pytest

from monitor.config import Settings


def test_no_other_variable_of_the_shell_is_taken_for_a_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HOME is not MONITOR_HOME, nor LANGUAGE MONITOR_LANGUAGE."""
    monkeypatch.chdir(tmp_path)
    for name in ("MONITOR_HOME", "MONITOR_LANGUAGE", "MONITOR_LOG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "LANGUAGE", "LOG"):
        monkeypatch.setenv(name, "/somebody/else")
    own = Settings()  # type: ignore[call-arg]
    assert (own.home, own.language, own.log) == (Path("var"), "ko", "text")


def test_every_setting_that_is_a_secret_is_kept_from_logs() -> None:
    aliases = [
        str(field.alias) for field in Settings.model_fields.values() if "SecretStr" in str(field.annotation)
    ]
    assert {"TELEGRAM_BOT_TOKEN", "SMTP_URL", "DATABASE_URL"} <= set(aliases)
    planted = {alias: f"planted-secret-of-{alias.lower().replace('_', '-')}" for alias in aliases}
    own = Settings(_env_file=None, **planted)  # type: ignore[arg-type, call-arg]
    assert set(own.secrets) == set(planted.values())


def test_an_empty_variable_of_the_environment_turns_off_what_the_file_turns_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a demonstration in a house's own folder sends nothing and touches no database of its."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "SMTP_URL=smtp://mail.example.kr\nDATABASE_URL=postgresql://house/monitor\n"
    )
    for name in ("SMTP_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert Settings().smtp_url is not None  # type: ignore[call-arg]
    monkeypatch.setenv("SMTP_URL", "")
    own = Settings()  # type: ignore[call-arg]
    assert (own.smtp_url, own.database_url is None) == (None, False)
