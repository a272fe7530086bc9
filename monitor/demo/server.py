"""The demo's sources as a web server on this machine."""

import hashlib
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from monitor.demo.day import SOURCES, DemoSource, every_item, published
from monitor.demo.rendering import RENDERERS, article

_BY_ID = {source.id: source for source in SOURCES}
#: What a format of ours is called in sources.yaml.
_FORMATS = {"json_feed": "json_feed", "listing-ja": "listing", "listing-ko": "listing"}


class RecordedDay:
    """`with RecordedDay() as day:` serves the day from now on, at `day.host`."""

    def __enter__(self) -> Self:
        self._started_at = datetime.now(UTC)
        self._articles = every_item(self._started_at)
        day = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                day._answer(self)

            def log_message(self, *_arguments: Any) -> None:
                """The program's own log tells of polls."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_arguments: Any) -> None:
                """The poller hangs up on connections that it needs no more: nothing that an onlooker should read of."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        """Host and port, as MONITOR_ALLOW_HOSTS wants them."""
        return f"127.0.0.1:{self._server.server_port}"

    def sources_yaml(self) -> str:
        """The stanzas of the demo's sources; one of them leads nowhere, so that there is a fault to look at."""
        stanzas = [self._stanza(source, f"/{source.id}/feed") for source in SOURCES]
        lost = DemoSource(
            "closed", "문 닫은 피드", "문 닫은 피드", "KR", "ko", "Asia/Seoul", "rss2", "문 닫은 피드"
        )
        return "\n".join([*stanzas, self._stanza(lost, "/closed")])

    def _stanza(self, source: DemoSource, path: str) -> str:
        form = _FORMATS.get(source.form, "feed")
        listing = (
            '\n  listing: {row: "ul.list > li", title: a, link: a, date: p, min_rows: 1}'
            if form == "listing"
            else ""
        )
        return (
            f"- id: {source.id}\n  name: {source.name}\n  organisation: {source.organisation}\n  country: {source.country}\n"
            f"  language: {source.language}\n  url: http://{self.host}{path}\n  format: {form}{listing}\n"
            f"  timezone: {source.timezone}\n  interval: {{min: 2s, max: 5s}}\n  citation: {{name: {source.citation}}}\n"
        )

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        source = _BY_ID.get(path.split("/")[1])
        if source and path == f"/{source.id}/feed":
            items = published(source.id, self._started_at, datetime.now(UTC))
            body, content_type = RENDERERS[source.form](source, items, f"http://{self.host}")
            self._reply(request, 200, body, content_type)
        elif source and path in self._articles:
            self._reply(request, 200, article(self._articles[path], source), "text/html; charset=utf-8")
        else:
            self._reply(request, 404, "데모에 없는 페이지입니다.".encode(), "text/plain; charset=utf-8")

    @staticmethod
    def _reply(request: BaseHTTPRequestHandler, status: int, body: bytes, content_type: str) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        known = status == 200 and request.headers.get("if-none-match") == etag
        request.send_response(304 if known else status)
        if status == 200:
            request.send_header("ETag", etag)
        if not known:
            request.send_header("Content-Type", content_type)
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if not known:
            request.wfile.write(body)
