# SPDX-License-Identifier: MIT
"""Pages in headless Chromium: check_pages.py WRITE_PAGES [PICTURES]

Every page, light and dark, 360 and 1280 pixels wide: asks for nothing, says nothing on the console, is no wider than the window, has no
label on another one, no cut label without its full text, no serious or critical finding of axe-core (METAGAME_AXE names axe.min.js; without it
that part is left out, and said). With script off all views are there. The keyboard reaches everything and moves in the matrix and strips.
With PICTURES the pages are photographed into that folder. Exit 77 without chromium."""
import base64
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import devtools

PAGES = ["short", "long", "sampled", "one", "two", "twenty", "hundred", "many", "arabic", "scripts", "hostile", "symmetric", "symmetric-sampled",
         "patches", "free", "steps", "tiny-numbers", "gaps"]
AXE_EVERYWHERE = ("short", "sampled", "hostile", "free", "symmetric-sampled")  # the others in one width for each theme
AXE_NOWHERE = ("hundred", "many")  # a minute for 10,000 cells of the kind that "long" has
wrong = []


def expect(condition, *what):
    if not condition:
        wrong.append(" ".join(str(part) for part in what))
        print("FAILED:", wrong[-1], file=sys.stderr)


OVERLAPS = """(() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg.fig')) {
    const boxes = [...svg.querySelectorAll('text')].map(t => [t.getBoundingClientRect(), t.textContent]);
    const frame = svg.getBoundingClientRect();
    for (let a = 0; a < boxes.length; ++a) {
      const p = boxes[a][0];
      if (p.left < frame.left - 1 || p.right > frame.right + 1 || p.top < frame.top - 1 || p.bottom > frame.bottom + 1)
        found.push(boxes[a][1].slice(0, 30) + ' leaves its picture');
      for (let b = a + 1; b < boxes.length; ++b) {
        const q = boxes[b][0];
        const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left), high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        if (wide > 1 && high > 3) found.push(boxes[a][1].slice(0, 30) + ' on ' + boxes[b][1].slice(0, 30));
      }
    }
  }
  const cells = [...document.querySelectorAll('.grid td, .grid th, .top td')];
  for (const c of cells) if (c.scrollWidth > c.clientWidth + 1 && !c.title && !c.querySelector('.v') && c.textContent && !c.closest('.dense tbody, .sr'))
    found.push('cut without title: ' + c.textContent.slice(0, 30));
  for (const e of document.querySelectorAll('.grid th, text.w')) {
    const shown = [...e.childNodes].filter(k => k.nodeName !== 'title').map(k => k.textContent).join('');
    if (shown.endsWith('\\u2026') && !e.title && !e.querySelector('title')) found.push('no full text: ' + shown);
  }
  return found;
})()"""

AXE = """axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
  .map(v => v.id + ' (' + v.nodes.length + '): ' + v.nodes[0].html.slice(0, 120) + ' ' + (v.nodes[0].failureSummary || '').slice(0, 240)))"""


def look(browser, folder, axe, pictures):
    for dark in (False, True):
        for width in (1280, 360):
            tab = devtools.Tab(browser, width, 900, dark)
            for name in PAGES:
                where = f"{name}, {'dark' if dark else 'light'}, {width}:"
                tab.open(folder / f"{name}.html")
                asked = [url for url in tab.requests() if not url.startswith("data:")]
                expect(len(asked) == 1 and asked[0].startswith("file:"), where, "requests", asked)
                expect(tab.evaluate("document.documentElement.scrollWidth") <= width, where, "wider than the window")
                for overlap in tab.evaluate(OVERLAPS)[:3]:
                    expect(False, where, overlap)
                expect(tab.evaluate("getComputedStyle(document.documentElement).backgroundColor") == ("rgb(20, 16, 15)" if dark else "rgb(255, 255, 255)"),
                       where, "theme")
                if axe and name not in AXE_NOWHERE and (dark == (width == 360) or name in AXE_EVERYWHERE):
                    tab.evaluate(axe + ";0")
                    for finding in tab.evaluate(AXE):
                        expect(False, where, "axe:", finding)
                for complaint in tab.complaints():
                    expect(False, where, "console:", complaint)
                if pictures:
                    shoot(tab, pictures / f"{name}-{'dark' if dark else 'light'}-{width}.png")
            tab.close()


def shoot(tab, path):
    size = tab.call("Page.getLayoutMetrics")["cssContentSize"]
    clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 3000), "scale": 1}
    path.write_bytes(base64.b64decode(tab.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]))


def without_script(browser, folder):
    """The page itself with scripts switched off, and the page that has none: the same static views."""
    for name, script in (("sampled", False), ("sampled.plain", True), ("patches", False), ("free.plain", True), ("symmetric", False)):
        tab = devtools.Tab(browser, 1280, 900, False, script)
        tab.open(folder / f"{name}.html")
        seen = tab.call("DOM.getDocument", depth=1) and tab.call("Page.captureScreenshot", format="png")["data"]
        expect(len(seen) > 20000, name, "without script: nothing is drawn")
        tree = tab.call("Accessibility.getFullAXTree")["nodes"]
        names = " ".join(str(node.get("name", {}).get("value", "")) for node in tree if not node.get("ignored"))
        roles = [node.get("role", {}).get("value") for node in tree if not node.get("ignored")]
        for part in ("Who moves whom", "receives", "sends", "Matrix", "Method", "received from others", "sent to others", "raises", "lowers"):
            if part in ("raises", "lowers") and name.startswith("symmetric"):
                continue
            expect(part in names, name, "without script:", part, "is missing")
        expect(not any(word in names for word in ("show the strongest", "theme:", "Arrow keys")), name, "without script: controls that do nothing")
        expect("image" in roles or "img" in roles, name, "without script: no picture")
        tab.close()


def active(tab):
    return tab.evaluate("""(() => { const e = document.activeElement, s = getComputedStyle(e); return {tag: e.tagName, id: e.id, text: e.textContent.slice(0, 40),
      row: e.tagName === 'TD' ? e.parentNode.sectionRowIndex : -1, column: e.tagName === 'TD' ? e.cellIndex - 1 : -1,
      outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, label: e.getAttribute('aria-label') || '', strip: e.classList.contains('t')}; })()""")


def keyboard(browser, folder):
    tab = devtools.Tab(browser, 1280, 900, False)
    tab.open(folder / "sampled.html")
    stops = []
    for _ in range(30):
        tab.key("Tab")
        stop = active(tab)
        if stop["tag"] == "BODY":
            break
        expect(stop["outline"], "keyboard: no visible focus on", stop)
        stops.append(stop)
    kinds = [("slider", lambda s: s["id"] == "k"), ("arcs", lambda s: s["label"] == "Arcs"), ("strips", lambda s: s["strip"]),
             ("matrix", lambda s: s["tag"] == "TD"), ("theme", lambda s: s["id"] == "theme")]
    for kind, test in kinds:
        expect(any(test(stop) for stop in stops), "keyboard: Tab does not reach", kind)
    expect(sum(stop["tag"] == "TD" for stop in stops) == 1, "keyboard: the matrix is more than one tab stop")

    tab.evaluate("document.querySelector('#m td[tabindex=\"0\"]').focus()")
    for key, more, place in (("ArrowRight", {}, (0, 1)), ("ArrowDown", {}, (1, 1)), ("End", {}, (1, 11)), ("Home", {}, (1, 0)), ("ArrowLeft", {}, (1, 0)),
                             ("End", {"modifiers": 2}, (11, 11)), ("ArrowDown", {}, (11, 11)), ("Home", {"modifiers": 2}, (0, 0)), ("ArrowDown", {}, (1, 0)),
                             ("ArrowDown", {}, (2, 0))):
        tab.key(key, **more)
        now = active(tab)
        expect((now["row"], now["column"]) == place, "keyboard:", key, more, "leads to", now["row"], now["column"], "not", place)
    info = tab.evaluate("document.getElementById('info').textContent")
    expect(info.startswith("The \u2192 was: ") and ("raises" in info or "lowers" in info), "keyboard: the cell says", info)
    before = tab.evaluate("document.querySelector('.nr').textContent")
    tab.key("Enter")
    expect(tab.evaluate("document.querySelector('.nr').textContent") == "was", "keyboard: Enter in row 2 does not focus 'was'")
    expect(tab.evaluate("document.querySelectorAll('#sr .here').length") == 1, "keyboard: the word in focus is not marked")
    expect(tab.evaluate("[...document.querySelectorAll('#sr .t')].every((t, j) => t.classList.contains('here') || "
                        "document.querySelector('#m').tBodies[0].rows[2].cells[j + 1].className.split(' ')[0] === t.className.split(' ')[1])"),
           "the strip has other colours than its row")
    expect(tab.evaluate("document.querySelectorAll('figure svg .a.on').length") > 0, "keyboard: no arc of the word in focus is shown")
    tab.key("Escape")
    expect(tab.evaluate("document.querySelector('.nr').textContent") == before, "keyboard: Escape does not take the focus back")

    tab.evaluate("document.querySelector('#ss .t[tabindex=\"0\"]').focus()")
    tab.key("ArrowRight")
    tab.key("ArrowRight")
    tab.key("ArrowRight")
    tab.key(" ")
    expect(tab.evaluate("document.querySelector('.ns').textContent") == "not", "keyboard: Space on the fourth word does not focus 'not'")

    shown = "[...document.querySelectorAll('figure svg .a')].filter(g => getComputedStyle(g).display !== 'none').length"
    tab.key("Escape")
    expect(tab.evaluate(shown) == 15, "15 arcs are not what is shown at first:", tab.evaluate(shown))
    tab.evaluate("document.getElementById('k').focus()")
    tab.key("ArrowRight")
    expect(tab.evaluate(shown) == 16 and tab.evaluate("document.getElementById('ko').textContent") == "16", "the slider does not add an arc")
    tab.key("Home")
    expect(tab.evaluate(shown) == 1, "the slider's start does not leave one arc")
    tab.evaluate("document.getElementById('theme').focus()")
    tab.key("Enter")
    tab.key("Enter")
    expect(tab.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(20, 16, 15)", "the theme button does not reach dark")
    for complaint in tab.complaints():
        expect(False, "keyboard: console:", complaint)
    tab.close()


def main():
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        print("chromium is missing (Debian: chromium)", file=sys.stderr)
        return 77
    axe = os.environ.get("METAGAME_AXE", "")
    if not axe:
        print("METAGAME_AXE names no axe.min.js (scripts/fetch-axe): accessibility is not checked", file=sys.stderr)
    pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([sys.argv[1], name], check=True)
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
        browser = devtools.Browser(program)
        try:
            look(browser, folder, pathlib.Path(axe).read_text(encoding="utf-8") if axe else "", pictures)
            without_script(browser, folder)
            keyboard(browser, folder)
        finally:
            browser.close()
    print(f"{len(wrong)} findings on {len(PAGES)} pages", file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main())
