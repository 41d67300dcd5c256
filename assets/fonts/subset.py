"""Makes the two fonts of this folder from Debian's `fonts-inter`; see README.md.

    apt-get install fonts-inter && pip install fonttools brotli && python3 subset.py
"""

import os
import sys

os.environ["SOURCE_DATE_EPOCH"] = "1700000000"  # the same bytes whenever it is run

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/opentype/inter"

# Latin, Greek, Cyrillic letters; punctuation, super- and subscripts, currency, letter-like, numbers, arrows,
# mathematical operators, box drawing's neighbors that figures use as marks.
RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x017F), (0x0192, 0x0192), (0x0218, 0x021B), (0x0391, 0x03C9), (0x0401, 0x0401),
    (0x0410, 0x044F), (0x0451, 0x0451), (0x2010, 0x2027), (0x2030, 0x2044), (0x2070, 0x2094), (0x20AC, 0x20AC),
    (0x2100, 0x215E), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x25A0, 0x25FF), (0xFFFD, 0xFFFD),
]

# plotters takes 1.24 em as the height of a line and derives the em from it; with these metrics the bitmap text is as
# wide as the vector text.
ASCENT, DESCENT = 1.0, -0.24


def make(source: str, target: str) -> None:
    """Subsets one weight, sets its line height and writes it as OTF (for plotters) and WOFF2 (for the report)."""
    options = subset.Options()
    options.layout_features = ["kern", "tnum", "ccmp", "mark", "locl"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.hinting = False
    options.notdef_outline = True
    font = TTFont(os.path.join(FOLDER, source), recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
    subsetter.subset(font)
    em = font["head"].unitsPerEm
    for table, up, down in (("hhea", "ascent", "descent"), ("OS/2", "sTypoAscender", "sTypoDescender")):
        setattr(font[table], up, round(ASCENT * em))
        setattr(font[table], down, round(DESCENT * em))
    font["hhea"].lineGap = font["OS/2"].sTypoLineGap = 0
    font.save(target + ".otf")
    font.flavor = "woff2"
    font.save(target + ".woff2")


for weight, target in (("Regular", "inter-regular"), ("SemiBold", "inter-semibold")):
    make(f"Inter-{weight}.otf", target)
