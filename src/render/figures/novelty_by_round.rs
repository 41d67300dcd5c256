//! How new each round of a chain is, beside everything that came before it.

use super::facets::Facets;
use super::lines::{self, Estimate, LineFigure};
use super::{Drawing, NotDrawn, Paper};
use crate::model::{Card, RoundRow};
use crate::render::label::clean;
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "novelty_by_round",
    title: "Novelty by round",
    unit: "cosine distance",
    range: "[0, 2]",
    version: 1,
    measures: "How far each round lies from the most similar earlier round of its chain: 1 − the largest cosine with any of them, mean over chains, then questions, with its interval. The first round has nothing before it and is not drawn.",
    how_to_read: "A line at 0: rounds say again what was said before. A line that falls towards 0: the chain runs out of ideas. A line that stays up: it keeps exploring.",
    misleads: "Every round has more to be like than the one before, so the novelty of independent draws falls by their number too. Chains of different lengths stand behind different rounds.",
    source: "METHODOLOGY.md, chain dynamics",
};

const METRIC: &str = "novelty";

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let rows: Vec<&RoundRow> = data.rounds.iter().filter(|row| row.metric == METRIC && row.value.is_some()).collect();
    let mut spaces: Vec<&str> = rows.iter().map(|row| row.space.as_str()).collect();
    spaces.sort_unstable();
    spaces.dedup();
    if spaces.is_empty() {
        let reason = "no chain with two rounds whose vectors and novelty were measured".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(spaces.into_iter().map(|space| drawing(data, &rows, space, paper)).collect())
}

fn drawing(data: &ReportData<'_>, rows: &[&RoundRow], space: &str, paper: Paper) -> Drawing {
    let rows: Vec<&RoundRow> = rows.iter().copied().filter(|row| row.space == space).collect();
    let labels = words::mode_labels(data.summary);
    let facets = Facets::new(rows.iter().map(|row| &row.cell));
    let point = |row: &RoundRow| {
        let value = row.value?;
        Some((row.round, Estimate { value, interval: row.ci_low.zip(row.ci_high), n_questions: row.n_questions }))
    };
    let panels = lines::panels(&facets, &rows, |row| &row.cell, point, &labels);
    let n = words::counted(
        rows.iter().filter(|row| facets.shown.iter().any(|facet| facet.holds(&row.cell))).map(|row| row.n_questions),
        "question",
    );
    let level = words::percent(data.summary.first().map_or(0.95, |row| row.ci_level));
    let figure = LineFigure {
        title: "How new each round is".to_owned(),
        subtitle: format!(
            "Cosine distance to the most similar earlier round of the chain, measured on {}; n = {n} per point{}. At 0 a round says again what was said before.",
            clean(space),
            lines::intervals(&panels, &level)
        ),
        x_title: "round".to_owned(),
        y_title: "novelty (cosine distance)".to_owned(),
        from_zero: true,
        panels,
    };
    Drawing {
        variant: vec![space.to_owned()],
        caption: format!(
            "Novelty of each round: its cosine distance to the most similar earlier round of the same chain, measured on {}; mean over chains, then questions, with {level} intervals, n = {n} per point.{}",
            clean(space),
            facets.remark()
        ),
        alt: lines::alt(&figure, 3),
        scene: figure.scene(paper),
        title: figure.title,
    }
}
