"""A local server that speaks as much of the Bot API as the program uses, with every fault that the real one has."""

import html
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Self
from urllib.parse import parse_qs

from tests.servers.waiting import WaitingServer

TOKEN = "123456789:TEST-token-of-the-local-server-00000000"  # noqa: S105 -- no secret
_WRITING = ("sendMessage", "editMessageText")


@dataclass
class Fault:
    """What one call gets instead of an answer."""

    status: int = 200
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    #: "before": the connection ends without the message being taken; "after": it is taken, and then the connection ends.
    drop: str = ""
    delay: float = 0.0
    body: bytes | None = None


@dataclass(frozen=True)
class Delivered:
    """A message that a chat has, as it was sent or edited."""

    chat: str
    text: str
    message_id: int
    at: float
    fields: dict[str, Any]

    @property
    def thread(self) -> str:
        """The thread that it stands in; empty for none."""
        return self.fields.get("message_thread_id", "")

    @property
    def buttons(self) -> list[dict[str, str]]:
        """Every button under it, row after row."""
        markup = json.loads(self.fields.get("reply_markup", "{}"))
        return [button for row in markup.get("inline_keyboard", []) for button in row]


class TelegramServer:
    """`with TelegramServer() as telegram: telegram.faults["42"] = [Fault(429, …)]`; faults of a chat are used up in order."""

    def __init__(self) -> None:
        self.delivered: list[Delivered] = []
        self.edited: list[Delivered] = []
        self.calls: list[tuple[str, dict[str, Any], float]] = []
        #: Of sendMessage by chat, and of editMessageText.
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.edit_faults: dict[str, list[Fault]] = defaultdict(list)
        #: Of any other method, by its name: only `status`, `description` and `parameters` count.
        self.method_faults: dict[str, list[Fault]] = defaultdict(list)
        #: What getUpdates gives next.
        self.updates: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body are two writes: without this the second waits for the client's delayed ACK.
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                outer._answer(self)

            do_GET = do_POST

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = WaitingServer(Handler)
        self._server.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._server.end()

    @property
    def url(self) -> str:
        """Its address, as TELEGRAM_API_URL wants it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def texts(self, chat: int | str) -> list[str]:
        """What was sent to a chat, as it was sent."""
        return [message.text for message in self.delivered if message.chat == str(chat)]

    def seen(self, chat: int | str) -> list[Delivered]:
        """What stands in a chat now, edits included, in the order in which it was sent."""
        now = {message.message_id: message for message in (*self.delivered, *self.edited)}
        return [now[number] for number in sorted(now) if now[number].chat == str(chat)]

    def arrivals(self) -> list[tuple[float, str]]:
        """When a message or an edit arrived for which chat, taken or not."""
        calls = list(self.calls)
        return sorted((at, form.get("chat_id", "")) for method, form, at in calls if method in _WRITING)

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        _, bot, method = request.path.partition("?")[0].split("/", 2)
        with self._lock:
            self.calls.append((method, form, time.monotonic()))
        if bot != f"bot{TOKEN}":
            self._reply(request, 401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        elif method in _WRITING:
            self._write(request, method, form)
        elif self.method_faults[method]:
            fault = self.method_faults[method].pop(0)
            self._refuse(request, fault.description, fault.status, fault.parameters)
        elif method == "getMe":
            self._reply(
                request,
                200,
                {
                    "ok": True,
                    "result": {"id": 1, "is_bot": True, "first_name": "B", "username": "bulletin_bot"},
                },
            )
        elif method == "getUpdates":
            with self._lock:
                offset = int(form.get("offset", 0))
                waiting = [update for update in self.updates if update["update_id"] >= offset]
            if not waiting:
                self._stop.wait(min(float(form.get("timeout", 0)), 0.3))
            self._reply(request, 200, {"ok": True, "result": waiting})
        else:
            self._reply(request, 200, {"ok": True, "result": True})

    def _write(self, request: BaseHTTPRequestHandler, method: str, form: dict[str, Any]) -> None:
        chat = form["chat_id"]
        faults = self.faults if method == "sendMessage" else self.edit_faults
        with self._lock:
            fault = faults[chat].pop(0) if faults[chat] else Fault()
        self._stop.wait(fault.delay)
        if fault.drop == "before":
            self._drop(request)
            return
        if fault.body is not None:
            request.send_response(fault.status)
            request.send_header("Content-Length", str(len(fault.body)))
            request.end_headers()
            request.wfile.write(fault.body)
            return
        if fault.status != 200:
            self._refuse(request, fault.description, fault.status, fault.parameters)
            return
        refusal = _refusal(form)
        with self._lock:
            if not refusal:
                refusal, number = self._edit(form) if method == "editMessageText" else self._send(form)
        if refusal:
            self._refuse(request, refusal)
            return
        if fault.drop == "after":
            self._drop(request)
            return
        result = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": int(chat), "type": "supergroup" if chat.startswith("-") else "private"},
            "text": form["text"],
        }
        self._reply(request, 200, {"ok": True, "result": result})

    def _send(self, form: dict[str, Any]) -> tuple[str, int]:
        number = len(self.delivered) + 1
        self.delivered.append(Delivered(form["chat_id"], form["text"], number, time.monotonic(), form))
        return "", number

    def _edit(self, form: dict[str, Any]) -> tuple[str, int]:
        number = int(form["message_id"])
        before = {message.message_id: message for message in self.seen(form["chat_id"])}.get(number)
        if before is None:
            return "Bad Request: message to edit not found", number
        changing = ("text", "reply_markup", "parse_mode")
        if all(before.fields.get(name) == form.get(name) for name in changing):
            return "Bad Request: message is not modified: specified new message content is the same", number
        self.edited.append(Delivered(form["chat_id"], form["text"], number, time.monotonic(), form))
        return "", number

    def _refuse(
        self,
        request: BaseHTTPRequestHandler,
        description: str,
        status: int = 400,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        answer: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        self._reply(request, status, answer | ({"parameters": parameters} if parameters else {}))

    @staticmethod
    def _drop(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.connection.close()

    @staticmethod
    def _reply(request: BaseHTTPRequestHandler, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


def fastest(arrivals: Iterable[tuple[float, str]]) -> tuple[int, int, int]:
    """The most within a second to one chat, within a minute to one group, and within a second to all."""
    times = list(arrivals)
    chats: dict[str, list[float]] = defaultdict(list)
    for at, chat in times:
        chats[chat].append(at)
    groups = [chats[chat] for chat in chats if chat.startswith("-")]
    return (
        max((_most_within(1.0, own) for own in chats.values()), default=0),
        max((_most_within(60.0, own) for own in groups), default=0),
        _most_within(1.0, [at for at, _chat in times]),
    )


def _most_within(seconds: float, times: list[float]) -> int:
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def _refusal(form: dict[str, Any]) -> str:
    """What Telegram has against a message, by the rules that ours could break."""
    text = form["text"]
    if form.get("parse_mode") == "HTML":
        open_tags = []
        for end, tag in re.findall(r"<(/?)(\w+)[^>]*>", text):
            if not end:
                open_tags.append(tag)
            elif not open_tags or open_tags.pop() != tag:
                return "Bad Request: can't parse entities: unmatched end tag"
        if open_tags:
            return "Bad Request: can't parse entities: can't find end tag"
        text = html.unescape(re.sub(r"<[^>]*>", "", text))
    if len(text.encode("utf-16-le")) // 2 > 4096:
        return "Bad Request: message is too long"
    if not text.strip():
        return "Bad Request: message text is empty"
    markup = json.loads(form.get("reply_markup", "{}"))
    for row in markup.get("inline_keyboard", []):
        for button in row:
            if len(button.get("callback_data", "").encode()) > 64:
                return "Bad Request: BUTTON_DATA_INVALID"
    return ""
