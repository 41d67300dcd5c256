//! A first notebook on a run: reads the tables by relative path, prints the similarity table, redraws a figure, asks.

use serde_json::{Value, json};

use super::label::{clean, slug};
use super::{Artifact, RenderError};

/// Writes the notebook of run `name`: nbformat 4.5 as UTF-8 JSON, to be kept as `notebooks-export/NAME.ipynb` beside
/// `reports/`. `metric` is the one whose table it prints.
pub fn notebook(name: &str, metric: &str) -> Result<Artifact, RenderError> {
    let cells: Vec<Value> =
        cells(name, metric)?.into_iter().enumerate().map(|(position, cell)| cell.json(position)).collect();
    let notebook = json!({
        "cells": cells,
        "metadata": {
            "kernelspec": { "display_name": "Python 3", "language": "python", "name": "python3" },
            "language_info": { "name": "python" }
        },
        "nbformat": 4,
        "nbformat_minor": 5
    });
    let mut text = serde_json::to_string_pretty(&notebook)?;
    text.push('\n');
    Ok(Artifact { path: format!("{}.ipynb", slug(name)), bytes: text.into_bytes() })
}

enum Cell {
    Markdown(String),
    Code(String),
}

impl Cell {
    /// Cell ids count, so that the same run gives the same bytes.
    fn json(self, position: usize) -> Value {
        let id = format!("breadth-{position:02}");
        match self {
            Cell::Markdown(text) => json!({
                "cell_type": "markdown", "id": id, "metadata": {}, "source": source(&text)
            }),
            Cell::Code(text) => json!({
                "cell_type": "code", "execution_count": null, "id": id, "metadata": {}, "outputs": [],
                "source": source(&text)
            }),
        }
    }
}

/// Lines with their line breaks, as Jupyter itself writes them.
fn source(text: &str) -> Vec<String> {
    text.trim_matches('\n').split_inclusive('\n').map(str::to_owned).collect()
}

fn cells(name: &str, metric: &str) -> Result<Vec<Cell>, RenderError> {
    // A JSON string is a Python string too.
    let (run, metric) = (serde_json::to_string(name)?, serde_json::to_string(metric)?);
    let title = super::table::escape_markdown(&clean(name));
    Ok(vec![
        Cell::Markdown(format!(
            "# Run {title}\n\nWritten by `breadth run`. It reads the run's tables and computes nothing that `breadth` has not computed; \
             the columns are described in the files' own metadata. Needs `pip install polars matplotlib`."
        )),
        Cell::Code(READ.replace("RUN_NAME", &run)),
        Cell::Markdown(
            "## The similarity table\n\nDomains × models down, spaces × modes across. Each value is a mean over all pairs of a group, then over a \
             question's groups, then over questions with equal weight."
                .to_owned(),
        ),
        Cell::Code(TABLE.replace("METRIC_NAME", &metric)),
        Cell::Markdown("## Every question\n\nThe mean hides the spread: one point per question, the mean in black.".to_owned()),
        Cell::Code(FIGURE.to_owned()),
        Cell::Markdown(QUESTIONS.to_owned()),
        Cell::Code("contrasts.filter(pl.col(\"metric\") == METRIC).sort(\"p_adjusted\")".to_owned()),
    ])
}

const READ: &str = r#"
from pathlib import Path

import matplotlib.pyplot as plt
import polars as pl

TABLES = Path("..") / "reports" / RUN_NAME / "tables"
summary = pl.read_parquet(TABLES / "summary.parquet")
groups = pl.read_parquet(TABLES / "groups.parquet")
contrasts = pl.read_parquet(TABLES / "contrasts.parquet")
summary.select("metric", "space").unique().sort("metric", "space")
"#;

const TABLE: &str = r#"
METRIC = METRIC_NAME
rows = summary.filter(pl.col("metric") == METRIC).with_columns(
    column=pl.concat_str("space", pl.lit(": "), "mode", pl.concat_str(pl.lit(" / "), "feedback").fill_null("")),
    shown=pl.format("{} [{}, {}]", *(pl.col(name).round(3) for name in ("value", "ci_low", "ci_high"))).fill_null(
        pl.col("value").round(3).cast(pl.String)
    ),
)
with pl.Config(tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=60, tbl_width_chars=240, tbl_hide_column_data_types=True):
    print(rows.pivot("column", index=["domain", "dataset", "model"], values="shown").sort("domain", "dataset", "model"))
"#;

const FIGURE: &str = r##"
COLORS = {"parallel": "#0072b2", "markov": "#d55e00", "autoregressive": "#008c69"}
space = rows["space"][0]
questions = (
    groups.filter((pl.col("metric") == METRIC) & (pl.col("space") == space) & pl.col("value").is_not_null())
    .group_by("domain", "dataset", "model", "mode", "question_id")
    .agg(pl.col("value").mean())
    .sort("domain", "dataset", "model", "mode", "question_id")
)
panels = questions.select("domain", "dataset", "model").unique(maintain_order=True).rows()
figure, axes = plt.subplots(len(panels), 1, figsize=(7, 2.2 * len(panels)), sharex=True, squeeze=False)
for axis, (domain, dataset, model) in zip(axes[:, 0], panels):
    panel = questions.filter(
        (pl.col("domain") == domain) & (pl.col("dataset") == dataset) & (pl.col("model") == model)
    )
    found = panel["mode"].unique(maintain_order=True).to_list()
    modes = [mode for mode in COLORS if mode in found] + [mode for mode in found if mode not in COLORS]
    for height, mode in enumerate(modes):
        values = panel.filter(pl.col("mode") == mode)["value"].to_list()
        axis.plot(values, [height] * len(values), "o", alpha=0.4, color=COLORS.get(mode, "#5c6169"))
        axis.plot(sum(values) / len(values), height, "kD")
    axis.set_yticks(range(len(modes)), modes)
    axis.invert_yaxis()
    axis.set_title(f"{model} on {dataset}, {domain}".replace("$", r"\$"), loc="left", fontsize=9)
axes[-1, 0].set_xlabel(f"{METRIC} ({space})".replace("$", r"\$"))
figure.tight_layout()
"##;

const QUESTIONS: &str = "## Three questions to try\n\n\
1. Which questions have the largest difference between modes, and what do their solutions look like? Join `groups` on `question_id`, then read `samples.parquet`.\n\
2. Does the picture hold when similarity is counted in characters? Set `METRIC = \"levenshtein_similarity\"` and run the cells again.\n\
3. Are shorter solutions more alike? Join the `solution_tokens` rows of `groups` to those of `METRIC` and look within each question, never across them.\n\n\
The contrasts between modes, each over the questions that both have:";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn it_is_a_notebook_with_stable_ids_and_relative_paths() {
        let artifact = notebook("quickstart", "cosine").unwrap();
        assert_eq!(artifact, notebook("quickstart", "cosine").unwrap());
        assert_eq!(artifact.path, "quickstart.ipynb");
        let value: Value = serde_json::from_slice(&artifact.bytes).unwrap();
        assert_eq!((value["nbformat"].as_i64(), value["nbformat_minor"].as_i64()), (Some(4), Some(5)));
        let cells = value["cells"].as_array().unwrap();
        let ids: std::collections::BTreeSet<&str> = cells.iter().map(|cell| cell["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), cells.len());
        let text = String::from_utf8(artifact.bytes).unwrap();
        assert!(text.contains(r#"Path(\"..\") / \"reports\" / \"quickstart\" / \"tables\""#), "{text}");
    }

    #[test]
    fn a_hostile_name_stays_a_string() {
        let text = String::from_utf8(notebook("\"); import os #", "cosine").unwrap().bytes).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let code: String =
            value["cells"][1]["source"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        assert!(code.contains(r#""reports" / "\"); import os #" / "tables""#), "{code}");
    }
}
