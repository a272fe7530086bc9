"""One event a line on standard error, with its fields; no secret ever among them.

Telegram's addresses carry the bot token (https://core.telegram.org/bots/api#authorizing-your-bot), and httpx logs
whole addresses at INFO: so its loggers are quietened *and* every line passes the redaction below.
"""

import base64
import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import structlog
from structlog.typing import EventDict, WrappedLogger

from monitor.errors import ConfigError, Problem

#: What would end a line, move the cursor or turn the reading direction, as escapes that JSON has, too.
_CONTROL = {code: f"\\x{code:02x}" for code in range(0x20)} | {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF,
    )
}  # fmt: skip
#: A bot token wherever it stands, and credentials inside an address.
_TOKEN = re.compile(r"(?<!\d)\d{5,}(?::|%3A)[A-Za-z0-9_-]{30,}", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
#: What opens something to whoever has the address: a feed's token, a sign-in link's, an unsubscribe link's.
_CAPABILITY = re.compile(
    r"((?:[?&]|%3F|%26)token(?:=|%3D)|/(?:signin|unsubscribe)/)[\w.:=-]{16,}", re.IGNORECASE
)
#: Loggers that say at INFO what belongs to DEBUG.
_NOISY = (
    "httpx",
    "httpcore",
    "apscheduler",
    "telegram",
    "hpack",
    "uvicorn.access",
    "filelock",
    "asyncio",
    "procrastinate",
)


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` with bot tokens, credentials in addresses and the given secrets replaced by "***"."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return _CAPABILITY.sub(r"\1***", _CREDENTIALS.sub("***@", _TOKEN.sub("***", text)))


def spellings(secret: str) -> set[str]:
    """How a secret may stand in a line: as it is, percent-encoded, in JSON, in Base64; of an address its password, too.

    None of three letters or fewer: those stand in every line.
    """
    known = {secret}
    if "://" in secret and (password := urlsplit(secret).password):
        known |= {password, unquote(password)}
    spelt = {
        spelling
        for one in known
        for spelling in (one, quote(one), quote(one, safe=""), json.dumps(one)[1:-1], repr(one)[1:-1])
    }
    # A password of three letters hides in every line; taking it out would tell it.
    return {one for one in spelt if len(one) > 3} | {core for one in known for core in _in_base64(one)}


def _in_base64(secret: str) -> Iterator[str]:
    """What stands in Base64 wherever the secret stands in what was encoded: the letters that hang on it alone."""
    for before in range(3):
        plain = b" " * before + secret.encode()
        core = base64.b64encode(plain)[-(-8 * before // 6) : 8 * len(plain) // 6].decode()
        if len(core) >= 8:
            yield from (core, core.translate(str.maketrans("+/", "-_")))


def one_line(text: str) -> str:
    """`text` with control characters escaped, so that one event stays one line whatever a feed put into it."""
    return text.translate(_CONTROL)


class _Redaction:
    """The structlog processor that keeps secrets out of the finished line."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        # The longest first: an address before the password that stands in it.
        every = {spelling for secret in secrets for spelling in spellings(secret)}
        self.secrets = tuple(sorted(every, key=len, reverse=True))

    def __call__(self, _logger: WrappedLogger, _method: str, line: Any) -> str:
        return redact(line, self.secrets)


def _logfmt(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> str:
    """`12:00:01 warning poll source=meti status=error reason="HTTP 503"`; a traceback follows, every line indented.

    So no line that begins at the margin is anything but an event of ours, whatever a feed put into an error's text.
    """
    time, level, event = event_dict.pop("timestamp"), event_dict.pop("level"), event_dict.pop("event")
    traceback = event_dict.pop("exception", "")
    fields = (f"{key}={_value(value)}" for key, value in event_dict.items() if value is not None)
    line = one_line(" ".join((time, f"{level:7}", str(event), *fields)))
    below = (f"\n    {one_line(text)}" for text in traceback.split("\n")) if traceback else ()
    return "".join((line, *below))


def _json(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> str:
    """One object a line; what JSON would let through is escaped as JSON does."""
    return one_line(json.dumps(event_dict, ensure_ascii=False, default=str))


def _value(value: Any) -> str:
    text = str(value)
    if text and not re.search(r'[\s"=\\]', text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class LogFile(RotatingFileHandler):
    """A file that its owner alone reads; at ten megabytes a new one begins, and the last five stay beside it."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            file, maxBytes=10_000_000, backupCount=5, encoding="utf-8", errors="backslashreplace"
        )

    def _open(self) -> Any:
        return open(
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors,
            opener=lambda path, flags: os.open(path, flags, 0o600),
        )  # fmt: skip


def configure(
    style: str = "text", secrets: tuple[str, ...] = (), level: int = logging.INFO, file: Path | None = None
) -> None:
    """Sends structlog's and the libraries' events to standard error, and to `file`, as text or as JSON, redacted.

    Raises:
        ConfigError: the file cannot be written.
    """
    # A terminal's lines are of today; a file's may be of last month.
    moment = "iso" if style == "json" else "%Y-%m-%d %H:%M:%S" if file else "%H:%M:%S"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt=moment, utc=style == "json"),
        structlog.processors.format_exc_info,
    ]
    last = _json if style == "json" else _logfmt
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            last,
            _Redaction(secrets),
        ],
    )
    root = logging.getLogger()
    for handler in root.handlers:
        if isinstance(handler, LogFile):
            handler.close()
    root.handlers = [logging.StreamHandler(sys.stderr), *_log_file(file)]
    for handler in root.handlers:
        handler.setFormatter(formatter)
    # A line that cannot be written (a full disk, a closed pipe) is lost: logging would else print what it was made of,
    # secrets and all.
    logging.raiseExceptions = False
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Static files are small and come from memory: that WhiteNoise streams them synchronously costs nothing.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    # It warns whenever a step is still busy at its next tick, which is how a busy step is meant to be left alone;
    # what fails or is missed our own listener says (`monitor.clock`).
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    # Nor does a step fail that is cancelled before it begins, as when the program stops.
    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)
    # An answer in HTML, as of a gateway, is told by whoever asked, without the traceback.
    logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)


def _log_file(file: Path | None) -> list[logging.Handler]:
    if file is None:
        return []
    try:
        return [LogFile(file)]
    except OSError as error:
        problem = Problem("environment", 0, "MONITOR_LOG_FILE", f"{file} cannot be written: {error.strerror}")
        raise ConfigError([problem]) from error


#: `logger.info("event", field=value)`: the same field means the same thing everywhere.
logger = structlog.stdlib.get_logger()
