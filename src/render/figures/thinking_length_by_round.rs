//! How long the model thinks in each round of a chain, beside the level of parallel draws.

use std::collections::BTreeMap;

use super::chains::Chains;
use super::facets::Facets;
use super::lines::{self, Estimate, LineFigure, Panel, Series};
use super::{Drawing, NotDrawn, Paper, similarity_by_lag, theme};
use crate::model::{Card, RoundRow};
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "thinking_length_by_round",
    title: "Thinking length by round",
    unit: "tokens",
    range: "[0, ∞)",
    version: 1,
    measures: "Mean number of thinking tokens (characters, where no tokens are known) in each round of a chain, over chains, then questions, with its interval.",
    how_to_read: "A line that falls: the model thinks less each time it is asked again. The level band is what it spends on an independent draw.",
    misleads: "Thinking that was cut by the token limit counts as long as it was cut. Providers that only tell counts or summaries are not comparable with those that show the thinking.",
    source: "METHODOLOGY.md, lengths",
};

/// The first of these that the run has is drawn; the words for its axis.
const LENGTHS: [(&str, &str); 2] = [("thinking_tokens", "thinking tokens"), ("thinking_chars", "thinking characters")];

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let chains = Chains::new(data);
    for (metric, unit) in LENGTHS {
        let rows: Vec<&RoundRow> = data
            .rounds
            .iter()
            .filter(|row| row.metric == metric && row.value.is_some() && chains.holds(&row.cell))
            .collect();
        if !rows.is_empty() {
            return Ok(vec![drawing(data, (&chains, paper), (metric, unit), &rows)]);
        }
    }
    let reason = "no chain whose rounds have thinking".to_owned();
    Err(NotDrawn { figure: CARD.name, reason })
}

fn drawing(
    data: &ReportData<'_>,
    (chains, paper): (&Chains<'_>, Paper),
    (metric, unit): (&str, &str),
    rows: &[&RoundRow],
) -> Drawing {
    let labels = words::mode_labels(data.summary);
    let space = rows.first().map_or("", |row| row.space.as_str());
    let facets = Facets::new(rows.iter().map(|row| &row.cell));
    let panels: Vec<Panel> = facets
        .shown
        .iter()
        .map(|facet| Panel {
            facet: facet.clone(),
            series: series(rows.iter().copied().filter(|row| facet.holds(&row.cell)), &labels),
            bands: similarity_by_lag::bands(
                data.summary.iter().filter(|row| facet.holds(&row.cell) && !chains.holds(&row.cell)),
                metric,
                space,
                &labels,
            ),
        })
        .collect();
    let n = LineFigure::questions(&panels);
    let level = words::percent(data.summary.first().map_or(0.95, |row| row.ci_level));
    let figure = LineFigure {
        title: format!("{} by round", capitalized(unit)),
        subtitle: format!(
            "n = {n} questions per point; bars and bands are {level} intervals. Round 0 is the first solution."
        ),
        x_title: "round".to_owned(),
        y_title: format!("{unit} per solution"),
        from_zero: true,
        panels,
    };
    Drawing {
        variant: Vec::new(),
        caption: format!(
            "Mean {unit} of the solutions of a round, over chains, then questions, with {level} intervals; n = {n} questions per point. A level line is the mean over draws without an order.{}",
            facets.remark()
        ),
        alt: lines::alt(&figure, 0),
        scene: figure.scene(paper),
        title: figure.title,
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn series<'a>(rows: impl Iterator<Item = &'a RoundRow>, labels: &ModeLabels) -> Vec<Series> {
    let mut by_mode: BTreeMap<ModeKey, Vec<(i64, Estimate)>> = BTreeMap::new();
    for row in rows {
        let Some(value) = row.value else { continue };
        let estimate = Estimate { value, interval: row.ci_low.zip(row.ci_high), n_questions: row.n_questions };
        by_mode.entry(ModeKey::of(&row.cell)).or_default().push((row.round, estimate));
    }
    by_mode
        .into_iter()
        .map(|(key, mut points)| {
            points.sort_by_key(|(round, _)| *round);
            Series {
                label: labels.label(&key),
                color: theme::mode_color(&key, labels),
                variant: labels.variant(&key),
                points,
            }
        })
        .collect()
}
