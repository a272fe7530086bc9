"""What stands in front of the pages, by raw sockets: bodies and heads that are long, slow or never end."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from monitor import front
from monitor.front import Bounded, Front, config

LONGEST = 100_000
WITHIN = 0.4


class Quick(Front):
    """With less patience and less room than the real one."""

    head_within = WITHIN
    most_connections = 12


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Reads a body to its end, as Django does, and tells its length."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    said = str(length).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", str(len(said)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": said})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """One server for the whole module."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config(Bounded(echo, LONGEST, WITHIN), Quick))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(5)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def answer_of(link: socket.socket) -> bytes:
    """Everything until the other side closes."""
    said = b""
    try:
        while more := link.recv(65536):
            said += more
    except ConnectionError:
        pass
    return said


def post(
    port: int, *parts: bytes, head: bytes = b"Transfer-Encoding: chunked\r\n", pause: float = 0
) -> tuple[bytes, float]:
    """The answer to a POST whose body comes in parts, and how long it took; what we may no longer send we do not."""
    begun = time.monotonic()
    with connect(port) as link:
        link.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + head + b"\r\n")
        try:
            for part in parts:
                link.sendall(part)
                if pause:
                    time.sleep(pause)
        except ConnectionError:
            pass
        return answer_of(link), time.monotonic() - begun


def asked_again(link: socket.socket) -> bytes:
    """The answer to one request on a connection that stays."""
    link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    said = b""
    while not said.endswith(b"\r\n\r\n0"):
        said += link.recv(65536)
    return said


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1]) if said else 0


CHUNK = b"2710\r\n" + b"x" * 10_000 + b"\r\n"


def test_a_body_that_fits_comes_whole(port: int) -> None:
    said, _took = post(port, *[CHUNK] * 10, b"0\r\n\r\n")
    assert said.endswith(b"\r\n\r\n100000")
    said, _took = post(port, b"y" * 9, head=b"Content-Length: 9\r\n")
    assert said.endswith(b"\r\n\r\n9")
    assert b"server:" not in said.lower()


def test_a_body_that_says_it_is_too_long_is_not_read(port: int) -> None:
    said, took = post(port, head=f"Content-Length: {LONGEST + 1}\r\n".encode())
    assert status(said) == 413
    assert "요청이 너무 깁니다".encode() in said
    assert took < WITHIN


def test_chunks_without_end_are_cut_off_at_the_limit(port: int) -> None:
    said, took = post(port, *[CHUNK] * 2000)
    assert status(said) in {413, 0}, "413, unless it was lost with what we still sent"
    assert took < 5


def test_one_byte_over_is_too_long(port: int) -> None:
    said, _took = post(port, *[CHUNK] * 10, b"1\r\nx\r\n0\r\n\r\n")
    assert status(said) == 413


def test_a_body_that_drips_has_its_time_in_all_not_between_two_drops(port: int) -> None:
    said, took = post(port, *[b"1\r\nx\r\n"] * 12, pause=WITHIN / 6)
    assert status(said) == 408
    assert took < 4 * WITHIN


def test_a_body_that_never_comes(port: int) -> None:
    said, took = post(port, head=b"Content-Length: 10\r\n")
    assert status(said) == 408
    assert WITHIN * 0.9 < took < 3 * WITHIN


@pytest.mark.parametrize("begins", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_never_ends_is_hung_up_on(port: int, begins: bytes) -> None:
    begun = time.monotonic()
    with connect(port) as link:
        link.sendall(begins)
        assert answer_of(link) == b""
    assert WITHIN * 0.9 < time.monotonic() - begun < 3 * WITHIN


def test_a_head_that_drips_is_too(port: int) -> None:
    begun = time.monotonic()
    with connect(port) as link, pytest.raises(ConnectionError):
        for byte in b"GET / HTTP/1.1\r\nX: " + b"a" * 100:
            link.sendall(bytes([byte]))
            time.sleep(WITHIN / 10)
    assert time.monotonic() - begun < 3 * WITHIN


def test_the_second_head_of_a_connection_has_no_more_time(port: int) -> None:
    with connect(port) as link:
        assert status(asked_again(link)) == 200
        begun = time.monotonic()
        link.sendall(b"GET / HTTP/1.1\r\nX")
        assert answer_of(link) == b""
    assert time.monotonic() - begun < 3 * WITHIN


def test_a_connection_that_is_kept_serves_more_than_one(port: int) -> None:
    with connect(port) as link:
        for _ in range(3):
            assert status(asked_again(link)) == 200


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"X: " + b"a" * 2 * front.LONGEST_HEAD, id="one long field"),
        pytest.param(b"\r\n".join(b"X%d: a" % n for n in range(9000)), id="many fields"),
        pytest.param(b"Content-Length: 5\r\nContent-Length: 6", id="two lengths"),
        pytest.param(b"Content-Length: -1", id="a length below nothing"),
        pytest.param(
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x", id="smuggled"
        ),
        pytest.param(b"X: a\0b", id="a null"),
    ],
)
def test_a_head_that_is_too_long_or_no_head_is_refused(port: int, head: bytes) -> None:
    with connect(port) as link:
        try:
            link.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        except ConnectionError:
            return
        said = answer_of(link)
    assert status(said) in {400, 431, 501, 0}
    assert b"Traceback" not in said


def test_more_connections_than_there_is_room_for_are_dropped_and_the_next_is_served(port: int) -> None:
    links = [connect(port) for _ in range(30)]
    try:
        time.sleep(0.1)
        dropped = 0
        for link in links:
            link.setblocking(False)
            try:
                dropped += link.recv(1) == b""
            except BlockingIOError:
                pass
            except ConnectionError:
                dropped += 1
        assert dropped == len(links) - Quick.most_connections
    finally:
        for link in links:
            link.close()
    for _try in range(20):
        said, _took = post(port, b"0\r\n\r\n")
        if status(said) == 200:
            return
        time.sleep(0.05)
    pytest.fail("nobody is served any more")


def test_the_pages_stand_behind_it() -> None:
    from monitor.asgi import application

    assert isinstance(application, Bounded)
    served = config(application)
    assert (served.server_header, served.http) == (False, Front)
    assert served.h11_max_incomplete_event_size == front.LONGEST_HEAD
