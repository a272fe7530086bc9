"""The command line, `monitor`: the composition root. It may name every package; nothing imports it."""

import sys

from monitor import heap
from monitor.cli import (
    backup,
    collect,
    digest,
    doctor,
    issue,
    learn,
    machines,
    people,
    send,
    serve,
    sources,
    tag,
    tidy,
    train,
)
from monitor.cli.common import fail, stop_quietly
from monitor.cli.wording import Commands
from monitor.errors import ConfigError, Damaged, MonitorError
from monitor.i18n import _

app = Commands(
    name="monitor",
    help=_("두 회보의 소스를 살피고, 주제를 붙이고, 편집자에게 알립니다."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help: boxes take as long to load as everything else, and cut wide letters off at their right edge.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for module in (
    serve,
    machines,
    collect,
    sources,
    tag,
    learn,
    train,
    send,
    digest,
    issue,
    people,
    backup,
    tidy,
    doctor,
):
    module.register(app)


def main() -> None:
    """Runs a command; what is expected to go wrong ends in a sentence and an exit code, never in a traceback.

    Exit code 2 says that settings, files or the usage are wrong, or that the database is damaged; 1 that something failed.
    """
    stop_quietly()
    heap.keep_small()
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        sys.exit(2)
    except Damaged as error:
        fail(str(error), code=2)
    except MonitorError as error:
        fail(str(error), code=1)
