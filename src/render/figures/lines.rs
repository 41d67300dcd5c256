//! Lines over whole numbers (rounds, lags) with intervals, one line per mode, in small multiples. Lines carry their
//! names at their right end; modes without an order lie behind as level bands.

use std::collections::BTreeMap;

use super::facets::{Facet, Grid, PANEL_HEAD, panel_head, widest};
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, fit, text_width};
use super::theme::{self, Color, Paper};
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::words;

const COLUMNS: usize = 2;
const PLOT: f64 = 190.0;
/// Room below a panel for ticks and the axis title.
const FOOT: f64 = 48.0;
/// Distance between names at the right end.
const LEADING: f64 = 15.0;
/// More points than this in a line are drawn without dots, their intervals as a band.
const MOST_DOTS: usize = 16;
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
    fn estimates(&self) -> impl Iterator<Item = &Estimate> {
        self.panels.iter().flat_map(|panel| {
            let points = panel.series.iter().flat_map(|series| series.points.iter().map(|(_, estimate)| estimate));
            points.chain(panel.bands.iter().map(|band| &band.level))
        })
    }

    /// Questions behind the points, `12` or `9–12`.
    pub(super) fn questions(panels: &[Panel]) -> String {
        words::count_range(panels.iter().flat_map(|panel| {
            panel.series.iter().flat_map(|series| series.points.iter().map(|(_, estimate)| estimate.n_questions))
        }))
    }

    pub(super) fn scene(&self, paper: Paper) -> Scene {
        self.scene_before(paper, |_, _, _| ())
    }

    /// With something faint behind the lines of every panel: what draws it is given where they stand and the vertical axis.
    pub(super) fn scene_before(&self, paper: Paper, behind: impl Fn(&mut Scene, (&Panel, &Frame), &Scale)) -> Scene {
        let grid = Grid::new(self.panels.len(), COLUMNS, paper);
        let values = self.estimates().flat_map(|estimate| {
            let (low, high) = estimate.interval.unwrap_or((estimate.value, estimate.value));
            [estimate.value, low, high]
        });
        let zero = self.from_zero.then_some(0.0);
        let y_scale = Scale::new(values.chain(zero), 5);
        let names = self.panels.iter().flat_map(Panel::names);
        let right = widest(names, theme::LABEL).clamp(30.0, 150.0) + 16.0;
        let left = widest(
            y_scale
                .ticks()
                .iter()
                .map(|tick| words::number(*tick, y_scale.decimals()))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
            theme::TICK,
        ) + 10.0;
        let mut scene = Scene::new(paper, grid.width());
        let top = scene.head(&self.title, &self.subtitle);
        let heights: Vec<f64> =
            self.panels.iter().map(|panel| PANEL_HEAD + 16.0 + panel.plot_height() + FOOT).collect();
        let (corners, bottom) = grid.place(top, &heights);
        for (panel, (x, y)) in self.panels.iter().zip(corners) {
            let (from, to) = (x + left, x + grid.panel_width() - right);
            let frame = Frame { x, from, to, top: y + PANEL_HEAD + 16.0, height: panel.plot_height(), right };
            panel_head(&mut scene, &panel.facet, (x, y), grid.panel_width());
            behind(&mut scene, (panel, &frame), &y_scale.over(frame.top + frame.height, frame.top));
            self.draw_panel(&mut scene, panel, &frame, &y_scale);
        }
        scene.height = bottom + paper.margin() / 2.0;
        scene
    }

    fn draw_panel(&self, scene: &mut Scene, panel: &Panel, frame: &Frame, y_scale: &Scale) {
        let bottom = frame.top + frame.height;
        let y_scale = y_scale.over(bottom, frame.top);
        scene.text((frame.x, frame.top - 9.0), Anchor::Start, theme::TICK, theme::MUTED, self.y_title.clone());
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
        scene.text((middle, bottom + 32.0), Anchor::Middle, theme::TICK, theme::MUTED, self.x_title.clone());

        for band in &panel.bands {
            draw_band(scene, band, frame, &y_scale);
        }
        let n = panel.series.len();
        for (position, series) in panel.series.iter().enumerate() {
            // Intervals of several lines at one round stand side by side.
            let shift = (position as f64 - (n - 1) as f64 / 2.0) * 4.0;
            if series.points.len() > MOST_DOTS {
                draw_dense(scene, series, &x_of, &y_scale);
            } else {
                draw_series(scene, series, shift, &x_of, &y_scale);
            }
        }
        draw_names(scene, panel, frame, &y_scale, &x_of);
    }
}

/// Where a panel's lines are drawn.
pub(super) struct Frame {
    x: f64,
    pub(super) from: f64,
    to: f64,
    top: f64,
    height: f64,
    right: f64,
}

impl Frame {
    /// Places whole numbers between the ends, a little in from both.
    pub(super) fn x_axis(&self, steps: &[i64]) -> impl Fn(i64) -> f64 + use<> {
        let (first, last) = (steps.first().copied().unwrap_or(0), steps.last().copied().unwrap_or(0));
        let (from, to) = (self.from + 14.0, self.to - 14.0);
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

fn thinned(steps: &[i64]) -> Vec<i64> {
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
fn dashes(variant: usize) -> Option<(f64, f64)> {
    match variant % 4 {
        0 => None,
        1 => Some((6.0, 4.0)),
        2 => Some((2.0, 3.0)),
        _ => Some((10.0, 3.0)),
    }
}

fn draw_series(scene: &mut Scene, series: &Series, shift: f64, x_of: &impl Fn(i64) -> f64, y_scale: &Scale) {
    let points: Vec<Point> = series.points.iter().map(|(step, e)| (x_of(*step) + shift, y_scale.at(e.value))).collect();
    match dashes(series.variant) {
        None => scene.path(points.clone(), series.color, 1.75),
        Some(pattern) => scene.dashed(&points, series.color, 1.75, pattern),
    }
    for ((_, estimate), (x, y)) in series.points.iter().zip(points) {
        if let Some((low, high)) = estimate.interval {
            scene.line((x, y_scale.at(low)), (x, y_scale.at(high)), series.color, 1.25);
        }
        scene.dot((x, y), 4.0, theme::PAPER);
        scene.dot((x, y), 3.0, series.color);
    }
}

/// A line with many points: a band of intervals and the line.
fn draw_dense(scene: &mut Scene, series: &Series, x_of: &impl Fn(i64) -> f64, y_scale: &Scale) {
    let bound = |upper: bool| {
        series.points.iter().filter_map(move |(step, e)| {
            e.interval.map(|(low, high)| (x_of(*step), y_scale.at(if upper { high } else { low })))
        })
    };
    let outline: Vec<Point> = bound(true).chain(bound(false).collect::<Vec<_>>().into_iter().rev()).collect();
    if outline.len() > 3 {
        scene.area(outline, series.color.faded(0.16));
    }
    let points: Vec<Point> = series.points.iter().map(|(step, e)| (x_of(*step), y_scale.at(e.value))).collect();
    match dashes(series.variant) {
        None => scene.path(points, series.color, 1.75),
        Some(pattern) => scene.dashed(&points, series.color, 1.75, pattern),
    }
}

/// Names at the right end of their lines, moved apart where they would cover each other.
fn draw_names(scene: &mut Scene, panel: &Panel, frame: &Frame, y_scale: &Scale, x_of: &impl Fn(i64) -> f64) {
    let series = panel.series.iter().filter_map(|series| {
        let (step, last) = series.points.last()?;
        Some((y_scale.at(last.value), x_of(*step), series.label.as_str(), series.color))
    });
    let bands =
        panel.bands.iter().map(|band| (y_scale.at(band.level.value), frame.to, band.label.as_str(), band.color));
    let mut names: Vec<(f64, f64, &str, Color)> = series.chain(bands).collect();
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted: Vec<f64> = names.iter().map(|name| name.0).collect();
    let places = spread(&wanted, frame.top + 4.0, frame.top + frame.height);
    for ((y, x, label, color), place) in names.into_iter().zip(places) {
        let label = fit(label, frame.right - 16.0, theme::LABEL, false);
        let at = frame.to + 14.0;
        // A name that stands away from its line is led to it.
        if (y - place).abs() > 1.0 || x < frame.to - 20.0 {
            scene.line((x + 6.0, y), (at - 3.0, place), color.faded(0.45), 1.0);
        }
        scene.text((at, place + 4.0), Anchor::Start, theme::LABEL, color, label);
    }
}

/// Moves sorted places apart to [`LEADING`], keeping them between `top` and `bottom` where that is possible.
fn spread(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut places = wanted.to_vec();
    for _ in 0..60 {
        for i in 1..places.len() {
            let lack = LEADING - (places[i] - places[i - 1]);
            if lack > 0.0 {
                places[i - 1] -= lack / 2.0;
                places[i] += lack / 2.0;
            }
        }
        if let Some(first) = places.first_mut() {
            *first = first.max(top);
        }
        if let Some(last) = places.last_mut() {
            *last = last.min(bottom);
        }
    }
    // What the rounds above could not settle, one pass downward does.
    for i in 1..places.len() {
        places[i] = places[i].max(places[i - 1] + LEADING - 0.5);
    }
    places
}

/// A line for each mode, its points in order.
pub(super) fn by_mode(points: BTreeMap<ModeKey, Vec<(i64, Estimate)>>, labels: &ModeLabels) -> Vec<Series> {
    points
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
        let series = panel.series.iter().filter_map(|series| {
            let (first, last) = (series.points.first()?, series.points.last()?);
            let at = |(step, e): &(i64, Estimate)| format!("{} at {step}", words::number(e.value, decimals));
            Some(format!("{} goes from {} to {}", series.label, at(first), at(last)))
        });
        let bands = panel
            .bands
            .iter()
            .map(|band| format!("{} lies at {}", band.label, words::number(band.level.value, decimals)));
        let parts: Vec<String> = series.chain(bands).collect();
        sentences.push(format!("{}: {}.", panel.facet.words(), parts.join("; ")));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_moved_apart_but_not_reordered() {
        let places = spread(&[10.0, 10.5, 11.0, 90.0], 0.0, 100.0);
        for pair in places.windows(2) {
            assert!(pair[1] - pair[0] >= LEADING - 1.0, "{places:?}");
        }
        assert!(places[0] >= 0.0 && places[3] <= 101.0, "{places:?}");
    }

    #[test]
    fn many_rounds_have_few_ticks() {
        let steps: Vec<i64> = (0..100).collect();
        assert!(thinned(&steps).len() <= MOST_TICKS);
        assert_eq!(thinned(&[0, 1, 2]), [0, 1, 2]);
    }
}
