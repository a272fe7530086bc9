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
