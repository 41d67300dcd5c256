"""Speed of the kernels beside the fastest Python packages, in one run, taking turns, medians.

    pip install rapidfuzz edlib matplotlib
    cargo bench --no-run --bench edit_grid        # prints where the program lies
    python benches/peers.py edit --ours PROGRAM [--data FILE.jsonl …] [--figure docs/edit_distance_grid.png]

`edit` compares all pairs of groups of texts, from strings to distances, with three peers:

- `rapidfuzz`: `process.cdist` of a list with itself, with as many workers as we have threads. It sees that queries and
  choices are one list and computes the upper triangle with the diagonal; its time is divided by the pairs that it computes.
- `rapidfuzz_loop`: `Levenshtein.distance` in a loop over unordered pairs, always in one thread.
- `edlib`: `edlib.align(mode="NW", task="distance")` in a loop over unordered pairs; with several threads, a share of the pairs for each
  (it lets go of the interpreter's lock, so that threads help it).

The ratio is that of the fastest of the three to ours. All sums of distances must agree, or the run stops. Every comparison
is a function of its own that takes the parsed arguments; add one to COMPARISONS.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234 .\n"
LENGTHS = [10, 30, 100, 300, 1_000, 3_000, 10_000, 20_000, 100_000]
SHARES = [0.0, 0.01, 0.02, 0.05, 0.10, 0.25, 0.50, 1.0]
# A cell of the grid is repeated until it has taken this long, at least 3 and at most 41 times.
SECONDS_PER_CELL = 2.0


class Ours:
    """The bench binary, fed with groups and asked to run."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def groups(self, groups):
        self.process.stdin.write(json.dumps(groups) + "\n")

    def run(self, threads):
        self.process.stdin.write(f"run {threads}\n")
        self.process.stdin.flush()
        seconds, total = self.process.stdout.readline().split()
        return float(seconds), int(total)


def timed(function):
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value


def strangers(random, length):
    return "".join(random.choices(CHARACTERS, k=length))


def edited(random, text, share):
    """A text after `share` · length edits: substitutions, insertions and deletions in equal parts, anywhere."""
    characters = list(text)
    for _ in range(round(len(text) * share)):
        kind, place = random.randrange(3), random.randrange(len(characters) or 1)
        if kind == 0:
            characters.insert(place, random.choice(CHARACTERS))
        elif kind == 1 and characters:
            del characters[place]
        elif characters:
            characters[place] = random.choice(CHARACTERS)
    return "".join(characters)


def group_of(seed, length, share, members):
    """A text and edited copies of it, so that two of them differ in about the share; at share 1, unrelated texts."""
    dice = random.Random(seed)
    text = strangers(dice, length)
    if share == 1.0:
        return [strangers(dice, length) for _ in range(members)]
    # Of two copies each has half of the edits; of two texts the copy has all.
    each = share if members == 2 else share / 2
    return [text] + [edited(dice, text, each) for _ in range(members - 1)]


def rapidfuzz_of(groups, threads):
    """cdist of a list with itself computes the upper triangle and the diagonal (it asks `queries is choices`)."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    total = 0
    for group in groups:
        # The diagonal is zero and the matrix symmetric.
        total += int(cdist(group, group, scorer=Levenshtein.distance, workers=threads).sum()) // 2
    return total


def rapidfuzz_pairs(groups):
    """A loop over the unordered pairs: no diagonal, but a call for each pair and no lanes."""
    from rapidfuzz.distance import Levenshtein

    return sum(Levenshtein.distance(a, b) for group in groups for i, a in enumerate(group) for b in group[i + 1 :])


def edlib_pairs(groups, threads, pool):
    import edlib

    def distance(pair):
        return edlib.align(pair[0], pair[1], mode="NW", task="distance")["editDistance"]

    pairs = [(a, b) for group in groups for i, a in enumerate(group) for b in group[i + 1 :]]
    # One task for each thread: a task for each pair would measure the pool.
    shares = [pairs[thread::threads] for thread in range(threads)]
    return sum(pool.map(lambda share: sum(map(distance, share)), shares))


def compare(ours, groups, threads, edlib_too=True, budget=SECONDS_PER_CELL):
    """Medians of ours and of each peer, which take turns; every total must agree."""
    ours.groups(groups)
    pool = ThreadPoolExecutor(threads)
    runs = {
        "ours": lambda: ours.run(threads),
        "rapidfuzz": lambda: timed(lambda: rapidfuzz_of(groups, threads)),
        "rapidfuzz_loop": lambda: timed(lambda: rapidfuzz_pairs(groups)),
        "edlib": lambda: timed(lambda: edlib_pairs(groups, threads, pool)),
    }
    if not edlib_too:
        del runs["edlib"]
    seconds = {name: [] for name in runs}
    began = time.perf_counter()
    while len(seconds["ours"]) < 3 or (time.perf_counter() - began < budget and len(seconds["ours"]) < 41):
        totals = {}
        for name, run in runs.items():
            taken, totals[name] = run()
            seconds[name].append(taken)
        if len(set(totals.values())) != 1:
            raise SystemExit(f"totals differ: {totals}")
        if time.perf_counter() - began > 20 * budget:
            break
    return {name: statistics.median(taken) for name, taken in seconds.items()}, len(seconds["ours"])


def fits_edlib(groups):
    """edlib takes at most 256 different characters in the two texts of a pair; here: in a group."""
    return all(len(set().union(*map(set, group))) <= 256 for group in groups if group)


def row_of(name, groups, threads, medians, repetitions):
    pairs = sum(len(group) * (len(group) - 1) // 2 for group in groups)
    diagonal = sum(map(len, groups))
    row = {"name": name, "groups": len(groups), "pairs": pairs, "threads": threads, "repetitions": repetitions}
    row |= {f"{who}_us_per_pair": seconds / pairs * 1e6 for who, seconds in medians.items()}
    # cdist also computes the diagonal; per pair that it computes it is faster by this much.
    row["rapidfuzz_us_per_computed_pair"] = medians["rapidfuzz"] / (pairs + diagonal) * 1e6
    best = {who: row[f"{who}_us_per_pair"] for who in ("edlib", "rapidfuzz_loop") if who in medians}
    best["rapidfuzz"] = row["rapidfuzz_us_per_computed_pair"]
    for who, micros in best.items():
        row[f"ratio_{who}"] = micros / row["ours_us_per_pair"]
    row["ratio"] = min(best.values()) / row["ours_us_per_pair"]
    return row


def print_row(row):
    columns = {key: value for key, value in row.items() if key.endswith("us_per_pair") or key.startswith("ratio")}
    text = "  ".join(f"{key.replace('_us_per_pair', '')} {value:.3f}" for key, value in columns.items())
    print(f"{row['name']:<28} T{row['threads']}  {text}", flush=True)


def edit(arguments):
    """Levenshtein distances of all pairs."""
    ours = Ours(arguments.ours)
    rows = []
    for members in arguments.members:
        for length in arguments.lengths:
            for share in arguments.shares:
                size = members if length < 100_000 else min(members, 4)
                # Small groups come in numbers, so that one run is long enough to be timed.
                count = max(1, (20_000 if members > 2 else 200_000) // (length * size))
                groups = [group_of(seed, length, share, size) for seed in range(count)]
                for threads in arguments.threads:
                    medians, repetitions = compare(ours, groups, threads, budget=arguments.seconds)
                    row = row_of(f"{length}/{share:.0%}/{members}", groups, threads, medians, repetitions)
                    rows.append(row | {"length": length, "share": share, "members": members})
                    print_row(row)
    for path in arguments.data:
        groups = list(groups_of_file(path))
        if not groups:
            print(f"{path.rsplit('/', 1)[-1]:<28} no group of two or more solutions")
            continue
        for threads in arguments.threads:
            medians, repetitions = compare(ours, groups, threads, fits_edlib(groups), arguments.seconds)
            row = row_of(path.rsplit("/", 1)[-1], groups, threads, medians, repetitions)
            rows.append(row)
            print_row(row)
    if arguments.out:
        with open(arguments.out, "w") as out:
            json.dump(rows, out, indent=1)
    if arguments.figure:
        draw(arguments.figure, [row for row in rows if "share" in row])


def groups_of_file(path):
    """Groups as the program makes them of canonical rows: all but the round are the key."""
    groups = {}
    with open(path) as lines:
        for line in lines:
            row = json.loads(line)
            key = tuple(str(row.get(name)) for name in ("dataset", "domain", "model", "mode", "feedback", "question_id", "chain"))
            if row.get("solution") is not None:
                groups.setdefault(key, []).append(row["solution"])
    return (group for group in groups.values() if len(group) > 1)


def draw(path, rows):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm

    panels = sorted({(row["members"], row["threads"]) for row in rows})
    figure, axes = plt.subplots(1, len(panels), figsize=(6.4 * len(panels), 5.6), squeeze=False)
    for axis, (members, threads) in zip(axes[0], panels):
        cells = {(row["length"], row["share"]): row for row in rows if (row["members"], row["threads"]) == (members, threads)}
        lengths = sorted({length for length, _ in cells})
        shares = sorted({share for _, share in cells})
        grid = [[cells[length, share]["ratio"] for share in shares] for length in lengths]
        axis.imshow(grid, norm=LogNorm(0.5, 200), cmap="RdYlGn", aspect="auto")
        axis.set_xticks(range(len(shares)), [f"{share:.0%}" if share < 1 else "unrelated" for share in shares])
        axis.set_yticks(range(len(lengths)), [f"{length:,}" for length in lengths])
        axis.set_xlabel("edits, share of the length")
        axis.set_ylabel("characters")
        axis.set_title(f"groups of {members}, {threads} thread{'s' if threads > 1 else ''}")
        for y, line in enumerate(grid):
            for x, value in enumerate(line):
                axis.text(x, y, f"{value:.1f}" if value < 10 else f"{value:.0f}", ha="center", va="center", fontsize=9)
    figure.suptitle("Levenshtein distance of all pairs: how many times faster than the faster of RapidFuzz and edlib")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


COMPARISONS = {"edit": edit}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="comparison", required=True)
    command = commands.add_parser("edit", help=edit.__doc__)
    command.add_argument("--ours", required=True, help="the bench binary `edit_grid`")
    command.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    command.add_argument("--members", type=int, nargs="*", default=[16, 2])
    command.add_argument("--lengths", type=int, nargs="*", default=LENGTHS)
    command.add_argument("--shares", type=float, nargs="*", default=SHARES)
    command.add_argument("--data", nargs="*", default=[], help="JSONL files of samples whose groups are compared too")
    command.add_argument("--seconds", type=float, default=SECONDS_PER_CELL, help="for each cell")
    command.add_argument("--out", help="JSON of all rows")
    command.add_argument("--figure", help="heat map, PNG")
    arguments = parser.parse_args()
    COMPARISONS[arguments.comparison](arguments)


if __name__ == "__main__":
    sys.exit(main())
