"""A YAML file gives plain data with lines, or says in one sentence and with a line what is wrong with it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitor import yamlfile
from monitor.errors import ConfigError, Problem
from monitor.yamlfile import MAX_BYTES, Loaded, load_yaml, problems_from

NESTED = """\
# a comment
- id: one
  words:
    - alpha
    - beta

- id: two
  deep: {inner: {leaf: 1}}
"""


def load(folder: Path, text: str | bytes) -> Loaded:
    file = folder / "some.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_yaml(file)


def problems(folder: Path, text: str | bytes) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    return caught.value.problems


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param([], 1, id="the file"),
        pytest.param([0], 2, id="an item"),
        pytest.param([0, "words"], 3, id="a key"),
        pytest.param([0, "words", 1], 5, id="an item of a list in an item"),
        pytest.param([1, "id"], 7, id="a key on the item's own line"),
        pytest.param([1, "deep", "inner", "leaf"], 8, id="inside braces"),
        pytest.param([1, "missing"], 7, id="a key that is not there: the item's line"),
        pytest.param(
            [1, "deep", "missing", "more"], 8, id="below a key that is not there: the nearest above"
        ),
        pytest.param([9], 1, id="an item that is not there"),
    ],
)
def test_every_part_has_its_line(tmp_path: Path, path: list[str | int], line: int) -> None:
    assert load(tmp_path, NESTED).line(path) == line


def test_data_is_plain_python(tmp_path: Path) -> None:
    data = load(tmp_path, "a: 1\nb: 1.5\nc: true\nd: ~\ne: x\nf: [1, 'two']\n2026: year\n").data
    assert data == {"a": 1, "b": 1.5, "c": True, "d": None, "e": "x", "f": [1, "two"], "2026": "year"}
    assert [type(value) for value in data.values()] == [int, float, bool, type(None), str, list, str]


@pytest.mark.parametrize("value", ["NO", "no", "yes", "on", "12:30", "2026-11-21", "=", "5m"])
def test_text_that_older_yaml_would_change_stays_as_written(tmp_path: Path, value: str) -> None:
    assert load(tmp_path, f"key: {value}\n").data == {"key": value}


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n"])
def test_a_file_that_says_nothing_is_none(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text).data is None


def test_a_byte_order_mark_and_windows_lines_do_no_harm(tmp_path: Path) -> None:
    loaded = load(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert loaded.data == {"a": 1, "b": 2}
    assert loaded.line(["b"]) == 2


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        pytest.param("a: 1\n\tb: 2\n", 2, "탭", id="a tab"),
        pytest.param("a: 1\nb: x: y\n", 2, "콜론", id="a colon in a value"),
        pytest.param(
            "a: 1\nb: 'open\nc: 2\nd: 3\n", 2, "따옴표", id="a quote left open: where it was opened"
        ),
        pytest.param("a: 1\nb: [1, 2\nc: 2\n", 2, "괄호", id="a bracket left open: where it was opened"),
        pytest.param("- a: 1\n b: 2\n", 2, "들여쓰기", id="a step to the left"),
        pytest.param("a: 1\nb: @x\n", 2, "따옴표", id="a character that starts nothing"),
        pytest.param("a: 1\nb: *.title\n", 2, "따옴표", id="a value with a star in front"),
        pytest.param('a: 1\nb: "\\d+"\n', 2, "역슬래시", id="a pattern in double quotes"),
        pytest.param("a: 1\n---\nb: 2\n", 2, "문서", id="two documents"),
        pytest.param("a: 1\nb: \x07\n", 2, "제어 문자", id="a control character"),
        pytest.param(b"a: 1\nb: \xb0\xa1\n", 2, "UTF-8", id="another charset"),
        pytest.param("%YAML 3.0\n---\na: 1\n", 1, "문법", id="anything else"),
        pytest.param("a: 1\n? [b]\n: 2\n", 2, "이름", id="a list as a key"),
        pytest.param("a: 1\nb: !!python/object x\n", 2, "태그", id="a tag"),
        pytest.param("a: !!binary eA==\n", 1, "태그", id="a tag of YAML's own"),
        pytest.param("a: " + "9" * 5000 + "\n", 1, "수", id="a number too large to read"),
        pytest.param("a: " + "[" * 1500 + "\n", 1, "괄호", id="brackets without end"),
    ],
)
def test_what_is_no_yaml_is_one_sentence_with_its_line(
    tmp_path: Path, text: str | bytes, line: int, hint: str
) -> None:
    (problem,) = problems(tmp_path, text)
    assert (problem.file, problem.line) == ("some.yaml", line)
    assert hint in problem.message


def test_every_repeated_key_is_named_with_both_lines(tmp_path: Path) -> None:
    found = problems(tmp_path, "a: 1\nb: {x: 1, x: 2}\nc: 3\na: 4\nc: 5\n")
    assert [(problem.line, problem.key) for problem in found] == [(2, "x"), (4, "a"), (5, "c")]
    assert "1번째 줄" in found[1].message


def test_an_alias_is_refused_before_it_can_multiply(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{before}, *{before}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert all("별칭" in problem.message for problem in problems(tmp_path, bomb))


def test_a_part_that_holds_itself_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "a: &a\n  b: *a\n")
    assert (problem.line, problem.key) == (2, "b")


def test_a_missing_file_is_named_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_yaml(tmp_path / "none.yaml")
    assert str(tmp_path / "none.yaml") in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_yaml(tmp_path)


def test_a_file_of_many_megabytes_is_not_read_as_if_it_ended_early(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, b"a: 1\n" + b"# \n" * (MAX_BYTES // 3))
    assert "MB" in problem.message


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_whatever_stands_in_a_file_is_data_or_a_config_error(tmp_path_factory, text: str | bytes) -> None:  # type: ignore[no-untyped-def]
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    file = tmp_path_factory.getbasetemp() / "wild.yaml"
    file.write_bytes(raw)
    try:
        assert load_yaml(file).line(["x"]) >= 1
    except ConfigError as error:
        assert error.problems


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")
    colour: str = ""
    size: int = Field(1, ge=1, le=9)


class Root(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    leaf: Leaf | None = None
    leaves: list[Leaf] = []
    by_name: dict[str, Leaf] = {}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("leaf:\n  colour: red\n", 1, "name 빠졌습니다", id="missing"),
        pytest.param("name: x\nleavs: []\n", 2, "leavs 모르는 이름입니다. leaves 을(를)", id="nearest key"),
        pytest.param("name: x\nzzz: 1\n", 2, "쓸 수 있는 이름: name, leaf, leaves, by_name", id="nothing near"),
        pytest.param("name: x\nleaf:\n  color: red\n", 3, "leaf.color 모르는 이름입니다. colour", id="in a part"),
        pytest.param("name: x\nleaves:\n  - colour: red\n  - siz: 2\n", 4, "leaves.1.siz 모르는 이름입니다. size", id="in a list"),
        pytest.param("name: x\nby_name:\n  oak:\n    siz: 2\n", 4, "by_name.oak.siz 모르는 이름입니다. size", id="in a mapping"),
        pytest.param("name: x\nleaf:\n  size: big\n", 3, '"big" 대신 수를', id="no number"),
        pytest.param("name: x\nleaf:\n  size: 0\n", 3, "1 이상", id="too small"),
        pytest.param("name: x\nleaf:\n  size: 10\n", 3, "9 이하", id="too large"),
        pytest.param("name: x\nleaf: green\n", 2, "{이름: 값}", id="no mapping"),
        pytest.param("name: x\nleaves: green\n", 2, "목록", id="no list"),
        pytest.param("name: [x]\n", 1, "글을", id="no text"),
        pytest.param("name: #x\n", 1, "비어 있습니다", id="a value lost to a comment sign"),
    ],
)  # fmt: skip
def test_findings_become_problems_with_line_key_and_mend(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    loaded = load(tmp_path, text)
    with pytest.raises(ValidationError) as caught:
        Root.model_validate(loaded.data)
    (problem,) = problems_from(caught.value, loaded, [], "the-root", Root)
    assert (problem.file, problem.line, problem.key) == ("some.yaml", line, "the-root")
    assert message in problem.message


def test_findings_below_a_prefix_have_the_lines_of_the_whole_file(tmp_path: Path) -> None:
    loaded = load(tmp_path, "- name: a\n- name: b\n  leaf:\n    size: many\n")
    with pytest.raises(ValidationError) as caught:
        Root.model_validate(loaded.data[1])
    assert [problem.line for problem in problems_from(caught.value, loaded, [1], "b", Root)] == [4]


@pytest.mark.parametrize(
    "scalar",
    ["no", "yes", "on", "true", "False", "12:30", "007", "1_000", "0x1F", "0o17", "1e3", "1.5", ".5", "-3", "+4", "~",
     "null", "", "2026-01-01", "=", "1.", ".inf", "-", "a: b", "'no'", '"1"', "0b11", "1.2.3", "e5", "1e"],
)  # fmt: skip
def test_the_quick_reader_and_the_careful_one_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scalar: str
) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"a: {scalar}\nb: [{scalar.replace(': ', ':')}]\n", encoding="utf-8")

    def read() -> object:
        try:
            loaded = load_yaml(file)
        except ConfigError as error:
            return str(error)
        return repr(loaded.data), dict(loaded.lines)

    quick = read()
    monkeypatch.setattr(yamlfile, "_DEEPEST", -1)
    assert read() == quick
