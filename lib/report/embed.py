# SPDX-License-Identifier: MIT
"""Makes assets.c from page.css, figure.css, page.js and the colour maps: embed.py [--check].

Colours are vik (light) and berlin (dark) by Fabio Crameri, at 12 levels to either side; the ink on each is black or white, whichever
has the larger contrast. Only this file and the tests run Python: assets.c is part of the sources."""
import base64
import hashlib
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
LEVELS = 12
MAPS = {  # from the middle to either end
    "light": {"p": ["ece5e0", "c27041", "852206", "590008"], "n": ["ece5e0", "307da6", "02397a", "001261"]},
    "dark": {"p": ["190c09", "7d341e", "ca7b71", "ffadad"], "n": ["190c09", "286886", "62a6e0", "9eb0ff"]},
}
THEMES = {
    "light": "--scheme:light;--bg:#fff;--ink:#1a1a1a;--muted:#595959;--line:#858585;--rule:#dcdcdc;--soft:#f4f1ef;--focus:#0b57d0;--pos:#8a2a0c;"
             "--neg:#0f4a80;",
    "dark": "--scheme:dark;--bg:#14100f;--ink:#ececec;--muted:#b5b0ae;--line:#7d7774;--rule:#3a3432;--soft:#231d1b;--focus:#8ab4f8;--pos:#f0988e;"
            "--neg:#86b4ff;",
}


def parts(colour):
    return [int(colour[at:at + 2], 16) for at in (0, 2, 4)]


def colour_at(anchors, level):
    place = level / LEVELS * (len(anchors) - 1)
    first = min(int(place), len(anchors) - 2)
    share = place - first
    return "".join(f"{int(a + (b - a) * share + 0.5):02x}" for a, b in zip(parts(anchors[first]), parts(anchors[first + 1])))


def luminance(colour):
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink_on(colour):
    return "000" if (luminance(colour) + 0.05) / 0.05 >= 1.05 / (luminance(colour) + 0.05) else "fff"


def levels(theme):
    yield "z", MAPS[theme]["p"][0]
    for sign in "pn":
        for level in range(1, LEVELS + 1):
            yield f"{sign}{level}", colour_at(MAPS[theme][sign], level)


def variables(theme):
    return THEMES[theme] + "".join(f"--{name}:#{colour};--i{name}:#{ink_on(colour)};" for name, colour in levels(theme)).rstrip(";")


def page_style():
    names = [name for name, _ in levels("light")]
    rules = [f":root{{{variables('light')}}}",
             f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{variables('dark')}}}}}",
             f"@media screen{{:root[data-theme=dark]{{{variables('dark')}}}}}"]
    rules += [f".{name}{{--c:var(--{name});--i:var(--i{name})}}" for name in names]
    rules += [".x{--c:var(--bg);--i:var(--muted)}"] + [f".w{k}{{--w:{5 * k}%}}" for k in range(21)]
    return "\n".join(rules) + "\n" + (HERE / "page.css").read_text(encoding="utf-8")


def figure_style():
    def rules(theme):
        by_ink = [f".{name}.d" for name, colour in levels(theme) if ink_on(colour) == "000"]
        return ("".join(f".{name}{{fill:#{colour};stroke:#{colour}}}" for name, colour in levels(theme)) + ".d{stroke:#fff}" + ",".join(by_ink) +
                f"{{stroke:#000}}.f.d{{stroke:{'#1a1a1a' if theme == 'light' else '#ececec'}}}")
    base = (HERE / "figure.css").read_text(encoding="utf-8")
    shape = "rect{stroke-width:0}.f,.d{fill:none!important;stroke-width:2}.own,.whisker,.frame,.axis{stroke-width:1.4}"
    return (rules("light") + f"@media (prefers-color-scheme:dark){{{rules('dark')}}}" + shape + base +
            ".x{fill:none;stroke:#8a8a8a;stroke-width:1;stroke-dasharray:2 2}\n")


def script():
    text = (HERE / "page.js").read_text(encoding="utf-8")
    text = re.sub(r"\n?[ ]*/\*.*?\*/", "", text)  # comments on lines of their own
    return "\n".join(line.strip() for line in text.splitlines() if line.strip()) + "\n"


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def asset(name, text):
    assert text.isascii() and "</" not in text and "?" + "?" not in text
    pieces, piece = [], ""
    for line in re.findall(r"[^\n]{1,1000}\n?", text):
        if len(piece) + len(line) > 1000:
            pieces.append(piece)
            piece = ""
        piece += line
    pieces.append(piece)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    lines = [f"static const char *const {name}_pieces[] = {{"] + [f"  {literal(piece)}," for piece in pieces] + ["  NULL", "};"]
    return "\n".join(lines + [f'const mtg_asset mtg_{name} = {{ {name}_pieces, "sha256-{digest}" }};', ""])


def main():
    text = "/* SPDX-License-Identifier: MIT */\n/* Made by embed.py; not to be edited. */\n#include \"report/assets.h\"\n\n"
    text += "\n".join([asset("page_style", page_style()), asset("figure_style", figure_style()), asset("page_script", script())])
    path = HERE / "assets.c"
    if sys.argv[1:] == ["--check"]:
        if path.read_text(encoding="utf-8") != text:
            print("assets.c is not what embed.py makes of page.css, figure.css and page.js; run lib/report/embed.py", file=sys.stderr)
            return 1
        return 0
    path.write_text(text, encoding="utf-8")
    return 0


sys.exit(main())
