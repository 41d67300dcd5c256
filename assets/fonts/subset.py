"""Makes the fonts of this folder from Debian's `fonts-inter` and `fonts-jetbrains-mono`; see README.md.

    apt-get install fonts-inter fonts-jetbrains-mono && pip install fonttools brotli && python3 subset.py
"""

import os
import sys

os.environ["SOURCE_DATE_EPOCH"] = "1700000000"  # the same bytes whenever it is run

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/opentype/inter"
MONO_FOLDER = sys.argv[2] if len(sys.argv) > 2 else "/usr/share/fonts/truetype/jetbrains-mono"

# Latin, Greek, Cyrillic letters; punctuation, super- and subscripts, currency, letter-like, numbers, arrows,
# mathematical operators, box drawing's neighbors that figures use as marks.
RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x017F), (0x0192, 0x0192), (0x0218, 0x021B), (0x0391, 0x03C9), (0x0401, 0x0401),
    (0x0410, 0x044F), (0x0451, 0x0451), (0x2010, 0x2027), (0x2030, 0x2044), (0x2070, 0x2094), (0x20AC, 0x20AC),
    (0x2100, 0x215E), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x25A0, 0x25FF), (0xFFFD, 0xFFFD),
]

# What programs and solutions are written with. The font has every character of these ranges, so that the figures, which
# hold the same list (`COVERED` in `src/render/figures/code.rs`), know what to replace. The soft hyphen is left out: it
# cannot be seen.
MONO_RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x00AC), (0x00AE, 0x0131), (0x0134, 0x017F), (0x0192, 0x0192), (0x0218, 0x021B),
    (0x0391, 0x03A1), (0x03A3, 0x03C9), (0x0401, 0x0401), (0x0410, 0x044F), (0x0451, 0x0451), (0x2010, 0x2010),
    (0x2013, 0x2014), (0x2018, 0x201A), (0x201C, 0x201E), (0x2020, 0x2022), (0x2026, 0x2026), (0x2030, 0x2030),
    (0x2032, 0x2033), (0x2070, 0x2070), (0x2074, 0x207A), (0x2080, 0x2089), (0x20AC, 0x20AC), (0x2115, 0x2116),
    (0x211A, 0x211A), (0x2122, 0x2122), (0x2124, 0x2124), (0x2190, 0x2199), (0x21D1, 0x21D4), (0x2200, 0x2203),
    (0x2205, 0x2205), (0x2208, 0x2209), (0x220E, 0x2212), (0x2218, 0x221A), (0x221E, 0x221E), (0x2223, 0x2223),
    (0x2225, 0x2225), (0x2227, 0x222B), (0x223C, 0x223C), (0x2243, 0x2243), (0x2245, 0x2245), (0x2248, 0x2249),
    (0x2260, 0x2262), (0x2264, 0x2265), (0x2282, 0x2287), (0x2295, 0x2297), (0x22A4, 0x22A5), (0x22EE, 0x22F1),
    (0x2500, 0x259F), (0x25A0, 0x25A1), (0x25CF, 0x25CF), (0x2713, 0x2713), (0x2717, 0x2717),
]

# plotters takes 1.24 em as the height of a line and derives the em from it; with these metrics the bitmap text is as
# wide as the vector text.
ASCENT, DESCENT = 1.0, -0.24


def make(source: str, target: str, ranges: list[tuple[int, int]], ending: str) -> None:
    """Subsets one weight, sets its line height and writes it plain (for plotters) and as WOFF2 (for the report)."""
    options = subset.Options()
    options.layout_features = ["kern", "tnum", "ccmp", "mark", "locl"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.hinting = False
    options.notdef_outline = True
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    codes = [code for low, high in ranges for code in range(low, high + 1)]
    if ranges is MONO_RANGES:
        missing = [hex(code) for code in codes if code not in font.getBestCmap()]
        assert not missing, f"{source} lacks {missing}"
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    em = font["head"].unitsPerEm
    for table, up, down in (("hhea", "ascent", "descent"), ("OS/2", "sTypoAscender", "sTypoDescender")):
        setattr(font[table], up, round(ASCENT * em))
        setattr(font[table], down, round(DESCENT * em))
    font["hhea"].lineGap = font["OS/2"].sTypoLineGap = 0
    font.save(target + ending)
    font.flavor = "woff2"
    font.save(target + ".woff2")


for weight, target in (("Regular", "inter-regular"), ("SemiBold", "inter-semibold")):
    make(os.path.join(FOLDER, f"Inter-{weight}.otf"), target, RANGES, ".otf")
make(os.path.join(MONO_FOLDER, "JetBrainsMono-Regular.ttf"), "jetbrains-mono-regular", MONO_RANGES, ".ttf")
