//! How the similarities of single pairs are distributed in each mode: an outline a mode, with its quartiles.

use std::collections::BTreeMap;

use super::facets::{self, Facet, Facets, Grid, PANEL_HEAD, panel_head};
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, fit};
use super::theme::{self, Color, Paper};
use super::{Drawing, NotDrawn, metric_title, similarities};
use crate::model::{Card, DistributionRow};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "similarity_distribution",
    title: "Similarity distribution",
    unit: "the metric's",
    range: "the metric's",
    version: 2,
    measures: "For each sampling mode how the similarities of single pairs of solutions are distributed: the pairs of each question first, then the mean over questions, so that each question counts once. The height of an outline is the share of pairs within a fortieth of the axis, smoothed; the bar below spans the quartiles, the upright line is the median. The upright bar at 1 holds the pairs that are exactly 1: equal for this measure.",
    how_to_read: "An outline further right: pairs are more alike. A narrow one: all pairs are about as alike. Two humps: some pairs repeat each other, others do not. A tall bar at 1, with its share of all pairs: the mode says the same again. Any other thin bar is one value that many pairs have.",
    misleads: "Pairs of one question share its solutions and are not independent: a wide outline is no wide interval. Outlines and bars of a figure have one scale, the share of pairs, so that outlines are low where one bar holds most pairs. Equal for a measure need not be equal word for word: an embedder may place two texts at one point.",
    source: "after Wilke, \"ggridges\" (2017), for outlines above one another",
};

const ROW: f64 = 62.0;
/// Highest outline, from its base line up.
const TALL: f64 = 44.0;
/// From the top of a row to its base line.
const BASE: f64 = 48.0;
const FOOT: f64 = 40.0;
const COLUMNS: usize = 2;
/// An outline's height is the share of pairs within this part of the axis: a window that a reader can still see.
const WINDOW: f64 = 1.0 / 40.0;
/// Least standard deviation of the smoothing, in bins: wide enough to take the teeth off, narrow enough to keep humps.
const SMOOTHING: f64 = 1.5;
/// A bin with at least this share of pairs and so many times that of its neighbors is a value of its own.
const ATOM: (f64, f64) = (0.03, 4.0);
/// Atoms with at least this share have it written above them, where the one before leaves room for it.
const TOLD: (f64, f64) = (0.1, 40.0);
/// The bar at 1 has its share written beside it from this one on; less would be 0 or 1 % of nothing to see.
const EQUAL_TOLD: f64 = 0.01;
/// No similarity is higher: what smoothing would spread beyond is turned back.
const MOST_ALIKE: f64 = 1.0;
/// Heights below this share of the highest are not drawn: endless tails.
const TAIL: f64 = 0.004;
/// The axis leaves out this share of a mode's pairs at either end, so that a few pairs far out do not stretch it.
const FAR_OUT: f64 = 0.002;

/// One mode in one panel.
struct Row {
    label: String,
    color: Color,
    quartiles: Option<[f64; 3]>,
    /// The bins of the outline, without the atoms: low end, high end, share.
    bins: Vec<(f64, f64, f64)>,
    /// Share of the pairs that are exactly 1.
    equal: f64,
    /// Other values that many pairs have: middle of the bin, share.
    atoms: Vec<Point>,
    n_questions: usize,
    n_pairs: usize,
}

struct Panel {
    facet: Facet,
    rows: Vec<Row>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let rows = data.distributions.iter().filter(|row| usable(row));
    let found = similarities(rows.map(|row| (row.metric.as_str(), row.space.as_str())));
    if found.is_empty() {
        let reason = "no group has two samples to compare".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(found.iter().map(|(metric, space)| drawing(data, metric, space, paper)).collect())
}

fn usable(row: &DistributionRow) -> bool {
    row.share.is_finite() && row.high >= row.low
}

fn drawing(data: &ReportData<'_>, metric: &str, space: &str, paper: Paper) -> Drawing {
    let rows: Vec<&DistributionRow> =
        data.distributions.iter().filter(|row| row.metric == metric && row.space == space && usable(row)).collect();
    let facets = Facets::new(rows.iter().map(|row| &row.cell));
    let labels = words::mode_labels(data.summary);
    let panels: Vec<Panel> = facets.shown.iter().map(|facet| panel(facet, &rows, &labels)).collect();
    let name = metric_title(data, metric);
    let title = format!("{name} of single pairs of solutions, by sampling mode");
    let all = || panels.iter().flat_map(|panel| &panel.rows);
    let n = words::count_range(all().map(|row| row.n_questions));
    let pairs = words::count_range(all().map(|row| row.n_pairs));
    let subtitle = format!(
        "Measured on {}; each question counts once. The bar spans the quartiles, the upright line is the median{}; n = {n} questions per mode.",
        clean(space),
        if all().any(|row| row.equal > 0.0) { ", the bar at 1 the pairs that are exactly 1" } else { "" }
    );
    let scale = axis(&panels);
    let window = WINDOW * (scale.values().1 - scale.values().0);
    let highest = highest(&panels, window);
    let told = words::number(highest * 100.0, usize::from(highest < 0.1));
    let caption = format!(
        "{name} of unordered pairs of solutions to the same question, measured on {}: shares of each question's pairs, averaged over n = {n} questions per mode ({pairs} pairs). Outlines are smoothed; their height is the share of pairs within {} of a value (a fortieth of the axis), and the highest mark of the figure is {told} % of pairs. Below, median and quartiles.{}{}",
        clean(space),
        words::number(window, 4),
        bars(&panels),
        facets.remark()
    );
    let scene = scene(&panels, (&title, &subtitle), &Axis { name: &name, scale, window, highest }, paper);
    Drawing { variant: vec![metric.to_owned(), space.to_owned()], alt: alt(&panels, &title), title, caption, scene }
}

/// What the upright bars are, for the caption.
fn bars(panels: &[Panel]) -> String {
    let all = || panels.iter().flat_map(|panel| &panel.rows);
    let mut text = String::new();
    if all().any(|row| row.equal > 0.0) {
        text.push_str(
            " The upright bar at 1 is the share of pairs that are exactly 1 (equal for this measure), on the scale of the outlines.",
        );
    }
    if all().any(|row| !row.atoms.is_empty()) {
        text.push_str(" Other thin upright bars are single values that many pairs have, on the same scale.");
    }
    text
}

fn panel(facet: &Facet, rows: &[&DistributionRow], labels: &ModeLabels) -> Panel {
    let mut modes: BTreeMap<ModeKey, Vec<&DistributionRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| facet.holds(&row.cell)) {
        modes.entry(ModeKey::of(&row.cell)).or_default().push(row);
    }
    let row = |(key, mut bins): (ModeKey, Vec<&DistributionRow>)| {
        bins.sort_by(|a, b| a.low.total_cmp(&b.low));
        let (rest, atoms) = split(&bins);
        Row {
            label: labels.label(&key),
            color: theme::mode_color(&key, labels),
            quartiles: bins.first().map(|bin| [bin.q25, bin.q50, bin.q75]).filter(|q| q.iter().all(|q| q.is_finite())),
            bins: rest.iter().map(|bin| (bin.low, bin.high, bin.share)).collect(),
            equal: bins.iter().filter(|bin| is_value(bin)).map(|bin| bin.share).sum(),
            atoms,
            n_questions: bins.iter().map(|bin| bin.n_questions).max().unwrap_or(0),
            n_pairs: bins.iter().map(|bin| bin.n_pairs).max().unwrap_or(0),
        }
    };
    Panel { facet: facet.clone(), rows: modes.into_iter().map(row).collect() }
}

/// Whether a bin holds one value alone.
fn is_value(bin: &DistributionRow) -> bool {
    bin.high <= bin.low
}

/// The bins of the outline, and those that stand for themselves; what is exactly 1 is in neither.
fn split<'a>(bins: &[&'a DistributionRow]) -> (Vec<&'a DistributionRow>, Vec<Point>) {
    let bins: Vec<&DistributionRow> = bins.iter().copied().filter(|bin| !is_value(bin)).collect();
    let width = bins.iter().map(|bin| bin.high - bin.low).fold(f64::INFINITY, f64::min);
    let middle = |bin: &DistributionRow| f64::midpoint(bin.low, bin.high);
    // Bins without a pair are not in the table.
    let share_at = |place: f64| {
        bins.iter().filter(|bin| (middle(bin) - place).abs() < 0.5 * width).map(|bin| bin.share).sum::<f64>()
    };
    let is_atom = |bin: &DistributionRow| {
        let near = [-2.0, -1.0, 1.0, 2.0].map(|step| share_at(middle(bin) + step * width));
        bin.share >= ATOM.0 && near.iter().all(|share| bin.share >= ATOM.1 * share)
    };
    let (atoms, rest): (Vec<&DistributionRow>, Vec<&DistributionRow>) = bins.iter().partition(|bin| is_atom(bin));
    (rest, atoms.iter().map(|bin| (middle(bin), bin.share)).collect())
}

/// The shares of pairs within a window around evenly spaced places, smoothed.
fn outline(bins: &[(f64, f64, f64)], window: f64) -> Vec<Point> {
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else { return Vec::new() };
    let width = bins.iter().map(|bin| bin.1 - bin.0).fold(f64::INFINITY, f64::min);
    let spread = (window / 2.0).max(SMOOTHING * width);
    let peak = window / (spread * std::f64::consts::TAU.sqrt());
    let high = (last.1 + 3.0 * spread).min(MOST_ALIKE);
    // Four places a spread make a smooth line.
    let step = spread / 4.0;
    let mut points = Vec::new();
    let mut place = first.0 - 3.0 * spread;
    while points.len() < 20_000 {
        let height: f64 = bins
            .iter()
            .map(|(low, high, share)| (f64::midpoint(*low, *high), share))
            .flat_map(|(middle, share)| [(middle, share), (2.0 * MOST_ALIKE - middle, share)])
            .map(|(middle, share)| {
                let distance = (middle - place) / spread;
                if distance.abs() > 4.0 { 0.0 } else { share * (-0.5 * distance * distance).exp() }
            })
            .sum();
        points.push((place, peak * height));
        if place >= high {
            break;
        }
        place = (place + step).min(high);
    }
    points
}

/// The axis of all panels: where pairs are, but for a few far out.
fn axis(panels: &[Panel]) -> Scale {
    let rows = || panels.iter().flat_map(|panel| &panel.rows);
    let ends = |row: &Row| {
        let all: f64 = row.bins.iter().map(|bin| bin.2).sum();
        let mut below = 0.0;
        let mut kept = Vec::new();
        for (low, high, share) in &row.bins {
            if below + share > FAR_OUT * all && below < (1.0 - FAR_OUT) * all {
                kept.extend([*low, *high]);
            }
            below += share;
        }
        let equal = (row.equal > 0.0).then_some(MOST_ALIKE);
        let atoms = row.atoms.iter().map(|atom| atom.0);
        kept.into_iter().chain(atoms).chain(equal).chain(row.quartiles.into_iter().flatten()).collect::<Vec<_>>()
    };
    // No similarity lies beyond.
    Scale::new(rows().flat_map(ends).map(|value| value.clamp(-MOST_ALIKE, MOST_ALIKE)), 4)
}

/// The share of pairs that the highest outline or bar stands for.
fn highest(panels: &[Panel], window: f64) -> f64 {
    let of_row = |row: &Row| {
        let bars = row.atoms.iter().map(|atom| atom.1).chain([row.equal]);
        outline(&row.bins, window).iter().map(|point| point.1).chain(bars).fold(0.0, f64::max)
    };
    let highest = panels.iter().flat_map(|panel| &panel.rows).map(of_row).fold(0.0, f64::max);
    if highest > 0.0 { highest } else { 1.0 }
}

/// What all panels have in common.
struct Axis<'a> {
    name: &'a str,
    scale: Scale,
    /// Data within which an outline counts.
    window: f64,
    /// Share of pairs that is drawn [`TALL`].
    highest: f64,
}

/// Widths of a panel's parts: names of modes and numbers.
struct Parts {
    names: f64,
    numbers: f64,
}

const NUMBERS_HEAD: &str = "median [quartiles]";

fn scene(panels: &[Panel], (title, subtitle): (&str, &str), axis: &Axis<'_>, paper: Paper) -> Scene {
    let grid = Grid::new(panels.len(), COLUMNS, paper);
    let rows = || panels.iter().flat_map(|panel| &panel.rows);
    let numbers: Vec<String> = rows().map(number).collect();
    let parts = Parts {
        names: facets::widest(rows().map(|row| row.label.as_str()), theme::LABEL).clamp(40.0, 150.0) + 12.0,
        numbers: facets::widest(numbers.iter().map(String::as_str).chain([NUMBERS_HEAD]), theme::TICK) + 14.0,
    };
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    let heights: Vec<f64> = panels.iter().map(|panel| PANEL_HEAD + panel.rows.len() as f64 * ROW + FOOT).collect();
    let (corners, bottom) = grid.place(top, &heights);
    for (panel, corner) in panels.iter().zip(corners) {
        draw_panel(&mut scene, panel, (corner, grid.panel_width()), &parts, axis);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

fn draw_panel(scene: &mut Scene, panel: &Panel, ((x, y), width): (Point, f64), parts: &Parts, axis: &Axis<'_>) {
    let (left, right) = (x + parts.names, x + width - parts.numbers);
    let scale = axis.scale.over(left, right);
    panel_head(scene, &panel.facet, (x, y), width - parts.numbers - 8.0);
    let top = y + PANEL_HEAD;
    let bottom = top + panel.rows.len() as f64 * ROW;
    scene.text((x + width, top - 5.0), Anchor::End, theme::TICK, theme::MUTED, NUMBERS_HEAD);
    for tick in scale.ticks() {
        let at = scale.at(tick);
        scene.line((at, top), (at, bottom), theme::GRID, 1.0);
        let label = words::number(tick, scale.decimals());
        scene.text((at, bottom + 15.0), Anchor::Middle, theme::TICK, theme::MUTED, label);
    }
    scene.line((left, bottom), (right, bottom), theme::AXIS, 1.0);
    let name = fit(axis.name, right - left, theme::TICK, false);
    scene.text((f64::midpoint(left, right), bottom + 30.0), Anchor::Middle, theme::TICK, theme::MUTED, name);
    for (position, row) in panel.rows.iter().enumerate() {
        let base = top + position as f64 * ROW + BASE;
        draw_row(scene, row, base, &scale, axis);
        let label = fit(&row.label, parts.names - 12.0, theme::LABEL, false);
        scene.text((x, base), Anchor::Start, theme::LABEL, row.color, label);
        scene.text((x + width, base), Anchor::End, theme::TICK, theme::INK, number(row));
    }
}

fn number(row: &Row) -> String {
    row.quartiles.map_or_else(
        || words::MISSING.to_owned(),
        |[low, median, high]| {
            format!("{} [{}, {}]", words::number(median, 3), words::number(low, 3), words::number(high, 3))
        },
    )
}

fn draw_row(scene: &mut Scene, row: &Row, base: f64, scale: &Scale, axis: &Axis<'_>) {
    let (from, to) = scale.ends();
    let outline = outline(&row.bins, axis.window);
    let top: Vec<Point> = outline
        .iter()
        .filter(|point| point.1 > TAIL * axis.highest)
        .map(|(place, share)| (scale.at(*place), base - share / axis.highest * TALL))
        .filter(|(x, _)| (from..=to).contains(x))
        .collect();
    // Humps with nothing between them are outlines of their own.
    let pixel = scale.at(1.0) - scale.at(0.0);
    let gap = outline.windows(2).next().map_or(1.0, |pair| (pair[1].0 - pair[0].0) * pixel * 1.5);
    for hump in top.chunk_by(|a, b| b.0 - a.0 <= gap).filter(|hump| hump.len() > 1) {
        let ends = (hump[0].0, hump[hump.len() - 1].0);
        let closed = hump.iter().copied().chain([(ends.1, base), (ends.0, base)]).collect();
        scene.area(closed, row.color.faded(0.28));
        scene.path(hump.to_vec(), row.color, 1.25);
    }
    scene.line((from, base), (to, base), theme::AXIS, 0.75);
    draw_equal(scene, row, base, scale, axis);
    draw_atoms(scene, row, (base, &top), scale, axis);
    if let Some([low, median, high]) = row.quartiles {
        let (low, median, high) = (scale.at(low), scale.at(median), scale.at(high));
        scene.rect((low, base + 3.0), ((high - low).max(0.5), 5.0), row.color.faded(0.45));
        scene.line((median, base), (median, base + 11.0), row.color, 2.25);
    }
}

/// The bar of the pairs that are exactly 1. Its share stands right of it, where no outline can be and above the numbers.
fn draw_equal(scene: &mut Scene, row: &Row, base: f64, scale: &Scale, axis: &Axis<'_>) {
    if row.equal <= 0.0 {
        return;
    }
    let x = scale.at(MOST_ALIKE);
    let tall = row.equal / axis.highest * TALL;
    scene.rect((x - 2.0, base - tall), (4.0, tall), row.color);
    if row.equal >= EQUAL_TOLD {
        let y = (base - tall + 8.0).min(base - 12.0);
        scene.text((x + 5.0, y), Anchor::Start, theme::TICK, row.color, percent(row.equal));
    }
}

/// Other values that many pairs have, as thin bars, those with many pairs with their share.
fn draw_atoms(scene: &mut Scene, row: &Row, (base, top): (f64, &[Point]), scale: &Scale, axis: &Axis<'_>) {
    let (from, to) = scale.ends();
    let mut told = f64::NEG_INFINITY;
    for (place, share) in &row.atoms {
        let x = scale.at(*place).clamp(from, to);
        let tall = share / axis.highest * TALL;
        scene.rect((x - 1.5, base - tall), (3.0, tall), row.color);
        if *share < TOLD.0 || x - told < TOLD.1 {
            continue;
        }
        told = x;
        // Left of the bar, where there is room for it, above whatever stands there.
        let (at, anchor) = if x - from > 40.0 { (x + 1.5, Anchor::End) } else { (x - 1.5, Anchor::Start) };
        let near = top.iter().filter(|point| (point.0 - x).abs() < 36.0).map(|point| point.1);
        let above = near.fold(base - tall, f64::min) - 4.0;
        scene.text((at, above.max(base - TALL)), anchor, theme::TICK, row.color, percent(*share));
    }
}

/// `12 %`.
fn percent(share: f64) -> String {
    format!("{} %", words::number(share * 100.0, 0))
}

fn alt(panels: &[Panel], title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for panel in panels {
        let rows: Vec<String> = panel
            .rows
            .iter()
            .map(|row| {
                let atoms = row
                    .atoms
                    .iter()
                    .map(|(place, share)| format!(", {} of pairs at {}", percent(*share), words::number(*place, 2)));
                let equal = if row.equal >= EQUAL_TOLD {
                    format!(", {} of pairs exactly 1", percent(row.equal))
                } else {
                    String::new()
                };
                format!("{} {}{equal}{}", row.label, number(row), atoms.collect::<String>())
            })
            .collect();
        sentences.push(format!("{}, median and quartiles: {}.", panel.facet.words(), rows.join("; ")));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cell;

    fn bins(shares: &[(f64, f64)]) -> Vec<DistributionRow> {
        let word = || "m".to_owned();
        let cell = Cell { dataset: word(), domain: word(), model: word(), mode: word(), feedback: None };
        shares
            .iter()
            .map(|(low, share)| DistributionRow {
                cell: cell.clone(),
                metric: word(),
                space: word(),
                low: *low,
                high: if *low < 1.0 { low + 0.1 } else { 1.0 },
                share: *share,
                n_questions: 1,
                n_pairs: 1,
                q25: 0.5,
                q50: 0.6,
                q75: 0.7,
            })
            .collect()
    }

    #[test]
    fn a_value_that_many_pairs_have_stands_for_itself() {
        let rows = bins(&[(0.2, 0.3), (0.5, 0.1), (0.6, 0.3), (0.7, 0.06), (0.8, 0.04), (1.0, 0.2)]);
        let (rest, atoms) = split(&rows.iter().collect::<Vec<_>>());
        assert!(atoms.len() == 1 && (atoms[0].0 - 0.25).abs() < 1e-9, "{atoms:?}");
        assert_eq!(rest.len(), 4);
    }

    #[test]
    fn outlines_and_bars_have_one_scale() {
        let cell: Vec<(f64, f64, f64)> = vec![(0.4, 0.405, 0.2), (0.405, 0.41, 0.2)];
        let points = outline(&cell, 0.1);
        let top = points.iter().map(|point| point.1).fold(0.0, f64::max);
        // All of them lie within the window; smoothing lets it be a little less.
        assert!(top > 0.3 && top < 0.4, "{top}");
        // What is turned back at 1 stays whole: half of a hump there is twice as high.
        let points = outline(&[(0.995, 1.0, 0.4)], 0.1);
        assert!(points.last().is_some_and(|last| last.0 >= 1.0 && last.1 > 0.6), "{:?}", points.last());
    }
}
