"""A local mail server (aiosmtpd) with the faults that real ones have."""

import asyncio
import logging
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Fault:
    """What one letter meets instead of being taken."""

    #: "MAIL", "RCPT" or "DATA".
    step: str = "DATA"
    #: Such as "450 4.2.0 greylisted"; empty for none.
    reply: str = ""
    #: "before": the connection ends without the letter being taken; "after": it is taken, and then the connection ends.
    drop: str = ""
    #: Seconds until the answer; the letter is taken before.
    delay: float = 0.0


@dataclass(frozen=True)
class Letter:
    """A letter that a mailbox has."""

    sender: str
    to: str
    body: bytes
    #: Whether its sender was told that it was taken, so far as we know.
    answered: bool = True

    @property
    def message(self) -> EmailMessage:
        """The letter, parsed."""
        return message_from_bytes(self.body, policy=default)  # type: ignore[return-value]

    @property
    def message_id(self) -> str:
        """Its Message-ID; "None" where it has none."""
        return str(self.message["Message-ID"])

    def text(self, kind: str) -> str:
        """Its "plain" or "html" text, lines ended by LF."""
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class SmtpServer:
    """`with SmtpServer() as mail: mail.faults["a@b.kr"] = [Fault("RCPT", "550 5.1.1 no such user")]`.

    A mailbox' faults are used up in order; `fault` may give one to any letter.
    """

    letters: list[Letter] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    fault: Callable[[str], Fault | None] = lambda _to: None
    #: Asked for before a letter is taken, where set.
    password: str = ""
    tls: ssl.SSLContext | None = None
    #: Every letter that came as far as DATA.
    tries: int = 0
    #: Who tried to sign in.
    signed_in: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._loop = asyncio.new_event_loop()
        started = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._server = self._loop.run_until_complete(
                self._loop.create_server(self._session, "127.0.0.1", 0)
            )
            self._port = int(self._server.sockets[0].getsockname()[1])
            started.set()
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert started.wait(5)
        return self

    def __exit__(self, *_exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return self._port

    @property
    def url(self) -> str:
        """Its address, as SMTP_URL wants it."""
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Letter]:
        """A mailbox' letters, in the order in which they came."""
        return [letter for letter in self.letters if letter.to == address]

    def _session(self) -> SMTP:
        return SMTP(
            _Handler(self),
            hostname="mail.example.kr",
            loop=self._loop,
            tls_context=self.tls,
            require_starttls=self.tls is not None,
            authenticator=self._authenticate if self.password else None,
            auth_required=bool(self.password),
            auth_require_tls=False,
            timeout=30,
        )

    def _authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in.append(data.login.decode())
        return AuthResult(success=data.password.decode() == self.password, handled=False)


class _Handler:
    def __init__(self, mail: SmtpServer) -> None:
        self._mail = mail
        self._fault: Fault | None = None

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._mail.faults["MAIL"].pop(0).reply if self._mail.faults["MAIL"] else "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        own = self._mail.faults[address]
        self._fault = own.pop(0) if own else self._mail.fault(address)
        if self._fault and self._fault.step == "RCPT" and self._fault.reply:
            return self._fault.reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        fault = self._fault or Fault()
        self._mail.tries += 1
        if fault.drop == "before":
            server.transport.abort()
            return ""
        if fault.reply:
            return fault.reply
        assert isinstance(envelope.content, bytes)
        self._mail.letters.append(
            Letter(envelope.mail_from or "", envelope.rcpt_tos[0], envelope.content, fault.drop != "after")
        )
        await asyncio.sleep(fault.delay)
        if fault.drop == "after":
            server.transport.abort()
            return ""
        return f"250 2.0.0 queued as {len(self._mail.letters)}"
