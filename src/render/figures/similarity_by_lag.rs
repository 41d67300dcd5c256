//! How alike two solutions of a chain are by how many rounds lie between them, beside the level of parallel draws.

use super::chains::Chains;
use super::facets::Facets;
use super::lines::{self, Band, Estimate, LineFigure, Panel, Series};
use super::{Drawing, NotDrawn, Paper, metric_title, similarities, theme};
use crate::model::{Card, LagRow, SummaryRow};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "similarity_by_lag",
    title: "Similarity by lag",
    unit: "the metric's",
    range: "the metric's",
    version: 1,
    measures: "Mean similarity of two solutions of a chain that lie k rounds apart, over all such pairs of a chain, then chains, then questions, with its interval.",
    how_to_read: "A line that falls: a chain moves away from where it was. A level line above the parallel band: the chain stays near one solution. A line that meets the band: at that distance the chain is as varied as independent draws.",
    misleads: "Large lags have few pairs, and all of them include early rounds. Parallel draws have no order, so their level is one band.",
    source: "METHODOLOGY.md, chain dynamics",
};

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let chains = Chains::new(data);
    let rows = || data.lags.iter().filter(|row| chains.holds(&row.cell));
    let found = similarities(rows().map(|row| (row.metric.as_str(), row.space.as_str())));
    if found.is_empty() {
        let reason = "no chain with two rounds to compare".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(found.iter().map(|(metric, space)| drawing(data, &chains, (metric, space), paper)).collect())
}

fn drawing(data: &ReportData<'_>, chains: &Chains<'_>, (metric, space): (&str, &str), paper: Paper) -> Drawing {
    let rows: Vec<&LagRow> =
        data.lags.iter().filter(|row| row.metric == metric && row.space == space && chains.holds(&row.cell)).collect();
    let labels = words::mode_labels(data.summary);
    let facets = Facets::new(rows.iter().map(|row| &row.cell));
    let panels: Vec<Panel> = facets
        .shown
        .iter()
        .map(|facet| Panel {
            facet: facet.clone(),
            series: series(rows.iter().copied().filter(|row| facet.holds(&row.cell)), &labels),
            bands: bands(
                data.summary.iter().filter(|row| facet.holds(&row.cell) && !chains.holds(&row.cell)),
                metric,
                space,
                &labels,
            ),
        })
        .collect();
    let name = metric_title(data, metric);
    let n = LineFigure::questions(&panels);
    let level = words::percent(data.summary.first().map_or(0.95, |row| row.ci_level));
    let figure = LineFigure {
        title: format!("{name} of two solutions of a chain, by rounds between them"),
        subtitle: format!(
            "Measured on {}; n = {n} questions per point; bars and bands are {level} intervals.",
            clean(space)
        ),
        x_title: "rounds between the two solutions".to_owned(),
        y_title: name.clone(),
        from_zero: false,
        panels,
    };
    Drawing {
        variant: vec![metric.to_owned(), space.to_owned()],
        caption: format!(
            "{name} of two solutions of one chain by the number of rounds between them, measured on {}; mean over questions with {level} intervals, n = {n} questions per point. A level line is the mean over pairs of draws without an order, its band the interval.{}",
            clean(space),
            facets.remark()
        ),
        alt: lines::alt(&figure, 3),
        scene: figure.scene(paper),
        title: figure.title,
    }
}

fn series<'a>(rows: impl Iterator<Item = &'a LagRow>, labels: &ModeLabels) -> Vec<Series> {
    let mut by_mode: std::collections::BTreeMap<ModeKey, Vec<(i64, Estimate)>> = std::collections::BTreeMap::new();
    for row in rows {
        let estimate =
            Estimate { value: row.value, interval: row.ci_low.zip(row.ci_high), n_questions: row.n_questions };
        by_mode.entry(ModeKey::of(&row.cell)).or_default().push((row.lag, estimate));
    }
    by_mode
        .into_iter()
        .map(|(key, mut points)| {
            points.sort_by_key(|(lag, _)| *lag);
            Series {
                label: labels.label(&key),
                color: theme::mode_color(&key, labels),
                variant: labels.variant(&key),
                points,
            }
        })
        .collect()
}

/// Levels of the modes whose draws have no order.
pub(super) fn bands<'a>(
    rows: impl Iterator<Item = &'a SummaryRow>,
    metric: &str,
    space: &str,
    labels: &ModeLabels,
) -> Vec<Band> {
    rows.filter(|row| row.metric == metric && row.space == space)
        .filter_map(|row| {
            let key = ModeKey::of(&row.cell);
            let value = row.value?;
            let level = Estimate { value, interval: row.ci_low.zip(row.ci_high), n_questions: row.n_questions };
            Some(Band { label: labels.label(&key), color: theme::mode_color(&key, labels), level })
        })
        .collect()
}
