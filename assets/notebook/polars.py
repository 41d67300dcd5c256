# %% [markdown]
# # Run RUN_TITLE
#
# Written by `breadth run`. It reads the run's tables and computes nothing that `breadth` has not computed. What each column means stands in the
# files' own metadata, and `breadth list tables` prints it. Needs `pip install polars matplotlib`.
#
# Cells can be run again with another `METRIC` or `SPACE`. A table that this run does not have is passed over, with a sentence.
#
# This file is yours: a later run leaves it alone once you have changed it.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import polars as pl

RUN = RUN_NAME
# A notebook runs in its own folder; the second place is for whoever runs it from the folder above.
PLACES = [Path("..", "reports", RUN, "tables"), Path("reports", RUN, "tables")]
TABLES = next((place for place in PLACES if place.is_dir()), PLACES[0])


def read(name):
    """A table of the run; None, with a sentence, where it is not there or empty."""
    path = TABLES / f"{name}.parquet"
    table = pl.read_parquet(path) if path.is_file() else None
    if table is None or table.is_empty():
        print(f"The table `{name}` is {'not in this run' if table is None else 'empty'}: what is made of it is left out.")
        return None
    return table


def rows(table, **where):
    """The rows for which these columns hold these values, as dictionaries."""
    return [] if table is None else table.filter(**where).to_dicts()


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

if summary is not None:
    table = (
        summary.filter(metric=METRIC)
        .with_columns(
            column=pl.format("{}: {}{}", "space", "mode", pl.format(" ({})", "feedback").fill_null("")),
            shown=pl.format("{} [{}, {}]", *(pl.col(name).round(3) for name in ("value", "ci_low", "ci_high"))).fill_null(
                pl.col("value").round(3).cast(pl.String)
            ),
        )
        .pivot("column", index=["domain", "dataset", "model"], values="shown")
        .sort("domain", "dataset", "model")
    )
    with pl.Config(tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=60, tbl_width_chars=240, tbl_hide_column_data_types=True):
        print(table)

# %% [markdown]
# ## By how much, and how sure
#
# Every two modes, over the questions that both have: the difference with its interval, and p corrected for the number of tests (Holm).

# %%
if contrasts is not None:
    columns = ["domain", "dataset", "model", "space", "level_a", "level_b", "difference", "ci_low", "ci_high", "p_adjusted", "n_questions"]
    with pl.Config(tbl_rows=40, tbl_cols=-1, fmt_str_lengths=60, tbl_width_chars=240, tbl_hide_column_data_types=True):
        print(contrasts.filter(metric=METRIC).select(columns).sort("p_adjusted", nulls_last=True))

