//! Rows → artifacts: what the report is told, in the run's own words.

use super::PipelineError;
use super::exploring::Explored;
use super::reading::{Corpus, reason_lines};
use super::run::SpaceCount;
use crate::config::{FigureChoice, Plan};
use crate::model::{
    AssociationRow, Card, ContrastRow, Group, IntervalRow, LagRow, LengthRow, Measurement, RoundPairRow, RoundRow,
    SensitivityRow, SummaryRow,
};
use crate::render::{Artifact, ReportData, figures, report};
use crate::summarize::STATISTICS;

/// Everything that is rendered.
pub(super) struct Estimates {
    pub(super) summary: Vec<SummaryRow>,
    pub(super) intervals: Vec<IntervalRow>,
    pub(super) contrasts: Vec<ContrastRow>,
    pub(super) sensitivity: Vec<SensitivityRow>,
    pub(super) rounds: Vec<RoundRow>,
    pub(super) round_pairs: Vec<RoundPairRow>,
    pub(super) lags: Vec<LagRow>,
    pub(super) lengths: Vec<LengthRow>,
    pub(super) associations: Vec<AssociationRow>,
}

/// Figures and page, as files relative to the run's folder.
pub(super) fn render(
    plan: &Plan,
    (corpus, sample_groups): (&Corpus, &[Group]),
    spaces: &[SpaceCount],
    groups: &[Measurement],
    (estimates, explored): (&Estimates, &Explored),
) -> Result<Vec<Artifact>, PipelineError> {
    let data = ReportData {
        name: &plan.name,
        summary: &estimates.summary,
        contrasts: &estimates.contrasts,
        sensitivity: &estimates.sensitivity,
        associations: &estimates.associations,
        rounds: &estimates.rounds,
        groups,
        round_pairs: &estimates.round_pairs,
        lags: &estimates.lags,
        cards: cards(plan),
        statistics: STATISTICS,
        levels: plan.measure.asked().iter().map(|asked| (asked.card().name, asked.metric.level())).collect(),
        counts: counts(corpus, spaces),
        notes: notes(plan, corpus, spaces),
        provenance: provenance(plan, corpus, spaces),
        reproduce: vec![plan.command()],
        lengths: &estimates.lengths,
        further: &explored.further,
        round_values: &explored.round_values,
        distributions: &explored.distributions,
        rarefaction: &explored.rarefaction,
        cluster_sizes: &explored.cluster_sizes,
        answer_flow: &explored.answer_flow,
        transitions: &explored.transitions,
        map: &explored.map,
        samples: &corpus.samples,
        sample_groups,
        shown: Some(&explored.shown),
    };
    let wanted = |name: &str| match &plan.report.figures {
        FigureChoice::All => true,
        FigureChoice::Named(names) => names.iter().any(|wanted| wanted == name),
    };
    let figures = figures::draw(&data, wanted)?;
    let mut artifacts = vec![report::report(&data, &figures)?];
    artifacts.extend(figures.drawn.iter().flat_map(figures::DrawnFigure::artifacts));
    Ok(artifacts)
}

/// The cards of the metrics of a plan, each once.
fn cards(plan: &Plan) -> Vec<Card> {
    let mut cards: Vec<Card> = Vec::new();
    for asked in plan.measure.asked() {
        if cards.iter().all(|card| card.name != asked.card().name) {
            cards.push(*asked.card());
        }
    }
    cards
}

/// What was read, rejected and embedded.
fn counts(corpus: &Corpus, spaces: &[SpaceCount]) -> Vec<(String, String)> {
    let mut counts = vec![
        ("Rows read".to_owned(), corpus.n_rows().to_string()),
        ("Samples".to_owned(), corpus.samples.len().to_string()),
        ("Rejected rows".to_owned(), corpus.n_rejected_rows().to_string()),
    ];
    let unclosed = corpus.samples.iter().filter(|sample| sample.solution().is_none()).count();
    if unclosed > 0 {
        counts.push(("Samples without a solution (thinking never closed)".to_owned(), unclosed.to_string()));
    }
    let blank = corpus.samples.iter().filter(|sample| sample.solution().is_some_and(|text| text.trim().is_empty()));
    let blank = blank.count();
    if blank > 0 {
        counts.push(("Samples with a blank solution (no vector)".to_owned(), blank.to_string()));
    }
    for space in spaces {
        counts.push((format!("Different texts in `{}`", space.name), space.taken.n_unique.to_string()));
        if space.taken.n_refused > 0 {
            counts.push((format!("Texts not embedded in `{}`", space.name), space.taken.n_refused.to_string()));
        }
        if space.taken.n_truncated > 0 {
            counts.push((format!("Texts cut in `{}`", space.name), space.taken.n_truncated.to_string()));
        }
    }
    counts
}

/// What a reader should know before trusting the numbers. Nothing here may depend on what the cache held: the page is
/// the same for a cold and a warm run.
pub(super) fn notes(plan: &Plan, corpus: &Corpus, spaces: &[SpaceCount]) -> Vec<String> {
    let mut notes = corpus.notes.clone();
    notes.extend(reason_lines(&corpus.rejects).into_iter().map(|line| format!("rejected: {line}")));
    for space in spaces.iter().filter(|space| space.taken.n_truncated > 0) {
        notes.push(format!(
            "{} texts are longer than the window of `{}`; their vectors have seen only the beginning.",
            space.taken.n_truncated, space.name
        ));
    }
    if plan.measure.text != crate::model::Selection::Solution {
        notes.push(format!("String metrics compare the {} of the samples.", plan.measure.text.name()));
    }
    notes
}

fn provenance(plan: &Plan, corpus: &Corpus, spaces: &[SpaceCount]) -> Vec<(String, String)> {
    let mut rows = vec![
        ("Program".to_owned(), format!("breadth {}", env!("CARGO_PKG_VERSION"))),
        ("Seed".to_owned(), plan.seed.to_string()),
        (
            "Intervals".to_owned(),
            format!(
                "{} %, {}, {} resamples of questions",
                plan.inference.settings.level * 100.0,
                plan.inference.settings.interval.name(),
                plan.inference.settings.resamples
            ),
        ),
    ];
    for file in &corpus.files {
        let digest: String = file.digest.chars().take(16).collect();
        rows.push((format!("Input {}", file.file), format!("{} rows, BLAKE3 {digest}…", file.rows)));
    }
    for space in spaces {
        rows.push((format!("Space {}", space.name), format!("fingerprint {}", space.fingerprint)));
        let traits = space.traits.iter().map(|(key, value)| format!("{key} = {value}"));
        rows.push((format!("Space {}, traits", space.name), traits.collect::<Vec<_>>().join("; ")));
    }
    rows
}
