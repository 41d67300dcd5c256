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
    version: 1,
    measures: "For each sampling mode how the similarities of single pairs of solutions are distributed: the pairs of each question first, then the mean over questions, so that each question counts once. Outlines are smoothed a little; the bar below spans the quartiles, the upright line is the median.",
    how_to_read: "An outline further right: pairs are more alike. A narrow one: all pairs are about as alike. Two humps: some pairs repeat each other, others do not. A thin upright bar is one value that many pairs have, such as 1 for verbatim repeats; its number says how many.",
    misleads: "Pairs of one question share its solutions and are not independent: a wide outline is no wide interval. All outlines of a figure have one scale; one that would stand far above the others is cut at the top, which the caption says.",
    source: "after Wilke, \"ggridges\" (2017), for outlines above one another",
};

const ROW: f64 = 62.0;
/// Highest outline, from its base line up.
const TALL: f64 = 44.0;
/// From the top of a row to its base line.
const BASE: f64 = 48.0;
const FOOT: f64 = 40.0;
const COLUMNS: usize = 2;
/// Standard deviation of the smoothing, in bins: wide enough to take the teeth off, narrow enough to keep humps.
const SMOOTHING: f64 = 1.5;
/// A bin with at least this share of pairs and so many times that of its neighbors is a value of its own.
const ATOM: (f64, f64) = (0.03, 4.0);
/// Outlines reach at most so many times as high as the median of the highest places.
const CAP: f64 = 3.0;
/// No similarity is higher: what smoothing would spread beyond is turned back.
const MOST_ALIKE: f64 = 1.0;
/// Heights below this share of the highest are not drawn: endless tails.
const TAIL: f64 = 0.004;

/// One mode in one panel.
struct Row {
    label: String,
    color: Color,
    quartiles: Option<[f64; 3]>,
    /// Smoothed shares at the middles of bins, without the atoms.
    outline: Vec<Point>,
    /// Values that many pairs have: middle of the bin, share.
    atoms: Vec<Point>,
    n_questions: usize,
    n_pairs: usize,
}

struct Panel {
    facet: Facet,
    rows: Vec<Row>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let rows = data.distributions.iter().filter(|row| row.share.is_finite() && row.high > row.low);
    let found = similarities(rows.map(|row| (row.metric.as_str(), row.space.as_str())));
    if found.is_empty() {
        let reason = "no group has two samples to compare".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(found.iter().map(|(metric, space)| drawing(data, metric, space, paper)).collect())
}

fn drawing(data: &ReportData<'_>, metric: &str, space: &str, paper: Paper) -> Drawing {
    let rows: Vec<&DistributionRow> = data
        .distributions
        .iter()
        .filter(|row| row.metric == metric && row.space == space && row.share.is_finite() && row.high > row.low)
        .collect();
    let facets = Facets::new(rows.iter().map(|row| &row.cell));
    let labels = words::mode_labels(data.summary);
    let panels: Vec<Panel> = facets.shown.iter().map(|facet| panel(facet, &rows, &labels)).collect();
    let name = metric_title(data, metric);
    let title = format!("{name} of single pairs of solutions, by sampling mode");
    let all = || panels.iter().flat_map(|panel| &panel.rows);
    let n = words::count_range(all().map(|row| row.n_questions));
    let pairs = words::count_range(all().map(|row| row.n_pairs));
    let subtitle = format!(
        "Measured on {}; each question counts once. The bar spans the quartiles, the upright line is the median; n = {n} questions per mode.",
        clean(space)
    );
    let (highest, cut) = heights(&panels);
    let atoms = if all().any(|row| !row.atoms.is_empty()) {
        " Thin upright bars are single values that many pairs have, with their share of all pairs; as high as the row they would be all of them."
    } else {
        ""
    };
    let caption = format!(
        "{name} of unordered pairs of solutions to the same question, measured on {}: shares of each question's pairs, averaged over n = {n} questions per mode ({pairs} pairs), in bins, smoothed by a Gaussian of {SMOOTHING} bins. Below, median and quartiles.{atoms}{}{}",
        clean(space),
        if cut { " Outlines with a level top reach higher than is drawn." } else { "" },
        facets.remark()
    );
    let scene = scene(&panels, (&title, &subtitle), (&name, highest), paper);
    Drawing { variant: vec![metric.to_owned(), space.to_owned()], alt: alt(&panels, &title), title, caption, scene }
}

fn panel(facet: &Facet, rows: &[&DistributionRow], labels: &ModeLabels) -> Panel {
    let mut modes: BTreeMap<ModeKey, Vec<&DistributionRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| facet.holds(&row.cell)) {
        modes.entry(ModeKey::of(&row.cell)).or_default().push(row);
    }
    let row = |(key, mut bins): (ModeKey, Vec<&DistributionRow>)| {
        bins.sort_by(|a, b| a.low.total_cmp(&b.low));
        let (outline, atoms) = outline(&bins);
        Row {
            label: labels.label(&key),
            color: theme::mode_color(&key, labels),
            quartiles: quartiles(&bins),
            outline,
            atoms,
            n_questions: bins.iter().map(|bin| bin.n_questions).max().unwrap_or(0),
            n_pairs: bins.iter().map(|bin| bin.n_pairs).max().unwrap_or(0),
        }
    };
    Panel { facet: facet.clone(), rows: modes.into_iter().map(row).collect() }
}

/// Where a quarter, half and three quarters of the pairs lie below, straight between the ends of a bin.
fn quartiles(bins: &[&DistributionRow]) -> Option<[f64; 3]> {
    let total: f64 = bins.iter().map(|bin| bin.share).sum();
    if total <= 0.0 {
        return None;
    }
    let at = |part: f64| {
        let mut below = 0.0;
        for bin in bins {
            if bin.share > 0.0 && below + bin.share >= part * total {
                return Some(bin.low + (bin.high - bin.low) * ((part * total - below) / bin.share).clamp(0.0, 1.0));
            }
            below += bin.share;
        }
        bins.last().map(|bin| bin.high)
    };
    Some([at(0.25)?, at(0.5)?, at(0.75)?])
}

/// Smoothed shares over evenly spaced places, and the bins that stand for themselves.
fn outline(bins: &[&DistributionRow]) -> (Vec<Point>, Vec<Point>) {
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
    let atoms = atoms.iter().map(|bin| (if bin.high >= 1.0 { bin.high } else { middle(bin) }, bin.share)).collect();
    let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return (Vec::new(), atoms) };
    let low = first.low - 3.0 * SMOOTHING * width;
    let high = (last.high + 3.0 * SMOOTHING * width).min(MOST_ALIKE);
    // Four places a bin make a smooth line.
    let step = width / 4.0;
    let mut points = Vec::new();
    let mut place = low;
    while place <= high && points.len() < 20_000 {
        let height: f64 = rest
            .iter()
            .flat_map(|bin| [(bin.share, middle(bin)), (bin.share, 2.0 * MOST_ALIKE - middle(bin))])
            .map(|(share, middle)| {
                let distance = (middle - place) / (SMOOTHING * width);
                if distance.abs() > 4.0 { 0.0 } else { share * (-0.5 * distance * distance).exp() }
            })
            .sum();
        // Shares per unit of the metric, so that modes with wider bins can be compared.
        points.push((place, height / width));
        place += step;
    }
    (points, atoms)
}

/// How high the highest outline is that is drawn in full, and whether some are cut.
fn heights(panels: &[Panel]) -> (f64, bool) {
    let top = |row: &Row| row.outline.iter().map(|point| point.1).fold(0.0, f64::max);
    let mut tops: Vec<f64> = panels.iter().flat_map(|panel| &panel.rows).map(top).filter(|top| *top > 0.0).collect();
    tops.sort_by(f64::total_cmp);
    let (Some(median), Some(most)) = (tops.get(tops.len() / 2), tops.last()) else { return (1.0, false) };
    let highest = most.min(CAP * median);
    (highest, *most > highest)
}

/// Widths of a panel's parts: names of modes and numbers.
struct Parts {
    names: f64,
    numbers: f64,
}

const NUMBERS_HEAD: &str = "median [quartiles]";

fn scene(panels: &[Panel], (title, subtitle): (&str, &str), (axis, highest): (&str, f64), paper: Paper) -> Scene {
    let grid = Grid::new(panels.len(), COLUMNS, paper);
    let rows = || panels.iter().flat_map(|panel| &panel.rows);
    let drawn = |row: &Row| {
        let kept = row.outline.iter().filter(|point| point.1 > TAIL * highest).map(|point| point.0);
        kept.chain(row.atoms.iter().map(|atom| atom.0)).chain(row.quartiles.into_iter().flatten()).collect::<Vec<_>>()
    };
    // Smoothing reaches beyond what the metric can be; the axis does not.
    let scale = Scale::new(rows().flat_map(drawn).map(|value| value.clamp(-1.0, 1.0)), 4);
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
        draw_panel(&mut scene, panel, (corner, grid.panel_width()), &parts, (&scale, axis, highest));
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

fn draw_panel(
    scene: &mut Scene,
    panel: &Panel,
    ((x, y), width): (Point, f64),
    parts: &Parts,
    (scale, axis, highest): (&Scale, &str, f64),
) {
    let (left, right) = (x + parts.names, x + width - parts.numbers);
    let scale = scale.over(left, right);
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
    let axis = fit(axis, right - left, theme::TICK, false);
    scene.text((f64::midpoint(left, right), bottom + 30.0), Anchor::Middle, theme::TICK, theme::MUTED, axis);
    for (position, row) in panel.rows.iter().enumerate() {
        let base = top + position as f64 * ROW + BASE;
        draw_row(scene, row, base, &scale, highest);
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

fn draw_row(scene: &mut Scene, row: &Row, base: f64, scale: &Scale, highest: f64) {
    let (from, to) = scale.ends();
    let top: Vec<Point> = row
        .outline
        .iter()
        .filter(|point| point.1 > TAIL * highest)
        .map(|(place, height)| (scale.at(*place), base - (height / highest).min(1.0) * TALL))
        .filter(|(x, _)| (from..=to).contains(x))
        .collect();
    // Humps with nothing between them are outlines of their own.
    let pixel = scale.at(1.0) - scale.at(0.0);
    let gap = row.outline.windows(2).next().map_or(1.0, |pair| (pair[1].0 - pair[0].0) * pixel * 1.5);
    for hump in top.chunk_by(|a, b| b.0 - a.0 <= gap).filter(|hump| hump.len() > 1) {
        let ends = (hump[0].0, hump[hump.len() - 1].0);
        let closed = hump.iter().copied().chain([(ends.1, base), (ends.0, base)]).collect();
        scene.area(closed, row.color.faded(0.28));
        scene.path(hump.to_vec(), row.color, 1.25);
    }
    scene.line((from, base), (to, base), theme::AXIS, 0.75);
    for (place, share) in &row.atoms {
        let x = scale.at(*place).clamp(from, to);
        let tall = share.min(1.0) * TALL;
        scene.rect((x - 1.5, base - tall), (3.0, tall), row.color);
        let label = format!("{} %", words::number(share * 100.0, 0));
        // Left of the bar, where there is room for it, above whatever stands there.
        let (at, anchor) = if x - from > 40.0 { (x + 1.5, Anchor::End) } else { (x - 1.5, Anchor::Start) };
        let near = top.iter().filter(|point| (point.0 - x).abs() < 36.0).map(|point| point.1);
        let above = near.fold(base - tall, f64::min) - 4.0;
        scene.text((at, above.max(base - TALL)), anchor, theme::TICK, row.color, label);
    }
    if let Some([low, median, high]) = row.quartiles {
        let (low, median, high) = (scale.at(low), scale.at(median), scale.at(high));
        scene.rect((low, base + 3.0), ((high - low).max(0.5), 5.0), row.color.faded(0.45));
        scene.line((median, base), (median, base + 11.0), row.color, 2.25);
    }
}

fn alt(panels: &[Panel], title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for panel in panels {
        let rows: Vec<String> = panel
            .rows
            .iter()
            .map(|row| {
                let atoms = row.atoms.iter().map(|(place, share)| {
                    format!(
                        ", {} of pairs at {}",
                        words::percent((share * 100.0).round() / 100.0),
                        words::number(*place, 2)
                    )
                });
                format!("{} {}{}", row.label, number(row), atoms.collect::<String>())
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
                high: low + 0.1,
                share: *share,
                n_questions: 1,
                n_pairs: 1,
            })
            .collect()
    }

    #[test]
    fn quartiles_lie_straight_within_bins() {
        let rows = bins(&[(0.0, 0.5), (0.5, 0.5)]);
        let [low, median, high] = quartiles(&rows.iter().collect::<Vec<_>>()).unwrap_or_default();
        assert!((low - 0.05).abs() < 1e-12 && (median - 0.1).abs() < 1e-12 && (high - 0.55).abs() < 1e-12);
        assert_eq!(quartiles(&[]), None);
    }

    #[test]
    fn a_value_that_many_pairs_have_stands_for_itself() {
        let rows = bins(&[(0.5, 0.2), (0.6, 0.4), (0.7, 0.06), (0.8, 0.04), (0.9, 0.3)]);
        let (outline, atoms) = outline(&rows.iter().collect::<Vec<_>>());
        assert_eq!(atoms, [(1.0, 0.3)]);
        let top = outline.iter().copied().reduce(|best, point| if point.1 > best.1 { point } else { best });
        assert!(top.is_some_and(|top| (top.0 - 0.65).abs() < 0.1), "{top:?}");
    }
}
