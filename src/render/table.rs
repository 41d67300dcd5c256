//! The similarity table as the founding paper lays it out: domains × models down, spaces × modes across.
//!
//! Rows of `summary` come in, one string goes out, in the format that was asked for. `layout` decides what stands
//! where; each format has a file of its own and escapes what comes from data in its own way.

mod csv;
mod json;
mod latex;
pub(crate) mod layout;
mod markdown;
mod text;

use super::label::clean;
use super::modes::ModeLabels;
use super::{RenderError, paper, sensitivity, words};
use crate::model::{Card, ContrastRow, Level, SensitivityRow, SummaryRow};
use layout::Layout;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// For a terminal of a given width.
    Text,
    /// GitHub's tables.
    Markdown,
    /// `booktabs`.
    Latex,
    /// One row per number, full precision.
    Csv,
    /// One object per number, full precision.
    Json,
}

impl TableFormat {
    /// All of them, in the order in which lists show them.
    pub const ALL: [TableFormat; 5] =
        [TableFormat::Text, TableFormat::Markdown, TableFormat::Latex, TableFormat::Csv, TableFormat::Json];

    /// As the user types it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TableFormat::Text => "text",
            TableFormat::Markdown => "markdown",
            TableFormat::Latex => "latex",
            TableFormat::Csv => "csv",
            TableFormat::Json => "json",
        }
    }
}

/// What is printed beside the run's own numbers.
#[derive(Debug, Clone, Copy)]
pub enum Against<'a> {
    /// Nothing.
    Nothing,
    /// The founding paper's Table 2.
    Paper,
    /// Another run, and the differences to it.
    Run {
        /// Its name.
        name: &'a str,
        /// Its table `summary`.
        summary: &'a [SummaryRow],
    },
}

/// A table to be written.
#[derive(Debug, Clone, Copy)]
pub struct TableRequest<'a> {
    /// The run's name.
    pub run: &'a str,
    /// The run's table `summary`.
    pub summary: &'a [SummaryRow],
    /// The run's table `contrasts`.
    pub contrasts: &'a [ContrastRow],
    /// The table `sensitivity`.
    pub sensitivity: &'a [SensitivityRow],
    /// The metric to show.
    pub metric: &'a str,
    /// Its card, where the caller has it; gives the title.
    pub card: Option<&'a Card>,
    /// What it is measured on, where the caller knows; tells how its mean is made.
    pub level: Option<Level>,
    /// What to print beside it.
    pub against: Against<'a>,
    /// How to write it.
    pub format: TableFormat,
    /// Columns of the terminal; used by [`TableFormat::Text`] alone.
    pub width: usize,
}

/// Keeps Markdown from being seen in a name; for the notebook, which is Markdown too.
pub(crate) fn escape_markdown(text: &str) -> String {
    markdown::escape(text)
}

/// LaTeX's special characters, spelled out; for the comparison of two runs.
pub(crate) fn escape_latex(text: &str) -> String {
    latex::escape(text)
}

/// Keeps a spreadsheet from running a text; for the comparison of two runs.
pub(crate) fn guard_csv(text: &str) -> String {
    csv::guard(text)
}

/// A named part of what is printed: this run, what it is held against, the differences.
pub(crate) struct Block<'a> {
    /// Stable, for programs: `run`, `against`, `difference`.
    pub(crate) key: &'static str,
    pub(crate) title: String,
    pub(crate) layout: Layout<'a>,
    pub(crate) signed: bool,
}

/// Everything that the formats write.
pub(crate) struct Content<'a> {
    pub(crate) request: TableRequest<'a>,
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) contrasts: Vec<ContrastRow>,
    pub(crate) labels: ModeLabels,
    pub(crate) decimals: usize,
    pub(crate) notes: Vec<String>,
}

/// Writes the table.
///
/// Fails when the run does not have the metric, or when the paper is asked for beside another metric than `cosine`.
pub fn table(request: &TableRequest<'_>) -> Result<String, RenderError> {
    check_metric(request)?;
    let against: Vec<SummaryRow> = match request.against {
        Against::Nothing => Vec::new(),
        Against::Paper if request.metric != paper::METRIC => {
            return Err(RenderError::PaperHasOnlyCosine { metric: request.metric.to_owned() });
        }
        Against::Paper => paper::rows(),
        Against::Run { summary, .. } => summary.iter().filter(|row| row.metric == request.metric).cloned().collect(),
    };
    let differences = match request.against {
        Against::Run { .. } => layout::differences(request.summary, &against, request.metric),
        Against::Nothing | Against::Paper => Vec::new(),
    };
    let content = content(request, &against, &differences);
    match request.format {
        TableFormat::Text => Ok(text::write(&content)),
        TableFormat::Markdown => Ok(markdown::write(&content)),
        TableFormat::Latex => Ok(latex::write(&content)),
        TableFormat::Csv => csv::write(&content),
        TableFormat::Json => json::write(&content),
    }
}

fn check_metric(request: &TableRequest<'_>) -> Result<(), RenderError> {
    if request.summary.iter().any(|row| row.metric == request.metric) {
        return Ok(());
    }
    let mut known: Vec<String> = request.summary.iter().map(|row| row.metric.clone()).collect();
    known.sort();
    known.dedup();
    Err(RenderError::UnknownMetric { metric: request.metric.to_owned(), known })
}

fn content<'a>(request: &TableRequest<'a>, against: &'a [SummaryRow], differences: &'a [SummaryRow]) -> Content<'a> {
    let ours = Layout::new(request.summary, request.metric);
    let title = request.card.map_or_else(|| clean(request.metric), |card| words::title(card, request.metric));
    let decimals = words::decimals(ours.values());
    let mut blocks =
        vec![Block { key: "run", title: format!("run {}", clean(request.run)), layout: ours, signed: false }];
    let beside = |key, title: String, rows: &'a [SummaryRow], signed| Block {
        key,
        title,
        layout: Layout::new(rows, request.metric),
        signed,
    };
    match request.against {
        Against::Nothing => {}
        Against::Paper => blocks.push(beside("against", "paper (Table 2)".to_owned(), against, false)),
        Against::Run { name, .. } => {
            let name = clean(name);
            blocks.push(beside("against", format!("run {name}"), against, false));
            let title = format!("difference: {} − {name}", clean(request.run));
            blocks.push(beside("difference", title, differences, true));
        }
    }
    let labels = words::mode_labels(request.summary);
    let contrasts = oriented_contrasts(request);
    let mut notes = notes(request, &blocks);
    let of_metric = request.sensitivity.iter().filter(|row| row.metric == request.metric).cloned();
    let told = sensitivity::sentences(&of_metric.collect::<Vec<_>>(), &labels);
    notes.extend(told.into_iter().map(|sentence| format!("Sensitivity: {sentence}")));
    Content { request: *request, title, blocks, contrasts, labels, decimals, notes }
}

/// The contrasts of the metric, the baseline last, in the order of the table's rows.
fn oriented_contrasts(request: &TableRequest<'_>) -> Vec<ContrastRow> {
    let mut rows: Vec<ContrastRow> =
        request.contrasts.iter().filter(|row| row.metric == request.metric).map(words::oriented).collect();
    rows.sort_by_key(layout::contrast_order);
    rows
}

/// What a reader must know to read the table, one sentence each.
pub(crate) fn notes(request: &TableRequest<'_>, blocks: &[Block<'_>]) -> Vec<String> {
    let of_metric = || request.summary.iter().filter(|row| row.metric == request.metric);
    let level = of_metric().next().map_or(0.95, |row| row.ci_level);
    let mean = words::built(request.level, request.metric);
    let mut notes = vec![
        mean,
        format!(
            "Brackets: {} interval over questions ({}); n = {} questions.",
            words::percent(level),
            of_metric().next().map_or("", |row| row.ci_method.as_str()),
            words::count_range(of_metric().filter(|row| row.value.is_some()).map(|row| row.n_questions))
        ),
    ];
    let few =
        of_metric().filter(|row| row.ci_note.as_deref().is_some_and(|note| note.starts_with("few questions"))).count();
    if few > 0 {
        notes.push(format!(
            "Warning: {} of fewer than 10 questions; such intervals are rough.",
            words::count(few, "mean")
        ));
    }
    let without = of_metric().filter(|row| row.value.is_some() && row.ci_low.is_none()).count();
    if without > 0 {
        notes.push(format!("{} of a single question: no interval.", words::count(without, "mean")));
    }
    notes.extend(words::enough_samples(of_metric()));
    let missing: usize = of_metric().map(|row| row.n_missing).sum();
    if missing > 0 {
        notes.push(format!("{} without a value left out.", words::count(missing, "group")));
    }
    match request.against {
        Against::Nothing => {}
        Against::Paper => {
            notes.push(
                "The paper's numbers come from other models, questions and embedders: compare the order of the modes and the differences between them, not the levels. The paper gives no intervals and does not say which pairs it took."
                    .to_owned(),
            );
        }
        Against::Run { .. } => {
            let matched = blocks.last().map_or(0, |block| block.layout.n_values());
            notes.push(format!(
                "Differences are taken where dataset, model, mode, feedback and space agree ({}); they carry no interval, since questions are not paired across runs here.",
                words::count(matched, "cell")
            ));
        }
    }
    notes
}

#[cfg(test)]
mod tests;
