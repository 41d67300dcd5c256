"""Speed of the figures and the page beside matplotlib drawing the same figures, in one run.

    pip install matplotlib numpy polars
    cargo bench --no-run --bench report                   # prints where the program lies
    python benches/peers_figures.py PROGRAM PLAN OUT [--threads 2] [--turns 3] [--json OUT]

Ours is the time from the tables to the last file of the report on the disk: every figure as SVG, as SVG for a column and as PNG, the page
and the notebook. matplotlib draws every figure that lies in OUT/reports/NAME/figures, as SVG and as PNG of the same pixels, and nothing
else (`peers_figures_matplotlib.py` says how). What it has on its side: tables are read, aggregated and made into arrays, and modules
imported, before its clock starts; there are no subtitles and no layout engine; text in SVG stays text; both files come of one figure. It
runs in one process, and in two which share the figures out; all are warm. Ours and theirs take turns, so that a busy moment hits both; the
median of the turns counts. Ratios say how many times as long matplotlib takes. OUT should have the run's vectors already.
"""

import argparse
import difflib
import html
import json
import multiprocessing
import re
import statistics
import struct
import subprocess
import tempfile
import time
import tomllib
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

import peers_figures_matplotlib as draw
from peers_figures_matplotlib import INK, Series, modes_of, plt

DPI = 192  # our PNG has two pixels to one of CSS, of which an inch has 96
CELL = ["domain", "dataset", "place", "model", "mode", "feedback"]
QUESTION = [*CELL, "question_id"]
COLORS = {"parallel": "#0072b2", "markov": "#d55e00", "autoregressive": "#008c69"}
FIGURES = []  # of this process
OTHERS = ["#be8200", "#3c96cd", "#6e4ba0", "#7d5a32", "#505a64", "#a52838"]
LENGTHS = {
    "input_context_tokens": "input context (tokens)",
    "total_context_tokens": "total context (tokens)",
    "thinking_tokens": "thinking (tokens)",
    "thinking_chars": "thinking (characters)",
}


class Run:
    """The tables of a run, and how its modes are called."""

    def __init__(self, folder):
        self.folder = folder
        modes = self.table("summary").select("mode", "feedback").unique().sort("mode", "feedback").rows()
        self.feedbacks = {mode: [feedback for other, feedback in modes if other == mode] for mode, _ in modes}
        self.others = [mode for mode in self.feedbacks if mode not in COLORS]
        self.chains = self.table("groups").drop_nulls("chain").select(CELL).unique()

    @cache
    def table(self, name):
        rows = pl.read_parquet(self.folder / "tables" / f"{name}.parquet")
        if "domain" not in rows.columns:
            return rows
        plain = pl.col("domain").is_in(["unknown"]) | (pl.col("domain") == pl.col("dataset"))
        return rows.with_columns(place=pl.when(plain).then("dataset").otherwise(pl.concat_str("dataset", "domain", separator=", ")))

    def label(self, mode, feedback):
        return mode if len(self.feedbacks.get(mode, [])) < 2 else f"{mode} ({feedback or 'no feedback'})"

    def color(self, mode):
        return COLORS.get(mode) or OTHERS[self.others.index(mode) % len(OTHERS)]

    def series(self, rows):
        """Mode by mode, in the order in which figures show them."""
        modes = rows.partition_by("mode", "feedback", as_dict=True, maintain_order=True)
        dashes = {key: (self.feedbacks.get(key[0]) or [key[1]]).index(key[1]) for key in modes}
        return [
            Series(self.label(*key), self.color(key[0]), ["-", "--", ":", "-."][dashes[key] % 4], arrays(modes[key]))
            for key in sorted(modes, key=mode_order)
        ]

    def panels(self, rows):
        """A model on a dataset is a panel: its heading and its modes."""
        facets = rows.partition_by("domain", "dataset", "model", "place", as_dict=True, maintain_order=True)
        return [(f"{key[2]}\n{key[3]}", self.series(facets[key])) for key in sorted(facets)[:12]]

    def in_order(self, rows, ordered=True):
        """The rows whose mode has chains, or those whose mode has none."""
        return rows.join(self.chains, on=CELL, how="semi" if ordered else "anti", nulls_equal=True, maintain_order="left")


@dataclass
class Figure:
    """A figure before it is drawn: its size in inches, what of the tables it shows, and that made ready to be drawn."""

    stem: str
    size: tuple
    title: str
    where: dict
    data: object = None

    @property
    def kind(self):
        return KINDS[self.stem.partition("-")[0]]


@dataclass
class Kind:
    """Which table a figure shows, by which columns its figures differ, how its data are made ready and how it is drawn."""

    table: str
    columns: list
    prepare: object
    draw: object
    where: dict = field(default_factory=dict)


def mode_order(key):
    ranks = list(COLORS)
    return (ranks.index(key[0]) if key[0] in ranks else len(ranks), key[0], key[1] or "")


def arrays(rows):
    return {column.name: column.to_numpy() if column.dtype.is_numeric() else column.to_list() for column in rows}


def matching(rows, where):
    return rows.filter(*(pl.col(column) == value for column, value in where.items()))


def question_means(run, where, name="value"):
    """For each mode and question the mean over the question's groups."""
    values = matching(run.table("groups"), where).drop_nulls("value")
    return values.group_by(QUESTION, maintain_order=True).agg(pl.mean("value").alias(name))


def by_mode(run, rows, where):
    questions = {(head, mode.label): mode["value"] for head, modes in run.panels(question_means(run, where)) for mode in modes}
    panels = run.panels(rows.drop_nulls("value"))
    for head, modes in panels:
        for mode in modes:
            mode.columns["questions"] = questions.get((head, mode.label), np.array([]))
    return panels


def whole_table(run, rows, where):
    rows = rows.drop_nulls("value").sort("domain", "dataset", "model", maintain_order=True)
    names = rows.select("place", "model").unique(maintain_order=True).head(40)
    rows = rows.join(names, on=["place", "model"], how="semi", maintain_order="left")
    return names.rows(), [(key[0], run.series(part)) for key, part in sorted(rows.partition_by("space", as_dict=True).items())]


def outlines(run, rows, where):
    """Histograms smoothed by a Gaussian of 1.5 bins."""
    panels = run.panels(rows.sort("low"))
    for mode in modes_of(panels):
        low, high, share = mode["low"], mode["high"], mode["share"]
        # What is exactly 1 has a bin without width.
        width = max((high - low).max(), 1e-3)
        x = np.arange(low.min() - 4.5 * width, min(high.max() + 4.5 * width, 1.0), width / 4)
        parts = share * np.exp(-0.5 * ((x[:, None] - (low + high)[None, :] / 2) / (1.5 * width)) ** 2)
        quartiles = np.array([mode[quarter][0] for quarter in ("q25", "q50", "q75")])
        mode.columns = {"x": x, "height": parts.sum(axis=1) / width, "quartiles": quartiles}
    return panels


def contrast(run, row, value):
    """A contrast with the baseline last, as the report turns it."""
    sides = [(row[f"mode_{side}"], row[f"feedback_{side}"]) for side in "ab"]
    value, low, high = (np.nan if row[end] is None else row[end] for end in (value, "ci_low", "ci_high"))
    if row["by"] != "mode":
        return row | {"name": f"{row['level_a']} − {row['level_b']}", "color": INK, "value": value, "ci": (low, high)}
    if mode_order(sides[0]) < mode_order(sides[1]):
        sides, value, low, high = sides[::-1], -value, -high, -low
    name = " − ".join(run.label(*side) for side in sides)
    return row | {"name": name, "color": run.color(sides[0][0]), "value": value, "ci": (low, high)}


def contrasts(run, rows, where):
    rows = rows.drop_nulls("difference").sort("domain", "dataset", "model", maintain_order=True).head(40)
    facets = rows.partition_by("model", "place", as_dict=True, maintain_order=True)
    return [(", ".join(key), [contrast(run, row, "difference") for row in facet.rows(named=True)]) for key, facet in facets.items()]


def sensitivity(run, rows, where):
    sides = ["dataset", "domain", "model", "mode_a", "feedback_a", "mode_b", "feedback_b", "level_a", "level_b", "metric", "space"]
    parts = rows.drop_nulls("by").partition_by(sides, maintain_order=True)[:6]
    return [[contrast(run, row, "value") for row in part.rows(named=True)] for part in parts]


def pairs_of_chains(run, metric, space):
    """Pairs within chains, with what was measured of them as their value."""
    pairs = run.table("pairs")
    column = metric if space == "text" and metric in pairs.columns else f"{metric}:{space}"
    return run.in_order(pairs.with_columns(value=pl.col(column)).drop_nulls("value"))


def round_pairs(run, rows, where):
    pairs = pairs_of_chains(run, where["metric"], where["space"])
    rounds = ["round_a", "round_b"]
    means = pairs.group_by(*QUESTION, *rounds).agg(pl.mean("value")).group_by(*CELL, *rounds).agg(pl.mean("value"))
    panels = run.panels(means.sort(rounds))
    for mode in modes_of(panels):
        rounds = np.unique(np.concatenate([mode["round_a"], mode["round_b"]]))
        tiles = np.full((len(rounds) - 1, len(rounds) - 1), np.nan)
        tiles[np.searchsorted(rounds, mode["round_b"]) - 1, np.searchsorted(rounds, mode["round_a"])] = mode["value"]
        mode.columns = {"tiles": tiles, "rounds": rounds}
    return panels


def repeats(run, rows, where):
    pairs = pairs_of_chains(run, "verbatim_whitespace", where["space"])
    rounds = pairs.group_by(*QUESTION, "chain", round="round_b").agg(pl.any("value").cast(float))
    panels = run.panels(rounds.group_by(*QUESTION, "round").agg(pl.mean("value")).sort("question_id", "round"))
    for mode in modes_of(panels):
        names, places = np.unique(mode["question_id"], return_inverse=True)
        tiles = np.full((len(names), mode["round"].max()), np.nan)
        tiles[places, mode["round"] - 1] = mode["value"]
        first = np.where((tiles > 0).any(axis=1), (tiles > 0).argmax(axis=1), tiles.shape[1])
        order = np.argsort(first, kind="stable")[:200]
        mode.columns = {"tiles": tiles[order], "names": names[order]}
    return panels


def with_levels(run, rows, where):
    """Chains by lag, and behind them the level of modes that have no order."""
    levels = dict(run.panels(run.in_order(matching(run.table("summary"), where).drop_nulls("value"), ordered=False)))
    return [(head, modes, levels.get(head, [])) for head, modes in run.panels(run.in_order(rows))]


def ranks(run, rows, where):
    last = rows.filter(pl.col("share") >= 0.01)["rank"].max() or 0
    return run.panels(rows.filter(pl.col("rank") <= min(max(last, 3), 12)))


def lengths_by_round(run, rows, where):
    chains = run.in_order(rows).drop_nulls("round")
    draws = run.in_order(rows, ordered=False).filter(pl.col("round").is_null())
    found = [metric for metric in LENGTHS if metric in chains["metric"]]
    found = [metric for metric in found if metric != "thinking_chars" or "thinking_tokens" not in found]
    lines, levels = ([dict(run.panels(matching(part, {"metric": metric}))) for metric in found] for part in (chains, draws))
    return [
        (head, LENGTHS[metric], line.get(head, []), level.get(head, []))
        for head, _ in run.panels(chains)
        for metric, line, level in zip(found, lines, levels, strict=True)
    ]


def lengths(run, rows, where):
    found = [column for column in ("thinking_tokens", "solution_tokens") if (rows[column].max() or 0) > 0]
    return [
        (head, column.replace("_", " "), [(mode, values) for mode in modes if len(values := kept(mode[column]))])
        for head, modes in run.panels(rows)
        for column in found
    ]


def kept(values):
    values = np.asarray(values, dtype=float)
    return values[~np.isnan(values)]


def accuracy(run, rows, where):
    judged = run.table("samples").drop_nulls("correct").group_by(QUESTION).agg(pl.col("correct").cast(float).mean().alias("y"))
    both = question_means(run, where, "x").join(judged, on=QUESTION, nulls_equal=True).sort(QUESTION)
    points = {(head, mode.label): mode for head, modes in run.panels(both) for mode in modes}
    panels = []
    for head, modes in run.panels(rows.drop_nulls("value")):
        modes = [mode for mode in modes if (head, mode.label) in points]
        for mode in modes:
            x, y = (points[head, mode.label][axis] for axis in "xy")
            means = np.random.default_rng(0).choice(y, (1000, len(y))).mean(axis=1)
            every = -(-len(x) // 150)
            mode.columns |= {"x": x[::every], "y": y[::every], "accuracy": y.mean(), "ends": np.percentile(means, [2.5, 97.5])}
        panels += [(head, modes)] if modes else []
    return panels


def spots(run, rows, where):
    """All samples on one map, or a map for each of the first questions of a model on a dataset."""
    together = where["method"] == "tsne"
    facet = ["domain", "dataset", "model"]
    rows = rows if together else matching(rows, rows.sort(facet).select(facet).row(0, named=True))
    questions = rows["question_id"].unique(maintain_order=True)[:6]
    rows = rows.join(run.table("samples").select("sample_id", "round", "correct"), on="sample_id").sort("round", maintain_order=True)
    return [("", run.series(rows))] if together else [(one, run.series(matching(rows, {"question_id": one}))) for one in questions]


def consecutive(run, rows, where):
    """Two solutions in a row that are most alike but not the same, line by line with what stands in both."""
    text = pl.col("solution").str.strip_chars()
    fits = text.str.len_chars().is_between(80, 1500) & (text.str.count_matches("\n", literal=True) < 30)
    samples = rows.filter(fits).select("sample_id", text)
    pairs = run.in_order(run.table("pairs").filter(lag=1, verbatim=False)).sort("levenshtein_similarity", descending=True, nulls_last=True)
    for side in "ab":
        pairs = pairs.join(
            samples.rename({"solution": f"text_{side}"}), left_on=f"sample_{side}", right_on="sample_id", maintain_order="left"
        )
    best = pairs.row(0, named=True)
    words = [list(re.finditer(r"\w+|[^\w\s]", best[f"text_{side}"])) for side in "ab"]
    matcher = difflib.SequenceMatcher(None, *([word.group() for word in side] for side in words), autojunk=False)
    about = f"{best['model']}, {run.label(best['mode'], best['feedback'])}, question {best['question_id']}"
    sides = []
    for n, side in enumerate("ab"):
        same = [word.span() for block in matcher.get_matching_blocks() for word in words[n][block[n] : block[n] + block.size]]
        sides.append((f"Round {best[f'round_{side}']}\n{about}", marked_lines(best[f"text_{side}"], same)))
    return sides


def marked_lines(text, spans, columns=62):
    """Lines of at most so many letters, each with the stretches (start, length) that are marked."""
    marked = np.zeros(len(text), dtype=int)
    for start, end in spans:
        marked[start:end] = 1
    lines = []
    for line in re.finditer(r"^.*$", text, re.MULTILINE):
        for start in range(line.start(), max(line.end(), line.start() + 1), columns):
            end = min(start + columns, line.end())
            edges = np.flatnonzero(np.diff(marked[start:end], prepend=0, append=0))
            lines.append((text[start:end], [(a, b - a) for a, b in edges.reshape(-1, 2)]))
    return lines[:40]


def plain(run, rows, where):
    return run.panels(rows)


SIMILARITY, SPACE, MAP = ["metric", "space"], ["space"], ["method", "space"]
KINDS = {
    "similarity_table": Kind("summary", [["metric"]], whole_table, draw.similarity_table),
    "similarity_by_mode": Kind("summary", [SIMILARITY], by_mode, draw.similarity_by_mode),
    "similarity_distribution": Kind("distributions", [SIMILARITY], outlines, draw.similarity_distribution),
    "contrasts_forest": Kind("contrasts", [SIMILARITY], contrasts, draw.contrasts_forest),
    "sensitivity_of_contrasts": Kind("sensitivity", [[]], sensitivity, draw.sensitivity_of_contrasts),
    "similarity_between_rounds": Kind("lags", [SIMILARITY], round_pairs, draw.similarity_between_rounds),
    "similarity_by_lag": Kind("lags", [SIMILARITY], with_levels, draw.similarity_by_lag),
    "novelty_by_round": Kind("rounds", [SPACE], plain, draw.novelty_by_round, {"metric": "novelty"}),
    "repeat_map": Kind("rounds", [SPACE], repeats, draw.repeat_map, {"metric": "repeat"}),
    "consecutive_solutions": Kind("samples", [[]], consecutive, draw.consecutive_solutions),
    "cluster_sizes": Kind("cluster_sizes", [SPACE], ranks, draw.cluster_sizes),
    "vendi_by_n": Kind("rarefaction", [SPACE], plain, draw.vendi_by_n, {"metric": "vendi"}),
    "embedding_map": Kind("map", [MAP, [*MAP, "place", "model"]], spots, draw.embedding_map),
    "diversity_against_accuracy": Kind("summary", [SPACE], accuracy, draw.diversity_against_accuracy, {"metric": "cosine"}),
    "answer_flow": Kind("answer_flow", [[]], plain, draw.answer_flow),
    "transition_matrix": Kind("transitions", [[]], plain, draw.transition_matrix),
    "context_by_round": Kind("lengths", [[]], lengths_by_round, draw.context_by_round),
    "length_ecdf": Kind("samples", [[]], lengths, draw.length_ecdf),
}


def slug(text):
    return re.sub(r"[^A-Za-z0-9._-]", "-", text[:60]).strip(".-")


def pixels(png):
    """Width and height, from the head of the file."""
    return struct.unpack(">II", png.read_bytes()[16:24])


def prepared(run, svg):
    """A figure of ours, ready to be drawn by matplotlib: what it shows is read off its name."""
    name, _, variant = svg.stem.partition("-")
    if name not in KINDS:
        raise SystemExit(f"no figure of matplotlib's for `{svg.name}`")
    kind = KINDS[name]
    rows = matching(run.table(kind.table), kind.where)
    title = html.unescape(re.search("<title[^>]*>(.*?)</title>", svg.read_text(), re.DOTALL)[1])
    for columns in kind.columns:
        for values in rows.select(columns).unique().rows() if columns else [()]:
            if "-".join(map(slug, values)) == variant:
                where = dict(zip(columns, values, strict=True)) | kind.where
                data = kind.prepare(run, matching(rows, where), where)
                return Figure(svg.stem, tuple(n / DPI for n in pixels(svg.with_suffix(".png"))), title, where, data)
    raise SystemExit(f"nothing in the table `{kind.table}` is called `{variant}`")


class Ours:
    """The program, asked line by line."""

    def __init__(self, program, plan, out):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.folders = f"{out.absolute()} {plan.absolute()}"

    def seconds(self, threads):
        self.process.stdin.write(f"run {threads} {self.folders}\n")
        self.process.stdin.flush()
        seconds, files = self.process.stdout.readline().split()
        return float(seconds), int(files)


class Theirs:
    """matplotlib in so many processes, which have the data of all figures."""

    def __init__(self, figures, processes):
        self.n, self.pool = len(figures), None
        if processes == 1:
            begin(figures)
        else:
            self.pool = multiprocessing.get_context("spawn").Pool(processes, begin, (figures,))

    def seconds(self, folder):
        jobs = [(position, folder) for position in range(self.n)]
        started = time.perf_counter()
        if self.pool:
            self.pool.starmap(save, jobs, chunksize=1)
        else:
            for job in jobs:
                save(*job)
        return time.perf_counter() - started, len(list(folder.iterdir()))


def begin(figures):
    """What a process needs before a clock starts."""
    FIGURES.extend(figures)
    plt.rcParams.update(draw.STYLE)
    warnings.filterwarnings("ignore", message="Glyph")  # solutions hold letters that the font lacks


def save(position, folder):
    figure = FIGURES[position]
    plot = figure.kind.draw(figure)
    plot.savefig(folder / f"{figure.stem}.png", dpi=DPI)
    plot.savefig(folder / f"{figure.stem}.svg")
    plt.close(plot)


def drawn(folder, *endings):
    """Figures of which the folder has all of these files."""
    names = [{path.name.removesuffix(ending) for path in folder.iterdir() if path.name.endswith(ending)} for ending in endings]
    return set.intersection(*names)


def race(contenders, turns):
    """Seconds of every turn, and files. What takes part is asked with a folder to write into."""
    taken, files = {name: [] for name in contenders}, {}
    for name in list(contenders) * turns:
        with tempfile.TemporaryDirectory() as folder:
            seconds, files[name] = contenders[name](Path(folder))
        taken[name].append(seconds)
    return taken, files


def same_figures(figures, theirs, folder):
    """Raises where matplotlib's differ from ours in number, name or pixels; makes its processes warm."""
    with tempfile.TemporaryDirectory() as other:
        theirs(Path(other))
        ours, peer = drawn(folder, ".svg", "-column.svg", ".png"), drawn(Path(other), ".svg", ".png")
        assert ours == peer == {figure.stem for figure in figures}, ours ^ peer
        for name in ours:
            sizes = [pixels(path / f"{name}.png") for path in (folder, Path(other))]
            assert np.abs(np.subtract(*sizes)).max() <= 1, (name, *sizes)
    print(f"{len(ours)} figures by breadth, {len(peer)} by matplotlib, of the same names and sizes", flush=True)


def table(medians, files, n_figures):
    ours = [name for name in medians if name.startswith("breadth")]
    print(f"{'':<26}{'seconds':>9}{'files':>7}{'figures':>9}" + "".join(f"{'/ ' + name:>22}" for name in ours))
    for name, seconds in medians.items():
        ratios = "".join(f"{seconds / medians[one]:>22.1f}" for one in ours)
        print(f"{name:<26}{seconds:>9.3f}{files[name]:>7}{n_figures:>9}{ratios}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("plan", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", default="2", help="of ours, such as 1,2; every turn of each is a whole run")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()

    ours = Ours(arguments.program, arguments.plan, arguments.out)
    threads = [int(n) for n in arguments.threads.split(",")]
    ours.seconds(threads[-1])
    named = tomllib.loads(arguments.plan.read_text()).get("run", {}).get("name", arguments.plan.stem)
    run = Run(arguments.out / "reports" / named)
    folder = run.folder / "figures"
    figures = [prepared(run, folder / f"{stem}.svg") for stem in sorted(drawn(folder, ".svg", ".png"))]
    theirs = {name: Theirs(figures, n).seconds for name, n in {"matplotlib, one process": 1, "matplotlib, two processes": 2}.items()}
    for contender in theirs.values():
        same_figures(figures, contender, folder)

    contenders = {f"breadth, threads: {n}": lambda _, n=n: ours.seconds(n) for n in threads} | theirs
    taken, files = race(contenders, arguments.turns)
    table({name: statistics.median(seconds) for name, seconds in taken.items()}, files, len(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps({"run": named, "figures": len(figures), "files": files, "seconds": taken}))


if __name__ == "__main__":
    main()
