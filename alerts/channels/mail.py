"""Mail through smtplib: replies by their codes, and by where in the dialogue they came, into outcomes.

A lost reply after DATA is tried again: the letter keeps its Message-ID, by which mailboxes drop a second copy.
"""

import asyncio
import smtplib
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from alerts.channels import Channel, Gone, Halted, Outcome, Refused, Retry, Sent
from alerts.channels.letters import letter, mailbox
from alerts.messages import Message
from monitor.config import Settings
from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.texts.text import clean_line
from monitor.threads import in_background

#: Seconds for one step of the dialogue, and for all of it: less than the outbox waits (`alerts.outbox.LONGEST_SEND`).
STEP, WHOLE = 20.0, 50.0
#: Begins the reason of a failure after which the letter may have arrived all the same.
PERHAPS = "perhaps twice: no answer after DATA"
#: A server is not visited by more of us at a time; who waits for more seconds than this for a turn comes again.
AT_ONCE, TURN = 4, 5.0

Tls = Literal["", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server, as SMTP_URL writes it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    #: TLS from the first byte (smtps).
    implicit_tls: bool = False
    #: "starttls": not without; "none": never; empty: where the server offers it.
    tls: Tls = ""

    def masked(self, text: str) -> str:
        """`text` without the password, in whatever form a server may repeat it."""
        if self.password:
            forms = (self.password, f"\0{self.user}\0{self.password}")
            for secret in (self.password, *(b64encode(form.encode()).decode() for form in forms)):
                text = text.replace(secret, "***")
        return text


def parse_server(url: str) -> Server:
    """The server that `url` names: smtp://user:password@host:587?tls=starttls, or smtps://….

    Raises:
        ValueError: it names none; the text holds nothing of the address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("no address") from None
    tls = parse_qs(parts.query).get("tls", [""])[0]
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or tls not in {"", "starttls", "none"}:
        raise ValueError("no address")
    return Server(
        parts.hostname,
        port or (465 if parts.scheme == "smtps" else 587 if tls == "starttls" else 25),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        implicit_tls=parts.scheme == "smtps",
        tls=tls,  # type: ignore[arg-type]
    )


def make(settings: Settings) -> "MailChannel":
    """The channel that SMTP_URL and MAIL_FROM make.

    Raises:
        ConfigError: one of the two cannot be read.
    """
    assert settings.smtp_url is not None, "the table asks for it"
    example = "Bulletin Monitor <monitor@example.kr>"
    try:
        server = parse_server(settings.smtp_url.get_secret_value())
    except ValueError:
        message = _(
            "메일 서버의 주소가 아닙니다. smtp://user:password@host:587?tls=starttls 처럼 적으십시오."
        )
        raise ConfigError([Problem("environment", 0, "SMTP_URL", message)]) from None
    try:
        mailbox(settings.mail_from or "")
    except ValueError:
        message = _("SMTP_URL 로 보내려면 보내는 주소가 있어야 합니다. {example} 처럼 적으십시오.")
        raise ConfigError([Problem("environment", 0, "MAIL_FROM", message.format(example=example))]) from None
    return MailChannel(server, settings.mail_from or "")


class MailChannel(Channel):
    """Sends to mailboxes, one letter a recipient and a connection a letter."""

    def __init__(self, server: Server, sender: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._sender = mailbox(sender)
        self._tls = tls or ssl.create_default_context()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def send(self, target: str, message: Message) -> Outcome:
        """Sends one letter to the mailbox `target`."""
        try:
            to = mailbox(target)
        except ValueError as error:
            return Gone(str(error))
        body = letter(message, self._sender, to, datetime.now(UTC))
        try:
            async with asyncio.timeout(TURN):
                await self._turns.acquire()
        except TimeoutError:
            return Retry("other letters are under way", timedelta(seconds=1))
        visit = _Visit(self._server, self._tls)
        try:
            async with asyncio.timeout(WHOLE - TURN):
                return await in_background(lambda: visit.deliver(self._sender.addr_spec, to.addr_spec, body))
        except TimeoutError:
            return visit.failed(f"no answer within {WHOLE - TURN:.0f} s")
        finally:
            visit.give_up()
            self._turns.release()

    async def check(self) -> str:
        """What stands against sending, empty for nothing: connects, encrypts and signs in, and sends no letter."""
        visit = _Visit(self._server, self._tls)
        try:
            async with asyncio.timeout(STEP):
                found = await in_background(visit.look)
        except TimeoutError:
            return f"no answer within {STEP:.0f} s"
        finally:
            visit.give_up()
        return "" if isinstance(found, Sent) else str(getattr(found, "reason", ""))


class _Visit:
    """One connection to the server, on a thread; `give_up` ends it from another."""

    def __init__(self, server: Server, tls: ssl.SSLContext) -> None:
        self._server = server
        self._tls = tls
        self._until = time.monotonic() + WHOLE - TURN
        self._given_up = False
        #: From here on the server may take the letter, whatever it says or does not say.
        self._in_data = False
        self._smtp: smtplib.SMTP | None = None

    def give_up(self) -> None:
        """Ends the connection, if it is still there: nothing is sent after this."""
        self._given_up = True
        if self._smtp is not None:
            # close() takes no notice of a thread that waits for an answer, shutdown() wakes it.
            with suppress(OSError, AttributeError):
                self._smtp.sock.shutdown(2)  # type: ignore[union-attr]
            with suppress(OSError):
                self._smtp.close()

    def deliver(self, sender: str, to: str, body: bytes) -> Outcome:
        """The whole dialogue, and what came of it."""
        return self._outcome_of(lambda: self._open() or self._hand_over(sender, to, body))

    def look(self) -> Outcome:
        """The dialogue as far as the sign-in."""
        return self._outcome_of(lambda: self._open() or Sent(""))

    def _outcome_of(self, dialogue: Callable[[], Outcome]) -> Outcome:
        try:
            return dialogue()
        except ssl.SSLCertVerificationError as error:
            # It does not mend itself, and goes for every letter.
            return Halted(self._reason("TLS", str(error)))
        except smtplib.SMTPResponseException as error:
            return Retry(self._said("connection", error.smtp_code, error.smtp_error))
        except (OSError, smtplib.SMTPException, EOFError) as error:
            return self.failed(f"{type(error).__name__}: {error}")

    def failed(self, reason: str) -> Retry:
        """A visit that ended in the middle: to be tried again, since a mailbox drops a second copy."""
        return Retry(self._reason(PERHAPS if self._in_data else "connection", reason))

    def _open(self) -> Outcome | None:
        """Connects, encrypts and signs in; what stands against that, if anything."""
        server = self._server
        if server.implicit_tls:
            self._smtp = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._patience(), context=self._tls
            )
        else:
            self._smtp = smtplib.SMTP(server.host, server.port, timeout=self._patience())
        smtp = self._smtp
        self._ask(smtp.ehlo_or_helo_if_needed)
        encrypted = server.implicit_tls
        if not encrypted and server.tls != "none" and smtp.has_extn("starttls"):
            self._ask(lambda: smtp.starttls(context=self._tls))
            self._ask(smtp.ehlo_or_helo_if_needed)
            encrypted = True
        if not encrypted and server.tls == "starttls":
            return Halted("the server offers no STARTTLS, which SMTP_URL asks for")
        return self._sign_in(smtp, encrypted=encrypted) if server.user else None

    def _sign_in(self, smtp: smtplib.SMTP, *, encrypted: bool) -> Outcome | None:
        server = self._server
        if not encrypted and server.tls != "none" and not _is_this_machine(server.host):
            return Halted(
                "the server offers no TLS and the password is not sent in clear; ?tls=none allows it"
            )
        try:
            self._ask(lambda: smtp.login(server.user, server.password))
        except smtplib.SMTPAuthenticationError as error:
            said = self._said("AUTH", error.smtp_code, error.smtp_error)
            return Halted(said) if error.smtp_code >= 500 else Retry(said)
        except smtplib.SMTPServerDisconnected:
            raise
        except (smtplib.SMTPException, UnicodeEncodeError) as error:
            # No way of signing in that both sides know, or letters that SMTP cannot carry in a password.
            return Halted(self._reason("AUTH", type(error).__name__))
        return None

    def _hand_over(self, sender: str, to: str, body: bytes) -> Outcome:
        smtp = self._smtp
        assert smtp is not None
        code, said = self._ask(lambda: smtp.mail(sender))
        if code != 250:
            # 530 asks for a password that SMTP_URL does not have: no letter will go.
            return self._outcome("MAIL", code, said, Halted if code in {530, 535} else Refused)
        code, said = self._ask(lambda: smtp.rcpt(to))
        if code not in {250, 251}:
            return self._outcome("RCPT", code, said, Gone)
        self._in_data = True
        try:
            # A server that looks through a letter before it answers takes its time; a second copy helps nobody.
            code, said = self._ask(lambda: smtp.data(body), longest=WHOLE)
        except smtplib.SMTPDataError as error:
            code, said = error.smtp_code, _bytes(error.smtp_error)
        if code != 250:
            return self._outcome("DATA", code, said, Refused)
        with suppress(OSError, smtplib.SMTPException):
            # Its answer is not waited for: the letter is over there already.
            smtp.putcmd("quit")
        return Sent(clean_line(said.decode("utf-8", "replace"))[:80])

    def _ask(
        self, step: Callable[[], tuple[int, bytes] | None], *, longest: float = STEP
    ) -> tuple[int, bytes]:
        """A step of the dialogue within its time; not begun once it was given up."""
        patience = self._patience(longest)
        if self._smtp is not None and self._smtp.sock is not None:
            self._smtp.sock.settimeout(patience)
        return step() or (250, b"")

    def _patience(self, longest: float = STEP) -> float:
        left = self._until - time.monotonic()
        if self._given_up or left <= 0:
            raise TimeoutError("given up")
        return min(longest, left)

    def _outcome(self, step: str, code: int, said: bytes, permanent: Callable[[str], Outcome]) -> Outcome:
        reason = self._said(step, code, said)
        return permanent(reason) if 500 <= code < 600 else Retry(reason)

    def _said(self, step: str, code: int, said: bytes | str) -> str:
        return self._reason(step, f"{code} {_bytes(said).decode('utf-8', 'replace')}")

    def _reason(self, step: str, text: str) -> str:
        return self._server.masked(clean_line(f"{step}: {text}"))[:300]


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode("utf-8", "replace")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
