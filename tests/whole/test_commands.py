"""The program as scripts use it: the real commands, against local servers.

`run` forks each from a process that has the libraries loaded; `run_alone` starts the interpreter as a shell would.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers.feeds import FeedServer, Page
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.warm import Warm

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def atom(*titles: str) -> bytes:
    entries = "".join(
        f"<entry><id>urn:x:{title}</id><title>{title}</title><link href='/news/{number}'/>"
        f"<updated>2026-11-19T05:00:00Z</updated><summary>{title} 에 관한 자세한 소식입니다.</summary></entry>"
        for number, title in enumerate(titles)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{entries}</feed>'.encode()


def alone(*arguments: str, cwd: Path, env: dict[str, str], stdin: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=cwd, env=env, input=stdin, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, feed_server: FeedServer, settle_in: Callable[[Path], None], warm: Warm) -> Run:
    """`run("poll", "--all")` in a home of its own, whose sources are the server's pages."""
    return at_home(warm.run, tmp_path, feed_server, settle_in)


@pytest.fixture
def run_alone(tmp_path: Path, feed_server: FeedServer, settle_in: Callable[[Path], None]) -> Run:
    """`run`, in a process that begins with nothing."""
    return at_home(alone, tmp_path, feed_server, settle_in)


def at_home(start: Run, tmp_path: Path, feed_server: FeedServer, settle_in: Callable[[Path], None]) -> Run:
    without_database = {"fetch", "classify", "evaluate"}

    def command(
        *arguments: str, sources: str = "", stdin: str = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "sources.yaml"
        if sources or not file.exists():
            file.write_text(sources or stanza("one", feed_server.url("/one")), encoding="utf-8")
        home = tmp_path / "var"
        if not home.exists() and arguments[0] not in without_database:
            settle_in(home)
        environment = {
            **os.environ,
            "MONITOR_HOME": str(home),
            "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
            "MONITOR_ALLOW_HOSTS": feed_server.host,
            "MONITOR_ENCODER": "none",
            **settings,
        }
        return start(*arguments, cwd=tmp_path, env=environment, stdin=stdin)

    return command


def stanza(name: str, url: str, more: str = "") -> str:
    return f"- id: {name}\n  url: {url}\n  interval: {{min: 1s, max: 5s}}\n{more}"


def rows(result: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.django_db  # on PostgreSQL too
def test_from_a_feed_to_a_telegram_message(run: Run, feed_server: FeedServer) -> None:
    feed_server.pages["/one"] = Page(atom("일본은행, 금리 인상 결정", "가을 축제가 열립니다"))
    with TelegramServer() as telegram:
        settings = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.url}
        assert run("recipients", "add", "telegram:42", "--words", "금리").returncode == 0
        polled = run("poll", "--all", "--json")
        assert polled.returncode == 0, polled.stderr
        assert {name: rows(polled)[0][name] for name in ("source", "status", "entries", "new", "error")} == {
            "source": "one", "status": "ok", "entries": 2, "new": 2, "error": None
        }  # fmt: skip
        (kept, _festival) = rows(run("entries", "--json"))
        assert (kept["title"], kept["url"], kept["lang"]) == (
            "일본은행, 금리 인상 결정",
            feed_server.url("/news/0"),
            "ko",
        )
        assert (kept["published_at"], kept["date_confidence"]) == ("2026-11-19T05:00:00Z", "instant")
        assert "monetary" in kept["topics"]
        assert [row["id"] for row in rows(run("entries", "--json", "--topic", "monetary"))] == [kept["id"]]
        (alert,) = rows(run("alerts", "--json"))
        assert (alert["recipient"], alert["state"], alert["entry"]) == ("telegram:42", "queued", kept["id"])
        assert rows(run("deliver", "--json", **settings))[0]["sent"] == 1
        assert telegram.texts(42)[0].startswith("<b>일본은행, 금리 인상 결정</b>")
        # Again, and nothing more happens.
        assert rows(run("poll", "--all", "--json"))[0]["status"] == "not_modified"
        run("deliver", **settings)
        (alert,) = rows(run("alerts", "--json"))
        assert (alert["state"], alert["external_id"], len(telegram.delivered)) == ("sent", "1", 1)


def test_as_a_shell_starts_them(run_alone: Run, feed_server: FeedServer) -> None:
    """What a fork cannot show: that the interpreter, the imports and the parsing processes begin from nothing."""
    feed_server.pages["/one"] = Page(atom("일본은행, 금리 인상 결정"))
    polled = run_alone("poll", "--all", "--json")
    assert (polled.returncode, rows(polled)[0]["new"], "Traceback" in polled.stderr) == (0, 1, False)
    (kept,) = rows(run_alone("entries", "--json"))
    assert "monetary" in kept["topics"]
    refused = run_alone("poll", "nought")
    assert (refused.returncode, '"nought"' in refused.stderr) == (2, True)


def test_without_telegram_alerts_stand_in_the_ledger(run: Run, feed_server: FeedServer) -> None:
    feed_server.pages["/one"] = Page(atom("금리"))
    run("recipients", "add", "telegram:42", "--words", "금리")
    run("poll", "--all")
    result = run("deliver")
    assert (result.returncode, "TELEGRAM_BOT_TOKEN" in result.stdout) == (0, True)
    assert rows(run("alerts", "--json"))[0]["state"] == "queued"


def test_last_month_is_replayed_with_a_kept_model(run: Run, feed_server: FeedServer) -> None:
    feed_server.pages["/one"] = Page(atom("일본은행, 금리 인상 결정", "가을 축제가 열립니다"))
    run("poll", "--all")
    (replayed,) = rows(run("train", "--replay", "shipped-words", "--json"))
    assert (replayed["name"], replayed["threshold"], replayed["stories"], replayed["decided"]) == (
        "shipped-words", 0.6, 2, 0,
    )  # fmt: skip
    month = replayed["comparison"]
    # The same model says the same again.
    assert (month["before"], month["entering"], month["leaving"]) == (month["after"], [], [])
    assert replayed["topics"] == []
    table = run("train", "--replay", "shipped-words")
    assert (table.returncode, "shipped-words: 지난달 글 2건" in table.stdout) == (0, True), table.stderr
    unknown = run("train", "--replay", "own-1-words")
    assert (unknown.returncode, "shipped-words" in unknown.stderr) == (2, True)


def test_a_failed_source_is_named_and_exits_with_1(run: Run, feed_server: FeedServer) -> None:
    feed_server.pages["/good"] = Page(atom("하나"))
    both = stanza("bad", feed_server.url("/gone")) + stanza("good", feed_server.url("/good"))
    result = run("poll", "--all", "--json", sources=both)
    assert result.returncode == 1
    assert {row["source"]: (row["status"], row["error"]) for row in rows(result)} == {
        "bad": ("error", "HTTP 404"),
        "good": ("ok", None),
    }


@pytest.mark.parametrize(
    ("arguments", "sources", "expected"),
    [
        pytest.param(("poll",), "- id: x\n  url: ftp://x\n- id: X Y\n  url: http://a.kr/\n", ["sources.yaml:2: x:", "sources.yaml:3: X Y:"], id="all-errors-of-sources"),
        pytest.param(("poll", "nought"), "", ['"nought"'], id="unknown-source"),
        pytest.param(("run", "--port", "99999"), "", ["65535"], id="impossible-port"),
        pytest.param(("recipients", "add", "telegram:abc"), "", ["telegram:123456789"], id="address"),
        pytest.param(("recipients", "add", "mailto:a"), "", ["mailto:editor@example.kr"], id="mail-address"),
        pytest.param(("recipients", "add", "https://hooks.example/x"), "", ["jsons://"], id="web-address"),
        pytest.param(("recipients", "add", "telegram:1", "--quiet", "22"), "", ["22:00-07:00"], id="quiet-hours"),
        pytest.param(("recipients", "add", "telegram:1", "--zone", "Mars"), "", ["Asia/Seoul"], id="zone"),
        pytest.param(("fetch", "http://a.kr/", "--format", "xml"), "", ["feed, json_feed"], id="format"),
    ],
)  # fmt: skip
def test_wrong_usage_exits_with_2_and_says_what_to_do(
    run: Run, arguments: tuple[str, ...], sources: str, expected: list[str]
) -> None:
    result = run(*arguments, sources=sources)
    assert result.returncode == 2
    for text in expected:
        assert text in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MONITOR_TIMEZONE", "Asia/Seul", "Asia/Seoul"),
        ("TELEGRAM_CHATS", "12,abc", '"abc"'),
        ("MONITOR_PUBLIC_URL", "monitor.example.kr", "https://"),
        ("MONITOR_LANGUAGE", "fr", "ko"),
        ("DATABASE_URL", "mysql://x", "postgresql://"),
    ],
)
def test_a_wrong_setting_is_named_with_the_mend(run: Run, name: str, value: str, expected: str) -> None:
    result = run("entries", **{name: value})
    assert result.returncode == 2
    assert f"environment:0: {name}: " in result.stderr
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


class TestFetch:
    def test_shows_what_a_poll_would_see_and_stores_nothing(
        self, run: Run, feed_server: FeedServer, tmp_path: Path
    ) -> None:
        feed_server.pages["/one"] = Page(
            atom("&lt;b&gt;하나&lt;/b&gt;").replace(
                b"</summary>", b"&lt;script&gt;x&lt;/script&gt;</summary>"
            )
        )
        (result,) = rows(run("fetch", feed_server.url("/one"), "--json"))
        assert (result["outcome"], result["status"], result["error"]) == ("ok", 200, None)
        (entry,) = result["entries"]
        assert (entry["title"], entry["link"], entry["date"]) == (
            "하나",
            feed_server.url("/news/0"),
            "2026-11-19T05:00:00Z",
        )
        assert "<script" not in entry["summary"]
        assert not (tmp_path / "var" / "monitor.sqlite3").exists()

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:1/",
            "http://169.254.169.254/",
            "http://[::1]/",
            "file:///etc/passwd",
            "http://2130706433/",
        ],
    )
    def test_refuses_private_addresses(self, run: Run, url: str) -> None:
        result = run("fetch", url, "--json")
        (row,) = rows(result)
        assert (result.returncode, row["outcome"], row["entries"]) == (1, "refused", [])

    def test_a_listing_without_rules_is_every_link(self, run: Run, feed_server: FeedServer) -> None:
        feed_server.pages["/page"] = Page(
            b"<html><a href='/a'>\xed\x95\x98\xeb\x82\x98</a><a href='javascript:x()'>b</a></html>",
            "text/html",
        )
        (result,) = rows(run("fetch", feed_server.url("/page"), "--format", "listing", "--json"))
        assert [(entry["title"], entry["link"]) for entry in result["entries"]] == [
            ("하나", feed_server.url("/a")),
            ("b", None),
        ]


class TestClassify:
    LINES = '{"id":"a","title":"ラピダス、2ナノ半導体の量産へ補助金","lang":"ja"}\n\n{"id":"b","title":"Football results","summary":""}\n'

    def test_answers_line_by_line_in_the_same_order_without_a_database(
        self, run: Run, tmp_path: Path
    ) -> None:
        first, second = rows(run("classify", "-", stdin=self.LINES))
        assert (first["id"], second["id"], second["lang"]) == ("a", "b", "en")
        assert first["topics"][0]["topic"] == "semiconductor"
        assert "半導体" in "".join(first["topics"][0]["why"])
        assert len(first["scores"]) == 36
        assert second["topics"] == []
        assert first["relevance"] > second["relevance"]
        assert not (tmp_path / "var" / "monitor.sqlite3").exists()

    @pytest.mark.parametrize(
        ("line", "key"),
        [("{", "-"), ('{"id":"x"}', "title"), ('{"title":"x","topics":["nought"]}', "topics")],
    )
    def test_a_wrong_line_is_named(self, run: Run, line: str, key: str) -> None:
        result = run("classify", "-", stdin=f'{{"title":"good"}}\n{line}\n')
        assert result.returncode == 2
        assert f"-:2: {key}: " in result.stderr

    def test_evaluate_prints_figures_for_a_labelled_file(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "gold.jsonl"
        labelled = [
            {"id": "a", "title": "반도체 공장 증설", "topics": ["semiconductor"], "kind": "industry", "relevant": 1, "lang": "ko"},
            {"id": "b", "title": "프로야구 결과", "topics": [], "kind": "other", "relevant": 0, "lang": "ko"},
        ]  # fmt: skip
        file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in labelled), encoding="utf-8")
        (report,) = rows(run("evaluate", str(file), "--json"))
        assert report["topics"]["semiconductor"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "n": 1}
        assert (report["rows"], report["ranking"]["auc"]) == (2, 1.0)
        assert "semiconductor" in run("evaluate", str(file)).stdout


def test_users_and_links(run: Run) -> None:
    made = run("users", "add", "kim", "--email", "kim@example.kr", "--admin")
    assert made.stdout.startswith("http://127.0.0.1:8000/signin/")
    assert run("users", "add", "kim").returncode == 2
    assert "텔레그램 사용자 42 의 결정은 kim 계정" in run("users", "telegram", "kim", "42").stdout
    assert run("users", "telegram", "lee", "42").returncode == 2
    assert rows(run("users", "list", "--json")) == [
        {
            "name": "kim", "telegram": [42], "email": "kim@example.kr", "admin": True, "role": "admin", "active": True,
            "last_login_at": None,
        }
    ]  # fmt: skip
    assert "42" in run("users", "list").stdout
    assert run("users", "link", "kim").stdout.startswith("http://127.0.0.1:8000/signin/")
    assert run("users", "link", "lee").returncode == 2


def test_users_have_roles_and_one_admin_stays(run: Run) -> None:
    run("users", "add", "kim", "--role", "admin")
    run("users", "add", "lee", "--role", "viewer")
    assert run("users", "add", "park", "--role", "root").returncode == 2
    assert run("users", "role", "lee", "editor").returncode == 0
    refused = run("users", "role", "kim", "editor")
    assert refused.returncode == 2
    assert "한 사람은 남아야" in refused.stderr
    assert {row["name"]: row["role"] for row in rows(run("users", "list", "--json"))} == {
        "kim": "admin",
        "lee": "editor",
    }


def test_a_test_alert_shows_that_the_way_is_open(run: Run) -> None:
    assert run("recipients", "test", "telegram:42").returncode == 2
    run("recipients", "add", "telegram:42", "--words", "금리")
    assert "monitor deliver" in run("recipients", "test", "telegram:42").stdout
    with TelegramServer() as telegram:
        run("deliver", TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_URL=telegram.url)
        run("deliver", TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_URL=telegram.url)
        assert [text.split("\n")[0] for text in telegram.texts(42)] == ["<b>🔔 시험 알림입니다</b>"]


def test_recipients_are_added_listed_and_removed(run: Run) -> None:
    run("recipients", "add", "telegram:42", "--topics", "ai,quantum", "--min-relevance", "0.5")
    (row,) = rows(run("recipients", "list", "--json"))
    assert (row["address"], row["state"]) == ("telegram:42", "active")
    assert row["subscriptions"] == [{"topics": ["ai", "quantum"], "words": [], "min_relevance": 0.5}]
    assert run("recipients", "remove", "telegram:42").returncode == 0
    assert run("recipients", "approve", "telegram:43").returncode == 2


def test_a_recipients_every_wish_is_taken_and_last_week_is_tried_without_saving(
    run: Run, feed_server: FeedServer
) -> None:
    feed_server.pages["/one"] = Page(atom("일본은행, 금리 인상 결정 [/속보]", "가을 축제가 열립니다"))
    run("poll", "--all")
    tried = run("recipients", "add", "telegram:42", "--words", "금리", "--dry-run")
    assert (tried.returncode, "모두 1건" in tried.stdout, "금리 인상 결정 [/속보]" in tried.stdout) == (
        0,
        True,
        True,
    ), tried
    assert rows(run("recipients", "list", "--json")) == []
    run(
        "recipients", "add", "json://127.0.0.1:9/secret", "--words", "금리", "--words-all", "일본", "--words-not", "인사",
        "--bulletins", "kiat-watch", "--regions", "jp,EU", "--sources", "one", "--kinds", "policy,economy",
        "--min-probability", "0.4", "--budget", "8", "--quiet", "22:00-07:00", "--zone", "Europe/Berlin",
        "--digest", "--digest-at", "09:00", "--name", "편집방", "--language", "en",
    )  # fmt: skip
    run("recipients", "add", "json://127.0.0.1:9/secret", "--also", "--topics", "ai", "--quiet", "none")
    listed = run("recipients", "list", "--json")
    (row,) = rows(listed)
    assert "secret" not in listed.stdout + run("recipients", "list").stdout
    assert row["subscriptions"] == [
        {
            "topics": [], "bulletins": ["kiat-watch"], "regions": ["JP", "EU"], "sources": ["one"],
            "kinds": ["policy", "economy"], "words": ["금리"], "words_all": ["일본"], "words_not": ["인사"],
            "min_probability": 0.4, "min_relevance": 0.0,
        },
        {"topics": ["ai"], "words": [], "min_relevance": 0.0},
    ]  # fmt: skip
    assert {name: row[name] for name in ("name", "language", "zone", "quiet", "digest_at", "budget")} == {
        "name": "편집방", "language": "en", "zone": "Europe/Berlin", "quiet": None, "digest_at": "09:00", "budget": 8
    }  # fmt: skip


def test_sources_list_and_check(run: Run, feed_server: FeedServer) -> None:
    feed_server.pages["/one"] = Page(atom("하나"))
    both = stanza("one", feed_server.url("/one")) + stanza("two", feed_server.url("/two"))
    listed = rows(run("sources", "list", "--json", sources=both))
    assert [(row["source"], row["state"]) for row in listed] == [("one", "new"), ("two", "new")]
    result = run("sources", "check", "--json")
    assert result.returncode == 1
    found = {row["source"]: row for row in rows(result)}
    assert (found["one"]["format"], found["one"]["entries"], found["one"]["conditional_get"]) == (
        "atom10",
        1,
        True,
    )
    assert found["two"]["error"] == "HTTP 404"


def test_tables_say_states_and_topics_in_the_words_of_the_pages(run: Run, feed_server: FeedServer) -> None:
    feed_server.pages["/one"] = Page(atom("일본은행, 금리 인상 결정"))
    both = stanza("one", feed_server.url("/one")) + stanza("two", feed_server.url("/two"))
    wide = {"COLUMNS": "200"}
    assert run("alerts").stdout.split() == ["알림", "장부", "없습니다."]
    run("recipients", "add", "telegram:42", "--words", "금리", sources=both)
    run("poll", "--all")
    assert "보낼 것이 없습니다." in run("deliver").stdout
    listed = run("sources", "list", **wide).stdout
    assert "정상" in listed and "불안정" in listed and "shaky" not in listed
    assert "서버가 오류로 답합니다. 계속되면 주소가 바뀌었는지 확인해 주십시오. [HTTP 404]" in listed
    assert "보낼 예정" in run("alerts", **wide).stdout
    assert "받고 있습니다" in run("recipients", "list", **wide).stdout
    assert "금융정책·금리" in run("entries", **wide).stdout
    with TelegramServer() as telegram:
        sent = run("deliver", TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_URL=telegram.url)
    assert sent.stdout == "보냄 1\n"


@pytest.mark.parametrize("command", [("evaluate",), ("sources", "import")], ids=" ".join)
def test_a_file_that_is_not_there_is_named_in_words(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, "nought.txt")
    assert (result.returncode, "nought.txt" in result.stderr, "파일이 없습니다" in result.stderr) == (
        2,
        True,
        True,
    )
    assert "Errno" not in result.stderr


def test_a_file_in_another_encoding_is_told_from_one_that_is_not_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_bytes("제목".encode("euc-kr"))
    result = run("evaluate", "old.jsonl")
    assert (result.returncode, "UTF-8" in result.stderr) == (2, True)


def test_fetch_takes_an_address_without_its_scheme(run: Run) -> None:
    result = run("fetch", "127.0.0.1:9/feed")
    assert (result.returncode, "http or https" in result.stderr) == (1, False)


@pytest.mark.parametrize(
    ("url", "sentence", "reason"),
    [
        pytest.param("ftp://a.kr/feed", "http 와 https 만 엽니다. https:// 로 시작하는 주소를 적어 주십시오.", 'not http or https: "ftp"', id="scheme"),
        pytest.param("http://10.0.0.1/feed", "내부 네트워크 주소라서 열지 않았습니다. 사내 소스라면", "10.0.0.1 is private", id="private"),
    ],
)  # fmt: skip
def test_an_address_that_gives_nothing_is_explained_to_people(
    run: Run, url: str, sentence: str, reason: str
) -> None:
    result = run("fetch", url)
    assert result.returncode == 1
    assert result.stderr.startswith(f"✗ {sentence}")
    assert reason in result.stderr


def test_doctor_names_what_is_wrong(run: Run, feed_server: FeedServer) -> None:
    assert run("doctor").returncode == 0
    for _ in range(3):
        run("poll", "--all")
    result = run("doctor", "--json")
    assert result.returncode == 1
    (wrong,) = [row for row in rows(result) if row["ok"] is False]
    assert "HTTP 404" in wrong["says"]


def test_doctor_names_a_wrong_setting_once_and_looks_no_further(run_alone: Run) -> None:
    result = run_alone("doctor", "--json", DIGEST_AT="25:00")
    assert (result.returncode, result.stderr) == (1, "")
    (wrong,) = rows(result)
    assert (wrong["ok"], "DIGEST_AT" in wrong["says"]) == (False, True)
