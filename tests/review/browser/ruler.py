"""What a ruler finds wrong with a page: its structure, its widths, its contrast, its room for thumbs."""

from collections.abc import Iterator

from playwright.sync_api import Page

#: 320 is a window of 1280 px at 400 % zoom (WCAG 2.2, 1.4.10).
WIDTHS = (320, 390, 820, 1280, 1600)
PHONE = 390

CONTRAST = """() => {
  const parse = text => { const n = text.match(/[\\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1] }
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1)
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b }
  const ground = element => {
    const layers = []
    for (let e = element; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3]) layers.push(c); if (c[3] === 1) break }
    return layers.reduceRight((under, top) => over(top, under), [255, 255, 255, 1])
  }
  const bad = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode, element = text.parentElement, style = getComputedStyle(element)
    if (!text.textContent.trim() || !element.checkVisibility() || element.closest(".sr, option")) continue
    const under = ground(element)
    let ink = over(parse(style.color), under)
    for (let e = element; e; e = e.parentElement) { const o = +getComputedStyle(e).opacity; if (o < 1) ink = over([...ink.slice(0, 3), o], under) }
    const [a, b] = [light(ink), light(under)].sort((x, y) => y - x)
    const ratio = (a + 0.05) / (b + 0.05)
    if (ratio < 4.5) bad.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)} ${text.textContent.trim().slice(0, 20)}`)
  }
  return [...new Set(bad)]
}"""


STRUCTURE = """() => {
  const name = e => (e.getAttribute("aria-label") || e.textContent || [...(e.labels || [])].map(l => l.textContent).join("") || "").trim()
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id)
  return {
    doubleIds: ids.filter((id, at) => ids.indexOf(id) !== at),
    nameless: [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select")].filter(e => !e.hidden && !name(e)).map(e => e.outerHTML),
    headings: document.querySelectorAll("h1").length,
    mains: document.querySelectorAll("main").length,
    language: document.documentElement.lang,
    skipped: [...document.querySelectorAll("h1,h2,h3,h4")].map(h => +h.tagName[1]).filter((level, at, all) => at && level > all[at - 1] + 1),
    unlabelled: [...document.querySelectorAll("[aria-labelledby]")].filter(e => !document.getElementById(e.getAttribute("aria-labelledby"))).length,
    newWindows: [...document.querySelectorAll("a[target=_blank]")].filter(a => !a.relList.contains("noopener")).length,
  }
}"""


SMALL = """() => [...document.querySelectorAll("button, .button, .nav a, .brand, select, textarea, input:not([type=hidden]), .more-filters, summary")]
  .map(e => ["checkbox", "radio"].includes(e.type) ? e.closest("label") || e : e)
  .filter(e => e.checkVisibility() && e.id !== "more-filters")
  .filter(e => { const box = e.getBoundingClientRect(); return box.height < 44 || box.width < 24 })
  .map(e => e.outerHTML.slice(0, 80))"""

#: Fields that are wider than the place they have been given.
OUTSIDE = """() => [...document.querySelectorAll(".entry > :is(input, select, textarea)")]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > e.parentElement.getBoundingClientRect().right + 1)
  .map(e => e.outerHTML.slice(0, 80))"""

SHIFTS = """window.shifts = []; new PerformanceObserver(list => list.getEntries().forEach(e => shifts.push(e.value)))
  .observe({type: "layout-shift", buffered: true})"""

SOUND = {
    "doubleIds": [], "nameless": [], "headings": 1, "mains": 1,
    "language": "ko", "skipped": [], "unlabelled": 0, "newWindows": 0,
}  # fmt: skip


def faults_of(page: Page) -> Iterator[str]:
    """What a ruler finds wrong with the page, at every width and in both themes."""
    if page.evaluate("shifts").count(0) != len(page.evaluate("shifts")):
        yield "something moved while it loaded"
    found = page.evaluate(STRUCTURE)
    if found != SOUND:
        yield f"cannot be read aloud well: {found}"
    page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"scrolls sideways at {width} px"
        if outside := page.evaluate(OUTSIDE):
            yield f"sticks out at {width} px: {outside}"
        if width == PHONE and (small := page.evaluate(SMALL)):
            yield f"too small for a thumb: {small}"
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        # WCAG 2.2, 1.4.3 at level AA, without the exception for large text.
        if faint := page.evaluate(CONTRAST):
            yield f"faint in the {theme}: {faint}"
