"""The shipped stanzas against pages that behave as the sites do, by the commands themselves: one poll, then another."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.monitor.imitations import IMITATIONS
from tests.monitor.imitations.kinds import Imitation, Kept
from tests.servers.feeds import FeedServer, Page
from tests.servers.warm import Warm

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "sources.yaml").read_text(encoding="utf-8")


def stanza(imitation: Imitation, server: FeedServer) -> str:
    """The source's stanza as it is shipped, with the imitation's host in its own one's place."""
    found = re.search(rf"(?ms)^- id: {imitation.source}\n.*?(?=^$|\Z)", SHIPPED)
    assert found, imitation.source
    host = re.search(r"(?m)^  url: (https?://[^/\s]+)", found[0])
    assert host, imitation.source
    text = found[0].replace(host[1], f"http://{server.host}").replace("id: ", "id: ", 1)
    # Whom it stands in for is not in this file.
    text = re.sub(r"(?m)^  fallback_for: .*\n", "", text)
    return text.replace(f"- id: {imitation.source}\n", f"- id: {imitation.id}\n", 1)


@dataclass(frozen=True)
class Polled:
    """What both polls said of each source, and what was kept after each."""

    hosts: Mapping[str, str]
    reports: tuple[Mapping[str, Any], Mapping[str, Any]]
    entries: tuple[list[dict[str, Any]], list[dict[str, Any]]]

    def kept(self, imitation: Imitation, poll: int) -> set[Kept]:
        here = f"http://{self.hosts[imitation.id]}"
        return {
            Kept(row["title"], unquote(row["url"] or "").removeprefix(here), row["published_at"], row["date_confidence"])
            for row in self.entries[poll]
            if row["source"] == imitation.id
        }  # fmt: skip


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory, made_home: Path, warm: Warm) -> Iterator[Polled]:
    folder = tmp_path_factory.mktemp("imitations")
    shutil.copytree(made_home, folder / "var")
    with ExitStack() as stack:
        servers = {one.id: stack.enter_context(FeedServer()) for one in IMITATIONS}
        for one in IMITATIONS:
            for path, page in one.pages.items():
                if isinstance(page, Page):
                    servers[one.id].pages[path] = page
                else:
                    servers[one.id].handlers[path] = page
        sources = folder / "sources.yaml"
        sources.write_text("\n".join(stanza(one, servers[one.id]) for one in IMITATIONS), encoding="utf-8")
        environment = {
            **os.environ,
            "MONITOR_HOME": str(folder / "var"),
            "MONITOR_SOURCES": str(sources),
            "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
            "MONITOR_ALLOW_HOSTS": ",".join(server.host for server in servers.values()),
            "MONITOR_ENCODER": "none",
        }

        def rows(*arguments: str) -> list[dict[str, Any]]:
            done = warm.run(*arguments, "--json", cwd=folder, env=environment)
            assert "Traceback" not in done.stderr, done.stderr
            return [json.loads(line) for line in done.stdout.splitlines()]

        reports, entries = [], []
        for _round in range(2):
            reports.append({row["source"]: row for row in rows("poll", *servers)})
            entries.append(rows("entries"))
        yield Polled(
            {name: server.host for name, server in servers.items()},
            (reports[0], reports[1]),
            (entries[0], entries[1]),
        )


@pytest.mark.parametrize("imitation", IMITATIONS, ids=lambda one: one.id)
def test_the_shipped_stanza_reads_its_site(polled: Polled, imitation: Imitation) -> None:
    report = polled.reports[0][imitation.id]
    if imitation.error:
        assert report["status"] == "error"
        assert imitation.error in report["error"]
    else:
        assert (report["status"], report["error"]) == ("ok", None)
    assert polled.kept(imitation, 0) == set(imitation.kept)


@pytest.mark.parametrize("imitation", IMITATIONS, ids=lambda one: one.id)
def test_a_second_poll_adds_what_is_new_and_doubles_nothing(polled: Polled, imitation: Imitation) -> None:
    assert polled.reports[1][imitation.id]["new"] == len(imitation.later)
    before, after = polled.kept(imitation, 0), polled.kept(imitation, 1)
    assert {kept.title for kept in after} - {kept.title for kept in before} == {
        kept.title for kept in imitation.later
    }
    assert set(imitation.later) <= after
