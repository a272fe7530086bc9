"""Lists for machines: JSON that a page's script asks for, and sitemaps."""

import json
from datetime import UTC, datetime, timedelta

from tests.monitor.imitations.kinds import DAY, INSTANT, Imitation, Kept, by_script, html, only_if, posts
from tests.servers.feeds import Page

#: Only pages of fresh entries are read.
_YESTERDAY = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"

_KOTRA = {
    "result": "success",
    "data": {"totalCount": 3, "list": [
        {"NTT_SN": 20_000 + n, "BBS_SN": 242, "NTT_SJ": f"시장 동향 &amp; 전망 {n}", "REGN": "아시아", "NAT": "일본", "KBC": "도쿄무역관",
         "OTHBC_DT": "2026-10-05", "SMMAR_CN": "&lt;p&gt;요약입니다.&lt;/p&gt;"} for n in (1, 2, 3)]},
}  # fmt: skip
_HITACHI = {
    "years": [{"value": "2026"}, {"value": "2025"}],
    "searchPagesList": [
        {"newsTitle": f"鉄道車両の受注{n}", "newsPath": f"/ja-jp/press/{n}.html", "publishDateValue": "2026年10月5日"} for n in (1, 2, 3)
    ],
}  # fmt: skip
_SITEMAP = (
    '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<url><loc>https://newsroom.accenture.example/jp/</loc><lastmod>2026-10-06</lastmod></url>"
    "<url><loc>HERE/jp/news/2025/an-older-one</loc><lastmod>2025-03-04</lastmod></url>"
    "<url><loc>HERE/jp/news/2026/new-ai-centre</loc><lastmod>YESTERDAYT01:00:00.000Z</lastmod></url></urlset>"
).replace("YESTERDAY", _YESTERDAY)


def _json(document: object) -> Page:
    return Page(json.dumps(document, ensure_ascii=False).encode(), "application/json;charset=UTF-8")


IMITATIONS = (
    Imitation(
        "kotra",
        {"/ajaxf/frNews/getKotraBoardList.do": only_if(
            lambda seen: by_script(seen) and posts(seen, SITE_NO="3", MENU_ID="70", CONTENTS_NO="1", bbsGbn="00", pageNo="1"),
            _json(_KOTRA), html("잘못된 접근입니다.", 200))},
        tuple(Kept(f"시장 동향 & 전망 {n}", f"/kotranews/cms/news/actionKotraBoardDetail.do?MENU_ID=70&pNttSn={20_000 + n}&bbsSn=242", "2026-10-04T15:00:00Z", DAY) for n in (1, 2, 3)),
    ),
    Imitation(
        "hitachi",
        {"/ja-jp/press/": _json(_HITACHI)},
        tuple(Kept(f"鉄道車両の受注{n}", f"/ja-jp/press/{n}.html", "2026-10-04T15:00:00Z", DAY) for n in (1, 2, 3)),
    ),
    # Only news are entries; their titles stand on their own pages, and old ones are not worth a request.
    Imitation(
        "accenture-japan",
        {
            "/sitemap.xml": lambda seen: Page(_SITEMAP.replace("HERE", f"http://{seen.headers['host']}").encode()),
            "/jp/news/2026/new-ai-centre": html("<h1><strong>新しいAI拠点を開設</strong></h1>"),
        },
        (Kept("新しいAI拠点を開設", "/jp/news/2026/new-ai-centre", f"{_YESTERDAY}T01:00:00Z", INSTANT), Kept("an older one", "/jp/news/2025/an-older-one", "2025-03-03T15:00:00Z", DAY)),
    ),
)  # fmt: skip
