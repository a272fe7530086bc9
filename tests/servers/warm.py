"""Commands in forks of one process that has loaded the libraries, and nothing of the program itself.

Most of what a command costs is the import of its libraries. A fork has an environment, a folder, a Django and a database
of its own as any process has, and imports every module of the program anew. What it shares with others of its kind are
the libraries, and the server from which parsing processes are forked.
"""

import atexit
import contextlib
import gc
import importlib
import json
import multiprocessing
import multiprocessing.forkserver
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
#: What commands import; one that stands missing is only slower.
LIBRARIES = """
    ahocorasick_rs anyio apprise asyncio bs4 charset_normalizer dateutil.parser django.contrib.admin
    django.contrib.auth.hashers django.contrib.messages django.contrib.sessions.serializers
    django.contrib.staticfiles.finders django.core.mail django.core.management django.core.serializers.json
    django.db.backends.sqlite3.base django.db.migrations.executor django.db.models django.forms django.http
    django.template.defaultfilters django.template.loader_tags django.test.signals django.urls
    django.utils.translation.trans_real django.views.generic email.message filelock holidays h11
    httpcore httpx lxml.html nh3 numpy
    pebble protego pydantic.json_schema pydantic_settings rapidfuzz rich.progress rich.table rich.traceback ruamel.yaml
    scipy.sparse sklearn.linear_model skops.io structlog typer.rich_utils yaml
""".split()
#: Seconds after which a command is killed.
PATIENCE = 300


class Warm:
    """A process that waits for commands; ends with the block."""

    def __enter__(self) -> Self:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.servers.warm", str(theirs.fileno())],
                cwd=ROOT, pass_fds=[theirs.fileno()],
            )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()
        self._process.wait(10)

    def run(
        self, *arguments: str, cwd: Path, env: dict[str, str], stdin: str = "", text: bool = True
    ) -> subprocess.CompletedProcess[Any]:
        """`monitor ARGUMENTS` as `subprocess.run` gives it."""
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            files[0].write(stdin.encode())
            files[0].seek(0)
            asked = json.dumps({"arguments": arguments, "cwd": str(cwd), "env": env}).encode()
            socket.send_fds(self._line, [len(asked).to_bytes(4, "big")], [file.fileno() for file in files])
            self._line.sendall(asked)
            self._line.settimeout(PATIENCE + 10)
            code = int.from_bytes(self._line.recv(4, socket.MSG_WAITALL), "big", signed=True)
            written = []
            for file in files[1:]:
                file.seek(0)
                written.append(file.read().decode() if text else file.read())
            return subprocess.CompletedProcess(["monitor", *arguments], code, *written)


def serve(line: socket.socket) -> None:
    """Answers until the other end is closed."""
    while True:
        head, files, _flags, _address = socket.recv_fds(line, 4, 3)
        if not head:
            return
        asked = json.loads(line.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
        child = os.fork()
        if child == 0:
            line.close()
            _become(files, **asked)
        for file in files:
            os.close(file)
        _pid, status = os.waitpid(child, 0)
        line.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))


def _become(files: list[int], arguments: list[str], cwd: str, env: dict[str, str]) -> None:
    """From here on this process is `python -m monitor ARGUMENTS`; it never comes back."""
    signal.alarm(PATIENCE)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w", buffering=1)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["monitor", *arguments]
    _share_parsers()
    code: Any = 0
    try:
        runpy.run_module("monitor", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException as error:  # noqa: BLE001
        sys.excepthook(type(error), error, error.__traceback__)
        code = 1
    # As the interpreter ends; all private, as there is no other way to do it after a fork.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1)


def _share_parsers() -> None:
    """The server that parsing processes are forked from is no child of this process: neither waited for nor ended by it."""
    server: Any = multiprocessing.forkserver._forkserver  # type: ignore[attr-defined]
    server.ensure_running = server._stop = lambda: None


def main() -> None:
    """Loads the libraries, then waits for commands at the socket that it was given."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["monitor.parsers.loaded"])
    multiprocessing.forkserver.ensure_running()
    gc.disable()
    for name in LIBRARIES:
        importlib.import_module(name)
    # As `monitor.heap.loading`, of which this process is to know nothing: a fork looks for garbage among its own things.
    gc.freeze()
    gc.enable()
    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
