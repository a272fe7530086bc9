"""A web server on this machine that sleeps until somebody comes, and ends at once.

`serve_forever` looks up again and again whether it should end; where fifty stand side by side, that is all they do.
"""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class WaitingServer(ThreadingHTTPServer):
    """Serves at a port of its own from its start to its end."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._ending = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        """Begins to answer, on a thread of its own."""
        self._thread.start()

    def end(self) -> None:
        """Answers no more, and gives the port back."""
        self._ending = True
        # Somebody comes, so that it wakes.
        socket.create_connection(self.server_address[:2]).close()
        self._thread.join()
        self.server_close()

    def verify_request(self, _request: Any, _address: Any) -> bool:
        """Whether to answer: not the connection that only wakes the server."""
        return not self._ending

    def handle_error(self, _request: Any, _address: Any) -> None:
        """Clients that hang up are what many tests are about."""

    def _serve(self) -> None:
        while not self._ending:
            self.handle_request()
