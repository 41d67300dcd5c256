//! A first notebook on a run: reads the tables by relative path, prints the similarity table, redraws figures, asks.
//!
//! The name of a run and of a metric come in, the bytes of a notebook go out. Its cells are the Python files of
//! `assets/notebook`, which any editor opens: `# %%` begins a cell of code, `# %% [markdown]` one of text.

use serde_json::{Value, json};

use super::label::{clean, slug};
use super::{Artifact, RenderError};

/// The library that a notebook reads tables with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// polars.
    Polars,
    /// pandas.
    Pandas,
}

impl Library {
    /// All of them, the default first.
    pub const ALL: [Library; 2] = [Library::Polars, Library::Pandas];

    /// As a plan names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Library::Polars => "polars",
            Library::Pandas => "pandas",
        }
    }

    /// The cells that read and print tables.
    fn cells(self) -> &'static str {
        match self {
            Library::Polars => include_str!("../../assets/notebook/polars.py"),
            Library::Pandas => include_str!("../../assets/notebook/pandas.py"),
        }
    }
}

/// The cells that draw, which know rows and no library.
const FIGURES: &str = include_str!("../../assets/notebook/figures.py");
/// What begins a cell of text.
const TEXT: &str = "# %% [markdown]\n";
/// What begins a cell of code.
const CODE: &str = "# %%\n";

/// Writes the notebook of run `name`: nbformat 4.5 as UTF-8 JSON, to be kept as `notebooks-export/NAME.ipynb` beside
/// `reports/`. `metric` is the one that it shows until its reader sets another.
pub fn notebook(name: &str, metric: &str, library: Library) -> Result<Artifact, RenderError> {
    let mut cells = cells(library.cells());
    cells.extend(self::cells(FIGURES));
    // A JSON string is a Python string too.
    let (run, metric) = (serde_json::to_string(name)?, serde_json::to_string(metric)?);
    let title = super::table::escape_markdown(&clean(name));
    let cells: Vec<Value> = cells
        .into_iter()
        .enumerate()
        .map(|(position, cell)| cell.named(&title, &run, &metric).json(position))
        .collect();
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
    /// Puts the run's own names in.
    fn named(self, title: &str, run: &str, metric: &str) -> Self {
        match self {
            Cell::Markdown(text) => Cell::Markdown(text.replacen("RUN_TITLE", title, 1)),
            Cell::Code(text) => Cell::Code(text.replacen(" = RUN_NAME\n", &format!(" = {run}\n"), 1).replacen(
                " = METRIC_NAME\n",
                &format!(" = {metric}\n"),
                1,
            )),
        }
    }

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

/// The cells of a Python file.
fn cells(script: &str) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for line in script.split_inclusive('\n') {
        match (line, cells.last_mut()) {
            (TEXT, _) => cells.push(Cell::Markdown(String::new())),
            (CODE, _) => cells.push(Cell::Code(String::new())),
            (line, Some(Cell::Markdown(text))) => {
                text.push_str(line.strip_prefix("# ").or(line.strip_prefix('#')).unwrap_or(line));
            }
            (line, Some(Cell::Code(text))) => text.push_str(line),
            (_, None) => {}
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    /// Type and source of each cell.
    fn written(name: &str, library: Library) -> Vec<(String, String)> {
        let value: Value = serde_json::from_slice(&notebook(name, "cosine", library).unwrap().bytes).unwrap();
        let source = |cell: &Value| cell["source"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        let cells = value["cells"].as_array().unwrap().iter();
        cells.map(|cell| (cell["cell_type"].as_str().unwrap().to_owned(), source(cell))).collect()
    }

    #[test]
    fn it_is_a_notebook_with_stable_ids_and_relative_paths() {
        for library in Library::ALL {
            let artifact = notebook("quickstart", "cosine", library).unwrap();
            assert_eq!(artifact, notebook("quickstart", "cosine", library).unwrap());
            assert_eq!(artifact.path, "quickstart.ipynb");
            let value: Value = serde_json::from_slice(&artifact.bytes).unwrap();
            assert_eq!((value["nbformat"].as_i64(), value["nbformat_minor"].as_i64()), (Some(4), Some(5)));
            let cells = value["cells"].as_array().unwrap();
            let ids: std::collections::BTreeSet<&str> = cells.iter().map(|cell| cell["id"].as_str().unwrap()).collect();
            assert_eq!(ids.len(), cells.len());
            let code: String = written("quickstart", library).into_iter().map(|(_, source)| source).collect();
            assert!(code.contains("RUN = \"quickstart\"\n") && code.contains("METRIC = \"cosine\"\n"), "{code}");
            assert!(code.contains(r#"Path("..", "reports", RUN, "tables")"#), "{code}");
            assert!(code.contains(&format!("pip install {}", library.name())), "{code}");
            assert!(!code.contains("RUN_TITLE") && !code.contains("_NAME\n"), "{code}");
        }
    }

    #[test]
    fn texts_and_code_alternate_and_it_ends_with_three_questions() {
        for library in Library::ALL {
            let cells = written("quickstart", library);
            assert!(cells.iter().step_by(2).all(|(kind, _)| kind == "markdown"), "{cells:?}");
            assert!(cells.iter().skip(1).step_by(2).all(|(kind, _)| kind == "code"), "{cells:?}");
            let (_, last) = cells.last().unwrap();
            assert!(
                last.starts_with("## Three questions") && last.contains("\n1. ") && last.contains("\n3. "),
                "{last}"
            );
            assert!(cells.iter().all(|(_, source)| !source.is_empty() && !source.ends_with('\n')), "{cells:?}");
        }
    }

    #[test]
    fn a_hostile_name_stays_a_string() {
        for library in Library::ALL {
            let cells = written("\"); import os # METRIC_NAME <b>", library);
            assert!(cells[1].1.contains("RUN = \"\\\"); import os # METRIC_NAME <b>\"\n"), "{}", cells[1].1);
            assert!(cells[0].1.contains("&lt;b&gt;"), "{}", cells[0].1);
        }
    }
}
