"""Pure: a document's bytes into text, by the web's table of charset labels and, where those lie, by what the bytes show.

What feedparser decodes by itself depends on what else is installed and turns one CP949 letter in a "euc-kr" feed into
mojibake from top to bottom; browsers read such feeds, so we do it as they do (https://encoding.spec.whatwg.org/).
"""

import codecs
import re
import zlib
from dataclasses import dataclass

#: Labels whose real repertoire is larger than their name (https://encoding.spec.whatwg.org/#names-and-labels).
_ALIASES = {
    **dict.fromkeys(
        ("euc-kr", "euckr", "ks_c_5601-1987", "ks_c_5601-1989", "ksc5601", "ksc_5601", "korean", "windows-949",
         "ms949", "cp949", "uhc", "iso-ir-149"), "cp949"
    ),
    **dict.fromkeys(
        ("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms_kanji", "ms932", "cp932", "csshiftjis"), "cp932"
    ),
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "x-gbk", "chinese", "cp936", "gb18030", "euc-cn"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "cn-big5", "x-x-big5", "cp950"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "windows-1252", "cp1252"), "cp1252"),
    **dict.fromkeys(("euc-jp", "eucjp", "x-euc-jp"), "euc_jp"),
    **dict.fromkeys(("utf8", "utf-8", "unicode-1-1-utf-8"), "utf-8"),
    **dict.fromkeys(("utf-16", "utf-16le", "unicode", "ucs-2"), "utf-16-le"),
    "utf-16be": "utf-16-be",
    "iso-8859-9": "cp1254", "tis-620": "cp874", "iso-8859-11": "cp874",
}  # fmt: skip

#: Python's names of codecs whose web twin reads more.
_LARGER = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "shift_jis": "cp932", "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}  # fmt: skip

#: What else a document may be in: the codecs of the Encoding Standard, and Korea's escapes, by Python's names. Python
#: has more, which no browser reads: UTF-7 hides tags, punycode takes the square of its length, "hex" is no charset.
_WEB = {
    "utf-8", "utf-16-be", "utf-16-le", "iso2022_jp", "iso2022_jp_ext", "iso2022_kr", "koi8-r", "koi8-u", "cp866", "mac-roman",
    "mac-cyrillic", "cp932", "cp949", "gb18030", "big5hkscs", "euc_jp", *(f"cp{number}" for number in (874, *range(1250, 1259))),
    *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
}  # fmt: skip

_GZIP = b"\x1f\x8b\x08"
#: Bytes to which a document is inflated (`monitor.fetching.fetch` has the same bound for those that say they are gzip).
MAX_INFLATED = 8_000_000
#: Parts of one gzip that are read.
MAX_MEMBERS = 100

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Tried in this order where nothing that was declared fits; the one with the most likely letters wins.
_CANDIDATES = ("utf-8", "cp949", "cp932", "euc_jp", "gb18030", "big5hkscs", "cp1252")

_XML_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE
)
#: What a document says of its language in letters that every codec shares.
_LANGUAGE = re.compile(
    rb"""(?:<(?:dc:)?language>\s*|\b(?:xml:)?lang=["'])(ja|ko|zh(?:-(?:tw|hk|hant))?|th)\b""", re.IGNORECASE
)
_LANGUAGE_CODECS = {
    "ja": ("cp932", "euc_jp"), "ko": ("cp949",), "zh": ("gb18030",), "zh-tw": ("big5hkscs",), "zh-hk": ("big5hkscs",),
    "zh-hant": ("big5hkscs",),
}  # fmt: skip
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
#: The first two letters of a European, Cyrillic or punctuation character whose UTF-8 was taken for Windows-1252.
_TWICE = re.compile("[ÂÃÄÅÐÑ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€")
#: How all of these begin in UTF-8: a search for one byte, which no Chinese, Japanese or Korean letter has.
_TWICE_AS_BYTES = re.compile(rb"\xc3[\x82-\x85\x90\x91\xa2][\xc2\xc5\xc6\xcb\xe2]")
#: Windows-1252 as browsers have it: the five bytes that it leaves open are control characters.
_WINDOWS = {
    bytes([byte]).decode("cp1252"): byte
    for byte in range(0x80, 0xA0)
    if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
_BROKEN = re.compile("\ufffd+")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
#: Two tables map one Shift_JIS and EUC-JP byte to two look-alikes. What Windows writes is what people type and search.
_LOOK_ALIKES = {
    "\u301c": "\uff5e",
    "\u2016": "\u2225",
    "\u2212": "\uff0d",
    "\u00a2": "\uffe0",
    "\u00a3": "\uffe1",
    "\u00ac": "\uffe2",
}
#: Searched for, as they are rare: `str.translate` looks each letter up.
_LOOK_ALIKE = re.compile(f"[{''.join(_LOOK_ALIKES)}]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document's text, the Python codec that read it, and what an operator should know of that."""

    text: str
    codec: str
    notes: tuple[str, ...] = ()


def codec_of(label: str) -> str | None:
    """The Python codec of a charset label as the web understands it; None for a label that no one knows."""
    name = label.strip().lower()
    if name in _ALIASES:
        return _ALIASES[name]
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    found = _LARGER.get(found, found)
    return found if found in _WEB else None


def inflated(body: bytes) -> bytes:
    """The bytes inside a gzip that nobody labelled as one (RFC 1952), MAX_INFLATED at most; any other body as it is.

    Of a broken gzip it gives what can be read. Never raises.
    """
    if not body.startswith(_GZIP):
        return body
    read = b""
    # One file may be several one behind the other (RFC 1952 section 2.2).
    for _member in range(MAX_MEMBERS):
        inflater = zlib.decompressobj(wbits=31)
        try:
            read += inflater.decompress(body, MAX_INFLATED + 1 - len(read))
        except zlib.error:
            return read or body
        body = inflater.unused_data
        if len(read) > MAX_INFLATED or not body.startswith(_GZIP):
            break
    return read[:MAX_INFLATED]


def decode(body: bytes, content_type: str = "", override: str = "") -> Decoded:
    """The text of `body`, with the codec that read it and what an operator should know. Never raises.

    The first of these that tells counts: byte order mark, `override` (a charset label; one that nobody knows counts for
    nothing), the zeros of UTF-16 and UTF-32, ISO-2022's escapes, valid UTF-8, the document's declaration, the charset of
    `content_type`, the best guess. Valid UTF-8 with letters beyond ASCII wins over a label: it is never so by accident.
    """
    body = inflated(body)
    for mark, wide in _BOMS:
        if body.startswith(mark):
            return _finish(body[len(mark) :].decode(wide, "replace"), wide)
    if override and (asked := codec_of(override)):
        return _finish(body.decode(asked, "replace"), asked)
    if wide := _wide(body):
        return _finish(body.decode(wide, "replace"), wide)
    labels = [
        match.group(1).decode("ascii")
        for match in (_XML_DECLARATION.match(body), _META_CHARSET.search(body[:4096]))
        if match
    ]
    labels += [match.group(1) for match in (_HEADER_CHARSET.search(content_type),) if match]
    declared = [codec for label in labels if (codec := codec_of(label)) and not codec.startswith("utf-16")]
    if b"\x1b" in body and (escaped := _escaped(body, declared)):
        return _finish(body.decode(escaped, "replace"), escaped)
    if (text := _decoded(body, "utf-8")) is not None:
        if _TWICE_AS_BYTES.search(body) and (once := _decoded_once(text)):
            return _finish(once, "utf-8", ("encoded as utf-8 twice: undone",))
        lie = bool(declared) and declared[0] != "utf-8" and not body.isascii()
        return _finish(text, "utf-8", (f"decoded as utf-8 though it says {labels[0]}",) if lie else ())
    for codec in declared:
        if (text := _decoded(body, codec)) is not None:
            return _finish(text, codec)
    return _guess(body, declared, labels)


def _guess(body: bytes, declared: list[str], labels: list[str]) -> Decoded:
    """Nothing declared decodes it cleanly: a few broken bytes in the declared one, or a lie."""
    candidates = list(dict.fromkeys([*declared, *_CANDIDATES]))
    texts = {codec: body.decode(codec, "replace") for codec in candidates}
    spoken = _LANGUAGE.search(body[:4096])
    hinted = _LANGUAGE_CODECS.get(spoken[1].decode("ascii").lower(), ()) if spoken else ()

    def promise(codec: str) -> float:
        # A declared codec is believed unless another reads clearly more of it; so is that of the document's language.
        return (
            _plausibility(texts[codec]) + (0.02 if codec in declared else 0) + (0.5 if codec in hinted else 0)
        )

    best = "utf-8" if _mostly_utf8(texts["utf-8"]) else max(candidates, key=promise)
    says = f" though it says {labels[0]}" if labels and codec_of(labels[0]) != best else ""
    broken = texts[best].count("\ufffd")
    note = f"decoded as {best}{says}" + (f", {broken} characters unreadable" if broken else "")
    return _finish(texts[best], best, (note,) if says or broken or not labels else ())


def _decoded_once(text: str) -> str:
    """The text, where somebody took its UTF-8 for Windows-1252 and encoded it again ("Ã¼", "â€œ"); else nothing.

    Only where the whole document can be undone: one that speaks of mojibake also has letters that cannot.
    """
    if len(_TWICE.findall(text[:200_000])) < 3:
        return ""
    try:
        return bytes(_WINDOWS.get(letter) or letter.encode("latin-1")[0] for letter in text).decode("utf-8")
    except UnicodeError:
        return ""


def _finish(text: str, codec: str, notes: tuple[str, ...] = ()) -> Decoded:
    if codec in {"cp932", "euc_jp"}:
        text = _LOOK_ALIKE.sub(lambda found: _LOOK_ALIKES[found[0]], text)
    return Decoded(_ILLEGAL.sub("", text), codec, notes)


def _decoded(body: bytes, codec: str) -> str | None:
    """The text; None where not every byte of it is of that codec."""
    try:
        return body.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None


def _mostly_utf8(text: str) -> bool:
    """Whether what was read as UTF-8 is, but for some broken bytes: legacy text has hardly a valid sequence in it."""
    broken = len(_BROKEN.findall(text))
    return sum(character > "\x7f" for character in text) - text.count("\ufffd") > 5 * broken


def _escaped(body: bytes, declared: list[str]) -> str:
    """ISO-2022-JP or -KR, whose letters are all ASCII between escapes; empty where it is neither."""
    found = [codec for codec in declared if codec.startswith("iso2022")]
    if not found and (b"\x1b$B" in body or b"\x1b$@" in body):
        found = ["iso2022_jp_ext"]
    return next((codec for codec in found if _decoded(body, codec) is not None), "")


def _wide(body: bytes) -> str:
    """UTF-16 or UTF-32 without a byte order mark, by where the zeros of its first ASCII characters stand."""
    head = body[:64]
    if len(head) < 4 or head.lstrip(b"\0 \t\r\n")[:1] not in {b"<", b"{", b"["}:
        return ""
    zeros = [sum(byte == 0 for byte in head[place::4]) * 4 / len(head) for place in range(4)]
    if min(zeros[1:]) > 0.7:
        return "utf-32-le"
    if min(zeros[:3]) > 0.7:
        return "utf-32-be"
    if min(zeros[1], zeros[3]) > 0.7 > max(zeros[0], zeros[2]):
        return "utf-16-le"
    if min(zeros[0], zeros[2]) > 0.7 > max(zeros[1], zeros[3]):
        return "utf-16-be"
    return ""


def _plausibility(text: str) -> float:
    """The share of the non-ASCII characters that headlines are made of, less what betrays a wrong codec."""
    sample = [character for character in text[:200_000] if character > "\x7f"][:20_000]
    if not sample:
        return 1.0
    score = 0.0
    for character in sample:
        if character == "\ufffd" or "\ue000" <= character <= "\uf8ff" or "\x80" <= character <= "\x9f":
            score -= 5
        elif "\u3041" <= character <= "\u30fe" or "\uac00" <= character <= "\ud7a3":
            score += 1
        elif "\u4e00" <= character <= "\u9fa5" or (
            "\u3000" <= character <= "\u3020"
            or "\uff01" <= character <= "\uff5e"
            or "\u2010" <= character <= "\u203b"
        ):
            score += 0.8
        elif "\u00c0" <= character <= "\u024f":
            score += 0.5
        elif "\uff61" <= character <= "\uff9f" or "\u3400" <= character <= "\u4dbf":
            score -= 0.5
    hangul = sum("\uac00" <= character <= "\ud7a3" for character in sample) / len(sample)
    ideographs = sum("\u4e00" <= character <= "\u9fa5" for character in sample) / len(sample)
    # GB 2312 read as CP949 is a salad of both; no one has written Korean so for decades.
    return score / len(sample) - (0.5 if min(hangul, ideographs) > 0.15 else 0)
