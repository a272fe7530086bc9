"""Commands of the classifier: classify, evaluate."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import AsJson, console, errors, fail, prepare, print_json, print_table, why_unread
from monitor.i18n import _

if TYPE_CHECKING:
    from classifiers.classifier import Classification
    from classifiers.evaluating.evaluation import Report
    from classifiers.evaluating.jsonl import Row

#: Entries a batch: enough to be quick, few enough to see progress.
BATCH = 64


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command(help=_("JSONL 로 받은 항목에 주제를 붙여 JSONL 로 냅니다. 데이터베이스가 필요 없습니다."))(
        classify
    )
    app.command(help=_("정답이 붙은 JSONL 로 분류기가 얼마나 맞히는지 잽니다."))(evaluate)


def classify(
    file: Annotated[str, typer.Argument(help=_("JSONL 파일; - 나 생략하면 표준 입력"))] = "-",
    as_json: AsJson = False,
) -> None:
    """`monitor classify`: reads entries as JSON lines, and prints what the classifier says of each, in their order.

    Exit 2 where the file cannot be read or a line is wrong.
    """
    prepare(database=False)
    from classifiers.evaluating.jsonl import written

    for row, result in _classified(_rows(file)):
        if as_json or not sys.stdout.isatty():
            print_json(written(row, result))
        else:
            names = ", ".join(f"{topic.topic} {topic.p:.2f}" for topic in result.topics) or "-"
            console.print(f"{result.relevance:.2f}  {row.text.title}\n      {names}", markup=False)


def evaluate(
    file: Annotated[str, typer.Argument(help=_("정답이 붙은 JSONL 파일"))], as_json: AsJson = False
) -> None:
    """`monitor evaluate`: prints how right the classifier is on labelled JSON lines; exit 2 where they cannot be read."""
    prepare(database=False)
    from rich.progress import track

    from classifiers.evaluating.evaluation import evaluate as measure

    rows = list(_rows(file))
    if not rows:
        fail(_("{file}: 항목이 없습니다.").format(file=file), code=2)
    found = track(
        _classified(rows), _("분류하는 중"), total=len(rows), console=errors, transient=True,
        disable=not errors.is_terminal,
    )  # fmt: skip
    report = measure(rows, [result for _row, result in found])
    if as_json:
        print_json(report.as_dict())
    else:
        _print(report)


def _rows(file: str) -> "Iterable[Row]":
    from classifiers.evaluating.jsonl import read
    from classifiers.taxonomy import taxonomy

    topics = taxonomy().by_id
    if file == "-":
        return read(sys.stdin, "-", topics)
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = _("{file} 을(를) 읽을 수 없습니다: {reason}")
        fail(message.format(file=file, reason=why_unread(error)), code=2)
    return read(text.splitlines(), Path(file).name, topics)


def _classified(rows: "Iterable[Row]") -> "Iterable[tuple[Row, Classification]]":

    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield from _batch(batch)
            batch = []
    if batch:
        yield from _batch(batch)


def _batch(rows: "Sequence[Row]") -> "Iterable[tuple[Row, Classification]]":
    from classifiers.serving.loading import classifier

    return zip(rows, classifier().classify([row.text for row in rows]), strict=True)


def _print(report: "Report") -> None:
    columns = (_("정밀도"), _("재현율"), "F1", "n")

    def figures(score: object) -> tuple[str, ...]:
        return (f"{score.precision:.2f}", f"{score.recall:.2f}", f"{score.f1:.2f}", str(score.n))  # type: ignore[attr-defined]

    print_table(
        _("주제별"), (_("주제"), *columns), ((name, *figures(score)) for name, score in report.topics.items())
    )
    print_table(
        _("언어별"),
        (_("언어"), *columns),
        ((name, *figures(score)) for name, score in report.languages.items()),
    )
    summary = [
        (_("micro-F1"), f"{report.micro.f1:.3f}"),
        (_("macro-F1"), f"{report.macro_f1:.3f}"),
        (_("종류(kind) 정확도"), _shown(report.kind_accuracy)),
        (_("지역 F1"), _shown(report.regions.f1 if report.regions else None)),
        (_("관련도 AUC"), _shown(report.auc)),
        ("WSS@95", _shown(report.wss95)),
        (_("항목 수"), str(report.rows)),
    ]
    print_table(_("전체"), (_("무엇"), _("값")), summary)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
