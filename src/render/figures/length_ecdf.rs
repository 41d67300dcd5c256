//! How long thinking and solutions are: for each length the share of samples that are no longer, by mode.

use std::collections::BTreeMap;

use super::facets::{Facet, Facets, Grid, PANEL_HEAD, panel_head, widest};
use super::lines::dashes;
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, fit};
use super::{Drawing, NotDrawn, Paper, theme};
use crate::model::{Card, Cell, CountSource, Sample, Tokens};
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "length_ecdf",
    title: "How lengths are distributed",
    unit: "share of samples",
    range: "[0, 1]",
    version: 1,
    measures: "For each number of tokens the share of samples whose thinking, or whose solution, is no longer than that (the empirical distribution function), by sampling mode, over all samples. The dot is the median.",
    how_to_read: "A curve further to the right: longer texts. A steep curve: all about equally long. An upright jump at the right end: samples that ran into the token limit. Curves that cross: one mode has more short and more long samples.",
    misleads: "Samples of one question are alike, so a curve is less certain than its number of samples suggests; questions with more samples weigh more here. Counts that an interface reports and counts made by a tokenizer differ; the caption says which are which.",
    source: "METHODOLOGY.md, lengths",
};

/// From this ratio of the longest to the 5th percentile on, equal ratios are equal distances.
const WIDE: f64 = 10.0;
const PLOT: f64 = 160.0;
const TITLE: f64 = 20.0;
const FOOT: f64 = 48.0;
const LEFT: f64 = 40.0;
/// Height of a mode's name with its median, beside the plot.
const ENTRY: f64 = 32.0;
/// Steps of a curve that are closer than this, in pixels, are drawn as one.
const FINEST: f64 = 0.75;

/// A mode's lengths in one panel, ascending.
struct Curve {
    key: ModeKey,
    lengths: Vec<f64>,
    reported: usize,
}

/// What is measured: its name and how to read it off a sample.
#[derive(Clone, Copy)]
struct Length {
    name: &'static str,
    of: fn(&Sample) -> Option<Tokens>,
}

const LENGTHS: [Length; 2] = [
    Length { name: "thinking tokens", of: |sample| sample.thinking_tokens },
    Length { name: "solution tokens", of: |sample| sample.solution_tokens },
];

/// One length: the curves of each facet.
struct Column {
    length: Length,
    panels: Vec<Vec<Curve>>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let mut cells: BTreeMap<Cell, Vec<&Sample>> = BTreeMap::new();
    for sample in data.samples.iter().filter(|sample| LENGTHS.iter().any(|length| (length.of)(sample).is_some())) {
        cells.entry(Cell::of(&sample.key)).or_default().push(sample);
    }
    let facets = Facets::new(cells.keys());
    let columns: Vec<Column> = LENGTHS
        .into_iter()
        .map(|length| Column {
            length,
            panels: facets.shown.iter().map(|facet| curves(length, facet, &cells)).collect(),
        })
        // Where nobody thinks, or no solution was counted, there is no panel for it.
        .filter(|column| column.curves().any(|curve| curve.lengths.iter().any(|length| *length > 0.0)))
        .collect();
    if columns.is_empty() {
        let reason = "no sample with a known number of tokens".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(vec![drawing(data, &facets, &columns, paper)])
}

fn curves(length: Length, facet: &Facet, cells: &BTreeMap<Cell, Vec<&Sample>>) -> Vec<Curve> {
    let mut curves: Vec<Curve> = cells
        .iter()
        .filter(|(cell, _)| facet.holds(cell))
        .map(|(cell, samples)| {
            let tokens: Vec<Tokens> = samples.iter().filter_map(|sample| (length.of)(sample)).collect();
            let reported = tokens.iter().filter(|tokens| tokens.source == CountSource::Reported).count();
            let mut lengths: Vec<f64> = tokens.iter().map(|tokens| tokens.count as f64).collect();
            lengths.sort_by(f64::total_cmp);
            Curve { key: ModeKey::of(cell), lengths, reported }
        })
        .filter(|curve| !curve.lengths.is_empty())
        .collect();
    curves.sort_by(|a, b| a.key.cmp(&b.key));
    curves
}

impl Column {
    fn curves(&self) -> impl Iterator<Item = &Curve> {
        self.panels.iter().flatten()
    }

    /// One axis for all panels.
    fn scale(&self) -> Scale {
        let mut all: Vec<f64> = self.curves().flat_map(|curve| curve.lengths.iter().copied()).collect();
        all.sort_by(f64::total_cmp);
        let longest = all.last().copied().unwrap_or(1.0);
        let short = all.get(all.len() / 20).copied().unwrap_or(1.0).max(1.0);
        if longest / short > WIDE { Scale::log(all) } else { Scale::new(all.into_iter().chain([0.0]), 4) }
    }

    /// Who counted the tokens of these curves, as a sentence.
    fn sources(&self) -> String {
        let count = |holds: &dyn Fn(&Curve) -> bool| self.curves().filter(|curve| holds(curve)).count();
        let own = count(&|curve| curve.reported == curve.lengths.len());
        let counted = count(&|curve| curve.reported == 0);
        let mixed = self.curves().count() - own - counted;
        let kinds = [
            (own, "the input's own counts"),
            (counted, "counted with the run's tokenizer"),
            (mixed, "the input's own where it has them, else counted with the run's tokenizer"),
        ];
        let kinds: Vec<(usize, &str)> = kinds.into_iter().filter(|(n, _)| *n > 0).collect();
        let said: Vec<String> = match kinds.as_slice() {
            [(_, words)] => vec![(*words).to_owned()],
            several => several.iter().map(|(n, words)| format!("{words} in {}", words::count(*n, "curve"))).collect(),
        };
        format!("The {} are {}.", self.length.name, words::and_list(&said))
    }
}

impl Curve {
    fn median(&self) -> f64 {
        let n = self.lengths.len();
        let at = |position: usize| self.lengths.get(position).copied().unwrap_or(f64::NAN);
        f64::midpoint(at((n - 1) / 2), at(n / 2))
    }
}

fn drawing(data: &ReportData<'_>, facets: &Facets, columns: &[Column], paper: Paper) -> Drawing {
    let labels = words::mode_labels(data.summary);
    let n = words::counted(columns.iter().flat_map(Column::curves).map(|curve| curve.lengths.len()), "sample");
    let names: Vec<String> = columns.iter().map(|column| column.length.name.to_owned()).collect();
    let names = words::and_list(&names);
    let title = match columns {
        [one] => format!("How many {} there are, by sampling mode", one.length.name),
        _ => "How long thinking and solutions are, by sampling mode".to_owned(),
    };
    let sources: Vec<String> = columns.iter().map(Column::sources).collect();
    let sources = sources.join(" ");
    let subtitle =
        format!("Share of samples with at most so many tokens; n = {n} per curve, a dot is the median. {sources}");
    let caption = format!(
        "Empirical distribution functions of {names}: the share of samples with at most so many, by sampling mode, over all samples; the dot is the median. n = {n} per curve. {sources}{}",
        facets.remark()
    );
    Drawing {
        variant: Vec::new(),
        alt: alt(facets, columns, &labels, &title),
        scene: scene(facets, columns, &labels, (&title, &subtitle), paper),
        title,
        caption,
    }
}

/// Widths and the height that all panels share.
struct Parts {
    names: f64,
    height: f64,
}

fn scene(
    facets: &Facets,
    columns: &[Column],
    labels: &ModeLabels,
    (title, subtitle): (&str, &str),
    paper: Paper,
) -> Scene {
    // A single length lets two models stand side by side.
    let across = columns.len().max(2);
    let grid = Grid::new(facets.shown.len() * columns.len(), across, paper);
    let curves = || columns.iter().flat_map(Column::curves);
    let names: Vec<String> = curves().flat_map(|curve| [labels.label(&curve.key), median(curve)]).collect();
    let most = columns.iter().flat_map(|column| &column.panels).map(Vec::len).max().unwrap_or(0);
    let parts = Parts {
        names: widest(names.iter().map(String::as_str), theme::LABEL).clamp(40.0, 130.0) + 14.0,
        height: PLOT.max(ENTRY * most as f64),
    };
    let scales: Vec<Scale> = columns.iter().map(Column::scale).collect();
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    let plots: Vec<(usize, usize)> =
        (0..facets.shown.len()).flat_map(|facet| (0..columns.len()).map(move |column| (facet, column))).collect();
    let head = |column: usize| if column == 0 || paper == Paper::Page { PANEL_HEAD } else { 0.0 };
    let heights: Vec<f64> = plots.iter().map(|(_, column)| head(*column) + TITLE + parts.height + FOOT).collect();
    let (corners, bottom) = grid.place(top, &heights);
    for ((facet, column), (x, y)) in plots.into_iter().zip(corners) {
        if let Some(facet) = facets.shown.get(facet).filter(|_| column == 0) {
            let room = if columns.len() == 1 { grid.panel_width() } else { grid.width() - 2.0 * paper.margin() };
            panel_head(&mut scene, facet, (x, y), room);
        }
        let frame = ((x, y + head(column) + TITLE), grid.panel_width());
        let shown = (&columns[column].panels[facet][..], columns[column].length.name);
        draw_panel(&mut scene, shown, labels, (frame, &parts), &scales[column]);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

fn median(curve: &Curve) -> String {
    let median = curve.median();
    format!("median {}", words::number(median, usize::from(median.fract() != 0.0)))
}

fn draw_panel(
    scene: &mut Scene,
    (curves, name): (&[Curve], &str),
    labels: &ModeLabels,
    (((x, top), width), parts): ((Point, f64), &Parts),
    scale: &Scale,
) {
    let (left, right, bottom) = (x + LEFT, x + width - parts.names, top + parts.height);
    let scale = scale.over(left + 2.0, right - 2.0);
    let y_of = |share: f64| bottom - share * parts.height;
    scene.text((x, top - 12.0), Anchor::Start, theme::TICK, theme::MUTED, "share of samples");
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let y = y_of(tick);
        scene.line((left, y), (right, y), if tick == 0.0 { theme::AXIS } else { theme::GRID }, 1.0);
        scene.text((left - 6.0, y + 4.0), Anchor::End, theme::TICK, theme::MUTED, format!("{:.0} %", tick * 100.0));
    }
    for tick in scale.ticks() {
        scene.line((scale.at(tick), top), (scale.at(tick), bottom), theme::GRID, 1.0);
    }
    for (tick, label) in labelled(&scale) {
        let at = scale.at(tick);
        scene.line((at, bottom), (at, bottom + 4.0), theme::AXIS, 1.0);
        scene.text((at, bottom + 16.0), Anchor::Middle, theme::TICK, theme::MUTED, label);
    }
    let middle = f64::midpoint(left, right);
    scene.text((middle, bottom + 32.0), Anchor::Middle, theme::TICK, theme::MUTED, name);
    if curves.is_empty() {
        scene.text((middle, top + parts.height / 2.0), Anchor::Middle, theme::TICK, theme::MUTED, "not known");
    }
    for (position, curve) in curves.iter().enumerate() {
        let color = theme::mode_color(&curve.key, labels);
        let path = steps(&curve.lengths, &scale, y_of);
        match dashes(labels.variant(&curve.key)) {
            None => scene.path(path, color, 1.75),
            Some(pattern) => scene.dashed(&path, color, 1.75, pattern),
        }
        let y = top + 8.0 + position as f64 * ENTRY;
        let label = fit(&labels.label(&curve.key), parts.names - 14.0, theme::LABEL, false);
        scene.text((right + 12.0, y), Anchor::Start, theme::LABEL, color, label);
        let median = fit(&median(curve), parts.names - 14.0, theme::TICK, false);
        scene.text((right + 12.0, y + 14.0), Anchor::Start, theme::TICK, theme::MUTED, median);
    }
    for curve in curves {
        let at = (scale.at(curve.median()), y_of(0.5));
        scene.dot(at, 4.5, theme::PAPER);
        scene.dot(at, 3.5, theme::mode_color(&curve.key, labels));
    }
}

/// Ticks whose numbers leave room for one another: all of them, or the powers of ten and whichever end has room.
fn labelled(scale: &Scale) -> Vec<(f64, String)> {
    let ticks: Vec<(f64, String)> =
        scale.ticks().into_iter().map(|tick| (tick, words::number(tick, scale.decimals()))).collect();
    let room = widest(ticks.iter().map(|(_, label)| label.as_str()), theme::TICK) + 8.0;
    let apart = |a: f64, b: f64| (scale.at(a) - scale.at(b)).abs() >= room;
    if ticks.windows(2).all(|pair| apart(pair[0].0, pair[1].0)) {
        return ticks;
    }
    let is_power = |tick: f64| (tick.log10() - tick.log10().round()).abs() < 1e-9;
    let powers: Vec<f64> = ticks.iter().map(|(tick, _)| *tick).filter(|tick| is_power(*tick)).collect();
    let last = ticks.len().saturating_sub(1);
    let keeps = |(position, (tick, _)): &(usize, (f64, String))| {
        is_power(*tick) || ((*position == 0 || *position == last) && powers.iter().all(|power| apart(*power, *tick)))
    };
    ticks.into_iter().enumerate().filter(keeps).map(|(_, tick)| tick).collect()
}

/// The distribution function as a stair from 0 to 1.
fn steps(lengths: &[f64], scale: &Scale, y_of: impl Fn(f64) -> f64) -> Vec<Point> {
    let n = lengths.len() as f64;
    let mut points: Vec<Point> = Vec::new();
    let mut level = y_of(0.0);
    for (position, length) in lengths.iter().enumerate() {
        let x = scale.at(*length);
        let next = y_of((position + 1) as f64 / n);
        match points.last_mut() {
            // What is too close to be told from the step before makes that one higher.
            Some(last) if x - last.0 < FINEST => last.1 = next,
            _ => points.extend([(x, level), (x, next)]),
        }
        level = next;
    }
    points
}

fn alt(facets: &Facets, columns: &[Column], labels: &ModeLabels, title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for column in columns {
        for (facet, curves) in facets.shown.iter().zip(&column.panels) {
            let parts: Vec<String> = curves
                .iter()
                .map(|curve| {
                    let ends = curve.lengths.first().zip(curve.lengths.last());
                    let (low, high) = ends.map_or((f64::NAN, f64::NAN), |(low, high)| (*low, *high));
                    format!(
                        "{} {} (from {} to {}, n = {})",
                        labels.label(&curve.key),
                        median(curve),
                        words::number(low, 0),
                        words::number(high, 0),
                        words::grouped(curve.lengths.len())
                    )
                })
                .collect();
            if !parts.is_empty() {
                sentences.push(format!("{}, {}: {}.", facet.words(), column.length.name, parts.join("; ")));
            }
        }
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stair_climbs_from_nothing_to_all() {
        let lengths: Vec<f64> = (0..5000).map(|i| f64::from(i / 5)).collect();
        let scale = Scale::new([0.0, 1000.0], 4).over(0.0, 300.0);
        let points = steps(&lengths, &scale, |share| share);
        assert!(points.len() < 900, "{}", points.len());
        assert!(points.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1));
        assert_eq!((points[0].1, points[points.len() - 1].1), (0.0, 1.0));
        assert_eq!(steps(&[10.0], &scale, |share| share), [(3.0, 0.0), (3.0, 1.0)]);
    }

    #[test]
    fn a_median_lies_in_the_middle() {
        let curve = |lengths: &[f64]| Curve { key: ModeKey::new("m", None), lengths: lengths.to_vec(), reported: 0 };
        assert_eq!(median(&curve(&[1.0, 2.0, 4.0])), "median 2");
        assert_eq!(median(&curve(&[1.0, 2.0, 3.0, 9.0])), "median 2.5");
    }
}
