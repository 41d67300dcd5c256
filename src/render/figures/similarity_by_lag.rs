//! How alike two solutions of a chain are by how many rounds lie between them, beside the level of parallel draws.

use super::chains::Chains;
use super::facets::Facets;
use super::lines::{self, Band, Estimate, LineFigure, Null, Panel, Series};
use super::{Drawing, NotDrawn, Paper, metric_title, theme};
use crate::model::{Card, LagRow, NullBand, SummaryRow};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "similarity_by_lag",
    title: "Similarity by lag",
    unit: "the metric's",
    range: "the metric's",
    version: 2,
    measures: "Mean similarity of two solutions of a chain that lie k rounds apart, over all such pairs of a chain, then chains, then questions, with its interval. The broken line is what as many pairs of independent draws for the same questions would give, its faint band the interval that such a mean lies in.",
    how_to_read: "A line that falls: a chain moves away from where it was. A level line above the faint band: the chain stays near one solution. A line inside the faint band of its color: at that distance the chain is as varied as independent draws.",
    misleads: "Large lags have few pairs, and all of them include early rounds. The faint band is there only for questions that have parallel draws too. Parallel draws have no order, so their own level is one band with their name.",
    source: "METHODOLOGY.md, chain dynamics",
};

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let chains = Chains::new(data);
    let rows = data.lags.iter().map(|row| (&row.cell, row.metric.as_str(), row.space.as_str()));
    let found = chains.similarities(CARD.name, rows)?;
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
            series: lines::series(points(rows.iter().copied().filter(|row| facet.holds(&row.cell))), &labels),
            bands: bands(
                data.summary.iter().filter(|row| facet.holds(&row.cell) && !chains.holds(&row.cell)),
                metric,
                space,
                &labels,
            ),
        })
        .collect();
    let nulls: Vec<Vec<Null>> = facets
        .shown
        .iter()
        .map(|facet| nulls(rows.iter().copied().filter(|row| facet.holds(&row.cell)), &labels))
        .collect();
    let name = metric_title(data, metric);
    let has_null = nulls.iter().flatten().any(|null| !null.points.is_empty());
    let n = LineFigure::questions(&panels);
    let level = words::percent(data.summary.first().map_or(0.95, |row| row.ci_level));
    let figure = LineFigure {
        title: format!("{name} of two solutions of a chain, by rounds between them"),
        subtitle: format!(
            "Measured on {}; n = {n} questions per point{}.{}",
            clean(space),
            lines::intervals(&panels, &level),
            if has_null { " Broken lines in faint bands: as many pairs of independent draws." } else { "" }
        ),
        x_title: "rounds between the two solutions".to_owned(),
        y_title: name.clone(),
        from_zero: false,
        panels,
    };
    Drawing {
        variant: vec![metric.to_owned(), space.to_owned()],
        caption: format!(
            "{name} of two solutions of one chain by the number of rounds between them, measured on {}; mean over questions with {level} intervals, n = {n} questions per point. A level line is the mean over pairs of draws without an order, its band the interval.{}{}",
            clean(space),
            if has_null {
                " A broken line is what as many pairs of independent draws for the same questions would give, its faint band the interval that such a mean lies in."
            } else {
                ""
            },
            facets.remark()
        ),
        alt: alt(&figure, &nulls),
        scene: figure.scene_over(&nulls, paper),
        title: figure.title,
    }
}

fn alt(figure: &LineFigure, nulls: &[Vec<Null>]) -> String {
    let mut text = lines::alt(figure, 3);
    for (panel, nulls) in figure.panels.iter().zip(nulls) {
        let values = || nulls.iter().flat_map(|null| null.points.iter().map(|(_, estimate)| estimate.value));
        let Some(low) = values().reduce(f64::min) else { continue };
        let high = words::number(values().fold(low, f64::max), 3);
        let low = words::number(low, 3);
        let range = if low == high { low } else { format!("{low} to {high}") };
        text += &format!(" {}: independent draws would give {range}.", panel.facet.words());
    }
    text
}

fn points<'a>(rows: impl Iterator<Item = &'a LagRow>) -> impl Iterator<Item = (ModeKey, i64, Estimate)> {
    rows.map(|row| {
        let estimate =
            Estimate { value: row.value, interval: row.ci_low.zip(row.ci_high), n_questions: row.n_questions };
        (ModeKey::of(&row.cell), row.lag, estimate)
    })
}

/// What as many pairs of independent draws would give, mode by mode.
fn nulls<'a>(rows: impl Iterator<Item = &'a LagRow>, labels: &ModeLabels) -> Vec<Null> {
    let points = rows.filter_map(|row| {
        let NullBand { value, interval, n_questions } = row.null?;
        Some((ModeKey::of(&row.cell), row.lag, Estimate { value, interval, n_questions }))
    });
    lines::series(points, labels).into_iter().map(|Series { color, points, .. }| Null { color, points }).collect()
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
