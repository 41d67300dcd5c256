"""Every kind of figure, drawn by matplotlib as one would draw it who cares for speed: what `peers_figures.py` races."""

from dataclasses import dataclass
from functools import partial

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D

STATES = {"correct": "#104e62", "incorrect": "#deaa76", "first": "#54507a", "other": "#b0aad0", "no answer": "#d4d7db"}
METRICS = {"cosine": "Cosine similarity", "levenshtein_similarity": "Levenshtein similarity"}
INK, MUTED = "#1c1e21", "#5c6169"
STYLE = {
    "font.size": 8.25,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e6e9",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "text.parse_math": False,
}


@dataclass
class Series:
    """A mode in a panel: the columns of its rows."""

    label: str
    color: str
    dash: str
    columns: dict

    def __getitem__(self, column):
        return self.columns[column]


def modes_of(panels):
    return [mode for _, *groups in panels for modes in groups for mode in modes]


def small_multiples(figure, n, most, sides=(0.6, 0.2, 1.05, 0.5), gaps=(0.8, 0.85), **options):
    """Axes side by side, all measures in inches: margins at the left, right, top and bottom; gaps across and down."""
    columns = min(n, most)
    rows = -(-n // columns)
    (width, height), (left, right, top, bottom) = figure.size, sides
    across, down = (width - left - right + gaps[0]) / columns - gaps[0], (height - top - bottom + gaps[1]) / rows - gaps[1]
    spaces = {
        "left": left / width,
        "right": 1 - right / width,
        "top": 1 - top / height,
        "bottom": bottom / height,
        "wspace": gaps[0] / across,
        "hspace": gaps[1] / max(down, 0.1),
    }
    plot, axes = plt.subplots(rows, columns, figsize=figure.size, squeeze=False, gridspec_kw=spaces | options.pop("spaces", {}), **options)
    plot.suptitle(figure.title, x=0.02, y=1 - 0.12 / height, ha="left", va="top", weight="bold", size=10.5)
    for ax in axes.flat[n:]:
        ax.remove()
    return plot, axes.flat[:n]


def legend(plot, marks):
    """What marks mean, below the title."""
    plot.legend(handles=marks, loc="upper left", bbox_to_anchor=(0.01, 1 - 0.3 / plot.get_figheight()), ncols=len(marks))


def mark(label, color=MUTED, **options):
    return Line2D([], [], label=label, color=color, marker="o", **options)


def marks(modes, **options):
    return [mark(label, color, **options) for label, color in {mode.label: mode.color for mode in modes}.items()]


def errors(value, low, high):
    return np.maximum([value - low, high - value], 0)


def numbers(value, low, high, sign=""):
    return f"{value:{sign}.3f} [{low:.3f}, {high:.3f}]" if low is not None and not np.isnan(low) else f"{value:{sign}.3f}"


def beside(ax, y, text, **options):
    ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", **options)


def rows_down(ax, names, colors=()):
    """Names at the left of rows 0, −1, −2 …"""
    ax.set_yticks(-np.arange(len(names)), names)
    ax.set_ylim(0.6 - len(names), 0.6)
    ax.grid(visible=False, axis="y")
    for label, color in zip(ax.get_yticklabels(), colors, strict=False):
        label.set_color(color)


def lines(ax, modes, x, columns=("value", "ci_low", "ci_high"), band=False):
    step = 0.03 if len(modes) > 1 else 0
    for position, mode in enumerate(modes):
        value, low, high = (mode[column] for column in columns)
        at = mode[x] + step * (position - (len(modes) - 1) / 2)
        look = {"color": mode.color, "linestyle": mode.dash, "markersize": 4}
        if band or len(value) > 16:
            ax.fill_between(mode[x], low, high, color=mode.color, alpha=0.16, linewidth=0)
            ax.plot(mode[x], value, marker="o" if len(value) <= 16 else "", **look)
        else:
            ax.errorbar(at, value, errors(value, low, high), marker="o", elinewidth=1, **look)


def line_chart(figure, x, x_title, y_title=None, value="value", bottom=0.0, behind=None):
    plot, axes = small_multiples(figure, len(figure.data), 2, sharey=True)
    dashed = [Line2D([], [], color=MUTED, linestyle="--", label=behind.__doc__)] if behind else []
    legend(plot, marks(modes_of(figure.data)) + dashed)
    for ax, (head, modes, *levels) in zip(axes, figure.data, strict=True):
        ax.set(title=head, xlabel=x_title, ylabel=y_title or METRICS[figure.where["metric"]])
        lines(ax, modes, x, (value, "ci_low", "ci_high"))
        if behind:
            behind(ax, modes, *levels)
        ax.tick_params(labelleft=True)
    axes[0].set_ylim(bottom)
    return plot


def independent_draws(ax, modes, levels):
    """independent draws"""
    for level in levels:
        ax.axhspan(level["ci_low"][0], level["ci_high"][0], color=level.color, alpha=0.16, linewidth=0)
        ax.axhline(level["value"][0], color=level.color)
    for mode in modes:
        ax.fill_between(mode["lag"], mode["null_low"], mode["null_high"], color=mode.color, alpha=0.1, linewidth=0)
        ax.plot(mode["lag"], mode["null_value"], color=mode.color, linestyle="--", alpha=0.7)


def all_different(ax, modes):
    """all different"""
    ax.axline((2, 2), slope=1, color=MUTED, linestyle="--")


def similarity_table(figure):
    names, spaces = figure.data
    plot, axes = small_multiples(figure, len(spaces), 3, sides=(2.2, 0.2, 1.0, 0.5), sharey=True)
    legend(plot, marks(modes_of(spaces)))
    for ax, (space, modes) in zip(axes, spaces, strict=True):
        for position, mode in enumerate(modes):
            at = np.array([names.index(name) for name in zip(mode["place"], mode["model"], strict=True)])
            y, value = -at - 0.2 * (position - (len(modes) - 1) / 2), mode["value"]
            ax.errorbar(value, y, xerr=errors(value, mode["ci_low"], mode["ci_high"]), fmt="o", markersize=4, color=mode.color)
        ax.set(title=space, xlabel=METRICS[figure.where["metric"]])
        rows_down(ax, [f"{place}\n{model}" for place, model in names])
    return plot


def mode_rows(figure, draw_row, what):
    """A row for each mode, its numbers at the right."""
    plot, axes = small_multiples(figure, len(figure.data), 2, sides=(1.1, 1.4, 0.95, 0.5), gaps=(2.5, 0.9), sharex=True)
    for ax, (head, modes) in zip(axes, figure.data, strict=True):
        for row, mode in enumerate(modes):
            value, low, high = draw_row(ax, -row, mode)
            ax.plot([low, high], [-0.25 - row] * 2, color=mode.color, alpha=0.45, linewidth=4, solid_capstyle="butt")
            ax.plot(value, -0.25 - row, "|", color=mode.color, markersize=8, markeredgewidth=2)
            beside(ax, -row, numbers(value, low, high))
        ax.set(title=head, xlabel=METRICS[figure.where["metric"]])
        ax.tick_params(labelbottom=True)
        rows_down(ax, [mode.label for mode in modes], [mode.color for mode in modes])
        beside(ax, ax.get_ylim()[1], what, color=MUTED)
    return plot


def questions(ax, y, mode):
    values = mode["questions"]
    if len(values) > 120:
        body = ax.violinplot(values, [y + 0.2], orientation="horizontal", widths=0.5, showextrema=False)["bodies"][0]
        body.set(facecolor=mode.color, alpha=0.3)
    else:
        scatter = np.random.default_rng(0).uniform(0.05, 0.35, len(values))
        ax.scatter(values, y + scatter, s=14, color=mode.color, alpha=0.4, linewidths=0)
    return [mode[column][0] for column in ("value", "ci_low", "ci_high")]


def similarity_distribution(figure):
    tops = sorted(mode["height"].max() for mode in modes_of(figure.data))
    most = min(tops[-1], 3 * tops[len(tops) // 2])

    def outline(ax, y, mode):
        up = y - 0.1 + 0.7 * np.minimum(mode["height"], most) / most
        ax.fill_between(mode["x"], y - 0.1, up, color=mode.color, alpha=0.3, linewidth=0)
        ax.plot(mode["x"], up, color=mode.color, linewidth=1)
        low, median, high = mode["quartiles"]
        return median, low, high

    return mode_rows(figure, outline, "median [quartiles]")


def contrasts_forest(figure):
    spaces = {"height_ratios": [len(rows) for _, rows in figure.data]}
    plot, axes = small_multiples(figure, len(figure.data), 1, sides=(1.9, 2.6, 1.0, 0.5), gaps=(0, 0.3), sharex=True, spaces=spaces)
    legend(plot, [mark("adjusted p < 0.05", linestyle=""), mark("not below", linestyle="", fillstyle="none")])
    for ax, (head, rows) in zip(axes, figure.data, strict=True):
        ax.axvline(0, color=MUTED, linewidth=1)
        for y, row in enumerate(rows):
            clear = row["p_adjusted"] is not None and row["p_adjusted"] < 0.05
            ends = errors(row["value"], *map(np.atleast_1d, row["ci"]))
            fill = row["color"] if clear else "white"
            ax.errorbar(row["value"], -y, xerr=ends, fmt="o", markersize=5, color=row["color"], markerfacecolor=fill)
            p = "" if row["p_adjusted"] is None else f"p = {row['p_adjusted']:.3f}"
            beside(ax, -y, f"{numbers(row['value'], *row['ci'], sign='+')}   {p}   {row['n_questions']}")
        ax.set_title(head)
        rows_down(ax, [row["name"] for row in rows], [row["color"] for row in rows])
    axes[-1].set_xlabel(f"difference in {METRICS[figure.where['metric']]}")
    return plot


def sensitivity_of_contrasts(figure):
    plot, axes = small_multiples(figure, len(figure.data), 2, sides=(1.8, 1.6, 0.8, 0.5), gaps=(3.4, 0.95))
    for ax, rows in zip(axes, figure.data, strict=True):
        first = rows[0]
        ax.axvline(0, color=MUTED, linewidth=1)
        ax.axvline(first["value"], color=first["color"], alpha=0.5, linewidth=1.5)
        value, low, high = np.transpose([(row["value"], *row["ci"]) for row in rows])
        ax.errorbar(value, -np.arange(len(rows)), xerr=errors(value, low, high), fmt="o", markersize=5, color=first["color"])
        for y, row in enumerate(rows):
            beside(ax, -y, numbers(row["value"], *row["ci"], sign="+"))
            if row["flips"] not in (None, "nothing"):
                beside(ax, 0.4 - y, f"{row['flips']} flips", color="#a5283c")
        ax.set_title(f"{first['name']}\n{first['model']} on {first['place']}")
        ax.set_xlabel(f"difference in {METRICS[first['metric']]}, {first['space']}")
        rows_down(ax, [" ".join(dict.fromkeys([row["choice"], row["alternative"]])) for row in rows])
    return plot


def mode_axes(figure, **options):
    """A panel for each mode of each model."""
    plots = [(head, mode) for head, modes, *_ in figure.data for mode in modes]
    n_modes = len({mode.label for _, mode in plots})
    plot, axes = small_multiples(figure, len(plots), 2 if n_modes in (2, 4) else 3, **options)
    for ax, (head, mode) in zip(axes, plots, strict=True):
        ax.set_title(f"{head}, {mode.label}", color=mode.color)
    return plot, [(ax, mode) for ax, (_, mode) in zip(axes, plots, strict=True)]


def similarity_between_rounds(figure):
    plot, panels = mode_axes(figure, sides=(0.6, 0.2, 1.35, 0.5))
    every = np.concatenate([mode["tiles"].ravel() for _, mode in panels])
    low, high = np.nanmin(every), np.nanmax(every)
    for ax, mode in panels:
        tiles, rounds = mode["tiles"], mode["rounds"]
        image = ax.imshow(tiles, cmap="Blues", vmin=low, vmax=high)
        ax.grid(visible=False)
        every = -(-len(rounds) // 12)
        ax.set_xticks(range(0, len(rounds) - 1, every), rounds[:-1:every])
        ax.set_yticks(range(0, len(rounds) - 1, every), rounds[1::every])
        ax.set(xlabel="earlier round", ylabel="later round")
        dark = low + 0.75 * (high - low)
        for y, x in zip(*np.nonzero(~np.isnan(tiles)), strict=True) if len(rounds) <= 10 else ():
            ax.text(x, y, f"{tiles[y, x]:.2f}", ha="center", va="center", color="white" if tiles[y, x] > dark else INK)
    height = figure.size[1]
    plot.colorbar(image, cax=plot.add_axes((0.03, 1 - 0.5 / height, 0.22, 0.1 / height)), orientation="horizontal")
    return plot


def repeat_map(figure):
    plot, panels = mode_axes(figure, sides=(0.9, 0.2, 1.1, 0.5), gaps=(1.1, 0.9))
    legend(plot, [mark("new", "#cfe0f2", linestyle=""), mark("repeats an earlier round", "#083e7a", linestyle="")])
    for ax, mode in panels:
        tiles, names = mode["tiles"], mode["names"]
        few = len(names) <= 30
        across, down = np.arange(tiles.shape[1] + 1) + 0.5, np.arange(len(names) + 1)
        ax.pcolormesh(across, down, tiles, cmap="Blues", vmin=-0.25, vmax=1.0, edgecolors="white" if few else "none", linewidth=few)
        ax.invert_yaxis()
        ax.grid(visible=False)
        ax.set_yticks(np.arange(len(names)) + 0.5 if few else [], names if few else [])
        ax.set_xticks(range(1, tiles.shape[1] + 1, -(-tiles.shape[1] // 12)))
        ax.set(xlabel="round", ylabel=f"{len(names)} questions")
    return plot


def consecutive_solutions(figure):
    plot, axes = small_multiples(figure, 2, 2, sides=(0.2, 0.2, 1.05, 0.15), gaps=(0.2, 0))
    legend(plot, [mark("the same words in both, in the same order", "#cde8df", linestyle="")])
    # A letter is 1 wide and a line 1 high: 0.602 and 1.5 times the size of the type.
    size = plt.rcParams["font.size"] / 72 / axes[0].get_position().transformed(plot.dpi_scale_trans.inverted() + plot.transFigure).size
    for ax, (head, rows) in zip(axes, figure.data, strict=True):
        for y, (text, stretches) in enumerate(rows):
            ax.text(0, y + 0.5, text, family="monospace", va="center")
            ax.broken_barh(stretches, (y, 1), color="#cde8df")
        ax.set(title=head, xlim=(-1, 1 / size[0] / 0.602 - 1), ylim=(1 / size[1] / 1.5 - 0.5, -0.5), xticks=[], yticks=[])
    return plot


def diversity_against_accuracy(figure):
    plot, axes = small_multiples(figure, len(figure.data), 2, sharex=True, sharey=True)
    legend(plot, marks(modes_of(figure.data), linestyle=""))
    for ax, (head, modes) in zip(axes, figure.data, strict=True):
        for mode in modes:
            ax.scatter(mode["x"], mode["y"], s=12, color=mode.color, alpha=0.3, linewidths=0)
            x, y = mode["value"], np.atleast_1d(mode["accuracy"])
            across, up = errors(x, mode["ci_low"], mode["ci_high"]), errors(y, *mode["ends"][:, None])
            ax.errorbar(x, y, xerr=across, yerr=up, fmt="o", color=mode.color)
        ax.set(title=head, xlabel="cosine similarity (further left: more varied)", ylabel="share of samples judged correct")
        ax.tick_params(labelbottom=True, labelleft=True)
    return plot


def embedding_map(figure):
    together = figure.where["method"] == "tsne"
    sides, gaps = ((0.2, 0.2, 0.85, 0.3), (0, 0)) if together else ((0.7, 0.2, 1.1, 0.5), (0.8, 0.9))
    aspect = {"aspect": "equal", "adjustable": "datalim"}
    plot, axes = small_multiples(figure, len(figure.data), 3, sides=sides, gaps=gaps, subplot_kw=aspect)
    shapes = [mark("correct", linestyle=""), mark("incorrect", linestyle="", fillstyle="none")]
    legend(plot, marks(modes_of(figure.data)) + shapes)
    for ax, (head, modes) in zip(axes, figure.data, strict=True):
        for mode in modes:
            spots(ax, mode)
        if together:
            ax.set(xlabel="t-SNE: the axes have no unit", xticks=[], yticks=[])
            name_questions(ax, modes)
        else:
            title = f"{head}\n{modes[0]['explained'][0]:.0%} of the variance"
            ax.set(title=title, xlabel="first direction", ylabel="second direction")
    return plot


def spots(ax, mode):
    """Chains as paths, dots that grow from round to round, filled where correct."""
    at, chains = np.column_stack([mode["x"], mode["y"]]), {}
    for place, key in enumerate(zip(mode["model"], mode["question_id"], mode["chain"], strict=True)):
        if key[2] is not None and not np.isnan(key[2]):
            chains.setdefault(key, []).append(place)
    ax.add_collection(LineCollection([at[places] for places in chains.values()], color=mode.color, alpha=0.4, linewidth=1))
    sizes = 12 + (20 * mode["round"] / max(mode["round"].max(), 1) if chains else np.full(len(at), 8.0))
    for state, marker in ((True, "o"), (False, "o"), (None, "s")):
        places = [place for place, correct in enumerate(mode["correct"]) if correct is state]
        fill = "white" if state is False else mode.color
        ax.scatter(*at[places].T, s=sizes[places], marker=marker, edgecolors=mode.color, facecolors=fill, linewidths=1)


def name_questions(ax, modes):
    names = np.concatenate([mode["question_id"] for mode in modes])
    at = np.concatenate([np.column_stack([mode["x"], mode["y"]]) for mode in modes])
    found = np.unique(names)
    for name in found if len(found) <= 15 else ():
        ax.text(*np.median(at[names == name], axis=0), name, weight="bold", ha="center", va="bottom")


def answer_flow(figure):
    plot, panels = mode_axes(figure, sides=(0.75, 0.5, 1.1, 0.5), gaps=(1.3, 0.9))
    found = [state for state in STATES if any(state in mode["from"] + mode["to"] for _, mode in panels)]
    legend(plot, [mark(state, STATES[state], linestyle="") for state in found])
    for ax, mode in panels:
        rows = list(zip(mode["round"], mode["from"], mode["to"], mode["share"], strict=True))
        ribbons, colors = [], []
        for step in np.unique(mode["round"]):
            shares = {(start, end): share for at, start, end, share in rows if at == step}
            (left, right), (a, b) = (stacked(shares, side) for side in (0, 1)), (step + 0.08, step + 0.92)
            for key, share in shares.items():
                ribbons.append([(a, left[key]), (b, right[key]), (b, right[key] + share), (a, left[key] + share)])
                colors.append(STATES[key[0]])
        ax.add_collection(PolyCollection(ribbons, facecolors=colors, alpha=0.5, linewidths=0))
        bars(ax, rows, found)
        ax.set(xlabel="round", ylabel="share of chains", ylim=(0, 1))
        ax.yaxis.set_major_formatter("{x:.0%}")
    return plot


def stacked(shares, side):
    """Where the ribbons of a step begin at one of their ends, from below."""
    order = sorted(shares, key=lambda key: [list(STATES).index(key[side]), list(STATES).index(key[1 - side])])
    return dict(zip(order, np.cumsum([0.0] + [shares[key] for key in order]), strict=False))


def bars(ax, rows, states):
    """How many are in each state, round by round; for the last round, who came to it."""
    last = max(row[0] for row in rows)
    rounds = np.arange(min(row[0] for row in rows), last + 2)
    below = np.zeros(len(rounds))
    for state in states:
        height = np.array([sum(share for at, start, _, share in rows if (at, start) == (place, state)) for place in rounds])
        height[-1] = sum(share for at, _, end, share in rows if (at, end) == (last, state))
        ax.bar(rounds, height, 0.16, below, color=STATES[state])
        if height[-1] > 0.05:
            ax.text(last + 1.15, below[-1] + height[-1] / 2, f"{height[-1]:.0%}", va="center")
        below += height


def transition_matrix(figure):
    plot, panels = mode_axes(figure, sides=(0.8, 0.8, 1.1, 0.35), gaps=(1.6, 1.0))
    for ax, mode in panels:
        found = [state for state in STATES if state in mode["from"] + mode["to"]]
        at = [(found.index(start), found.index(end)) for start, end in zip(mode["from"], mode["to"], strict=True)]
        tiles = np.full((len(found), len(found)), np.nan)
        columns = (mode[name] for name in ("share", "ci_low", "ci_high", "n_steps"))
        for (row, column), share, low, high, steps in zip(at, *columns, strict=True):
            tiles[row, column] = share
            ends = "" if np.isnan(low) else f"\n[{100 * low:.0f}, {100 * high:.0f}]"
            ax.text(column, row, f"{100 * share:.0f}{ends}", ha="center", va="center", color="white" if share > 0.75 else INK)
            if column == 0:
                beside(ax, row, f"{steps} steps", color=MUTED)
        ax.imshow(tiles, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        ax.grid(visible=False)
        ax.set_xticks(range(len(found)), found)
        ax.set_yticks(range(len(found)), found)
    return plot


def context_by_round(figure):
    across = len({title for _, title, *_ in figure.data})
    plot, axes = small_multiples(figure, len(figure.data), across)
    legend(plot, marks([mode for *_, chains, levels in figure.data for mode in levels + chains]))
    for ax, (head, title, chains, levels) in zip(axes, figure.data, strict=True):
        for level in levels:
            ax.axhspan(level["p25"][0], level["p75"][0], color=level.color, alpha=0.16, linewidth=0)
            ax.axhline(level["p50"][0], color=level.color)
        lines(ax, chains, "round", ("p50", "p25", "p75"), band=True)
        ax.set(title=head, xlabel="round", ylabel=title)
        ax.set_ylim(0)
    return plot


def length_ecdf(figure):
    titles = dict.fromkeys(title for _, title, _ in figure.data)
    plot, axes = small_multiples(figure, len(figure.data), max(len(titles), 2), sides=(0.7, 1.3, 0.95, 0.5), gaps=(2.0, 0.9))
    lengths = {title: np.concatenate([v for _, name, curves in figure.data if name == title for _, v in curves]) for title in titles}
    wide = {title for title, values in lengths.items() if values.max() > 30 * max(np.quantile(values, 0.05), 1)}
    for ax, (head, title, curves) in zip(axes, figure.data, strict=True):
        for mode, values in curves:
            median = np.median(values)
            ax.ecdf(values, color=mode.color, label=f"{mode.label}\nmedian {median:g}")
            ax.plot(median, 0.5, "o", color=mode.color, markersize=5)
        ax.set(title=head, xlabel=title, ylabel="share of samples")
        if title in wide:
            ax.set_xscale("log")
            ax.xaxis.set_major_formatter("{x:g}")
            ax.xaxis.set_minor_formatter("")
        ax.yaxis.set_major_formatter("{x:.0%}")
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return plot


similarity_by_mode = partial(mode_rows, draw_row=questions, what="mean [interval]")
similarity_by_lag = partial(line_chart, x="lag", x_title="rounds between the two solutions", bottom=None, behind=independent_draws)
novelty_by_round = partial(line_chart, x="round", x_title="round", y_title="novelty (cosine distance)")
cluster_sizes = partial(
    line_chart, x="rank", x_title="rank of the cluster (1: the largest)", y_title="share of a question's samples", value="share"
)
vendi_by_n = partial(line_chart, x="n_samples", x_title="number of samples", y_title="effective number of solutions", behind=all_different)
