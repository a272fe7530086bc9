"""`make audit`: a finding fails, silence is said; against a local server that speaks OSV's API."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools.audit import LOCK, Audit, main, verdict

ROOT = Path(__file__).resolve().parents[2]
FINDING = {
    "vulns": [{
        "id": "PYSEC-2026-1", "summary": "Reads too much.", "affected": [{
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2.4"}]}],
        }],
    }]
}  # fmt: skip


class Osv(BaseHTTPRequestHandler):
    """Knows one vulnerability: of leaky 1.2.3."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_leaky = (asked["package"]["name"], asked["version"]) == ("leaky", "1.2.3")
        body = json.dumps(FINDING if is_leaky else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def osv() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Osv) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def locked(folder: Path, *pins: str) -> Path:
    lock = folder / "some.lock"
    lock.write_text("".join(f"{pin} \\\n    --hash=sha256:{'0' * 64}\n" for pin in pins))
    return lock


@pytest.mark.parametrize(
    ("version", "code", "says"),
    [
        ("1.2.3", 1, "leaky 1.2.3: PYSEC-2026-1 (mended in: 1.2.4)"),
        ("1.2.4", 0, "audit: 2 packages, no known vulnerability."),
    ],
    ids=["a finding", "none"],
)
def test_a_finding_fails_and_is_named_with_its_mend(
    osv: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str, code: int, says: str
) -> None:
    assert main(locked(tmp_path, f"leaky=={version}", "sound==2.0"), osv, strict=False) == code
    assert says in capsys.readouterr().out


def test_where_no_service_answers_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = "http://127.0.0.1:9/v1/query"
    assert main(locked(tmp_path, "sound==2.0"), nobody, strict=False) == 0
    assert "NOTHING WAS AUDITED" in capsys.readouterr().out


SOUND, SKIPPED = Audit(2, (), ()), Audit(0, ("a", "b"), ())
FOUND, PARTLY = Audit(2, (), ("a 1: X",)), Audit(1, ("b",), ())


@pytest.mark.parametrize(
    ("audits", "lax", "strict"),
    [
        pytest.param([None, None], 0, 1, id="nobody answers"),
        pytest.param([SKIPPED, None], 0, 1, id="a mirror that knows no vulnerabilities"),
        pytest.param([SKIPPED, SOUND], 0, 0, id="the second one answers"),
        pytest.param([FOUND], 1, 1, id="a finding"),
        pytest.param([None, FOUND], 1, 1, id="a finding of the second"),
        pytest.param([PARTLY], 0, 1, id="one package is unknown"),
    ],
)
def test_what_comes_of_the_answers(audits: list[Audit | None], lax: int, strict: int) -> None:
    assert verdict(audits, strict=False)[0] == lax
    assert verdict(audits, strict=True)[0] == strict


def test_the_lock_that_is_audited_holds_all_that_is_installed() -> None:
    pins = {
        name: set(re.findall(r"^[\w.-]+==[^ ;]+", (ROOT / name).read_text(), re.MULTILINE))
        for name in (LOCK, "requirements.lock")
    }
    assert pins["requirements.lock"] <= pins[LOCK]


def test_make_check_audits() -> None:
    check = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    assert "$(MAKE) docs audit" in check
