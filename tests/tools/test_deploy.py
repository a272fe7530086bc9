"""deploy/: the files are whole, name settings that exist, and keep what makes them hard."""

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.config import Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}
#: Read by Caddy, by uvicorn and by systemd.
OTHERS = {"MONITOR_DOMAIN", "MONITOR_UPSTREAM"}


@pytest.mark.parametrize("file", sorted(path.name for path in DEPLOY.iterdir()))
def test_every_setting_that_is_named_exists(file: str) -> None:
    named = set(
        re.findall(
            r"\b(?:MONITOR|TELEGRAM|SMTP|MAIL|DIGEST)_[A-Z_]+\b|\bDATABASE_URL\b", (DEPLOY / file).read_text()
        )
    )
    assert named - OTHERS <= SETTINGS


def unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in (DEPLOY / "bulletin-monitor.service").read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DynamicUser", "yes"),
        ("StateDirectory", "bulletin-monitor"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("CapabilityBoundingSet", ""),
        ("SystemCallFilter", "@system-service"),
        ("Restart", "on-failure"),
        ("RestartPreventExitStatus", "2"),
        ("Type", "notify"),
        ("MemoryMax", "2G"),
    ],
)
def test_the_service_stays_hard(key: str, value: str) -> None:
    assert value in unit()[key]


def test_the_watchdog_waits_for_several_signs_of_life() -> None:
    """`monitor run` gives one every ten seconds."""
    assert int(unit()["WatchdogSec"][0]) >= 60


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    text = (DEPLOY / "bulletin-monitor.service").read_text()
    own = tmp_path / "bulletin-monitor.service"
    own.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/sh", text))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(own)], capture_output=True, text=True, timeout=60
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(own)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout.splitlines()[-1]


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


@pytest.mark.parametrize("name", ["monitor", "caddy"])
def test_every_container_stays_hard(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] and service["pids_limit"] and service["tmpfs"]
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert not {"privileged", "network_mode", "pid", "devices"} & set(service)


def test_the_pages_are_published_to_this_machine_alone_and_every_volume_is_declared() -> None:
    read = compose()
    assert read["services"]["monitor"]["ports"] == ["127.0.0.1:8000:8000"]
    assert read["services"]["caddy"]["profiles"] == ["tls"]
    used = {
        volume.partition(":")[0] for service in read["services"].values() for volume in service["volumes"]
    }
    assert {volume for volume in used if not volume.startswith(".")} == set(read["volumes"])
    for volume in used - set(read["volumes"]):
        assert (DEPLOY / volume).exists(), volume


def test_the_image_is_built_in_two_stages_from_hashed_wheels_and_runs_as_nobody() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    stages = text.split("\nFROM ")
    assert len(stages) == 3
    assert "--require-hashes" in stages[1]
    last = stages[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last and "/healthz" in last
    assert "pip install" not in last and "COPY . " not in last
    assert '"run"' in last and 'ENTRYPOINT ["monitor"]' in last


def test_nothing_that_was_made_here_gets_into_the_image() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignore[1] == "*"
    wanted = {line[1:] for line in ignore if line.startswith("!")}
    assert not {".env", "var", ".git", ".venv"} & wanted
    assert all((ROOT / name).exists() for name in wanted)


def test_the_proxy_believes_no_header_of_a_strangers_and_says_hsts() -> None:
    text = (DEPLOY / "Caddyfile").read_text()
    assert "Strict-Transport-Security" in text
    assert "trusted_proxies" not in text
    assert text.count("{") == text.count("}")
