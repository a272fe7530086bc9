"""Are any of the locked dependencies known to be vulnerable? `make audit`; called by `make check`.

pip-audit asks PyPI, and where that knows nothing of vulnerabilities, as a mirror does not, OSV. A finding fails. Where
neither answers nothing was audited: that is said, and fails only with MONITOR_AUDIT=strict, which is for a machine
that is known to have a network.
"""
# ruff: noqa: S603, T201 -- a command line tool that runs another one

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Holds all that requirements.lock does.
LOCK = "requirements-dev.lock"
#: Where OSV is asked (https://google.github.io/osv.dev/post-v1-query/).
OSV = "https://api.osv.dev/v1/query"
#: Seconds for one service: a hundred and fifty questions.
PATIENCE = 300


@dataclass(frozen=True, slots=True)
class Audit:
    """What one service said of the locked packages."""

    #: Packages that it was asked about and knew.
    known: int
    #: Names of those that it could not say anything of.
    unknown: tuple[str, ...]
    #: A line for each vulnerability.
    found: tuple[str, ...]


def read(report: Mapping[str, list[dict[str, object]]]) -> Audit:
    """What pip-audit's JSON report comes to; names and findings sorted, each once."""
    known, unknown, found = 0, [], []
    for package in report["dependencies"]:
        name = str(package["name"])
        if "skip_reason" in package:
            unknown.append(name)
            continue
        known += 1
        vulnerabilities = package["vulns"]
        assert isinstance(vulnerabilities, list)
        for one in vulnerabilities:
            mend = ", ".join(one["fix_versions"]) or "no release that mends it"
            found.append(f"{name} {package['version']}: {one['id']} (mended in: {mend})")
    return Audit(known, tuple(sorted(set(unknown))), tuple(sorted(set(found))))


def verdict(audits: Sequence[Audit | None], *, strict: bool) -> tuple[int, list[str]]:
    """The exit code and what to print, of the services' answers in the order in which they were asked; None for silence."""
    answered = [audit for audit in audits if audit is not None and audit.known]
    if not answered:
        line = "audit: no vulnerability service answers here, so NOTHING WAS AUDITED"
        return int(strict), [line + ("." if strict else " (MONITOR_AUDIT=strict makes this fail).")]
    last = answered[-1]
    if last.found:
        return 1, [f"audit: {len(last.found)} known vulnerabilities:", *last.found]
    lines = [f"audit: {last.known} packages, no known vulnerability."]
    if last.unknown:
        lines.append(f"audit: nothing is known of {', '.join(last.unknown)}.")
    return int(strict and bool(last.unknown)), lines


def ask(service: Sequence[str], lock: Path) -> Audit | None:
    """What pip-audit reports with these options; None where its service does not answer, and why on standard error."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", "-r", str(lock), *service, "--disable-pip", "--require-hashes",
             "--no-deps", "--progress-spinner", "off", "--format", "json", "--desc", "off"],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        print(f"audit: no end after {PATIENCE} seconds", file=sys.stderr)
        return None
    try:
        return read(json.loads(done.stdout))
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["no report"])[-1]
        print(f"audit: {reason[:300]}", file=sys.stderr)
        return None


def main(lock: Path, osv_url: str, *, strict: bool) -> int:
    """Asks one service after the other until one knows the packages; prints; the exit code."""
    audits: list[Audit | None] = []
    services = (
        (["-s", "osv", "--osv-url", osv_url],)
        if osv_url
        else (["-s", "pypi"], ["-s", "osv", "--osv-url", OSV])
    )
    for service in services:
        audits.append(ask(service, lock))
        if audits[-1] is not None and audits[-1].known:
            break
    code, lines = verdict(audits, strict=strict)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    is_strict = os.environ.get("MONITOR_AUDIT", "") == "strict"
    sys.exit(main(root / LOCK, os.environ.get("MONITOR_AUDIT_OSV", ""), strict=is_strict))
