"""Pure: well-formed RSS and Atom read by expat, in a twelfth of feedparser's time and never otherwise than by feedparser.

Each rule here is one of feedparser's (its mixin.py and namespaces/), oddities with it: what it makes of an element
depends on those before, so this walks through a document in the same order. Whatever it has no rule for, it leaves to
feedparser: `read` gives None, and nobody can tell which of both read a feed. tests/monitor/test_quick.py holds that.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin, make_safe_absolute_uri

from monitor.parsers.markup import PLAIN_ADDRESS

#: Characters of an author's name. feedparser searches them for addresses by a pattern of quadratic time: 50 kB take 15 s.
MOST_AUTHOR = 200
_NAMESPACES = {uri.lower(): prefix.lower() for uri, prefix in _FeedParserMixin.namespaces.items()}
_PREFIXES = set(_NAMESPACES.values())
_USERLAND = "http://backend.userland.com/rss"
_HTML_TYPES = {"html", "xhtml", "text/html", "application/xhtml+xml"}
#: Types of text that need no other reading than as text.
_TEXT_TYPES = {"text", "plain", "html", "text/plain", "text/html"}
#: Windows-1252 where Unicode has controls. feedparser mends it; so old a document may wait for feedparser.
_C1 = re.compile(b"\xc2[\x80-\x9f]")
_C1_REFERENCE = re.compile(r"&#(?:0*1[2-5]\d|[xX]0*[89][0-9a-fA-F]);")
#: UTF-8 that was taken for Latin-1, which feedparser undoes text by text, is written in these letters only.
_LATIN_REFERENCE = re.compile(r"&#(?:0*(?:1[2-9]|2[0-5])\d|[xX]0*[89a-fA-F][0-9a-fA-F]);")
_BROKEN_QUERY = re.compile(r"&([A-Za-z0-9_]+);")
#: feedparser keeps its own books under these names; an element called so would write into them.
_RESERVED = {
    "authors", "base", "channel", "contributors", "date", "description", "enclosures", "entries", "feed", "guidislink",
    "href", "items", "license", "links", "publisher", "tags", "url", "value", "xml_base",
}  # fmt: skip


@dataclass(slots=True)
class Parsed:
    """What feedparser would give, as far as it is read: names and values are feedparser's."""

    version: str = ""
    feed: dict[str, Any] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)


def read(text: str, url: str) -> Parsed | None:
    """The feed of `text`, which was served at `url`; None where feedparser must read it, as where there are no entries."""
    reader = _Reader(url)
    try:
        reader.read(text)
    except (_UnsureError, expat.ExpatError):
        return None
    return reader.parsed if reader.parsed.entries else None


class _UnsureError(Exception):
    """Something that there is no rule for. An exception, for it must come out of expat."""


Attributes = Mapping[str, str]
_NO_ATTRIBUTES: Attributes = {}


class _Reader:
    """One document's way through expat: for each element the rule of the place that it stands at."""

    def __init__(self, url: str) -> None:
        self.parsed = Parsed()
        self._here: dict[str, Any] = self.parsed.feed
        self._in_channel = False  # or behind it: a second one is left to feedparser
        self._in_item = False
        self._item_depth = 0
        #: At which depth each field of the entry was found: feedparser keeps the outermost.
        self._depths: dict[str, int] = {}
        self._depth = 0
        self._title_depth = -1
        self._has_content = False
        self._links_guid = False
        self._latin = True
        #: What to do with the text of the element that is open, where it may hold nothing but text.
        self._leaf: Callable[[str], None] | None = None
        self._pieces: list[str] = []
        self._detail: dict[str, Any] = {}
        #: Elements that hold elements: depth, the rules inside, what to do at the end.
        self._rules: Rules = _DOCUMENT
        self._foreign = False
        self._open: list[tuple[int, Rules, bool, Callable[[], None] | None]] = []
        self._prefixes: dict[str, str] = {}
        self._language: str | None = None
        self._base = make_safe_absolute_uri(url, url) or url
        self._scopes: list[tuple[int, str | None, str]] = []

    def read(self, text: str) -> None:
        if (make_safe_absolute_uri(self._base, self._base) or self._base) != self._base:
            raise _UnsureError
        body = text.encode("utf-8", "replace")
        if (b"\xc2" in body and _C1.search(body)) or _C1_REFERENCE.search(text):
            raise _UnsureError
        self._latin = b"\xc2" in body or b"\xc3" in body or bool(_LATIN_REFERENCE.search(text))
        parser = expat.ParserCreate("utf-8", " ")
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._pieces.append
        parser.Parse(body, True)

    # What expat tells

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        if not uri:
            return
        lower = uri.lower()
        if not self.parsed.version:
            if lower == "http://my.netscape.com/rdf/simple/0.9/" and not prefix:
                self.parsed.version = "rss090"
            elif lower == "http://purl.org/rss/1.0/":
                self.parsed.version = "rss10"
            elif lower == "http://www.w3.org/2005/atom":
                self.parsed.version = "atom10"
        if not prefix:
            return
        # A prefix that means two things, or another than everywhere else: feedparser mixes them up in its own way.
        known = _NAMESPACES.get(_USERLAND if _USERLAND[7:] in lower else lower)
        if self._prefixes.setdefault(prefix.lower(), uri) != uri or (
            known is not None and prefix in _PREFIXES and known != prefix
        ):
            raise _UnsureError

    def _start(self, name: str, given: Mapping[str, str]) -> None:
        self._depth += 1
        if self._leaf is not None:
            raise _UnsureError
        tag = _tag(name)
        attributes = self._attributes(given) if given else _NO_ATTRIBUTES
        rule = self._rules.get(tag)
        if rule is not None:
            self._pieces.clear()
            rule(self, attributes)
        elif not self._foreign or not _is_foreign(tag):
            raise _UnsureError

    def _end(self, _name: str) -> None:
        depth = self._depth
        if (leaf := self._leaf) is not None:
            self._leaf = None
            leaf("".join(self._pieces).strip())
            self._pieces.clear()
        elif self._open and self._open[-1][0] == depth:
            _, self._rules, self._foreign, ending = self._open.pop()
            if ending:
                ending()
        if self._scopes and self._scopes[-1][0] == depth:
            _, self._language, self._base = self._scopes.pop()
        self._depth = depth - 1

    def _attributes(self, given: Mapping[str, str]) -> Attributes:
        attributes = {}
        for place in (0, 1):
            for name, value in given.items():
                key = _attribute(name)[place]
                attributes[key] = value.lower() if key in {"rel", "type"} else value
        language = attributes.get("xml:lang", attributes.get("lang"))
        base = attributes.get("xml:base", attributes.get("base"))
        if language is not None or base:
            self._scopes.append((self._depth, self._language, self._base))
            if language is not None:
                self._language = language or None
            if base:
                self._base = make_safe_absolute_uri(self._base, base) or self._base
        return attributes

    # Elements that hold elements

    def _enter(
        self, rules: "Rules", *, foreign: bool = False, ending: Callable[[], None] | None = None
    ) -> None:
        self._open.append((self._depth, self._rules, self._foreign, ending))
        self._rules, self._foreign = rules, foreign

    def rss(self, attributes: Attributes) -> None:
        if not self.parsed.version.startswith("rss"):
            version = attributes.get("version", "")
            short = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}.get(version)
            self.parsed.version = short or ("rss20" if version.startswith("2.") else "rss")
        self._say_language()
        self._item_depth = 3
        self._enter(_RSS)

    def rdf(self, _attributes: Attributes) -> None:
        self._item_depth = 2
        self._enter(_RDF)

    def atom(self, attributes: Attributes) -> None:
        if not self.parsed.version:
            version = attributes.get("version", "")
            self.parsed.version = {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}.get(version, "atom")
        self._say_language()
        self._item_depth = 2
        self._enter(_HEAD, foreign=True)

    def _say_language(self) -> None:
        if self._language:
            self.parsed.feed["language"] = self._language.replace("_", "-")

    def channel(self, attributes: Attributes) -> None:
        if self._in_channel or "href" in attributes or "lastmod" in attributes:
            raise _UnsureError
        self._in_channel = True
        self._enter(_HEAD, foreign=True)

    def item(self, attributes: Attributes) -> None:
        if self._depth != self._item_depth or "href" in attributes or "lastmod" in attributes:
            raise _UnsureError
        self._here = {}
        self.parsed.entries.append(self._here)
        self._depths = {}
        self._in_item = True
        self._title_depth = -1
        if about := attributes.get("rdf:about"):
            self._here["id"] = about
        self._enter(_ITEM, foreign=True, ending=self._end_item)

    def _end_item(self) -> None:
        self._here = self.parsed.feed
        self._in_item = self._has_content = False

    def image(self, _attributes: Attributes) -> None:
        self._title_depth = -1
        self._enter(_IMAGE)

    def text_input(self, _attributes: Attributes) -> None:
        self._title_depth = -1
        self._enter(_TEXT_INPUT)

    def source(self, _attributes: Attributes) -> None:
        self._title_depth = -1
        self._enter(_SOURCE)

    def persons(self, _attributes: Attributes) -> None:
        """Contributors and owners, of whom nothing is kept."""
        self._enter(_PERSON)

    def owner(self, attributes: Attributes) -> None:
        # It is the feed's author too; only in Atom is that one read.
        if self.parsed.version.startswith("atom"):
            raise _UnsureError
        self.persons(attributes)

    def group(self, _attributes: Attributes) -> None:
        """What only holds others: they count as if it were not there."""

    # Elements that hold text

    def ignore(self, _attributes: Attributes) -> None:
        self._leaf = _nothing

    def item_image(self, _attributes: Attributes) -> None:
        self._title_depth = -1
        self._enter(_ITEM_IMAGE)

    def kept(key: str) -> "Rule":  # type: ignore[misc]  # noqa: N805
        """The rule of an element whose text is kept under `key`."""

        def rule(self: "_Reader", _attributes: Attributes) -> None:
            self._leaf = lambda text: self._store(key, self._mended(text))

        return rule

    def kept_bare(key: str) -> "Rule":  # type: ignore[misc]  # noqa: N805
        """As `kept`, of one that feedparser does not know: its attributes would stand in its place."""

        def rule(self: "_Reader", attributes: Attributes) -> None:
            if attributes:
                raise _UnsureError
            self._leaf = lambda text: self._store(key, self._mended(text))

        return rule

    def title(self, attributes: Attributes) -> None:
        self._detail = self._described(attributes)
        self._leaf = self._end_title

    def _end_title(self, text: str) -> None:
        value = self._mended(text)
        if not -1 < self._title_depth <= self._depth:
            self._store("title", value)
            self._here["title_detail"] = self._detail
        if value:
            self._title_depth = self._depth

    def media_title(self, attributes: Attributes) -> None:
        self._detail = self._described(attributes)
        self._leaf = self._end_media_title

    def _end_media_title(self, text: str) -> None:
        before = self._title_depth
        self._end_title(text)
        self._title_depth = before

    def other_title(self, _attributes: Attributes) -> None:
        """The title of an image or of another feed: nothing of it is kept but that there was one."""
        self._leaf = self._end_other_title

    def _end_other_title(self, text: str) -> None:
        if text:
            self._title_depth = self._depth

    def link(self, attributes: Attributes) -> None:
        if "url" in attributes or "uri" in attributes:
            raise _UnsureError
        link = {"rel": attributes.get("rel", "alternate")}
        self._here.setdefault("links", []).append(link)
        if "href" not in attributes:
            self._leaf = self._end_link
            return
        link["href"] = self._joined(attributes["href"])
        kind = attributes.get("type", "application/atom+xml" if link["rel"] == "self" else "text/html")
        if link["rel"] == "alternate" and kind in _HTML_TYPES:
            self._here["link"] = link["href"]
        self._leaf = _nothing

    def _end_link(self, text: str) -> None:
        value = self._mended(self._joined(text)) if text else ""
        if "&" in value:
            if self._in_item:
                value = value.replace("&amp;", "&")
            value = _BROKEN_QUERY.sub(r"&\g<1>", value)
        self._here["link"] = value
        if value:
            self._here["links"][-1]["href"] = value

    def enclosure(self, attributes: Attributes) -> None:
        href = attributes.get("url", attributes.get("uri", attributes.get("href")))
        self._here.setdefault("links", []).append(
            {"rel": "enclosure", "href": href or attributes.get("href")}
        )
        self._leaf = _nothing

    def guid(self, attributes: Attributes) -> None:
        self._links_guid = attributes.get("ispermalink", "true") == "true"
        self._leaf = self._end_guid

    def _end_guid(self, text: str) -> None:
        value = self._mended(self._joined(text) if text and self._links_guid else text)
        self._store("id", value)
        if self._links_guid:
            self._here.setdefault("link", value)

    def description(self, attributes: Attributes) -> None:
        # A second one is content; but where content stands already, it takes the first one's place.
        if "summary" in self._here and not self._has_content:
            self.content(attributes)
        elif self._in_item:
            self._detail = self._described(attributes)
            self._leaf = self._end_summary
        else:
            self._leaf = _nothing

    def summary(self, attributes: Attributes) -> None:
        if self._in_item:
            self.description(attributes)
        elif "summary" in self._here:
            raise _UnsureError
        else:
            # Kept to be known of: what a channel says after it would count as content.
            self._here["summary"] = ""
            self._leaf = _nothing

    def _end_summary(self, text: str) -> None:
        self._store("summary", self._mended(text))
        self._here["summary_detail"] = self._detail

    def content(self, attributes: Attributes) -> None:
        if not self._in_item:
            raise _UnsureError
        self._has_content = True
        self._detail = self._described(attributes)
        self._leaf = self._end_content

    def _end_content(self, text: str) -> None:
        value = self._mended(text)
        self._detail["value"] = value
        self._here.setdefault("content", []).append(self._detail)
        self._here.setdefault("summary", value)

    def author(self, _attributes: Attributes) -> None:
        self._here.setdefault("authors", []).append({})
        self._enter(_AUTHOR, ending=self._end_author)

    def author_part(key: str) -> "Rule":  # type: ignore[misc]  # noqa: N805
        """The rule of an author's name, mail or page."""

        def rule(self: "_Reader", _attributes: Attributes) -> None:
            self._leaf = lambda text: self._end_author_part(key, text)

        return rule

    def _end_author_part(self, key: str, text: str) -> None:
        person = self._here["authors"][-1]
        if not person and (before := self._here.get("author")):
            # feedparser takes the author before for this one's, until it reads a name.
            if "@" in before or len(before) > MOST_AUTHOR:
                raise _UnsureError
            person["name"] = before
        person[key] = text

    def _end_author(self) -> None:
        person = self._here["authors"][-1]
        text = "".join(self._pieces).strip()
        if person and text:
            raise _UnsureError
        self._store("author", self._mended(text))
        name, email = person.get("name"), person.get("email")
        if name or email:
            self._here["author"] = f"{name} ({email})" if name and email else name or email
        elif not person:
            self._here["author"] = self._here["author"][:MOST_AUTHOR]

    # What feedparser does with every text

    def _store(self, key: str, value: str) -> None:
        if self._in_item:
            if self._depth > self._depths.get(key, self._depth):
                return
            self._depths[key] = self._depth
        self._here[key] = value

    def _described(self, attributes: Attributes) -> dict[str, Any]:
        """The language and base that hold where a text stands."""
        if attributes and (
            attributes.get("type", "text") not in _TEXT_TYPES or attributes.get("mode") == "base64"
        ):
            raise _UnsureError
        language = self._language
        return {"language": language.replace("_", "-") if language else language, "base": self._base}

    def _joined(self, address: str) -> str:
        if PLAIN_ADDRESS.fullmatch(address):
            return address
        joined: str = _urljoin(self._base or "", address)
        return joined

    def _mended(self, text: str) -> str:
        if not self._latin or text.isascii():
            return text
        try:
            mended = text.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return text
        if any("\x7f" < letter < "\xa0" for letter in mended):
            raise _UnsureError
        return mended


def _nothing(_text: str) -> None:
    return


def _refuse(*_declaration: object) -> None:
    raise _UnsureError


@lru_cache(maxsize=4096)
def _tag(name: str) -> str:
    """feedparser's name of an element that expat calls "address name prefix"."""
    parts = name.split()
    if name.count(" ") != len(parts) - 1 or len(parts) > 3:
        raise _UnsureError
    uri, local, prefix = ("", *parts, "") if len(parts) == 1 else (*parts, "")[:3]
    uri = uri.lower()
    if _USERLAND[7:] in uri:
        uri = _USERLAND
    prefix = _NAMESPACES.get(uri, prefix).lower() if uri else ""
    return f"{prefix}_{local.lower()}" if prefix else local.lower()


@lru_cache(maxsize=4096)
def _attribute(name: str) -> tuple[str, str]:
    """Both names under which feedparser keeps an attribute."""
    parts = name.split()
    if name.count(" ") != len(parts) - 1 or len(parts) not in {1, 3}:
        raise _UnsureError
    if len(parts) == 1:
        return name.lower(), name.lower()
    uri, local, prefix = parts
    known = _NAMESPACES.get(uri.lower(), "")
    return (f"{known}:{local}" if known else local).lower(), f"{prefix}:{local}".lower()


@lru_cache(maxsize=4096)
def _is_foreign(tag: str) -> bool:
    """Whether feedparser has no rule for the element either, and files it under a name that says nothing to us."""
    return not (
        tag in _RESERVED
        or tag.endswith(("_detail", "_parsed"))
        or ":" in tag
        or hasattr(_FeedParserMixin, f"_start_{tag}")
        or hasattr(_FeedParserMixin, f"_end_{tag}")
    )


Rule = Callable[[_Reader, Attributes], None]
Rules = dict[str, Rule]


def _each(names: str, rule: Rule) -> Rules:
    return dict.fromkeys(names.split(), rule)


#: Known to feedparser, and nothing that we read.
_UNREAD = _each(
    "category keywords dc_subject media_category media_keywords itunes_keywords dc_publisher webmaster rights copyright"
    " dc_rights generator cloud expirationdate dc_contributor media_credit media_thumbnail media_rating media_license"
    " media_restriction media_player itunes_block itunes_explicit itunes_image subtitle itunes_subtitle tagline info"
    " feedburner_browserfriendly admin_generatoragent admin_errorreportsto georss_point georss_line georss_polygon"
    " georss_box uri url homepage name email width height",
    _Reader.ignore,
)
_BOTH: Rules = {
    **_UNREAD,
    **_each("title dc_title", _Reader.title),
    **_each("guid id", _Reader.guid),
    **_each("language dc_language", _Reader.kept("language")),
    **_each("author managingeditor dc_author dc_creator itunes_author", _Reader.author),
    **_each("description dc_description media_description", _Reader.description),
    **_each("summary itunes_summary", _Reader.summary),
    "link": _Reader.link,
    "contributor": _Reader.persons,
    "itunes_category": _Reader.group,
}
_HEAD: Rules = {
    **_BOTH,
    **_each("item entry", _Reader.item),
    **_each("published pubdate issued updated modified lastbuilddate dc_date dcterms_created dcterms_issued"
            " dcterms_modified created creativecommons_license cc_license", _Reader.ignore),
    **{key: _Reader.kept_bare(key) for key in ("ttl", "sy_updateperiod", "sy_updatefrequency")},
    "image": _Reader.image,
    "textinput": _Reader.text_input,
    "items": _Reader.group,
    "itunes_owner": _Reader.owner,
}  # fmt: skip
_ITEM: Rules = {
    **_BOTH,
    **_each("published pubdate issued dcterms_issued", _Reader.kept("published")),
    **_each("updated modified lastbuilddate dc_date dcterms_modified", _Reader.kept("updated")),
    **_each("created dcterms_created", _Reader.kept("created")),
    **_each("content content_encoded fullitem", _Reader.content),
    **_each("media_group media_content", _Reader.group),
    **{key: _Reader.kept_bare(key) for key in ("itunes_title", "feedburner_origlink", "dcterms_abstract", "dc_abstract")},
    "media_title": _Reader.media_title,
    "enclosure": _Reader.enclosure,
    "source": _Reader.source,
    "image": _Reader.item_image,
}  # fmt: skip
_PERSON = _each("name email uri url homepage itunes_name itunes_email", _Reader.ignore)
_AUTHOR: Rules = {
    **{key: _Reader.author_part(key) for key in ("name", "email")},
    **_each("uri url homepage", _Reader.author_part("href")),
}
_IMAGE = {**_each("link description url href width height", _Reader.ignore), "title": _Reader.other_title}
_ITEM_IMAGE = _each("url width height", _Reader.ignore)
_TEXT_INPUT = {**_each("link description name", _Reader.ignore), "title": _Reader.other_title}
_SOURCE = {
    **_each("link id updated published rights subtitle category generator icon logo", _Reader.ignore),
    **_each("author contributor", _Reader.persons),
    "title": _Reader.other_title,
}
_RSS: Rules = {"channel": _Reader.channel}
_RDF: Rules = {
    "channel": _Reader.channel,
    "item": _Reader.item,
    "image": _Reader.image,
    "textinput": _Reader.text_input,
}
_DOCUMENT: Rules = {"rss": _Reader.rss, "rdf_rdf": _Reader.rdf, "feed": _Reader.atom}
