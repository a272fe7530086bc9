"""The words of the command line's own library, in the program's language."""

from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from monitor.cli import app
from monitor.cli.wording import Commands, own_words
from monitor.config import settings
from monitor.i18n import own_language


def _forget() -> None:
    settings.cache_clear()
    own_language.cache_clear()


@pytest.fixture(autouse=True)
def korean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MONITOR_LANGUAGE", "ko")
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def said(*arguments: str, code: int) -> str:
    result = CliRunner().invoke(app, arguments, prog_name="monitor", env={"COLUMNS": "110"})
    assert result.exit_code == code
    return result.output


def test_help_is_korean_down_to_its_frame() -> None:
    page = said("issue", "export", "--help", code=0)
    assert page.startswith("쓰는 법: monitor issue export [OPTIONS]")
    assert "\n인자:\n" in page and "[필수]" in page
    assert "\n옵션:\n" in page and "[기본값: docx]" in page
    assert "이 도움말을 보여 주고 끝냅니다." in page


def test_the_first_help_is_korean_too() -> None:
    page = said("--help", code=0)
    assert "\n명령:\n" in page and "지금 쓰는 셸에 자동 완성을 설치합니다." in page
    assert not [word for word in ("Usage", "Show", "Install", "customize", "Commands:") if word in page]


def test_a_group_without_a_command_shows_its_help_once_and_fails() -> None:
    assert said("issue", code=2).count("쓰는 법: monitor issue") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["nothing"], "'nothing' 이라는 명령이 없습니다.", id="no such command"),
        pytest.param(["isue"], "'isue' 이라는 명령이 없습니다. 혹시 'issue' 입니까?", id="nearly a command"),
        pytest.param(["run", "--prot", "3"], "--prot 이라는 옵션이 없습니다. (비슷한 옵션: --host, --port)", id="no such option"),
        pytest.param(["issue", "export"], "'ISSUE' 인자가 빠졌습니다.", id="argument missing"),
        pytest.param(["run", "more"], "쓰이지 않는 인자가 있습니다: more", id="argument too many"),
        pytest.param(["run", "--port"], "'--port' 옵션에는 값이 있어야 합니다.", id="value missing"),
        pytest.param(["run", "--port", "x"], "'--port' 의 값이 맞지 않습니다. 정수를 적어 주십시오.", id="no number"),
        pytest.param(["run", "--port", "99999"], "'--port' 의 값이 맞지 않습니다. 65535 이하를 적어 주십시오.", id="too large"),
        pytest.param(
            ["issue", "new", "one", "--published", "x"], "'--published' 의 값이 맞지 않습니다. 이렇게 적어 주십시오: '2026-11-21'", id="no date"
        ),
        pytest.param(["restore", "/nowhere"], "'file' 의 값이 맞지 않습니다. 그런 파일이 없습니다: '/nowhere'", id="no file"),
    ],
)  # fmt: skip
def test_a_wrong_use_is_said_in_korean_and_ends_with_2(arguments: list[str], sentence: str) -> None:
    output = said(*arguments, code=2)
    assert output.splitlines()[-1] == f"오류: {sentence}"
    assert "Error" not in output and "Try" not in output


def test_a_wrong_use_names_the_help_that_helps() -> None:
    assert "도움말: 'monitor issue export -h'" in said("issue", "export", code=2)


def test_what_is_broken_off_at_a_question_says_so() -> None:
    def ask() -> None:
        typer.confirm("?")

    asking = Commands(rich_markup_mode=None)
    asking.command("ask")(ask)
    asking.command("other")(ask)
    result = CliRunner().invoke(asking, ["ask"], input="")
    assert (result.exit_code, result.stderr.strip()) == (1, "그만두었습니다.")


def test_in_english_the_library_speaks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_LANGUAGE", "en")
    _forget()
    output = said("issue", "export", code=2)
    assert output.startswith("Usage: monitor issue export")
    assert output.splitlines()[-1] == "Error: Missing argument 'ISSUE'."


def test_what_is_not_the_librarys_stays() -> None:
    assert own_words("일본 정책 Options 2026") == "일본 정책 Options 2026"
