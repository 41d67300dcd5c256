# %% [markdown]
# ## Figures
#
# The cell below says what all figures have in common: a panel for each model and dataset, a color for each mode.

# %%
# Names come from data: they are shown letter by letter, never read as formulas.
plt.rcParams.update({"text.usetex": False, "text.parse_math": False, "axes.spines.top": False, "axes.spines.right": False, "font.size": 9})
# Okabe and Ito's colors, which color-blind readers can tell apart; the named modes keep theirs in every figure of every run.
COLORS = {"parallel": "#0072b2", "markov": "#d55e00", "autoregressive": "#008c69", "parallel_after_rounds": "#b95591"}
OTHERS = ["#be8200", "#3c96cd", "#6e4ba0", "#7d5a32", "#505a64", "#a5283c"]
MOST_PANELS = 12


def name(text, longest=48):
    """One harmless line of a text from data."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    line = line if len(line) <= longest else line[: longest // 2] + "…" + line[-(longest // 2) :]
    # A label that begins with an underscore would be left out of legends.
    return f" {line}" if line.startswith("_") else line or "(empty)"


def mode_of(row):
    return (row["mode"], row["feedback"])


def modes(table):
    """The modes of these rows, in the order of the paper: label and color by mode and feedback."""
    order = list(COLORS)
    found = sorted({mode_of(row) for row in table}, key=lambda key: (order.index(key[0]) if key[0] in order else 9, key[0], key[1] or ""))
    free = [mode for mode in dict.fromkeys(mode for mode, _ in found) if mode not in COLORS]
    several = {mode for mode, _ in found if sum(other == mode for other, _ in found) > 1}
    looks = {}
    for mode, feedback in found:
        label = f"{mode} ({feedback or 'no feedback'})" if mode in several else mode
        color = COLORS.get(mode) or OTHERS[free.index(mode) % len(OTHERS)]
        style = "-" if mode not in several else ["-", "--", ":", "-."][[key for key in found if key[0] == mode].index((mode, feedback)) % 4]
        looks[mode, feedback] = (name(label), color, style)
    return looks


def panels(table, paint, title, height=2.4):
    """Draws a panel for each model and dataset; `paint(axis, rows, modes)` fills it."""
    places = {}
    for row in table:
        places.setdefault((row["domain"], row["dataset"], row["model"]), []).append(row)
    if not places:
        print(f"{title}: this run has no numbers for it.")
        return
    if len(places) > MOST_PANELS:
        print(f"{title}: the first {MOST_PANELS} of {len(places)} panels.")
    chosen = sorted(places)[:MOST_PANELS]
    columns = min(len(chosen), 2)
    lines = -(-len(chosen) // columns)
    figure, axes = plt.subplots(lines, columns, figsize=(4.6 * columns + 0.6, height * lines + 0.7), squeeze=False, sharex=True, layout="constrained")
    looks = modes(table)
    for axis, place in zip(axes.flat, chosen):
        paint(axis, places[place], looks)
        domain, dataset, model = place
        axis.set_title(f"{name(model)}\n{name(dataset)}, {name(domain)}", loc="left", fontsize=9)
    for axis in list(axes.flat)[len(chosen) :]:
        axis.set_visible(False)
    # One legend below all panels, where it covers no line.
    named = {label: handle for axis in axes.flat for handle, label in zip(*axis.get_legend_handles_labels())}
    if named:
        figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=min(len(named), 4), frameon=False, fontsize=8)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    plt.show()


def lines(axis, table, looks, x, low, high, y="value"):
    """A line for each mode, over a band where there is one."""
    for key, (label, color, style) in looks.items():
        points = sorted((row for row in table if mode_of(row) == key and row[y] is not None), key=lambda row: row[x])
        if points:
            at = [row[x] for row in points]
            axis.plot(at, [row[y] for row in points], style, marker="o", markersize=3, color=color, label=label)
            band = [row for row in points if row[low] is not None and row[high] is not None]
            axis.fill_between([row[x] for row in band], [row[low] for row in band], [row[high] for row in band], color=color, alpha=0.15, linewidth=0)
    axis.xaxis.get_major_locator().set_params(integer=True)


# %% [markdown]
# ### Similarity by mode
#
# The mean over questions with its interval. Two intervals that overlap can still differ clearly, since modes are compared question by question: read the
# contrasts above.

# %%
def paint_means(axis, table, looks):
    here = [key for key in looks if any(mode_of(row) == key for row in table)]
    for height, key in enumerate(here):
        label, color, _ = looks[key]
        row = next(row for row in table if mode_of(row) == key)
        if row["ci_low"] is not None:
            axis.plot([row["ci_low"], row["ci_high"]], [height, height], color=color, linewidth=2)
        axis.plot(row["value"], height, "o", color=color)
        axis.annotate(f"n = {row['n_questions']}", (row["value"], height), (0, 6), textcoords="offset points", ha="center", fontsize=7)
    axis.set_yticks(range(len(here)), [looks[key][0] for key in here])
    axis.set_ylim(len(here) - 0.5, -0.7)
    axis.set_xlabel(f"{name(METRIC)} ({name(SPACE)})")


means = [row for row in rows(summary, metric=METRIC, space=SPACE) if row["value"] is not None]
panels(means, paint_means, f"{name(METRIC)} by mode")

# %% [markdown]
# ### Every question
#
# A mean hides the spread: one point per question, with the quartiles and the median as a box.

# %%
def paint_questions(axis, table, looks):
    here = [key for key in looks if any(mode_of(row) == key for row in table)]
    for height, key in enumerate(here):
        values = {}
        for row in table:
            if mode_of(row) == key:
                values.setdefault(row["question_id"], []).append(row["value"])
        # The groups of a question weigh alike.
        means = [sum(group) / len(group) for _, group in sorted(values.items())]
        color = looks[key][1]
        axis.boxplot([means], positions=[height], orientation="horizontal", widths=0.5, showfliers=False, medianprops={"color": "black"}, manage_ticks=False)
        # Points lie apart by a fixed pattern, so that the figure is the same every time.
        axis.plot(means, [height + ((i * 7) % 11 - 5) / 30 for i in range(len(means))], "o", markersize=4, alpha=0.5, color=color)
    axis.set_yticks(range(len(here)), [looks[key][0] for key in here])
    axis.set_ylim(len(here) - 0.4, -0.6)
    axis.set_xlabel(f"{name(METRIC)} ({name(SPACE)})")


panels([row for row in rows(groups, metric=METRIC, space=SPACE) if row["value"] is not None], paint_questions, f"{name(METRIC)} of each question")

# %% [markdown]
# ### How far does a chain move?
#
# How alike two solutions of a chain are by how many rounds lie between them. The gray band is what chains would give whose rounds do not see one another:
# as many random pairs of parallel draws of the same questions.

# %%
def paint_lags(axis, table, looks):
    # Modes with fewer chains have a wider band: the widest one holds for all.
    banded = [row for row in table if row["null_low"] is not None and row["null_high"] is not None]
    at = sorted({row["lag"] for row in banded})
    low = [min(row["null_low"] for row in banded if row["lag"] == lag) for lag in at]
    high = [max(row["null_high"] for row in banded if row["lag"] == lag) for lag in at]
    axis.fill_between(at, low, high, color="#808080", alpha=0.25, linewidth=0)
    lines(axis, table, looks, "lag", "ci_low", "ci_high")
    axis.set_xlabel("rounds between the two solutions")
    axis.set_ylabel(f"{name(METRIC)} ({name(SPACE)})")


panels(rows(lags, metric=METRIC, space=SPACE), paint_lags, f"{name(METRIC)} by distance in the chain")

# %% [markdown]
# ### Length of the thinking by round
#
# The median of the samples, questions weighing alike; the band holds the middle half of them.

# %%
def paint_lengths(axis, table, looks):
    lines(axis, table, looks, "round", "p25", "p75", y="p50")
    axis.set_xlabel("round, or number of the draw")
    axis.set_ylabel(name(LENGTH.replace("_", " ")))
    axis.set_ylim(bottom=0)


# The first of these that any sample has: where no model thinks aloud, the solutions' length.
LENGTH, by_round = "thinking_tokens", []
for LENGTH in ("thinking_tokens", "thinking_chars", "solution_tokens", "solution_chars"):
    by_round = [row for row in rows(lengths, metric=LENGTH) if row["round"] is not None]
    if any(row["max"] for row in by_round):
        break
    print(f"No sample of this run has {LENGTH.replace('_', ' ')}.")
panels(by_round, paint_lengths, f"{LENGTH.replace('_', ' ')} by round")

# %% [markdown]
# ### With fewer samples
#
# A number of sets depends on how many samples there are: here is what it would be with fewer. Compare modes at the same n.

# %%
# The Vendi score first: how many different solutions the set amounts to.
sets = sorted({(row["metric"], row["space"]) for row in rows(rarefaction)}, key=lambda one: (one[0] != "vendi", one))
if len(sets) > 2:
    print("Also there:", ", ".join(f"{metric} ({space})" for metric, space in sets[2:]))
for metric, space in sets[:2]:

    def paint_rarefaction(axis, table, looks):
        lines(axis, table, looks, "n_samples", "ci_low", "ci_high")
        axis.set_xlabel("samples")
        axis.set_ylabel(f"{name(metric)} ({name(space)})")

    panels(rows(rarefaction, metric=metric, space=space), paint_rarefaction, f"{name(metric)} by number of samples")
if not sets:
    print("This run has no rarefaction curves.")

# %% [markdown]
# ## The same table in SQL
#
# For those who would rather ask DuckDB, which reads the files where they lie.

# %%
quoted = {"file": str(TABLES / "summary.parquet").replace("'", "''"), "metric": METRIC.replace("'", "''")}
SQL = """
WITH cells AS (
    SELECT domain, dataset, model,
           space || ': ' || mode || coalesce(' (' || feedback || ')', '') AS mode_on_space,
           format('{:.3f}', value) || coalesce(format(' [{:.3f}, {:.3f}]', ci_low, ci_high), '') AS shown
    FROM read_parquet('%(file)s')
    WHERE metric = '%(metric)s'
)
PIVOT cells ON mode_on_space USING first(shown) GROUP BY domain, dataset, model ORDER BY domain, dataset, model
""" % quoted
print(SQL)
try:
    import duckdb
except ImportError:
    print("DuckDB is not installed here: `pip install duckdb`, then run this cell again.")
else:
    if summary is not None:
        duckdb.sql(SQL).show(max_width=240)

# %% [markdown]
# ## Three questions to try
#
# 1. **Where do modes differ most, and what do the solutions look like there?** Join `groups` to itself on `question_id`, one mode beside another, sort by the
#    difference, then read those questions' `solution` in `samples.parquet`.
# 2. **Does the picture hold when similarity is counted in characters instead of meaning?** Set `METRIC = "levenshtein_similarity"` and run the cells again.
#    If the order of the modes changes, look at the solutions before you believe either.
# 3. **Are shorter solutions more alike, so that length explains it all?** Join the `solution_tokens` rows of `groups` to those of `METRIC`, and look within each
#    question, never across them: hard questions have long and different solutions in every mode.
