"""What OWASP ZAP's passive scan looks for in an answer, as small pure checks: nothing here asks for anything.

Each rule is named by ZAP's number for it (https://www.zaproxy.org/docs/alerts/) and says what is wrong, or nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import Morsel
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bs4 import BeautifulSoup, Tag


@dataclass(frozen=True)
class Answer:
    """What a browser got."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: str
    cookies: Mapping[str, "Morsel[Any]"] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """A header's value, empty where it is missing."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    @property
    def is_tls(self) -> bool:
        return self.url.startswith("https:")

    @property
    def is_page(self) -> bool:
        return self.header("Content-Type").startswith("text/html")

    @property
    def is_file(self) -> bool:
        return urlsplit(self.url).path.startswith("/static/")

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.body if self.is_page else "", "lxml")

    def all(self, *names: str) -> Iterator[Tag]:
        """The page's elements of these names."""
        yield from (element for element in self.soup.find_all(names) if isinstance(element, Tag))


Rule = Callable[[Answer], Iterator[str]]

_MUST = {
    "default-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'", "form-action": "'self'",
}  # fmt: skip
_WEAK = ("'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "http:", "https:", "blob:")
#: RFC 1918, link-local and loopback addresses; the page's own host may be one in a test.
_PRIVATE = re.compile(
    r"(?<![\d.])(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|169\.254(?:\.\d{1,3}){2})(?![\d.])"
)
_TRACES = re.compile(
    r"Traceback \(most recent|File \"/|django\.|OperationalError|psycopg|sqlite3\.|SyntaxError|You're seeing this error"
)
_SERVED_BY = re.compile(r"(?i)(uvicorn|gunicorn|django|python|whitenoise|wsgi)[/ ]?\d")
_SECRET_NAMES = re.compile(r"(?i)token|passw|secret|session|api.?key|auth")
_HASHLIKE = re.compile(r"(?<![\w/+=-])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![\w/+=-])")


def csp(answer: Answer) -> Iterator[str]:
    """10038, 10055: a policy, and none of its holes."""
    policy = dict(
        part.strip().partition(" ")[::2] for part in answer.header("Content-Security-Policy").split(";")
    )
    for name, value in _MUST.items():
        if policy.get(name) != value:
            yield f"{name} is {policy.get(name)!r}"
    yield from (
        f"{name} allows {weak}" for name, value in policy.items() for weak in _WEAK if weak in value.split()
    )


def framing(answer: Answer) -> Iterator[str]:
    """10020: no other site frames a page."""
    if answer.is_page and answer.header("X-Frame-Options") != "DENY":
        yield "may be framed by an old browser"


def sniffing(answer: Answer) -> Iterator[str]:
    """10021, 10019: a type, and no guessing at another."""
    if answer.header("X-Content-Type-Options") != "nosniff":
        yield "no nosniff"
    if answer.body and not answer.header("Content-Type"):
        yield "no content type"


def charset(answer: Answer) -> Iterator[str]:
    """90011, 10011: text says how it is written, and only in one way."""
    kind = answer.header("Content-Type")
    if kind.startswith(("text/", "application/json")) and "utf-8" not in kind.lower() and "json" not in kind:
        yield f"no charset: {kind}"
    declared = [str(tag.get("charset", "utf-8")) for tag in answer.all("meta") if tag.get("charset")]
    yield from (f"another charset in the page: {one}" for one in declared if one.lower() != "utf-8")


def cookies(answer: Answer) -> Iterator[str]:
    """10010, 10011, 10054, 90033: HttpOnly, Secure behind TLS, SameSite, no domain."""
    for name, morsel in answer.cookies.items():
        if not morsel["httponly"]:
            yield f"{name} is not HttpOnly"
        if str(morsel["samesite"]).lower() not in {"lax", "strict"}:
            yield f"{name} has SameSite {morsel['samesite']!r}"
        if morsel["domain"]:
            yield f"{name} is for {morsel['domain']}"
        if answer.is_tls and not (morsel["secure"] and name.startswith("__Host-") and morsel["path"] == "/"):
            yield f"{name} is not Secure under __Host-"


def caching(answer: Answer) -> Iterator[str]:
    """10015, 10049: what one session sees no cache keeps."""
    if not answer.is_file and "no-store" not in answer.header("Cache-Control"):
        yield f"may be kept: {answer.header('Cache-Control')!r}"


def leaks(answer: Answer) -> Iterator[str]:
    """10036, 10037, 10061: nothing on what serves it."""
    for name in ("Server", "X-Powered-By", "X-AspNet-Version", "X-Generator", "Via"):
        if answer.header(name):
            yield f"{name}: {answer.header(name)}"
    if answer.is_page and (found := _SERVED_BY.search(answer.body)):
        yield f"says {found[0]}"


def hsts(answer: Answer) -> Iterator[str]:
    """10035: TLS for good behind TLS, and no word of it without."""
    told = answer.header("Strict-Transport-Security")
    age = re.search(r"max-age=(\d+)", told)
    if answer.is_tls and (not age or int(age[1]) < 31_536_000):
        yield f"HSTS {told!r}"
    if told and not answer.is_tls:
        yield "HSTS without TLS"


def isolation(answer: Answer) -> Iterator[str]:
    """90004, 10063: opener, resource and permissions policies."""
    wanted = {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    yield from (
        f"{name} is {answer.header(name)!r}" for name, value in wanted.items() if answer.header(name) != value
    )
    if "camera=()" not in answer.header("Permissions-Policy"):
        yield "no permissions policy"


def referrer(answer: Answer) -> Iterator[str]:
    """No other site learns which page led to it."""
    if answer.header("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        yield f"Referrer-Policy is {answer.header('Referrer-Policy')!r}"


def sharing(answer: Answer) -> Iterator[str]:
    """10098: no other site reads it; files are the same for everybody."""
    allowed = answer.header("Access-Control-Allow-Origin")
    if allowed and not answer.is_file:
        yield f"read by {allowed}"
    if answer.header("Access-Control-Allow-Credentials"):
        yield "read with credentials"


def inline(answer: Answer) -> Iterator[str]:
    """10017, 90003 and what the policy forbids: no script or style of the page's own, none of other sites."""
    for element in answer.all(True):  # type: ignore[arg-type]
        if element.name in {"style", "iframe", "object", "embed", "applet", "base"}:
            yield f"<{element.name}>"
        if element.name == "script" and (
            element.string or not str(element.get("src", "")).startswith("/static/")
        ):
            yield f"script {element.get('src')}"
        yield from (
            f"{element.name} {name}=" for name in element.attrs if name.startswith("on") or name == "style"
        )


def loads(answer: Answer) -> Iterator[str]:
    """10040, 10105: nothing is loaded from elsewhere, with or without TLS."""
    for element in answer.all("img", "script", "link", "source", "video", "audio", "iframe", "image", "use"):
        address = str(
            element.get("src")
            or element.get("href")
            or element.get("xlink:href")
            or element.get("srcset")
            or ""
        )
        if urlsplit(address).netloc or address.startswith("//"):
            yield f"{element.name} from {address}"


def forms(answer: Answer) -> Iterator[str]:
    """10202, 10041: every form that changes something has its token, and goes to this site."""
    for form in answer.all("form"):
        if urlsplit(str(form.get("action", ""))).netloc:
            yield f"sends to {form['action']}"
        posts = str(form.get("method", "get")).lower() == "post"
        has_token = form.find("input", attrs={"name": "csrfmiddlewaretoken"}) is not None
        if posts != has_token:
            yield f"{form.get('method', 'get')} form to {form.get('action')!r}: token {has_token}"


def windows(answer: Answer) -> Iterator[str]:
    """10108: what opens a window of another site gives it no hold on ours."""
    for link in answer.all("a", "area", "form"):
        if link.get("target") not in {None, "_self"} and "noopener" not in (link.get("rel") or []):
            yield f"{link.get('href')} in {link['target']}"


def links(answer: Answer) -> Iterator[str]:
    """10028, 10031: no address that runs something."""
    for element in answer.all(True):  # type: ignore[arg-type]
        for name in ("href", "src", "action", "formaction"):
            value = str(element.get(name, "")).strip().lower()
            if value.startswith(("javascript:", "data:", "vbscript:", "file:", "blob:")):
                yield f"{element.name} {name}={value[:40]}"


def passwords(answer: Answer) -> Iterator[str]:
    """10012: browsers are told what a password field is for, and it never comes filled in."""
    for entry in answer.all("input"):
        if entry.get("type") == "password":
            if entry.get("autocomplete") not in {"current-password", "new-password"}:
                yield f"{entry.get('name')}: autocomplete {entry.get('autocomplete')!r}"
            if entry.get("value"):
                yield f"{entry.get('name')} comes filled in"


def addresses(answer: Answer) -> Iterator[str]:
    """10024, 3: no secret in an address, where logs and histories keep it."""
    found = [
        str(element.get("href") or element.get("action") or "") for element in answer.all("a", "form", "link")
    ]
    for address in (answer.url, *found):
        for name, value in parse_qsl(urlsplit(address).query):
            if _SECRET_NAMES.search(name) and value and not urlsplit(address).netloc:
                yield f"{name} in {address}"


def private_addresses(answer: Answer) -> Iterator[str]:
    """2: no address of our own network."""
    if answer.is_page:
        yield from (f"{found}" for found in _PRIVATE.findall(answer.soup.get_text(" ")))


def traces(answer: Answer) -> Iterator[str]:
    """10023, 90022, 110009: a sentence, never what a program says to itself."""
    if not answer.is_file and (found := _TRACES.search(answer.body)):
        yield f"says {found[0]!r}"


def comments(answer: Answer) -> Iterator[str]:
    """10027: no remarks of the developers'."""
    if answer.is_page and (found := re.search(r"<!--(?!\[if)(.*?)-->", answer.body, re.DOTALL)):
        yield f"comment {found[1][:40]!r}"


def hashes(answer: Answer) -> Iterator[str]:
    """10097: no hash of anything on a page."""
    if answer.is_page:
        yield from (f"{found}" for found in _HASHLIKE.findall(answer.soup.get_text(" ")))


def redirects(answer: Answer) -> Iterator[str]:
    """10028: onward within this site, and with nothing in the body."""
    if 300 <= answer.status < 400 and answer.status != 304:
        target = answer.header("Location")
        if urlsplit(target).netloc or target.startswith(("//", "/\\")) or not target.startswith(("/", "?")):
            yield f"sends to {target}"
        if answer.body:
            yield "a redirect with a body"


RULES: tuple[Rule, ...] = (
    csp, framing, sniffing, charset, cookies, caching, leaks, hsts, isolation, referrer, sharing, inline, loads, forms,
    windows, links, passwords, addresses, private_addresses, traces, comments, hashes, redirects,
)  # fmt: skip


def faults(answer: Answer) -> list[str]:
    """Everything that is wrong with an answer, each with its rule."""
    return [
        f"{urlsplit(answer.url).path} {rule.__name__}: {fault}" for rule in RULES for fault in rule(answer)
    ]
