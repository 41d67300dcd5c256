//! How many of a question's samples lie in its largest cluster, the second largest, and so on, in each mode.

use std::collections::BTreeSet;

use super::facets::Facets;
use super::lines::{self, Estimate, LineFigure, Panel};
use super::{Drawing, NotDrawn, Paper};
use crate::model::{Card, ClusterSizeRow};
use crate::render::label::clean;
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "cluster_sizes",
    title: "Cluster sizes",
    unit: "share of samples",
    range: "[0, 1]",
    version: 2,
    measures: "Share of a question's samples that lie in its largest cluster of similar solutions, in the second largest, and so on: mean over a question's groups, then over questions, with its interval.",
    how_to_read: "A line that starts high and drops to nothing: nearly all solutions are of one kind. A low and level one: many kinds, about as frequent as each other.",
    misleads: "What counts as one cluster hangs on the embedder and on the threshold: compare modes, not levels. With few samples a question cannot have many clusters. A question without a cluster of a rank counts 0 there.",
    source: "METHODOLOGY.md, clusters",
};

/// At most so many clusters of a question are drawn, and at least so many.
const MOST_RANKS: i64 = 12;
const LEAST_RANKS: i64 = 3;
/// Ranks from the first on where no mode has this share are left out.
const LEAST_SHARE: f64 = 0.01;

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let spaces: BTreeSet<&str> = data.cluster_sizes.iter().map(|row| row.space.as_str()).collect();
    if spaces.is_empty() {
        let reason = "no clusters were made: it takes an embedder and questions with several samples".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(spaces.into_iter().map(|space| drawing(data, space, paper)).collect())
}

fn drawing(data: &ReportData<'_>, space: &str, paper: Paper) -> Drawing {
    let all = || data.cluster_sizes.iter().filter(|row| row.space == space);
    let filled = all().filter(|row| row.share >= LEAST_SHARE).map(|row| row.rank).max().unwrap_or(0);
    let last = filled.clamp(LEAST_RANKS, MOST_RANKS);
    let rows: Vec<&ClusterSizeRow> = all().filter(|row| row.rank <= last).collect();
    let labels = words::mode_labels(data.summary);
    let facets = Facets::new(rows.iter().map(|row| &row.cell));
    let mut panels = lines::panels(&facets, &rows, |row| &row.cell, point, &labels);
    let drawn = rows.iter().map(|row| row.rank).max().unwrap_or(0);
    for panel in &mut panels {
        down_to_zero(panel, drawn);
    }
    let n = LineFigure::questions(&panels);
    let level = words::percent(data.summary.first().map_or(0.95, |row| row.ci_level));
    let deepest = all().map(|row| row.rank).max().unwrap_or(0);
    let left_out = match deepest {
        deepest if deepest <= last => String::new(),
        deepest if filled <= last => {
            format!(
                " Of up to {deepest} clusters those beyond the first {last} hold less than 1 % of the samples in every mode and are not drawn."
            )
        }
        deepest => format!(" Of up to {deepest} clusters the first {last} are drawn."),
    };
    let figure = LineFigure {
        title: "Share of samples in the largest clusters of a question".to_owned(),
        subtitle: format!(
            "Clusters in {}; n = {n} questions per point{}.",
            clean(space),
            lines::intervals(&panels, &level)
        ),
        x_title: "rank of the cluster (1: the largest)".to_owned(),
        y_title: "share of a question's samples".to_owned(),
        from_zero: true,
        panels,
    };
    Drawing {
        variant: vec![space.to_owned()],
        caption: format!(
            "Share of a question's samples in its clusters of similar solutions by rank, clustered in {}; mean over questions with {level} intervals, n = {n} questions per point. Beyond the last cluster of a mode its line lies at 0.{left_out}{}",
            clean(space),
            facets.remark()
        ),
        alt: lines::alt(&figure, 2),
        scene: figure.scene(paper),
        title: figure.title,
    }
}

fn point(row: &ClusterSizeRow) -> Option<(i64, Estimate)> {
    let estimate = Estimate { value: row.share, interval: row.ci_low.zip(row.ci_high), n_questions: row.n_questions };
    row.share.is_finite().then_some((row.rank, estimate))
}

/// Ranks that none of a mode's questions has are not in the table: their clusters hold no sample.
fn down_to_zero(panel: &mut Panel, drawn: i64) {
    for series in &mut panel.series {
        let Some((last, estimate)) = series.points.last().copied() else { continue };
        let nothing = Estimate { value: 0.0, interval: None, n_questions: estimate.n_questions };
        series.points.extend((last + 1..=drawn).map(|rank| (rank, nothing)));
    }
}
