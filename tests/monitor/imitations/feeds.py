"""Feeds, each with the trap that its site sets."""

from tests.monitor.imitations.kinds import DAY, INSTANT, LOCAL, Imitation, Kept, in_turn, xml
from tests.servers.feeds import Page

_RDF = (
    '<?xml version="1.0" encoding="{charset}"?>\n<rdf:RDF xmlns="http://purl.org/rss/1.0/" '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="ja">'
    '<channel rdf:about="https://www.example.jp/"><title>新着情報</title><link>https://www.example.jp/</link>'
    "<items><rdf:Seq><rdf:li rdf:resource='https://www.example.jp/1 '/></rdf:Seq></items></channel>{items}</rdf:RDF>"
)


def rdf(items: str, charset: str = "UTF-8") -> str:
    return _RDF.format(charset=charset, items=items)


def rss(items: str, attributes: str = "") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {attributes}><channel><title>x</title><link>/</link>{items}</channel></rss>'


def atom(entries: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><updated>2026-10-05T05:00:00Z</updated>{entries}</feed>'


def kantei(*titles: str) -> str:
    """Guids are places: today's item_1 is tomorrow's item_2. The last item has no link."""
    items = "".join(
        f"<item><title>{title}</title><link>{f'https://www.kantei.jp/{title}' if title else ''}</link>"
        f"<guid isPermaLink='false'>item_{place}</guid><pubDate>05 Oct 2026 18:30:00 +0900</pubDate></item>"
        for place, title in enumerate(titles, 1)
    )
    return rss(items + f"<item><title>リンクのない項目</title><link/><guid isPermaLink='false'>item_{len(titles) + 1}</guid></item>")  # fmt: skip


def press_of_metis_atom(number: str) -> str:
    return (
        f"<entry><title>発表その{number[-1]}</title><link href='/press/2026/06/{number}/{number}.html'/><updated>2026-06-19T05:00:00Z</updated>"
        "<author><name/></author><summary>制度の見直しについて公表しました。</summary></entry>"
    )


def guidance(title: str, updated: str) -> str:
    return f"<entry><id>https://www.gov.example/guidance/chips#{title[:5]}</id><updated>{updated}</updated><title>{title}</title><link rel='alternate' type='text/html' href='/government/{title[:5].lower()}'/><summary type='html'>On semiconductors.</summary></entry>"


def prtimes(number: int) -> str:
    return (
        f"<item rdf:about='https://prtimes.example/{number}'><title>新製品その{number}</title><link>https://prtimes.example/{number}</link>"
        "<description>発売します</description><dc:corp>会社</dc:corp><dc:date>2026-10-05T13:00:00+09:00</dc:date><date>2026-10-05</date></item>"
    )


IMITATIONS = (
    # Shift_JIS with letters that only its Windows kind has; every time is the batch's.
    Imitation(
        "soumu",
        {"/news.rdf": xml(rdf("<item rdf:about='https://www.soumu.jp/a.html'><title>①電波の利用～髙度化の方針</title><link>https://www.soumu.jp/a.html</link><description>①電波の利用～髙度化の方針</description><dc:date>2026-10-05T05:00:00+09:00</dc:date></item>", "Shift_JIS"), "cp932")},
        (Kept("①電波の利用～髙度化の方針", "https://www.soumu.jp/a.html", "2026-10-04T20:00:00Z", INSTANT),),
    ),
    Imitation(
        "mlit-press",
        {"/pressrelease.rdf": xml(rdf("<item rdf:about='http://www.mlit.jp/1.html'><title>港湾の整備</title><link>http://www.mlit.jp/1.html</link><dc:date>2026-10-05T05:00:00+09:00</dc:date></item>", "Shift_JIS"), "cp932")},
        (Kept("港湾の整備", "http://www.mlit.jp/1.html", "2026-10-04T20:00:00Z", INSTANT),),
    ),
    # Links with a blank behind them, on sister hosts.
    Imitation(
        "cao",
        {"/rss/news.rdf": xml(rdf("<item rdf:about='https://www.esri.jp/1.html '><title>月例統計の公表</title><link>https://www.esri.jp/1.html </link><dc:date>2026-10-05T08:50:00+09:00</dc:date></item>"))},
        (Kept("月例統計の公表", "https://www.esri.jp/1.html", "2026-10-04T23:50:00Z", INSTANT),),
    ),
    Imitation(
        "mhlw",
        {"/stf/news.rdf": xml(rdf("<item rdf:about='https://www.mhlw.jp/1.html'><title>検討会の開催</title><link>https://www.mhlw.jp/1.html</link><dc:date>2026-10-05T14:00:00+09:00</dc:date></item>"))},
        (Kept("検討会の開催", "https://www.mhlw.jp/1.html", "2026-10-05T05:00:00Z", INSTANT),),
    ),
    # Two entries of one page, told apart by their guids alone; links relative to xml:base.
    Imitation(
        "digital-agency",
        {"/rss/news.xml": xml(rss(
            "<item><title>調達仕様書を公開しました</title><link>/procurement</link><description/><guid isPermaLink='false'>6f2a0c11-0000-4000-8000-000000000001</guid><pubDate>Mon, 05 Oct 2026 09:00:00 +0900</pubDate></item>"
            "<item><title>入札公告を更新しました</title><link>/procurement</link><description/><guid isPermaLink='false'>6f2a0c11-0000-4000-8000-000000000002</guid><pubDate>Mon, 05 Oct 2026 09:00:00 +0900</pubDate></item>", 'xml:base="https://www.digital.jp"'))},
        (Kept("調達仕様書を公開しました", "https://www.digital.jp/procurement", "2026-10-05T00:00:00Z", INSTANT), Kept("入札公告を更新しました", "https://www.digital.jp/procurement", "2026-10-05T00:00:00Z", INSTANT)),
    ),
    Imitation(
        "kantei",
        {"/index-jnews.rdf": in_turn(xml(kantei("会見", "談話")), xml(kantei("新しい会議", "会見", "談話")))},
        (*(Kept(title, f"https://www.kantei.jp/{title}", "2026-10-05T09:30:00Z", INSTANT) for title in ("会見", "談話")), Kept("リンクのない項目", "")),
        later=(Kept("新しい会議", "https://www.kantei.jp/新しい会議", "2026-10-05T09:30:00Z", INSTANT),),
    ),
    # "JST" is no zone that RFC 822 knows.
    Imitation(
        "fsa",
        {"/fsaNewsListAll_rss2.xml": xml(rss("<item><title>監督指針の改正</title><link>https://www.fsa.jp/1.html</link><pubDate>Mon, 05 Oct 2026 17:00:00 JST</pubDate></item>"))},
        (Kept("監督指針の改正", "https://www.fsa.jp/1.html", "2026-10-05T08:00:00Z", INSTANT),),
    ),
    Imitation(
        "mof",
        {"/news.rss": xml(rss("<item><title>国債の入札結果</title><link>https://www.mof.jp/1.htm</link><pubDate>Mon, 05 Oct 2026 12:35:00 +0900</pubDate></item>"))},
        (Kept("国債の入札結果", "https://www.mof.jp/1.htm", "2026-10-05T03:35:00Z", INSTANT),),
    ),
    # Every link is relative, and nothing says to what.
    Imitation(
        "mod",
        {"/j/rss/news.xml": xml(rss("<item><title>共同訓練について</title><link>/j/press/1.html</link><guid>/j/press/1.html</guid><pubDate>Mon, 05 Oct 2026 15:00:00 +0900</pubDate></item>"))},
        (Kept("共同訓練について", "/j/press/1.html", "2026-10-05T06:00:00Z", INSTANT),),
    ),
    # No ids, an empty author, times that truly are UTC.
    Imitation(
        "meti-atom",
        {"/ml_index_release_atom.xml": xml(atom(press_of_metis_atom("20260619001") + press_of_metis_atom("20260619002")))},
        tuple(Kept(f"発表その{n}", f"/press/2026/06/2026061900{n}/2026061900{n}.html", "2026-06-19T05:00:00Z", INSTANT) for n in (1, 2)),
    ),
    # No dates at all.
    Imitation(
        "nikkei-asia",
        {"/rss/feed/nar": xml(rdf("<item rdf:about='https://asia.nikkei.example/chips'><title><![CDATA[Chip makers & the “new” map]]></title><link>https://asia.nikkei.example/chips</link></item>"))},
        (Kept("Chip makers & the “new” map", "https://asia.nikkei.example/chips"),),
    ),
    Imitation(
        "nikkei-xtech",
        {"/rss/index.rdf": xml(rdf("<item rdf:about='https://xtech.nikkei.example/1/'><title><![CDATA[量子計算の<br>実用化]]></title><link>https://xtech.nikkei.example/1/</link><description><![CDATA[　企業の取り組みを追う。]]></description><dc:date>2026-10-05T05:00:00+09:00</dc:date></item>", "utf-8"))},
        (Kept("量子計算の 実用化", "https://xtech.nikkei.example/1/", "2026-10-04T20:00:00Z", INSTANT),),
    ),
    Imitation(
        "boj",
        {"/rss/whatsnew.xml": xml(rss("<item><title>金融政策決定会合の結果</title><link>https://www.boj.example/1.pdf</link><guid>https://www.boj.example/1.pdf</guid><pubDate>Mon, 05 Oct 2026 12:00:00 +0900</pubDate></item>"))},
        (Kept("金融政策決定会合の結果", "https://www.boj.example/1.pdf", "2026-10-05T03:00:00Z", INSTANT),),
    ),
    # RSS under another extension that is Atom.
    Imitation(
        "nli",
        {"/RSS.rdf": xml(atom("<entry><id>tag:nli.example,2026:1</id><title>物価の見通し</title><link href='https://www.nli.example/report/1'/><published>2026-10-05T10:00:00+09:00</published><updated>2026-10-06T10:00:00+09:00</updated></entry>"))},
        (Kept("物価の見通し", "https://www.nli.example/report/1", "2026-10-05T01:00:00Z", INSTANT),),
    ),
    # Two hundred at once, each dated twice: the time, then the day.
    Imitation(
        "fujitsu",
        {"/companyrdf.php": xml(rdf("".join(map(prtimes, range(200)))))},
        tuple(Kept(f"新製品その{n}", f"https://prtimes.example/{n}", "2026-10-05T04:00:00Z", INSTANT) for n in range(200)),
    ),
    Imitation(
        "nec",
        {"/ja/press/press.xml": xml(rss("<item><title>新型サーバーを発売</title><link>https://jpn.nec.example/press/1.html</link><description>省電力です。</description><pubDate>Mon, 05 Oct 2026 14:00:00 +0900</pubDate></item>"))},
        (Kept("新型サーバーを発売", "https://jpn.nec.example/press/1.html", "2026-10-05T05:00:00Z", INSTANT),),
    ),
    Imitation(
        "ibm-japan",
        {"/announcements": xml(rss("<item><title>量子研究の拠点</title><link>https://jp.newsroom.ibm.example/1</link><guid isPermaLink='true'>https://jp.newsroom.ibm.example/1</guid><pubDate>Mon, 05 Oct 2026 02:00:00 GMT</pubDate></item>"))},
        (Kept("量子研究の拠点", "https://jp.newsroom.ibm.example/1", "2026-10-05T02:00:00Z", INSTANT),),
    ),
    # An edited page comes up again with a new `updated`: it is the same entry.
    Imitation(
        "uk-dsit",
        {"/government/organisations/department-for-science-innovation-and-technology.atom": in_turn(
            xml(atom(guidance("Chips strategy", "2026-10-05T10:00:00+01:00"))),
            xml(atom(guidance("Grant competition", "2026-10-07T10:00:00+01:00") + guidance("Chips strategy", "2026-10-06T10:00:00+01:00"))))},
        (Kept("Chips strategy", "/government/chips", "2026-10-05T09:00:00Z", INSTANT),),
        later=(Kept("Grant competition", "/government/grant", "2026-10-07T09:00:00Z", INSTANT),),
    ),
    # Summer time by its name.
    Imitation(
        "sciencedaily-top",
        {"/rss/top/sciencedaily.xml": xml(rss("<item><title>Smaller magnets</title><link>https://www.sciencedaily.example/1.htm</link><pubDate>Mon, 05 Oct 2026 10:15:00 EDT</pubDate><guid isPermaLink='true'>https://www.sciencedaily.example/1.htm</guid></item>"))},
        (Kept("Smaller magnets", "https://www.sciencedaily.example/1.htm", "2026-10-05T14:15:00Z", INSTANT),),
    ),
    # Blank lines in the lead; a guid that is a node's path and no address.
    Imitation(
        "nist",
        {"/news-events/news/rss.xml": xml(rss("<item><title>Clock comparison</title><link>https://www.nist.example/news/1</link><description>\n\n  A new measurement.\n\n</description><guid isPermaLink='false'>/node/1867</guid><pubDate>Mon, 05 Oct 2026 12:00:00 +0000</pubDate></item>", 'xml:base="https://www.nist.example/"'))},
        (Kept("Clock comparison", "https://www.nist.example/news/1", "2026-10-05T12:00:00Z", INSTANT),),
    ),
    # Escaped once too often; Korean time that does not say so.
    Imitation(
        "yna-industry",
        {"/rss/industry.xml": xml(rss("<item><title>&amp;quot;배터리&amp;quot; 공장 R&amp;amp;D 투자</title><link>http://www.yna.example/1</link><pubDate>2026-10-05 09:30:00</pubDate></item><item><title>둘째 소식</title><link>http://www.yna.example/2</link><pubDate>2026-10-05</pubDate></item>"))},
        (Kept('"배터리" 공장 R&D 투자', "http://www.yna.example/1", "2026-10-05T00:30:00Z", LOCAL), Kept("둘째 소식", "http://www.yna.example/2", "2026-10-04T15:00:00Z", DAY)),
    ),
    # The link never leaves the search engine; whose article it is stands in <source>.
    Imitation(
        "google-news-counterpoint",
        {"/rss/search": xml(rss("<item><title>Phone shipments - Counterpoint</title><link>https://news.google.example/rss/articles/CBMi1?oc=5</link><guid isPermaLink='false'>CBMi1</guid><pubDate>Mon, 05 Oct 2026 07:00:00 GMT</pubDate><description>&lt;a href='https://news.google.example/1'&gt;Phone shipments&lt;/a&gt;</description><source url='https://counterpoint.example'>Counterpoint</source></item>"))},
        (Kept("Phone shipments - Counterpoint", "https://news.google.example/rss/articles/CBMi1?oc=5", "2026-10-05T07:00:00Z", INSTANT),),
    ),
    # Closed, and still answers 200 with a feed of nothing.
    Imitation("korea-kr-policy", {"/rss/policy.xml": xml(rss(""))}, ()),
    # A wall.
    Imitation("oecd", {"/newsroom/rss.xml": Page(b"Attention required", "text/html", 403)}, (), error="403"),
    # What a script gets of a site that shows itself to browsers only.
    Imitation("imf-news-rss", {"/en/News/RSS": xml("<!DOCTYPE html><html><head><script src='/_next/x.js'></script></head><body><div id='__next'></div></body></html>", content_type="text/html")}, (), error="a web page where a feed should be"),
)  # fmt: skip
