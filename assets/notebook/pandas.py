# %% [markdown]
# # Run RUN_TITLE
#
# Written by `breadth run`. It reads the run's tables and computes nothing that `breadth` has not computed. What each column means stands in the
# files' own metadata, and `breadth list tables` prints it. Needs `pip install pandas pyarrow matplotlib`.
#
# Cells can be run again with another `METRIC` or `SPACE`. A table that this run does not have is passed over, with a sentence.
#
# This file is yours: a later run leaves it alone once you have changed it.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

RUN = RUN_NAME
# A notebook runs in its own folder; the second place is for whoever runs it from the folder above.
PLACES = [Path("..", "reports", RUN, "tables"), Path("reports", RUN, "tables")]
TABLES = next((place for place in PLACES if place.is_dir()), PLACES[0])


def read(name):
    """A table of the run; None, with a sentence, where it is not there or empty."""
    path = TABLES / f"{name}.parquet"
    table = pd.read_parquet(path) if path.is_file() else None
    if table is None or table.empty:
        print(f"The table `{name}` is {'not in this run' if table is None else 'empty'}: what is made of it is left out.")
        return None
    return table


def rows(table, **where):
    """The rows for which these columns hold these values, as dictionaries."""
    if table is None:
        return []
    for column, value in where.items():
        table = table[table[column] == value]
    # pandas shows a missing value as NaN; here it is None.
    return table.astype(object).where(table.notna(), None).to_dict("records")


summary = read("summary")
contrasts = read("contrasts")
groups = read("groups")
lags = read("lags")
lengths = read("lengths")
rarefaction = read("rarefaction")

# %% [markdown]
# ## The similarity table
#
# Domains, datasets and models down, spaces and modes across. Each value is a mean over all pairs of a group, then over a question's groups, then over
# questions with equal weight; brackets hold its interval over questions.

# %%
METRIC = METRIC_NAME
known = sorted({(row["metric"], row["space"]) for row in rows(summary)})
if known and METRIC not in {metric for metric, _ in known}:
    METRIC = known[0][0]
SPACE = next((space for metric, space in known if metric == METRIC), "")
print("Metrics of this run:", ", ".join(f"{metric} ({space})" for metric, space in known))


def with_interval(row):
    """A value as the table shows it; nothing where there is none."""
    if pd.isna(row["value"]):
        return None
    interval = "" if pd.isna(row["ci_low"]) else f" [{row['ci_low']:.3f}, {row['ci_high']:.3f}]"
    return f"{row['value']:.3f}{interval}"


if summary is not None:
    table = summary[summary["metric"] == METRIC].copy()
    feedback = (" (" + table["feedback"].astype("string") + ")").fillna("")
    table["column"] = table["space"] + ": " + table["mode"] + feedback
    table["shown"] = table.apply(with_interval, axis=1)
    table = table.pivot(index=["domain", "dataset", "model"], columns="column", values="shown").sort_index()
    with pd.option_context("display.max_rows", None, "display.max_columns", None, "display.width", 240, "display.max_colwidth", 60):
        print(table.to_string(na_rep=""))

# %% [markdown]
# ## By how much, and how sure
#
# Every two modes, over the questions that both have: the difference with its interval, and p corrected for the number of tests (Holm).

# %%
if contrasts is not None:
    columns = ["domain", "dataset", "model", "space", "level_a", "level_b", "difference", "ci_low", "ci_high", "p_adjusted", "n_questions"]
    table = contrasts.loc[contrasts["metric"] == METRIC, columns].sort_values("p_adjusted")
    print(table.head(40).to_string(index=False, float_format="{:.4f}".format))

