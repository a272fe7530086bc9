"""Writing into sources.yaml: what is added is right, and what was there is as it was."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from monitor.adding.stanzas import (
    add_stanzas,
    appended,
    identifier_for,
    render,
    same_address,
    scalar,
    sources_in,
    stanza_for,
)
from monitor.adding.whereabouts import country_of, zone_of
from monitor.errors import ConfigError
from monitor.sources import ListingRules
from monitor.sourcesfile import load_sources

OWN = """\
# 우리 목록
#   손으로 고칩니다.

- id: one      # 첫째
  name: "따옴표 이름"
  url: 'https://one.kr/rss'


# ── 둘째 묶음 ──
- {id: two, url: https://two.kr/rss, interval: {min: 10m, max: 6h}}
  # 끝의 주석
"""


def stanza(url: str = "https://three.co.jp/rss", **more: Any) -> dict[str, Any]:
    return stanza_for(url, taken=(), **more)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(OWN, id="comments-and-quotes"),
        pytest.param(OWN.rstrip("\n"), id="no-last-newline"),
        pytest.param(OWN.replace("\n", "\r\n"), id="windows-line-ends"),
        pytest.param("\ufeff" + OWN, id="byte-order-mark"),
        pytest.param("  - id: one\n    url: https://one.kr/rss\n", id="indented"),
        pytest.param("# 아직 없음\n", id="only-comments"),
        pytest.param("", id="empty"),
    ],
)
def test_a_stanza_is_added_and_every_byte_before_it_kept(tmp_path: Path, text: str) -> None:
    file = tmp_path / "sources.yaml"
    file.write_bytes(text.encode())
    before = sources_in(file, ())
    add_stanzas(file, [stanza(name="셋째: 소식")], ())
    body = file.read_bytes()
    assert body.startswith(text.encode())
    after = load_sources(file)
    assert after[:-1] == before
    assert (after[-1].id, after[-1].name, after[-1].timezone) == ("three", "셋째: 소식", "Asia/Tokyo")
    if "\r\n" in text:
        assert b"\n" not in body.replace(b"\r\n", b"")


def test_a_second_stanza_stands_apart_by_one_blank_line(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text("- id: one\n  url: https://one.kr/rss\n")
    add_stanzas(file, [stanza()], ())
    add_stanzas(file, [stanza("https://four.kr/rss")], ())
    text = file.read_text()
    assert text.count("\n\n- id: ") == 2
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    ("text", "added"),
    [
        pytest.param("- id: one\n  url: https://one.kr/rss\n...\n", {}, id="document-end"),
        pytest.param("[{id: one, url: https://one.kr/rss}]\n", {}, id="brackets"),
        pytest.param("- id: one\n  url: nowhere\n", {}, id="wrong-before"),
        pytest.param("- id: one\n  url: https://one.kr/rss\n", {"id": "one"}, id="id-twice"),
        pytest.param(
            "- id: one\n  url: https://one.kr/rss\n  reason: |\n    까닭\n", {"id": "X Y"}, id="wrong-stanza"
        ),
    ],
)
def test_a_file_that_would_be_wrong_is_left_as_it_was(
    tmp_path: Path, text: str, added: dict[str, Any]
) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        add_stanzas(file, [stanza() | added], ())
    assert file.read_text() == text
    assert os.listdir(tmp_path) == ["sources.yaml"]


def test_a_text_block_at_the_end_does_not_swallow_the_stanza(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text("- id: one\n  url: https://one.kr/rss\n  reason: |\n    까닭\n")
    add_stanzas(file, [stanza()], ())
    assert [source.id for source in load_sources(file)] == ["one", "three"]


def test_a_copy_is_made_where_the_list_in_force_is_not_ours(tmp_path: Path) -> None:
    packaged, own = tmp_path / "packaged.yaml", tmp_path / "own" / "sources.yaml"
    packaged.write_text(OWN)
    packaged.chmod(0o444)
    own.parent.mkdir()
    written = add_stanzas(packaged, [stanza()], (), copy_to=own)
    assert (written.file, written.copied_from) == (own, packaged)
    assert packaged.read_text() == OWN
    assert [source.id for source in load_sources(own)] == ["one", "two", "three"]
    assert own.stat().st_mode & stat.S_IWUSR


def test_the_files_mode_and_a_link_to_it_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "sources.yaml"
    real.write_text(OWN)
    real.chmod(0o640)
    link.symlink_to(real)
    add_stanzas(link, [stanza()], ())
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert len(load_sources(real)) == 3


def test_where_nothing_can_be_written_the_mend_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(OWN)
    # Tests may run as root, whom no mode stops.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ConfigError, match="MONITOR_SOURCES"):
        add_stanzas(file, [stanza()], ())
    assert file.read_text() == OWN


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(OWN)
    with pytest.raises(ConfigError, match="MONITOR_SOURCES"):
        add_stanzas(file, [stanza()], (), copy_to=tmp_path / "none" / "sources.yaml")


LISTING = ListingRules(
    row='li[class*="item_"]', date="td:nth-of-type(2)", link_pattern=r"'(\d+)'", link_template="/{1}"
)


def test_a_stanza_reads_as_a_person_would_write_it() -> None:
    made = stanza_for(
        "https://www.example.go.kr/news/list.do?id=1",
        "listing",
        taken=(),
        name="보도자료 #1",
        organisation="예시부",
        language="ko",
        listing=LISTING,
    )
    assert render(made) == (
        "- id: example\n"
        "  name: '보도자료 #1'\n"
        "  organisation: 예시부\n"
        "  country: KR\n"
        "  language: ko\n"
        "  url: https://www.example.go.kr/news/list.do?id=1\n"
        "  format: listing\n"
        "  listing:\n"
        "    row: 'li[class*=\"item_\"]'\n"
        "    date: td:nth-of-type(2)\n"
        "    link_pattern: '''(\\d+)'''\n"
        "    link_template: '/{1}'\n"
        "  timezone: Asia/Seoul\n"
        "  interval: {min: 15m, max: 6h}\n"
        "  enabled: true\n"
    )  # fmt: skip


def test_a_sitemap_has_its_titles_from_the_pages() -> None:
    made = stanza_for("https://a.kr/sitemap.xml", "sitemap", taken=())
    assert "\n  article: {}\n" in render(made)


@given(st.text(max_size=80))
def test_any_text_survives_the_file(text: str) -> None:
    from monitor.texts.text import clean_line

    assert YAML(typ="safe", pure=True).load(f"a: {scalar(text)}\n") == {"a": clean_line(text)}


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "null",
        "~",
        "1",
        "2026-01-01",
        "a: b",
        "a #b",
        "- a",
        "'",
        '"',
        "*x",
        "",
        "[a]",
        "%x",
        "@x",
        "1e3",
        "0x1f",
        "=",
        "<<",
    ],
)
def test_what_yaml_takes_for_something_else_is_quoted(text: str, tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(render(stanza(name="x") | {"name": text or "x"}))
    assert load_sources(file)[0].name == (text or "x")


@pytest.mark.parametrize(
    ("url", "taken", "expected"),
    [
        ("https://www.meti.go.jp/press/index.html", (), "meti"),
        ("https://news.kotra.or.kr/rss/all.xml", (), "kotra-news"),
        ("https://blog.tistory.com/rss", (), "tistory"),
        ("https://www.meti.go.jp/press/index.html", ("meti",), "meti-press"),
        ("https://www.meti.go.jp/press/", ("meti", "meti-press"), "meti-press-2"),
        ("http://127.0.0.1:8080/feed", (), "127-0-0-1"),
        ("http://[::1]/feed", (), "1"),
        ("https://xn--9i1bt7g.kr/", (), "xn-9i1bt7g"),
        ("https://" + "a" * 63 + ".kr/", (), "a" * 60),
        ("https://co.kr/", (), "co"),
    ],
)
def test_id(url: str, taken: tuple[str, ...], expected: str) -> None:
    assert identifier_for(url, taken) == expected


@given(st.text(max_size=30), st.sets(st.sampled_from(["a", "a-b", "a-b-2"])))
def test_any_id_is_valid_and_new(path: str, taken: set[str]) -> None:
    from monitor.sources import SourceConfig

    made = identifier_for(f"https://a.kr/{path}", taken)
    assert made not in taken
    SourceConfig.model_validate({"id": made, "url": "https://a.kr/"})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.kr/rss", "http://www.A.kr/rss/#top", True),
        ("https://a.kr:443/rss", "https://a.kr/rss", True),
        ("https://a.kr/rss", "https://a.kr/rss?x=1", False),
        ("https://a.kr/rss", "https://a.kr/RSS", False),
        ("https://a.kr:8443/rss", "https://a.kr/rss", False),
    ],
)
def test_one_address_written_in_two_ways(one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same


@pytest.mark.parametrize(
    ("url", "language", "country", "zone"),
    [
        ("https://a.go.jp/", "", "JP", "Asia/Tokyo"),
        ("https://a.co.uk/", "en", "GB", "Europe/London"),
        ("https://a.gov/", "", "US", "America/New_York"),
        ("https://a.com/", "ko", "KR", "Asia/Seoul"),
        ("https://a.io/", "en", "", "UTC"),
        ("https://a.int/", "", "INT", "UTC"),
        ("https://a.eu/", "", "EU", "Europe/Brussels"),
    ],
)
def test_whereabouts(url: str, language: str, country: str, zone: str) -> None:
    assert (country_of(url, language), zone_of(country_of(url, language))) == (country, zone)


def test_stanzas_are_put_in_the_lists_own_indentation() -> None:
    text = appended("    - id: one\n      url: https://one.kr/rss\n", [stanza()])
    assert "\n    - id: three\n      name: " in text
