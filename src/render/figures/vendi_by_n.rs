//! How many different solutions a number of samples amounts to, in each mode: rarefaction of the Vendi score.

use std::collections::BTreeSet;

use super::facets::Facets;
use super::lines::{self, Estimate, Frame, LineFigure, Panel};
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, text_width};
use super::{Drawing, NotDrawn, Paper, theme};
use crate::model::{Card, RarefactionRow};
use crate::render::label::clean;
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "vendi_by_n",
    title: "Vendi score by number of samples",
    unit: "effective solutions",
    range: "[1, n]",
    version: 1,
    measures: "The Vendi score, the effective number of different solutions, of n samples of a question, averaged over ways to draw n of those that there are, then over questions, with its interval.",
    how_to_read: "A line that keeps rising: more samples bring more that is new. One that flattens: the mode has said nearly all that it has to say. The broken line, where it fits on the axes, is where every sample would be wholly different from the others.",
    misleads: "Levels depend on the embedder, whose similarities are never 0: no real run comes near the broken line. At the right end all samples are taken, so that there is nothing left to average over.",
    source: "Friedman and Dieng 2023 (Vendi score); rarefaction after Sanders 1968",
};

const METRIC: &str = "vendi";

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let rows = data.rarefaction.iter().filter(|row| row.metric == METRIC && row.value.is_finite());
    let spaces: BTreeSet<&str> = rows.map(|row| row.space.as_str()).collect();
    if spaces.is_empty() {
        let reason = "no Vendi score by number of samples: it takes an embedder and questions with several samples";
        return Err(NotDrawn { figure: CARD.name, reason: reason.to_owned() });
    }
    Ok(spaces.into_iter().map(|space| drawing(data, space, paper)).collect())
}

fn drawing(data: &ReportData<'_>, space: &str, paper: Paper) -> Drawing {
    let rows: Vec<&RarefactionRow> = data
        .rarefaction
        .iter()
        .filter(|row| row.metric == METRIC && row.space == space && row.value.is_finite())
        .filter(|row| 2 * row.n_questions >= most_questions(data, row))
        .collect();
    let labels = words::mode_labels(data.summary);
    let facets = Facets::new(rows.iter().map(|row| &row.cell));
    let panels = lines::panels(&facets, &rows, |row| &row.cell, point, &labels);
    let n = LineFigure::questions(&panels);
    let level = words::percent(data.summary.first().map_or(0.95, |row| row.ci_level));
    let mut figure = LineFigure {
        title: "Effective number of different solutions by number of samples".to_owned(),
        subtitle: format!(
            "Vendi score measured on {}; n = {n} questions per point{}.",
            clean(space),
            lines::intervals(&panels, &level)
        ),
        x_title: "number of samples".to_owned(),
        y_title: "effective number of solutions".to_owned(),
        from_zero: false,
        panels,
    };
    let scale = figure.y_scale(&[]);
    let has_line = figure.panels.iter().any(|panel| inside(panel, &scale).len() > 1);
    if has_line {
        figure.subtitle.push_str(" Broken line: all different.");
    }
    Drawing {
        variant: vec![space.to_owned()],
        caption: format!(
            "Vendi score (effective number of different solutions) by number of samples, measured on {}; mean over questions with {level} intervals, n = {n} questions per point. A curve ends where fewer than half of its questions have so many samples (the table `rarefaction` has all).{}{}",
            clean(space),
            if has_line { " The broken line is the score of samples that have nothing in common." } else { "" },
            facets.remark()
        ),
        alt: lines::alt(&figure, 2),
        scene: figure.scene_before(paper, all_different),
        title: figure.title,
    }
}

/// Questions behind the best known point of a row's curve. Far out a few questions with many samples are left, and a curve
/// that changes its questions on the way bends for that reason alone.
fn most_questions(data: &ReportData<'_>, row: &RarefactionRow) -> usize {
    let of_curve = |other: &&RarefactionRow| {
        other.cell == row.cell && other.metric == row.metric && other.space == row.space && other.value.is_finite()
    };
    data.rarefaction.iter().filter(of_curve).map(|other| other.n_questions).max().unwrap_or(0)
}

/// The numbers of samples at which the line of samples that have nothing in common lies inside the axes.
fn inside(panel: &Panel, scale: &Scale) -> Vec<i64> {
    let steps = panel.steps();
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Vec::new() };
    (*first..=*last).filter(|n| (0.0..=1.0).contains(&scale.share(*n as f64))).collect()
}

/// The line of samples that have nothing in common, as far as the axes hold it.
fn all_different(scene: &mut Scene, (panel, frame): (&Panel, &Frame), scale: &Scale) {
    const NAME: &str = "all different";
    let x_of = frame.x_axis(&panel.steps());
    let line: Vec<Point> = inside(panel, scale).into_iter().map(|n| (x_of(n), scale.at(n as f64))).collect();
    let (Some(start), Some(end), true) = (line.first(), line.last(), line.len() > 1) else { return };
    scene.dashed(&line, theme::AXIS, 1.25, (5.0, 4.0));
    // The line is straight and rises: above a point of it, all that lies to the left is free.
    let slope = (start.1 - end.1) / (end.0 - start.0);
    let width = text_width(NAME, theme::TICK, false);
    let right = end.0.min(end.0 - (frame.top + 16.0 - end.1) / slope);
    if right - width > frame.from + 2.0 {
        let y = end.1 + (end.0 - right) * slope - 5.0;
        scene.text((right, y), Anchor::End, theme::TICK, theme::MUTED, NAME);
    } else if end.0 + 6.0 + width < frame.to {
        scene.text((end.0 + 6.0, end.1 + 12.0), Anchor::Start, theme::TICK, theme::MUTED, NAME);
    }
}

fn point(row: &RarefactionRow) -> Option<(i64, Estimate)> {
    let estimate = Estimate { value: row.value, interval: row.ci_low.zip(row.ci_high), n_questions: row.n_questions };
    Some((i64::try_from(row.n_samples).ok()?, estimate))
}
