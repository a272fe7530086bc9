"""One event a line on standard error, with its fields; no secret ever among them.

Telegram's addresses carry the bot token (https://core.telegram.org/bots/api#authorizing-your-bot), and httpx logs
whole addresses at INFO: so its loggers are quietened *and* every line passes the redaction below.
"""

import logging
import re
import sys
import warnings
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
#: A bot token wherever it stands, and credentials inside an address.
_TOKEN = re.compile(r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{30,}")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
#: Loggers that say at INFO what belongs to DEBUG.
_NOISY = ("httpx", "httpcore", "apscheduler", "telegram", "hpack", "uvicorn.access", "filelock", "asyncio")


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` with bot tokens, credentials in addresses and the given secrets replaced by "***"."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return _CREDENTIALS.sub("***@", _TOKEN.sub("***", text))


def one_line(text: str) -> str:
    """`text` with control characters escaped, so that one event stays one line whatever a feed put into it."""
    return text.translate(_CONTROL)


class _Redaction:
    """The structlog processor that keeps secrets and line breaks out of the finished line."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self.secrets = secrets

    def __call__(self, _logger: WrappedLogger, _method: str, line: Any) -> str:
        event, newline, traceback = line.partition("\nTraceback ")
        return redact(one_line(event) + newline + traceback, self.secrets)


def _logfmt(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> str:
    """`12:00:01 warning poll source=meti status=error reason="HTTP 503"`."""
    time, level, event = event_dict.pop("timestamp"), event_dict.pop("level"), event_dict.pop("event")
    traceback = event_dict.pop("exception", "")
    fields = (f"{key}={_value(value)}" for key, value in event_dict.items() if value is not None)
    line = " ".join((time, f"{level:7}", str(event), *fields))
    return f"{line}\n{traceback}" if traceback else line


def _value(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if not text or re.search(r'[\s"=]', text) else text


def configure(style: str = "text", secrets: tuple[str, ...] = (), level: int = logging.INFO) -> None:
    """Sends structlog's and the libraries' events to standard error, as text or as JSON, redacted."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if style == "json" else "%H:%M:%S", utc=style == "json"),
        structlog.processors.format_exc_info,
    ]
    last = structlog.processors.JSONRenderer(ensure_ascii=False) if style == "json" else _logfmt
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                last,
                _Redaction(secrets),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Static files are small and come from memory: that WhiteNoise streams them synchronously costs nothing.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    # It warns whenever a step is still busy at its next tick, which is how a busy step is meant to be left alone;
    # what fails or is missed our own listener says (`monitor.clock`).
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


logger = structlog.stdlib.get_logger()
