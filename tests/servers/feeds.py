"""A local web server of feeds and pages: conditional requests, and every way to misbehave that a test asks for."""

import gzip
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

from tests.servers.waiting import WaitingServer


@dataclass
class Page:
    """What one path answers."""

    body: bytes = b""
    content_type: str = "application/xml"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Whether it has an ETag and answers 304 to it.
    validators: bool = True
    gzip: bool = False
    #: Seconds before the first byte.
    delay: float = 0.0
    #: "", "reset", "drip" (a byte every 50 ms), "drip-headers", "endless", "short" (less than Content-Length), "silent"
    misbehave: str = ""

    @property
    def etag(self) -> str:
        """The body's entity tag (RFC 9110, 8.8.3)."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    #: By the monotonic clock.
    at: float


#: A page that looks at the request before it answers: a form, a header, how often it was asked.
Handler = Callable[[Seen], Page]


class FeedServer:
    """A context manager: `with FeedServer() as server: server.pages["/feed"] = Page(...)`."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.handlers: dict[str, Handler] = {}
        self.seen: list[Seen] = []
        self.at_once = 0
        self.most_at_once = 0
        #: Opened so far.
        self.connections = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        outer = self

        class Requests(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                with outer._lock:
                    outer.connections += 1

            def do_GET(self) -> None:
                outer._answer(self)

            do_POST = do_HEAD = do_GET

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = WaitingServer(Requests)
        self._server.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._server.end()

    @property
    def host(self) -> str:
        """Its address with the port, as MONITOR_ALLOW_HOSTS wants it."""
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, path: str) -> str:
        """The address of a path of this server."""
        return f"http://{self.host}{path}"

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("content-length") or 0)
        body = request.rfile.read(length)
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self._lock:
            seen = Seen(request.command, request.path, headers, body, time.monotonic())
            self.seen.append(seen)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            path = request.path.partition("?")[0]
            handler = self.handlers.get(path)
            self._serve(request, handler(seen) if handler else self.pages.get(path), headers)
        finally:
            with self._lock:
                self.at_once -= 1

    def _serve(self, request: BaseHTTPRequestHandler, page: Page | None, headers: Mapping[str, str]) -> None:
        page = page or Page(b"not here", "text/plain", 404)
        self._stop.wait(page.delay)
        if page.misbehave == "reset":
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            request.connection.close()
            request.close_connection = True
            return
        if page.misbehave == "silent":
            self._stop.wait(30)
            return
        if page.validators and page.status == 200 and headers.get("if-none-match") == page.etag:
            request.send_response(304)
            request.send_header("ETag", page.etag)
            request.end_headers()
            return
        body = gzip.compress(page.body, 1) if page.gzip else page.body
        request.send_response(page.status)
        request.send_header("Content-Type", page.content_type)
        if page.validators and page.status == 200:
            request.send_header("ETag", page.etag)
        if page.gzip:
            request.send_header("Content-Encoding", "gzip")
        for name, value in page.headers.items():
            request.send_header(name, value)
        match page.misbehave:
            case "drip-headers":
                request.flush_headers()
                while not self._stop.wait(0.05):
                    request.wfile.write(b"X-Slow: 1\r\n")
            case "drip":
                request.send_header("Content-Length", "1000000")
                request.end_headers()
                while not self._stop.wait(0.05):
                    request.wfile.write(b"x")
            case "endless":
                request.end_headers()
                request.close_connection = True
                while not self._stop.is_set():
                    request.wfile.write(b"x" * 65_536)
            case "short":
                request.send_header("Content-Length", str(len(body) + 100))
                request.end_headers()
                request.wfile.write(body)
                request.close_connection = True
            case _:
                request.send_header("Content-Length", str(len(body)))
                request.end_headers()
                request.wfile.write(body)
