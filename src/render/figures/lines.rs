//! Lines over whole numbers (rounds, lags) with intervals, one line per mode, in small multiples. Lines carry their
//! names at their right end; modes without an order lie behind as level bands.

use std::collections::BTreeMap;

use super::facets::{Facet, Facets, Grid, PANEL_HEAD, panel_head, widest};
use super::legend::{ring, square};
use super::line_names;
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, text_width};
use super::theme::{self, Color, Paper};
use crate::model::Cell;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::words;

const COLUMNS: usize = 2;
const PLOT: f64 = 190.0;
/// Room above a plot for its axis title.
pub(super) const TITLE: f64 = 20.0;
/// Room below a panel for ticks and the axis title.
pub(super) const FOOT: f64 = 48.0;
/// Distance between names at the right end.
pub(super) const LEADING: f64 = 15.0;
/// More points than this in a line are drawn without dots, their intervals as a band.
const MOST_DOTS: usize = 16;
/// From a plot to the names at its right: room for what leads to those that stand away from their lines.
pub(super) const BESIDE: f64 = 20.0;
/// Between a plot's ends and its outermost steps.
const INSET: f64 = 14.0;
/// A dot with its white rim.
pub(super) const DOT: f64 = 4.0;
/// More ticks than this are thinned out.
const MOST_TICKS: usize = 12;

/// A value with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) n_questions: usize,
}

/// One mode.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    pub(super) label: String,
    pub(super) color: Color,
    /// Lines of one color are told apart by their dashes.
    pub(super) variant: usize,
    pub(super) points: Vec<(i64, Estimate)>,
}

/// A mode whose draws have no order: one level for all rounds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Band {
    pub(super) label: String,
    pub(super) color: Color,
    pub(super) level: Estimate,
}

/// What a mode's line would be if its solutions were independent draws.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Null {
    pub(super) color: Color,
    pub(super) points: Vec<(i64, Estimate)>,
}

/// What [`Null`] lines are called beside a plot.
const INDEPENDENT: &str = "independent draws";

pub(super) struct Panel {
    pub(super) facet: Facet,
    pub(super) series: Vec<Series>,
    pub(super) bands: Vec<Band>,
}

pub(super) struct LineFigure {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) x_title: String,
    pub(super) y_title: String,
    /// Whether the vertical axis begins at zero, as lengths do.
    pub(super) from_zero: bool,
    pub(super) panels: Vec<Panel>,
}

impl LineFigure {
    /// Questions behind the points, `12` or `9–12`.
    pub(super) fn questions(panels: &[Panel]) -> String {
        words::count_range(panels.iter().flat_map(|panel| {
            panel.series.iter().flat_map(|series| series.points.iter().map(|(_, estimate)| estimate.n_questions))
        }))
    }

    pub(super) fn scene(&self, paper: Paper) -> Scene {
        self.scene_with(&[], paper, |_, _, _| ())
    }

    /// With something faint behind the lines of every panel: what draws it is given where they stand and the vertical axis.
    pub(super) fn scene_before(&self, paper: Paper, behind: impl Fn(&mut Scene, (&Panel, &Frame), &Scale)) -> Scene {
        self.scene_with(&[], paper, behind)
    }

    /// With what independent draws would give behind the lines, panel by panel.
    pub(super) fn scene_over(&self, nulls: &[Vec<Null>], paper: Paper) -> Scene {
        self.scene_with(nulls, paper, |_, _, _| ())
    }

    /// The vertical axis of all panels, before it is laid over pixels.
    pub(super) fn y_scale(&self, nulls: &[Vec<Null>]) -> Scale {
        let null_estimates = nulls.iter().flatten().flat_map(|null| null.points.iter().map(|(_, estimate)| estimate));
        let values = self.panels.iter().flat_map(Panel::values).chain(null_estimates.flat_map(Estimate::extent));
        Scale::new(values.chain(self.from_zero.then_some(0.0)), 5)
    }

    fn scene_with(
        &self,
        nulls: &[Vec<Null>],
        paper: Paper,
        behind: impl Fn(&mut Scene, (&Panel, &Frame), &Scale),
    ) -> Scene {
        let grid = Grid::new(self.panels.len(), COLUMNS, paper);
        let y_scale = self.y_scale(nulls);
        let names = self.panels.iter().flat_map(Panel::names);
        let right = widest(names, theme::LABEL).clamp(30.0, 150.0) + BESIDE + 2.0;
        let left = tick_room(&y_scale);
        let mut scene = Scene::new(paper, grid.width());
        let top = scene.head(&self.title, &self.subtitle);
        let heights: Vec<f64> =
            self.panels.iter().map(|panel| PANEL_HEAD + TITLE + panel.plot_height() + FOOT).collect();
        let (corners, bottom) = grid.place(top, &heights);
        let axes = Axes { x_title: &self.x_title, y_title: &self.y_title, y_scale: &y_scale, bands: false };
        for (position, (panel, (x, y))) in self.panels.iter().zip(corners).enumerate() {
            let (from, to) = (x + left, x + grid.panel_width() - right);
            let frame = Frame { x, from, to, top: y + PANEL_HEAD + TITLE, height: panel.plot_height(), right };
            panel_head(&mut scene, &panel.facet, (x, y), grid.panel_width());
            behind(&mut scene, (panel, &frame), &frame.y_axis(&y_scale));
            let nulls = nulls.get(position).map_or(&[][..], Vec::as_slice);
            plot(&mut scene, (panel, nulls), &frame, &axes);
            let y_scale = frame.y_axis(&y_scale);
            line_names::draw(&mut scene, panel, &frame, &y_scale);
        }
        scene.height = bottom + paper.margin() / 2.0;
        scene
    }
}

impl Estimate {
    /// The value and the ends of its interval.
    fn extent(&self) -> [f64; 3] {
        let (low, high) = self.interval.unwrap_or((self.value, self.value));
        [self.value, low, high]
    }
}

/// Room that the numbers of an upright axis take to its left.
pub(super) fn tick_room(scale: &Scale) -> f64 {
    let labels: Vec<String> = scale.ticks().iter().map(|tick| words::number(*tick, scale.decimals())).collect();
    widest(labels.iter().map(String::as_str), theme::TICK) + 10.0
}

/// What the plots of a figure have in common.
pub(super) struct Axes<'a> {
    pub(super) x_title: &'a str,
    pub(super) y_title: &'a str,
    pub(super) y_scale: &'a Scale,
    /// Whether intervals are bands around lines, not bars at points.
    pub(super) bands: bool,
}

/// Axes, level bands and lines; names are up to the caller.
pub(super) fn plot(scene: &mut Scene, (panel, nulls): (&Panel, &[Null]), frame: &Frame, axes: &Axes<'_>) {
    let y_scale = frame.y_axis(axes.y_scale);
    let x_of = frame.x_axis(&panel.steps());
    draw_axes(scene, panel, frame, axes);
    if nulls.iter().any(|null| !null.points.is_empty()) {
        draw_null_key(scene, frame, axes);
    }
    for band in &panel.bands {
        draw_band(scene, band, frame, &y_scale);
    }
    for null in nulls {
        draw_ribbon(scene, (&null.points, null.color.faded(0.1)), &x_of, &y_scale);
    }
    for (position, null) in nulls.iter().enumerate() {
        draw_null(scene, null, (position, nulls.len()), &x_of, &y_scale);
    }
    // Many bands on one another need to be fainter.
    let alpha = if panel.series.len() > 3 { 0.09 } else { 0.16 };
    let dense = axes.bands || panel.is_dense();
    for series in panel.series.iter().filter(|_| dense) {
        draw_ribbon(scene, (&series.points, series.color.faded(alpha)), &x_of, &y_scale);
    }
    let shifts = shifts(panel, frame, dense);
    for (series, shift) in panel.series.iter().zip(shifts) {
        draw_series(scene, series, (shift, !dense), &x_of, &y_scale);
    }
}

/// How far the lines of a panel are moved sideways, so that intervals at one step stand side by side.
pub(super) fn shifts(panel: &Panel, frame: &Frame, dense: bool) -> Vec<f64> {
    let (n, steps) = (panel.series.len(), panel.steps());
    let x_of = frame.x_axis(&steps);
    // Where steps are narrow, side by side ends before the next step begins.
    let narrowest = steps.windows(2).map(|pair| x_of(pair[1]) - x_of(pair[0])).fold(f64::INFINITY, f64::min);
    // The outermost dots stay inside the plot.
    let room = if steps.len() > 1 { INSET - DOT } else { (frame.to - frame.from) / 2.0 - DOT };
    let most = 2.0 * room / n.saturating_sub(1).max(1) as f64;
    let apart = if dense { 0.0 } else { (0.7 * narrowest / n.max(1) as f64).min(most).min(4.0) };
    (0..n).map(|position| (position as f64 - (n.saturating_sub(1)) as f64 / 2.0) * apart).collect()
}

fn draw_axes(scene: &mut Scene, panel: &Panel, frame: &Frame, axes: &Axes<'_>) {
    let bottom = frame.top + frame.height;
    let y_scale = frame.y_axis(axes.y_scale);
    scene.text((frame.x, frame.top - 12.0), Anchor::Start, theme::TICK, theme::MUTED, axes.y_title);
    for tick in y_scale.ticks() {
        let y = y_scale.at(tick);
        scene.line((frame.from, y), (frame.to, y), theme::GRID, 1.0);
        let label = words::number(tick, y_scale.decimals());
        scene.text((frame.from - 7.0, y + 4.0), Anchor::End, theme::TICK, theme::MUTED, label);
    }
    let steps = panel.steps();
    let x_of = frame.x_axis(&steps);
    let mut free = f64::NEG_INFINITY;
    for step in thinned(&steps) {
        let half = text_width(&step.to_string(), theme::TICK, false) / 2.0;
        // Steps that lie close together, as the first of 1, 2, 4, 8, share one number.
        if x_of(step) - half < free {
            continue;
        }
        free = x_of(step) + half + 4.0;
        scene.text((x_of(step), bottom + 16.0), Anchor::Middle, theme::TICK, theme::MUTED, step.to_string());
    }
    scene.line((frame.from, bottom), (frame.to, bottom), theme::AXIS, 1.0);
    let middle = f64::midpoint(frame.from, frame.to);
    scene.text((middle, bottom + 32.0), Anchor::Middle, theme::TICK, theme::MUTED, axes.x_title);
}

/// Where a panel's lines are drawn.
pub(super) struct Frame {
    /// Where the panel begins; the plot lies between `from` and `to`.
    pub(super) x: f64,
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) top: f64,
    pub(super) height: f64,
    /// Room for names at the right.
    pub(super) right: f64,
}

impl Frame {
    pub(super) fn y_axis(&self, scale: &Scale) -> Scale {
        scale.over(self.top + self.height, self.top)
    }

    /// Places whole numbers between the ends, a little in from both.
    pub(super) fn x_axis(&self, steps: &[i64]) -> impl Fn(i64) -> f64 + use<> {
        let (first, last) = (steps.first().copied().unwrap_or(0), steps.last().copied().unwrap_or(0));
        let (from, to) = (self.from + INSET, self.to - INSET);
        move |step| {
            if first == last {
                return f64::midpoint(from, to);
            }
            from + (step - first) as f64 / (last - first) as f64 * (to - from)
        }
    }
}

impl Panel {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.series.iter().map(|series| series.label.as_str()).chain(self.bands.iter().map(|band| band.label.as_str()))
    }

    /// All that is drawn: values and the ends of their intervals.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        let points = self.series.iter().flat_map(|series| series.points.iter().map(|(_, estimate)| estimate));
        points.chain(self.bands.iter().map(|band| &band.level)).flat_map(Estimate::extent)
    }

    /// Whether some line has so many points that its interval is a band.
    pub(super) fn is_dense(&self) -> bool {
        self.series.iter().any(|series| series.points.len() > MOST_DOTS)
    }

    /// High enough for all names below one another.
    fn plot_height(&self) -> f64 {
        PLOT.max(LEADING * self.names().count() as f64)
    }

    pub(super) fn steps(&self) -> Vec<i64> {
        let mut steps: Vec<i64> =
            self.series.iter().flat_map(|series| series.points.iter().map(|(step, _)| *step)).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }
}

/// Steps that get a number on their axis.
pub(super) fn thinned(steps: &[i64]) -> Vec<i64> {
    let every = steps.len().div_ceil(MOST_TICKS).max(1);
    steps.iter().copied().step_by(every).collect()
}

fn draw_band(scene: &mut Scene, band: &Band, frame: &Frame, y_scale: &Scale) {
    if let Some((low, high)) = band.level.interval {
        let (bottom, top) = (y_scale.at(low), y_scale.at(high));
        scene.rect((frame.from, top), (frame.to - frame.from, bottom - top), band.color.faded(0.14));
    }
    let y = y_scale.at(band.level.value);
    scene.line((frame.from, y), (frame.to, y), band.color, 1.5);
}

/// Dashes by variant: drawn and left out.
pub(super) fn dashes(variant: usize) -> Option<(f64, f64)> {
    match variant % 4 {
        0 => None,
        1 => Some((6.0, 4.0)),
        2 => Some((2.0, 3.0)),
        _ => Some((10.0, 3.0)),
    }
}

/// A line with a dot at each point, its shape by variant, and upright bars for intervals where they are asked for.
fn draw_series(
    scene: &mut Scene,
    series: &Series,
    (shift, bars): (f64, bool),
    x_of: &impl Fn(i64) -> f64,
    y_scale: &Scale,
) {
    let points: Vec<Point> = series.points.iter().map(|(step, e)| (x_of(*step) + shift, y_scale.at(e.value))).collect();
    match dashes(series.variant) {
        None => scene.path(points.clone(), series.color, 1.75),
        Some(pattern) => scene.dashed(&points, series.color, 1.75, pattern),
    }
    if points.len() > MOST_DOTS {
        return;
    }
    for ((_, estimate), (x, y)) in series.points.iter().zip(points) {
        if let Some((low, high)) = estimate.interval.filter(|_| bars) {
            scene.line((x, y_scale.at(low)), (x, y_scale.at(high)), series.color, 1.25);
        }
        draw_dot(scene, (x, y), series);
    }
}

/// Where lines are too short for their dashes to be seen, the shapes of dots tell them apart.
fn draw_dot(scene: &mut Scene, at: Point, series: &Series) {
    match series.variant % 4 {
        0 => {
            scene.dot(at, DOT, theme::PAPER);
            scene.dot(at, DOT - 1.0, series.color);
        }
        1 => ring(scene, at, DOT - 0.5, series.color),
        2 => square(scene, at, DOT - 1.0, series.color),
        _ => {
            square(scene, at, DOT - 0.5, series.color);
            square(scene, at, DOT - 2.0, theme::PAPER);
        }
    }
}

/// Intervals as a band.
fn draw_ribbon(
    scene: &mut Scene,
    (points, fill): (&[(i64, Estimate)], Color),
    x_of: &impl Fn(i64) -> f64,
    y_scale: &Scale,
) {
    let bound = |upper: bool| {
        points.iter().filter_map(move |(step, e)| {
            e.interval.map(|(low, high)| (x_of(*step), y_scale.at(if upper { high } else { low })))
        })
    };
    let outline: Vec<Point> = bound(true).chain(bound(false).collect::<Vec<_>>().into_iter().rev()).collect();
    if outline.len() > 3 {
        scene.area(outline, fill);
    }
}

/// Thin and broken; lines of several modes that lie on one another take turns, so that all of them are seen.
fn draw_null(
    scene: &mut Scene,
    null: &Null,
    (position, n): (usize, usize),
    x_of: &impl Fn(i64) -> f64,
    y_scale: &Scale,
) {
    const DASH: f64 = 5.0;
    // More than three that take turns would leave more gap than line.
    const TURNS: usize = 3;
    let points: Vec<Point> = null.points.iter().map(|(step, e)| (x_of(*step), y_scale.at(e.value))).collect();
    let pattern = (DASH, DASH * (n.clamp(2, TURNS) - 1) as f64);
    scene.dashed_from(&points, (null.color, 1.1), pattern, DASH * (position % TURNS) as f64);
}

/// What the broken lines are, above the right end of the plot, where there is room for it.
fn draw_null_key(scene: &mut Scene, frame: &Frame, axes: &Axes<'_>) {
    let (end, y) = (frame.to + frame.right, frame.top - 12.0);
    let start = end - text_width(INDEPENDENT, theme::TICK, false);
    if start - 30.0 < frame.x + text_width(axes.y_title, theme::TICK, false) + 10.0 {
        return;
    }
    scene.dashed(&[(start - 30.0, y - 4.0), (start - 5.0, y - 4.0)], theme::MUTED, 1.1, (5.0, 5.0));
    scene.text((end, y), Anchor::End, theme::TICK, theme::MUTED, INDEPENDENT);
}

/// A panel a facet, from the rows of a table: `cell` tells where a row belongs, `point` what it is there.
pub(super) fn panels<R>(
    facets: &Facets,
    rows: &[&R],
    cell: impl Fn(&R) -> &Cell,
    point: impl Fn(&R) -> Option<(i64, Estimate)>,
    labels: &ModeLabels,
) -> Vec<Panel> {
    let panel = |facet: &Facet| {
        let here = rows.iter().filter(|row| facet.holds(cell(row)));
        let points = here.filter_map(|row| point(row).map(|(step, estimate)| (ModeKey::of(cell(row)), step, estimate)));
        Panel { facet: facet.clone(), series: series(points, labels), bands: Vec::new() }
    };
    facets.shown.iter().map(panel).collect()
}

/// How the intervals of some panels are drawn, as the end of a sentence: `; bars are 95 % intervals`.
pub(super) fn intervals(panels: &[Panel], level: &str) -> String {
    let has =
        |panel: &Panel| panel.series.iter().any(|line| line.points.iter().any(|point| point.1.interval.is_some()));
    let bars = panels.iter().any(|panel| !panel.is_dense() && has(panel));
    let levels = panels.iter().any(|panel| panel.bands.iter().any(|band| band.level.interval.is_some()));
    let bands = levels || panels.iter().any(|panel| panel.is_dense() && has(panel));
    match (bars, bands) {
        (true, true) => format!("; bars and bands are {level} intervals"),
        (true, false) => format!("; bars are {level} intervals"),
        (false, true) => format!("; bands are {level} intervals"),
        (false, false) => String::new(),
    }
}

/// The lines of a panel, from points in any order.
pub(super) fn series(points: impl Iterator<Item = (ModeKey, i64, Estimate)>, labels: &ModeLabels) -> Vec<Series> {
    let mut by_mode: BTreeMap<ModeKey, Vec<(i64, Estimate)>> = BTreeMap::new();
    for (key, step, estimate) in points {
        by_mode.entry(key).or_default().push((step, estimate));
    }
    by_mode
        .into_iter()
        .map(|(key, mut points)| {
            points.sort_by_key(|(step, _)| *step);
            let (label, color) = (labels.label(&key), theme::mode_color(&key, labels));
            Series { label, color, variant: labels.variant(&key), points }
        })
        .collect()
}

/// The figure's panels in words and numbers: first and last point of each line.
pub(super) fn alt(figure: &LineFigure, decimals: usize) -> String {
    let mut sentences = vec![format!("{}.", figure.title)];
    for panel in &figure.panels {
        sentences.push(format!("{}: {}.", panel.facet.words(), told(panel, decimals)));
    }
    sentences.join(" ")
}

/// First and last point of each line of a panel, and its levels, in words and numbers.
pub(super) fn told(panel: &Panel, decimals: usize) -> String {
    let series = panel.series.iter().filter_map(|series| {
        let (first, last) = (series.points.first()?, series.points.last()?);
        let at = |(step, e): &(i64, Estimate)| format!("{} at {step}", words::number(e.value, decimals));
        if first.0 == last.0 {
            return Some(format!("{} is {}", series.label, at(first)));
        }
        Some(format!("{} goes from {} to {}", series.label, at(first), at(last)))
    });
    let bands =
        panel.bands.iter().map(|band| format!("{} lies at {}", band.label, words::number(band.level.value, decimals)));
    series.chain(bands).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rounds_have_few_ticks() {
        let steps: Vec<i64> = (0..100).collect();
        assert!(thinned(&steps).len() <= MOST_TICKS);
        assert_eq!(thinned(&[0, 1, 2]), [0, 1, 2]);
    }
}
