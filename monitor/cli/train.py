"""`monitor train`: learns again from what is known, goes back to the model before, or rehearses last month with one."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.collect import now
from monitor.cli.common import AsJson, console, errors, fail, prepare, print_json, print_table
from monitor.i18n import _

if TYPE_CHECKING:
    from classifiers.encoders import Encoder

#: So many topics that would change are listed.
TOPICS = 10


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        help=_("지난 호와 편집자의 결정에서 다시 배웁니다. 전보다 못하지 않을 때만 새 모델을 씁니다.")
    )(train)


def train(
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("견주기만 하고 바꾸지 않습니다."))] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help=_("바로 앞의 모델로 되돌립니다."))] = False,
    replay: Annotated[
        str, typer.Option(metavar="NAME", help=_("배우지 않고, 지난달을 이 이름의 모델로 견줍니다."))
    ] = "",
    as_json: AsJson = False,
) -> None:
    """`monitor train`: learns, and prints the new model's figures beside those of the one in force; or as its options say.

    Exit 1 where there is nothing to learn from, 2 where `--replay` names no model.
    """
    prepare()
    from classifiers.encoders import make_encoder
    from classifiers.serving.inforce import model_in_force
    from classifiers.training.retraining import NothingToLearnError
    from classifiers.training.retraining import rollback as roll_back
    from classifiers.training.retraining import train as learn_again
    from monitor.config import settings

    encoder = make_encoder(settings().encoder)
    name = encoder.name if encoder else ""
    if rollback:
        former = roll_back(name)
        _record("model.rolled-back", former)
        _say_rolled_back(former, as_json=as_json)
        return
    if replay:
        _replay(encoder, replay, as_json=as_json)
        return
    from rich.progress import Progress

    in_force = model_in_force(name)
    try:
        with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
            bar = progress.add_task(_("배우는 중"), total=1.0)
            result = learn_again(
                encoder,
                in_force,
                now(),
                dry_run=dry_run,
                progress=lambda share: progress.update(bar, completed=share),
            )
    except NothingToLearnError:
        fail(
            _(
                "배울 것이 아직 없습니다. `monitor learn` 으로 지난 호를 읽히거나, 대기열에서 결정을 내리십시오."
            ),
            code=1,
        )
    if result.promoted:
        _record("model.promoted", result.name)
    if as_json:
        print_json(result.as_dict())
        return
    print_table(
        _("새 모델과 지금 모델"),
        (_("지표"), _("지금"), _("새 모델")),
        ((name, _figure(result.before[name]), _figure(result.after.get(name))) for name in result.before),
    )
    if result.promoted:
        console.print(_("{name}: 이제부터 씁니다.").format(name=result.name), markup=False)
    else:
        console.print(_("바꾸지 않았습니다: {reason}").format(reason=result.reason), markup=False)


def _replay(encoder: "Encoder | None", name: str, *, as_json: bool) -> None:
    """Rehearses last month with a kept model, and says what would have been."""
    from rich.progress import Progress

    from classifiers.serving.loading import models_folder
    from classifiers.taxonomy import taxonomy
    from classifiers.training.rehearsal import kept_versions, rehearsal_of, rehearse
    from review.quality.month import replay
    from review.quality.sampling import LINE

    known = kept_versions(models_folder(), encoder.name if encoder else "")
    if name not in known:
        message = _("{name}: 없는 모델입니다. {known} 가운데 하나를 적으십시오.")
        fail(message.format(name=name, known=", ".join(known)), code=2)
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        bar = progress.add_task(_("견주는 중"), total=1.0)
        for share in rehearse(models_folder(), encoder, name, now()):
            progress.update(bar, completed=share)
    found = rehearsal_of(models_folder(), name)
    assert found is not None, "just written"
    result = replay(found, name, LINE, now())
    if as_json:
        print_json({"name": name, "threshold": LINE, **asdict(result)})
        return
    month, columns = result.comparison, (_("그때"), _("이 모델"))
    print_table(
        _("{name}: 지난달 글 {n}건, 그 가운데 결정하신 것 {decided}건").format(
            name=name, n=result.stories, decided=result.decided
        ),
        (_("기준 {percent}").format(percent=round(100 * LINE)), *columns),
        (
            (_("기준 이상"), month.before.above, month.after.above),
            (_("놓쳤을 후보"), month.before.missed, month.after.missed),
            (_("안 봐도 됐을 제외"), month.before.spared, month.after.spared),
            (_("새로 들어올 글"), "", len(month.entering)),
            (_("빠질 글"), "", len(month.leaving)),
        ),
    )
    if result.learned:
        message = _(
            "결정하신 것 가운데 {learned}건은 이 모델이 이미 배운 것입니다. 놓쳤을 후보와 안 봐도 됐을 제외는 실제보다 좋게 나옵니다."
        )
        console.print(message.format(learned=result.learned), markup=False)
    print_table(
        _("바뀔 주제"),
        (_("주제"), _("새로 붙을 글"), _("떨어질 글")),
        ((taxonomy().name(row.topic), row.added, row.removed) for row in result.topics[:TOPICS]),
    )


def _record(kind: str, name: str) -> None:
    from review.accounts.actions import by_command_line

    by_command_line(kind, name)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _say_rolled_back(name: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": name or None})
    elif name:
        console.print(_("{name}: 이 모델로 되돌렸습니다.").format(name=name), markup=False)
    else:
        console.print(_("처음에 딸려 온 모델로 되돌렸습니다."))
