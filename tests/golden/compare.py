"""Compares two `breadth table --format csv` outputs: same rows, and numbers within 0.0005.

    python3 tests/golden/compare.py GOLDEN.csv GOT.csv

The bound is half a unit of the third decimal, which is what the table shows. Processors and engines differ
by about 1e-6 in a vector, far below it; another model, another pooling or a lost sample is far above it.
"""

import csv
import sys

BOUND = 0.0005


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def main(golden_path, got_path):
    golden, got = (list(csv.reader(open(path, newline="", encoding="utf-8"))) for path in (golden_path, got_path))
    if len(golden) != len(got):
        sys.exit(f"expected {len(golden)} rows, got {len(got)}")
    worst, compared = 0.0, 0
    for line, (expected, found) in enumerate(zip(golden, got), start=1):
        if len(expected) != len(found):
            sys.exit(f"row {line}: expected {len(expected)} columns, got {len(found)}")
        for left, right in zip(expected, found):
            if is_number(left) and is_number(right):
                compared += 1
                worst = max(worst, abs(float(left) - float(right)))
            elif left != right:
                sys.exit(f"row {line}: expected {left!r}, got {right!r}")
    if compared == 0:
        sys.exit("no numbers were compared")
    if worst > BOUND:
        sys.exit(f"largest deviation {worst:.2e} is above {BOUND}")
    print(f"ok: {compared} numbers, largest deviation {worst:.1e}, bound {BOUND}")


if __name__ == "__main__":
    main(*sys.argv[1:])
