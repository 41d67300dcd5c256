//! How alike the solutions to a question are in each sampling mode: every question as a point, the mean with its interval.

use std::collections::BTreeMap;

use super::facets::{self, Facet, Facets, Grid, PANEL_HEAD, panel_head};
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, fit};
use super::theme::{self, Color, Paper};
use super::{Drawing, NotDrawn, metric_title, similarities};
use crate::model::{Card, SummaryRow};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "similarity_by_mode",
    title: "Similarity by mode",
    unit: "the metric's",
    range: "the metric's",
    version: 1,
    measures: "For each sampling mode the distribution over questions of the mean similarity of a question's solutions, with the mean over questions and its interval.",
    how_to_read: "Further right: the solutions to a question are more alike, so the mode explores less. A point is a question (the outline shows where they lie when there are many); the upright line below is the mean over questions, the bar its interval.",
    misleads: "Two intervals that overlap can still differ clearly, because modes are compared question by question: read the contrasts. Levels depend on the embedder; only modes measured on one space can be compared.",
    source: "founding paper, Table 2, with its missing error bars",
};

/// More questions than this in a row are drawn as an outline of their density.
const MOST_POINTS: usize = 120;
const ROW: f64 = 46.0;
/// Points lie above the middle of their row, the mean with its interval below.
const POINTS_UP: f64 = 6.0;
const MEAN_DOWN: f64 = 14.0;
/// Points may lie this far from their own middle.
const SPREAD: f64 = 13.0;
const RADIUS: f64 = 2.75;
/// Room below the rows for ticks.
const FOOT: f64 = 40.0;
const COLUMNS: usize = 2;

/// One mode in one panel.
struct Row {
    key: ModeKey,
    label: String,
    color: Color,
    questions: Vec<f64>,
    mean: SummaryRow,
}

struct Panel {
    facet: Facet,
    rows: Vec<Row>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let found = similarities(
        data.summary.iter().filter(|row| row.value.is_some()).map(|row| (row.metric.as_str(), row.space.as_str())),
    );
    if found.is_empty() {
        let reason = "no group has two samples to compare".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(found.iter().map(|(metric, space)| drawing(data, metric, space, paper)).collect())
}

fn drawing(data: &ReportData<'_>, metric: &str, space: &str, paper: Paper) -> Drawing {
    let rows: Vec<&SummaryRow> =
        data.summary.iter().filter(|row| row.metric == metric && row.space == space && row.value.is_some()).collect();
    let facets = Facets::new(rows.iter().map(|row| &row.cell));
    let labels = words::mode_labels(data.summary);
    let means = question_means(data, metric, space);
    let panels: Vec<Panel> = facets.shown.iter().map(|facet| panel(facet, &rows, &means, &labels)).collect();

    let name = metric_title(data, metric);
    let title = format!("{name} of solutions to the same question, by sampling mode");
    let level = rows.first().map_or(0.95, |row| row.ci_level);
    let n = words::count_range(rows.iter().map(|row| row.n_questions));
    let subtitle = format!(
        "Measured on {}. {} Below, their mean with its {} interval; n = {n} questions per mode.",
        clean(space),
        marks(&panels),
        words::percent(level)
    );
    let scene = scene(&panels, (&title, &subtitle), &name, paper);
    let caption = format!(
        "{name} over all unordered pairs of a question's solutions, measured on {}. {} The upright line is the mean over questions, the bar its {} interval from resampling questions; n = {n} questions per mode.{}",
        clean(space),
        marks(&panels),
        words::percent(level),
        facets.remark()
    );
    Drawing { variant: vec![metric.to_owned(), space.to_owned()], alt: alt(&panels, &title), title, caption, scene }
}

/// What the marks stand for.
fn marks(panels: &[Panel]) -> &'static str {
    let mut rows = panels.iter().flat_map(|panel| &panel.rows).map(|row| row.questions.len() > MOST_POINTS);
    match (rows.clone().any(|many| many), rows.all(|many| many)) {
        (false, _) => "A point is a question.",
        (true, true) => "An outline shows how the questions are distributed.",
        (true, false) => "A point is a question; an outline shows how many questions are distributed.",
    }
}

type Means = BTreeMap<(Facet, ModeKey), BTreeMap<String, Vec<f64>>>;

/// Group values by panel, mode and question.
fn question_means(data: &ReportData<'_>, metric: &str, space: &str) -> Means {
    let mut means: Means = BTreeMap::new();
    for group in data.groups.iter().filter(|group| *group.metric == *metric && *group.space == *space) {
        let Ok(value) = group.value else { continue };
        let key = &group.key;
        let facet = Facet { domain: key.domain.clone(), dataset: key.dataset.clone(), model: key.model.clone() };
        let mode = ModeKey::new(&key.mode, key.feedback.as_deref());
        means.entry((facet, mode)).or_default().entry(key.question_id.clone()).or_default().push(value);
    }
    means
}

fn panel(facet: &Facet, rows: &[&SummaryRow], means: &Means, labels: &ModeLabels) -> Panel {
    let mut rows: Vec<Row> = rows
        .iter()
        .filter(|row| facet.holds(&row.cell))
        .map(|row| {
            let key = ModeKey::of(&row.cell);
            let questions = means.get(&(facet.clone(), key.clone()));
            let mut questions: Vec<f64> = questions
                .into_iter()
                .flat_map(BTreeMap::values)
                .map(|values| values.iter().sum::<f64>() / values.len() as f64)
                .collect();
            questions.sort_by(f64::total_cmp);
            let (label, color) = (labels.label(&key), theme::mode_color(&key, labels));
            Row { key, label, color, questions, mean: (*row).clone() }
        })
        .collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    Panel { facet: facet.clone(), rows }
}

/// Widths of a panel's parts: names of modes, points, numbers.
struct Parts {
    names: f64,
    numbers: f64,
    /// What stands above the numbers.
    head: &'static str,
}

fn scene(panels: &[Panel], (title, subtitle): (&str, &str), axis: &str, paper: Paper) -> Scene {
    let grid = Grid::new(panels.len(), COLUMNS, paper);
    let rows = || panels.iter().flat_map(|panel| &panel.rows);
    let values = rows().flat_map(|row| {
        let mean = &row.mean;
        row.questions.iter().copied().chain([mean.value, mean.ci_low, mean.ci_high].into_iter().flatten())
    });
    let scale = Scale::new(values, 4);
    let decimals = words::decimals(rows().filter_map(|row| row.mean.value));
    let numbers: Vec<String> = rows().map(|row| number(&row.mean, decimals)).collect();
    let head = if numbers.iter().any(|number| number.contains('[')) { "mean [interval]" } else { "mean" };
    let parts = Parts {
        names: facets::widest(rows().map(|row| row.label.as_str()), theme::LABEL).clamp(40.0, 150.0) + 12.0,
        numbers: facets::widest(numbers.iter().map(String::as_str).chain([head]), theme::TICK) + 14.0,
        head,
    };
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    let heights: Vec<f64> = panels.iter().map(|panel| PANEL_HEAD + panel.rows.len() as f64 * ROW + FOOT).collect();
    let (corners, bottom) = grid.place(top, &heights);
    for (panel, corner) in panels.iter().zip(&corners) {
        draw_panel(&mut scene, panel, *corner, grid.panel_width(), &parts, &scale, decimals, axis);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

#[expect(clippy::too_many_arguments, reason = "what all panels share, and one panel")]
fn draw_panel(
    scene: &mut Scene,
    panel: &Panel,
    (x, y): Point,
    width: f64,
    parts: &Parts,
    scale: &Scale,
    decimals: usize,
    axis: &str,
) {
    let (left, right) = (x + parts.names, x + width - parts.numbers);
    let scale = scale.over(left, right);
    panel_head(scene, &panel.facet, (x, y), width - parts.numbers - 8.0);
    let top = y + PANEL_HEAD;
    let bottom = top + panel.rows.len() as f64 * ROW;
    scene.text((x + width, top - 5.0), Anchor::End, theme::TICK, theme::MUTED, parts.head);
    for tick in scale.ticks() {
        let at = scale.at(tick);
        scene.line((at, top), (at, bottom), theme::GRID, 1.0);
        let label = words::number(tick, scale.decimals());
        scene.text((at, bottom + 15.0), Anchor::Middle, theme::TICK, theme::MUTED, label);
    }
    scene.line((left, bottom), (right, bottom), theme::AXIS, 1.0);
    let axis = fit(axis, right - left, theme::TICK, false);
    scene.text((f64::midpoint(left, right), bottom + 30.0), Anchor::Middle, theme::TICK, theme::MUTED, axis);
    for (position, row) in panel.rows.iter().enumerate() {
        let middle = top + (position as f64 + 0.5) * ROW;
        draw_row(scene, row, middle, &scale);
        let label = fit(&row.label, parts.names - 12.0, theme::LABEL, false);
        scene.text((x, middle + 4.0), Anchor::Start, theme::LABEL, row.color, label);
        let number = number(&row.mean, decimals);
        scene.text((x + width, middle + 4.0), Anchor::End, theme::TICK, theme::INK, number);
    }
}

fn number(row: &SummaryRow, decimals: usize) -> String {
    let value = words::optional(row.value, decimals);
    words::interval(row.ci_low, row.ci_high, decimals).map_or_else(|| value.clone(), |ci| format!("{value} {ci}"))
}

fn draw_row(scene: &mut Scene, row: &Row, middle: f64, scale: &Scale) {
    let points = middle - POINTS_UP;
    if row.questions.len() > MOST_POINTS {
        scene.area(density(&row.questions, points, scale), row.color.faded(0.3));
    } else {
        for at in swarm(&row.questions, points, scale) {
            scene.dot(at, RADIUS, row.color.faded(0.42));
        }
    }
    let level = middle + MEAN_DOWN;
    if let (Some(low), Some(high)) = (row.mean.ci_low, row.mean.ci_high) {
        let (low, high) = (scale.at(low), scale.at(high));
        scene.rect((low, level - 3.0), (high - low, 6.0), row.color.faded(0.4));
    }
    if let Some(mean) = row.mean.value.map(|value| scale.at(value)) {
        scene.line((mean, level - 6.5), (mean, level + 6.5), row.color, 2.25);
    }
}

/// Places points beside one another where they would cover each other, as close to the middle as they can be; where a
/// row is too full for that, they overlap a little more. The same values always lie the same way.
fn swarm(values: &[f64], middle: f64, scale: &Scale) -> Vec<Point> {
    (0..12_i32)
        .find_map(|closer| swarm_apart(values, middle, scale, 2.0 * RADIUS * 0.88_f64.powi(closer)))
        .unwrap_or_else(|| values.iter().map(|value| (scale.at(*value), middle)).collect())
}

/// Points at least `apart` from each other; nothing where one finds no place.
fn swarm_apart(values: &[f64], middle: f64, scale: &Scale, apart: f64) -> Option<Vec<Point>> {
    let step = apart / 2.0;
    let mut placed: Vec<Point> = Vec::with_capacity(values.len());
    for value in values {
        let x = scale.at(*value);
        // Values come in order, so that neighbors are the last ones placed.
        let near: Vec<Point> = placed.iter().rev().take_while(|p| x - p.0 < apart).copied().collect();
        let free = |dy: f64| near.iter().all(|p| (p.0 - x).hypot(p.1 - middle - dy) >= apart * 0.95);
        let offsets = (0_i32..).map(|i| f64::from((i + 1) / 2) * if i % 2 == 0 { step } else { -step });
        let place = offsets.take_while(|dy| dy.abs() <= SPREAD).find(|dy| free(*dy))?;
        placed.push((x, middle + place));
    }
    Some(placed)
}

/// The outline of a smoothed histogram, mirrored at the middle, without its endless tails.
fn density(values: &[f64], middle: f64, scale: &Scale) -> Vec<Point> {
    let (from, to) = scale.ends();
    let mut heights = vec![0.0; 97];
    let width = (to - from) / (heights.len() - 1) as f64;
    let bandwidth = 2.5 * width;
    for value in values {
        for (bin, height) in heights.iter_mut().enumerate() {
            let distance = (from + bin as f64 * width - scale.at(*value)) / bandwidth;
            *height += (-0.5 * distance * distance).exp();
        }
    }
    let largest = heights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let shares = heights.iter().enumerate().map(|(bin, height)| (from + bin as f64 * width, height / largest));
    let kept: Vec<Point> = shares.filter(|(_, share)| *share > 0.01).collect();
    let above = kept.iter().map(|(x, share)| (*x, middle - share * SPREAD));
    let below = kept.iter().rev().map(|(x, share)| (*x, middle + share * SPREAD));
    above.chain(below).collect()
}

fn alt(panels: &[Panel], title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for panel in panels {
        let rows: Vec<String> = panel
            .rows
            .iter()
            .map(|row| {
                format!("{} {} ({})", row.label, number(&row.mean, 3), words::count(row.mean.n_questions, "question"))
            })
            .collect();
        sentences.push(format!("{}: {}.", panel.facet.words(), rows.join("; ")));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swarm_keeps_points_apart_and_in_their_row() {
        let values: Vec<f64> = (0..40).map(|i| 0.5 + 0.001 * f64::from(i)).collect();
        let scale = Scale::new([0.0, 1.0], 5).over(0.0, 400.0);
        let points = swarm(&values, 20.0, &scale);
        assert_eq!(points.len(), 40);
        assert!(points.iter().all(|p| (p.1 - 20.0).abs() <= SPREAD), "{points:?}");
        assert_eq!(points, swarm(&values, 20.0, &scale));
        let few = swarm(&[0.5, 0.5, 0.5], 20.0, &scale);
        assert!(few[0] != few[1] && few[1] != few[2] && few[0] != few[2], "{few:?}");
    }
}
