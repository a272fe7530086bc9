"""`monitor train`: learning again from what is known."""

from typing import Annotated

import typer

from monitor.cli.collect import now
from monitor.cli.common import AsJson, console, errors, fail, prepare, print_json, print_table
from monitor.i18n import _


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        help=_("지난 호와 편집자의 결정에서 다시 배웁니다. 전보다 못하지 않을 때만 새 모델을 씁니다.")
    )(train)


def train(
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("견주기만 하고 바꾸지 않습니다."))] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help=_("바로 앞의 모델로 되돌립니다."))] = False,
    as_json: AsJson = False,
) -> None:
    """`monitor train`."""
    prepare()
    from classifiers.encoders import make_encoder
    from classifiers.loading import model_in_force, models_folder
    from classifiers.training import NothingToLearnError
    from classifiers.training import rollback as roll_back
    from classifiers.training import train as learn_again
    from classifiers.versions import active_name
    from monitor.config import settings

    encoder = make_encoder(settings().encoder)
    name = encoder.name if encoder else ""
    if rollback:
        _say_rolled_back(roll_back(name), as_json=as_json)
        return
    from rich.progress import Progress

    in_force = model_in_force(name, active_name(models_folder(), name))
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
    if as_json:
        print_json(result.as_dict())
        return
    print_table(
        _("새 모델과 지금 모델"),
        (_("잣대"), _("지금"), _("새 모델")),
        ((name, _figure(result.before[name]), _figure(result.after.get(name))) for name in result.before),
    )
    if result.promoted:
        console.print(_("{name}: 이제부터 씁니다.").format(name=result.name), markup=False)
    else:
        console.print(_("바꾸지 않았습니다: {reason}").format(reason=result.reason), markup=False)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _say_rolled_back(name: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": name or None})
    elif name:
        console.print(_("{name}: 이 모델로 되돌렸습니다.").format(name=name), markup=False)
    else:
        console.print(_("처음에 딸려 온 모델로 되돌렸습니다."))
