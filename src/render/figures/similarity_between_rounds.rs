//! How alike each two rounds of a chain are: a triangle of tiles per model and chain mode.

use std::collections::{BTreeMap, BTreeSet};

use super::chains::Chains;
use super::facets::{Facet, Facets, Grid, PANEL_HEAD};
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene};
use super::{Drawing, NotDrawn, Paper, metric_title, mode_panels, theme};
use crate::model::{Card, RoundPairRow};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "similarity_between_rounds",
    title: "Similarity between rounds",
    unit: "the metric's",
    range: "the metric's",
    version: 1,
    measures: "Mean similarity of round i and round j of the same chain, over chains, then questions.",
    how_to_read: "Darker: more alike. Dark tiles along the stair only: neighbors are alike and the chain drifts. A dark block at the lower right: the chain has settled on one solution.",
    misleads: "Tiles carry no interval here. Chains of different lengths stand behind different tiles. The scale of colors spans the values of this figure, not all values that are possible.",
    source: "METHODOLOGY.md, chain dynamics",
};

/// Up to this many rounds a tile shows its number.
const MOST_NUMBERS: usize = 10;
/// Largest and smallest side of a tile that shows its number.
const LARGEST: f64 = 44.0;
const LEGIBLE: f64 = 24.0;
const FOOT: f64 = 48.0;
const LEFT: f64 = 30.0;
/// Room for the mode and the axis title.
const HEAD: f64 = 36.0;

struct Panel {
    facet: Facet,
    key: ModeKey,
    tiles: BTreeMap<(i64, i64), f64>,
    rounds: Vec<i64>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let chains = Chains::new(data);
    let rows = data.round_pairs.iter().map(|row| (&row.cell, row.metric.as_str(), row.space.as_str()));
    let found = chains.similarities(CARD.name, rows)?;
    Ok(found.iter().map(|(metric, space)| drawing(data, &chains, (metric, space), paper)).collect())
}

fn drawing(data: &ReportData<'_>, chains: &Chains<'_>, (metric, space): (&str, &str), paper: Paper) -> Drawing {
    let rows: Vec<&RoundPairRow> = data
        .round_pairs
        .iter()
        .filter(|row| row.metric == metric && row.space == space && chains.holds(&row.cell))
        .collect();
    let labels = words::mode_labels(data.summary);
    let facets = Facets::new(rows.iter().map(|row| &row.cell));
    let panels = panels(&rows, &facets);
    let name = metric_title(data, metric);
    let n = words::count_range(rows.iter().map(|row| row.n_questions));
    let title = format!("{name} between rounds of a chain");
    let subtitle =
        format!("Measured on {}; mean over questions, n = {n} per tile. Darker is more alike.", clean(space));
    let caption = format!(
        "{name} of round i (across) and round j (down) of the same chain, measured on {}; mean over chains, then over n = {n} questions per tile.{}",
        clean(space),
        facets.remark()
    );
    Drawing {
        variant: vec![metric.to_owned(), space.to_owned()],
        alt: alt(&panels, &labels, &title),
        scene: scene(&panels, &labels, (&title, &subtitle), paper),
        title,
        caption,
    }
}

fn panels(rows: &[&RoundPairRow], facets: &Facets) -> Vec<Panel> {
    let mut panels = Vec::new();
    for facet in &facets.shown {
        let mut modes: BTreeMap<ModeKey, BTreeMap<(i64, i64), f64>> = BTreeMap::new();
        for row in rows.iter().filter(|row| facet.holds(&row.cell) && row.value.is_finite()) {
            modes.entry(ModeKey::of(&row.cell)).or_default().insert((row.round_a, row.round_b), row.value);
        }
        for (key, tiles) in modes {
            let rounds: BTreeSet<i64> = tiles.keys().flat_map(|(a, b)| [*a, *b]).collect();
            panels.push(Panel { facet: facet.clone(), key, tiles, rounds: rounds.into_iter().collect() });
        }
    }
    panels
}

fn scene(panels: &[Panel], labels: &ModeLabels, (title, subtitle): (&str, &str), paper: Paper) -> Scene {
    let grid = Grid::new(panels.len(), mode_panels::columns(panels.iter().map(|panel| &panel.key)), paper);
    let scale = Scale::new(panels.iter().flat_map(|panel| panel.tiles.values().copied()), 4);
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    // A page leaves blank below its title; without one the scale of colors needs room of its own.
    let top = if paper == Paper::Column { top + 8.0 } else { top };
    legend(&mut scene, &scale, top);
    let side = |panel: &Panel| ((grid.panel_width() - LEFT) / steps(panel)).min(LARGEST);
    let heights: Vec<f64> = panels.iter().map(|panel| PANEL_HEAD + HEAD + side(panel) * steps(panel) + FOOT).collect();
    let (corners, bottom) = grid.place(top + 40.0, &heights);
    for (panel, corner) in panels.iter().zip(corners) {
        draw_panel(&mut scene, panel, labels, corner, (grid.panel_width(), side(panel)), &scale);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

/// Tiles a side: the first round has no tile down, the last none across.
fn steps(panel: &Panel) -> f64 {
    panel.rounds.len().saturating_sub(1).max(1) as f64
}

/// The scale of colors, level, with its ends and ticks.
fn legend(scene: &mut Scene, scale: &Scale, y: f64) {
    let (left, width) = (scene.paper.margin() + 14.0, 220.0);
    let pieces: u32 = 44;
    for piece in 0..pieces {
        let share = (f64::from(piece) + 0.5) / f64::from(pieces);
        let x = left + width * f64::from(piece) / f64::from(pieces);
        scene.rect((x, y - 8.0), (width / f64::from(pieces), 10.0), theme::ramp(share));
    }
    for tick in scale.ticks() {
        let x = left + scale.share(tick) * width;
        scene.line((x, y + 2.0), (x, y + 6.0), theme::AXIS, 1.0);
        scene.text((x, y + 18.0), Anchor::Middle, theme::TICK, theme::MUTED, words::number(tick, scale.decimals()));
    }
}

#[expect(clippy::too_many_arguments, reason = "what is drawn, and where")]
fn draw_panel(
    scene: &mut Scene,
    panel: &Panel,
    labels: &ModeLabels,
    (x, y): Point,
    (width, side): (f64, f64),
    scale: &Scale,
) {
    mode_panels::head(scene, (&panel.facet, &panel.key), labels, (x, y), width);
    let (left, top) = (x + LEFT, y + PANEL_HEAD + HEAD);
    let across = &panel.rounds[..panel.rounds.len().saturating_sub(1)];
    let down = panel.rounds.get(1..).unwrap_or_default();
    let every = panel.rounds.len().div_ceil(MOST_NUMBERS + 2).max(1);
    let numbers = panel.rounds.len() <= MOST_NUMBERS && side >= LEGIBLE;
    for (row, later) in down.iter().enumerate() {
        let tile_top = top + row as f64 * side;
        if row % every == 0 {
            let at = (left - 8.0, tile_top + side / 2.0 + 4.0);
            scene.text(at, Anchor::End, theme::TICK, theme::MUTED, later.to_string());
        }
        for (column, earlier) in across.iter().enumerate().take(row + 1) {
            let value = panel.tiles.get(&(*earlier, *later)).copied();
            tile(scene, (left + column as f64 * side, tile_top), side, value.map(|v| (v, scale.share(v))), numbers);
        }
    }
    let bottom = top + down.len() as f64 * side;
    for (column, earlier) in across.iter().enumerate().step_by(every) {
        let at = (left + (column as f64 + 0.5) * side, bottom + 15.0);
        scene.text(at, Anchor::Middle, theme::TICK, theme::MUTED, earlier.to_string());
    }
    let middle = left + across.len() as f64 * side / 2.0;
    scene.text((middle, bottom + 31.0), Anchor::Middle, theme::TICK, theme::MUTED, "earlier round");
    scene.text((x, top - 7.0), Anchor::Start, theme::TICK, theme::MUTED, "later round");
}

/// A tile with a hair of white around it; without a value an outline and a dash.
fn tile(scene: &mut Scene, (x, y): Point, side: f64, value: Option<(f64, f64)>, number: bool) {
    let gap = if side > 12.0 { 1.0 } else { 0.0 };
    let size = (side - gap, side - gap);
    let font = theme::TICK.min(side * 0.36);
    let middle = (x + size.0 / 2.0, y + size.1 / 2.0 + 0.36 * font);
    if let Some((value, share)) = value {
        scene.rect((x, y), size, theme::ramp(share));
        if number {
            scene.text(middle, Anchor::Middle, font, theme::on_ramp(share), words::number(value, 2));
        }
    } else {
        scene.rect((x, y), size, theme::GRID);
        scene.rect((x + 1.0, y + 1.0), (size.0 - 2.0, size.1 - 2.0), theme::PAPER);
        if number {
            scene.text(middle, Anchor::Middle, font, theme::MUTED, words::MISSING);
        }
    }
}

fn alt(panels: &[Panel], labels: &ModeLabels, title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for panel in panels {
        let find = |smallest: bool| {
            panel.tiles.iter().reduce(|best, tile| if (tile.1 < best.1) == smallest { tile } else { best })
        };
        let (Some((far, low)), Some((near, high))) = (find(true), find(false)) else { continue };
        sentences.push(format!(
            "{}, {}: most alike are rounds {} and {} ({}), least alike rounds {} and {} ({}).",
            panel.facet.words(),
            labels.label(&panel.key),
            near.0,
            near.1,
            words::number(*high, 2),
            far.0,
            far.1,
            words::number(*low, 2),
        ));
    }
    sentences.join(" ")
}
