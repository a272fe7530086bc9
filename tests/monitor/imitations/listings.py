"""Pages of rows: hashed class names, dates that stand above, beside, in comments and in addresses, ids in scripts."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.monitor.imitations.kinds import (
    DAY,
    LOCAL,
    Imitation,
    Kept,
    by_script,
    html,
    in_turn,
    only_if,
    posts,
    rows,
)
from tests.servers.feeds import Page

_TODAY = datetime.now(ZoneInfo("Asia/Tokyo")).date()
#: A page that names no years is read by ours.
_WEEK_AGO = _TODAY - timedelta(days=7)
_NUMBERS = (1, 2, 3, 4, 5)


def midnight(day: date) -> str:
    """A day of Tokyo or Seoul, as it is kept."""
    return f"{day - timedelta(days=1):%Y-%m-%d}T15:00:00Z"


def of_meti(*presses: tuple[str, str]) -> Page:
    """METI's list of twenty; the address has the eleven digits that name the release."""
    items = "".join(
        f"<li><div class='img_box'><img alt='分野'></div><div class='txt_box'><p>2026年10月5日</p><a class='cut_txt' href='{address}'>{title}</a></div></li>"
        for title, address in presses
    )
    return html(f"<ul class='clearfix float_li'>{items}</ul>")


def new_shape(number: int) -> tuple[str, str]:
    return f"発表その{number}", f"/press/2026/10/2026100500{number}.html"


def old_shape(number: int) -> tuple[str, str]:
    return f"発表その{number}", f"/press/2026/10/2026100500{number}/2026100500{number}.html"


_KIAT = rows(
    "<tr><td>{n}</td><td class='td_title'><a href=\"javascript:contentsView('0000000000000000000000000000000{n}')\">지원사업 공고 {n}</a></td>"
    "<td class='td_reg_date'>2026-10-05</td><td><span class='app_state' data-start='2026-10-06' data-end='2026-11-06'></span></td></tr>",
    _NUMBERS,
)
_MOTIR = (
    "<tr><td>2026-{n}</td><td class='ta-l'><div class='board-link'><a href=\"javascript:article.view('7130{n}')\"><i>수출입 동향 {n}</i></a></div></td>"
    "<td>담당과</td><td>2026-10-05</td><td>9</td><td><a href='/attach/down/x'>첨부</a></td></tr>"
)
_MOTIR_ENGLISH = (
    "<li><a href=\"javascript:article.view('241{n}', '2');\"><div class='item'><strong class='title'>Exports rise, part {n}</strong>"
    "<p class='info'><span class='cont'>A summary.</span><span class='date'><i>date</i>2026-10-05</span></p></div></a></li>"
)
_ARTICLE = '<html><head><meta property="article:published_time" content="2026-10-05T14:30:00+09:00"></head><body></body></html>'

IMITATIONS = (
    # Class names end in a hash; the list has no time, the article's page has.
    Imitation(
        "nikkei-technology",
        {
            "/technology/archive/": html("<div class='container_cz8t'><div>" + rows(
                "<div class='default_d1a'><article><a href='/img/{n}'><img alt=''></a><h2 class='title_t9'><a class='titleLink_q' href='/article/DGX{n}/'>量産の話{n}</a></h2><p><a class='topicItem_z' href='/topics/1'>話題</a></p></article></div>", _NUMBERS)
                + "<div class='default_d1a'><p>広告</p></div></div></div>"),
            **{f"/article/DGX{n}/": Page(_ARTICLE.encode(), "text/html") for n in _NUMBERS},
        },
        tuple(Kept(f"量産の話{n}", f"/article/DGX{n}/", "2026-10-05T05:30:00Z", "instant") for n in _NUMBERS),
    ),
    # The address is the only clock, and it is Tokyo's.
    Imitation(
        "nikkei-chinese",
        {"/": html("<dl>" + rows("<dt><a href='/industry/auto/6100{n}-2026-10-05-14-30-00.html'>标题{n}</a></dt><dd>摘要</dd>", _NUMBERS) + "</dl>")},
        tuple(Kept(f"标题{n}", f"/industry/auto/6100{n}-2026-10-05-14-30-00.html", "2026-10-05T05:30:00Z", LOCAL) for n in _NUMBERS),
    ),
    # The second time one release has its other address, and one is new.
    Imitation(
        "meti-press",
        {"/press/index.html": in_turn(of_meti(old_shape(1), *map(new_shape, (2, 3, 4, 5))), of_meti(*map(new_shape, (6, 1, 2, 3, 4, 5))))},
        (Kept(*old_shape(1), midnight(date(2026, 10, 5)), DAY), *(Kept(*new_shape(n), midnight(date(2026, 10, 5)), DAY) for n in (2, 3, 4, 5))),
        later=(Kept(*new_shape(6), midnight(date(2026, 10, 5)), DAY),),
    ),
    # Its wall: 202 and nothing.
    Imitation("meti-press", {"/press/index.html": Page(b"", "text/html", 202)}, (), error="202", name="meti-press-walled"),
    # A list that lost its rows.
    Imitation("meti-press", {"/press/index.html": html("<ul class='news'><li>x</li></ul>")}, (), error="finds 0 rows", name="meti-press-rebuilt"),
    # The year stands over the month, the day over the rows.
    Imitation(
        "maff",
        {"/j/press/index.html": html("<div id='main_content'><h2>令和8年10月分</h2><p class='list_item_date'>10月5日</p>" + rows("<dl class='list_item'><dt>農産</dt><dd><a href='./nousan/{n}.html'>公表{n}</a></dd></dl>", (1, 2))
            + "<h2>令和7年12月分</h2><p class='list_item_date'>12月26日</p><dl class='list_item'><dt>林野</dt><dd><a href='./rinya/3.html'>公表3</a></dd></dl></div>")},
        (*(Kept(f"公表{n}", f"/j/press/nousan/{n}.html", midnight(date(2026, 10, 5)), DAY) for n in (1, 2)), Kept("公表3", "/j/press/rinya/3.html", midnight(date(2025, 12, 26)), DAY)),
    ),
    Imitation(
        "env-japan",
        {"/press/index.html": html("<details class='p-press-release-list__block'><summary><span class='p-press-release-list__heading'>2026年10月05日発表</span></summary><ul>"
            + rows("<li class='c-news-link__item'><span>水</span><a class='c-news-link__link' href='/press/{n}.html'>検討会{n}</a></li>", _NUMBERS) + "</ul></details>")},
        tuple(Kept(f"検討会{n}", f"/press/{n}.html", midnight(date(2026, 10, 5)), DAY) for n in _NUMBERS),
    ),
    # The date stands in a comment, in an era that ended; the page's address holds the year.
    Imitation(
        "moj",
        {f"/hisho/kouhou/press_r{year - 2018}.html": html("<div id='content'>" + rows("<dl class='dlst02'><!-- dt>平成38年10月5日</dt --><dd><a href='/press/{n}.html'>統計{n}</a></dd></dl>", (1, 2, 3)) + "</div>")
            for year in (_TODAY.year, _TODAY.year - 1)},
        tuple(Kept(f"統計{n}", f"/press/{n}.html", midnight(date(2026, 10, 5)), DAY) for n in (1, 2, 3)),
    ),
    # No year anywhere near.
    Imitation(
        "mofa-japan",
        {"/mofaj/press/release/index.html": html(f"<div id='pressrelease'><dl><dt class='list-title'>{_WEEK_AGO.month}月{_WEEK_AGO.day}日付</dt><dd><ul class='link-list'>"
            + rows("<li><a href='/mofaj/{n}.html'>会談{n}</a></li>", (1, 2, 3)) + "</ul></dd></dl></div>")},
        tuple(Kept(f"会談{n}", f"/mofaj/{n}.html", midnight(_WEEK_AGO), DAY) for n in (1, 2, 3)),
    ),
    # The list's page is empty; its rows come by POST to a script, as a bare fragment.
    Imitation(
        "kiat-business",
        {"/front/board/boardContentsListAjax.do": only_if(
            lambda seen: by_script(seen) and posts(seen, board_id="90", MenuId="b159c9dac684471b87256f1e25404f5e", miv_pageNo="1", searchkey="T", searchtxt=""),
            Page(_KIAT.encode(), "text/html;charset=UTF-8"), html("<table><caption>사업공고 리스트 화면</caption><tbody></tbody></table>"))},
        tuple(Kept(f"지원사업 공고 {n}", f"/front/board/boardContentsView.do?board_id=90&MenuId=b159c9dac684471b87256f1e25404f5e&contents_id=0000000000000000000000000000000{n}", midnight(date(2026, 10, 5)), DAY) for n in _NUMBERS),
    ),
    Imitation(
        "motir-press",
        {"/kor/article/ATCL3f49a5a8c": html(f"<div class='board-tbl board-list'><table><tbody>{rows(_MOTIR, _NUMBERS)}</tbody></table></div>")},
        tuple(Kept(f"수출입 동향 {n}", f"/kor/article/ATCL3f49a5a8c/7130{n}/view", midnight(date(2026, 10, 5)), DAY) for n in _NUMBERS),
    ),
    Imitation(
        "motir-english",
        {"/eng/article/EATCLdfa319ada": html(f"<div class='board-list'><ul>{rows(_MOTIR_ENGLISH, _NUMBERS)}</ul></div>")},
        tuple(Kept(f"Exports rise, part {n}", f"/eng/article/EATCLdfa319ada/241{n}/view", midnight(date(2026, 10, 5)), DAY) for n in _NUMBERS),
    ),
    Imitation(
        "kdi-eiec",
        {"/policy/materialList.do": html("<div id='listArea'><ul>" + rows("<li><a href='/policy/materialView.do?num=28{n}'><p>산업 대책 {n}</p><span>산업통상부</span><span>2026.10.05</span></a></li>", range(10)) + "</ul></div>")},
        tuple(Kept(f"산업 대책 {n}", f"/policy/materialView.do?num=28{n}", midnight(date(2026, 10, 5)), DAY) for n in range(10)),
    ),
    # Days in the addresses.
    Imitation(
        "imf-news",
        {"/en/news": html("<nav><a href='/en/news/searchnews'>All</a></nav><ul>" + rows("<li><div><span>Press Release</span><a href='/en/News/Articles/2026/10/05/pr-{n}'>Board concludes review {n}</a></div></li>", (1, 2, 3)) + "</ul>")},
        tuple(Kept(f"Board concludes review {n}", f"/en/News/Articles/2026/10/05/pr-{n}", "2026-10-05T00:00:00Z", DAY) for n in (1, 2, 3)),
    ),
    Imitation(
        "imf-blog",
        {"/en/blogs": html(rows("<h3 class='card-subtitle'><a class='belt-link' href='/en/blogs/articles/2026/10/05/how-{n}'>How debt works {n}</a></h3>", (1, 2, 3)))},
        tuple(Kept(f"How debt works {n}", f"/en/blogs/articles/2026/10/05/how-{n}", "2026-10-05T00:00:00Z", DAY) for n in (1, 2, 3)),
    ),
    Imitation(
        "shanghai",
        {"/nw2315/index.html": html("<ul><li><a href='/index.html'>首页</a></li>" + rows("<li><a href='/nw17239/20261005/0a1b{n}.html'>发布会{n}</a></li>", _NUMBERS) + "</ul>")},
        tuple(Kept(f"发布会{n}", f"/nw17239/20261005/0a1b{n}.html", "2026-10-04T16:00:00Z", DAY) for n in _NUMBERS),
    ),
    Imitation(
        "tis",
        {"/news/": html("<div id='all'><ul class='infoList'>" + rows("<li><time datetime='2026-10-05'>10月</time><a href='/news/{n}.html'>提供開始{n}</a></li>", _NUMBERS) + "</ul></div>")},
        tuple(Kept(f"提供開始{n}", f"/news/{n}.html", midnight(date(2026, 10, 5)), DAY) for n in _NUMBERS),
    ),
    # One date over several entries.
    Imitation(
        "nttdata",
        {"/global/ja/news/": html("<ul><li><p class='c-list-news-date-merge__date'>2026年10月5日</p>" + rows("<div class='c-list-news-date-merge__detail'><p>種類</p><a href='/n/{n}'>締結{n}</a></div>", _NUMBERS) + "</li></ul>")},
        tuple(Kept(f"締結{n}", f"/n/{n}", midnight(date(2026, 10, 5)), DAY) for n in _NUMBERS),
    ),
)  # fmt: skip
