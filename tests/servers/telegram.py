"""A local server that speaks as much of the Bot API as the program uses, with every fault that the real one has."""

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

TOKEN = "123456789:TEST-token-of-the-local-server-00000000"  # noqa: S105 -- no secret


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
    """A message that a chat has."""

    chat: str
    text: str
    message_id: int
    at: float
    fields: dict[str, Any]


class TelegramServer:
    """`with TelegramServer() as telegram: telegram.faults["42"] = [Fault(429, …)]`; faults of a chat are used up in order."""

    def __init__(self) -> None:
        self.delivered: list[Delivered] = []
        self.calls: list[tuple[str, dict[str, Any], float]] = []
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        #: What getUpdates gives next.
        self.updates: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer._answer(self)

            do_GET = do_POST

            def log_message(self, *_args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_args: Any) -> None:
                """Dropped connections are what many tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def texts(self, chat: int | str) -> list[str]:
        return [message.text for message in self.delivered if message.chat == str(chat)]

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        _, bot, method = request.path.partition("?")[0].split("/", 2)
        with self._lock:
            self.calls.append((method, form, time.monotonic()))
        if bot != f"bot{TOKEN}":
            self._reply(request, 401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        elif method == "sendMessage":
            self._send_message(request, form)
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

    def _send_message(self, request: BaseHTTPRequestHandler, form: dict[str, Any]) -> None:
        chat = form["chat_id"]
        with self._lock:
            fault = self.faults[chat].pop(0) if self.faults[chat] else Fault()
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
            answer = {"ok": False, "error_code": fault.status, "description": fault.description}
            if fault.parameters:
                answer["parameters"] = fault.parameters
            self._reply(request, fault.status, answer)
            return
        with self._lock:
            number = len(self.delivered) + 1
            self.delivered.append(Delivered(chat, form["text"], number, time.monotonic(), form))
        if fault.drop == "after":
            self._drop(request)
            return
        result = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": int(chat), "type": "private"},
            "text": form["text"],
        }
        self._reply(request, 200, {"ok": True, "result": result})

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
