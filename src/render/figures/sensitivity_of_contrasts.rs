//! What the contrasts would be under other choices than those that were reported.

use std::collections::BTreeMap;

use super::facets::{self, Facet, Grid};
use super::legend::shade;
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, fit, text_width};
use super::theme::{self, Color, Paper};
use super::{Drawing, NotDrawn, lowered, metric_title};
use crate::model::{Card, Flips, SensitivityRow};
use crate::render::label::clean;
use crate::render::modes::ModeKey;
use crate::render::sensitivity::{REPORTED, choice, contrasts, oriented};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "sensitivity_of_contrasts",
    title: "Sensitivity of contrasts",
    unit: "the metric's",
    range: "differences of the metric",
    version: 1,
    measures: "A contrast as it was reported and as it would be under other choices: another set of pairs, another embedder, samples left out. One choice is changed at a time.",
    how_to_read: "The faint colored line is the value that was reported. Rows close to it: the choice does not matter. A row on the other side of zero: the conclusion hangs on the choice, and that is said at the right.",
    misleads: "Choices are not equally sensible, and those that nobody thought of are not here. Other embedders have other levels, so that even a sound contrast moves with them: look at the side of zero more than at the size.",
    source: "METHODOLOGY.md, sensitivity; Steegen and others 2016 (multiverse analysis)",
};

/// Contrasts a figure; the table has all.
const MOST: usize = 6;
const COLUMNS: usize = 2;
const HEAD: f64 = 44.0;
/// A row's label stands above its bar.
const ROW: f64 = 34.0;
const LABEL: f64 = 13.0;
const BAR: f64 = 23.0;
const FOOT: f64 = 44.0;

struct Row {
    label: String,
    value: Option<f64>,
    interval: Option<(f64, f64)>,
    flips: Option<&'static str>,
}

struct Panel {
    name: String,
    about: String,
    axis: String,
    color: Color,
    reported: Option<f64>,
    rows: Vec<Row>,
    n_questions: usize,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let all = contrasts(data.sensitivity);
    let panels: Vec<Panel> = chosen(&all).into_iter().filter_map(|rows| panel(data, rows)).collect();
    if panels.is_empty() {
        let reason = "no contrast was computed under other choices".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    let title = "Contrasts under other choices".to_owned();
    let level = words::percent(data.summary.first().map_or(0.95, |row| row.ci_level));
    let n = words::count_range(panels.iter().map(|panel| panel.n_questions));
    let subtitle = format!(
        "Each row changes one choice; the faint colored line is the value as reported. Bars are {level} intervals; n = {n} questions."
    );
    let left_out = if all.len() > panels.len() {
        format!(
            " Of {} {} are drawn: models on data sets take turns, each with its largest reported difference that is not yet drawn; the table `sensitivity` has all.",
            words::count(all.len(), "contrast"),
            panels.len()
        )
    } else {
        String::new()
    };
    let caption = format!(
        "Differences between modes as reported (first row, faint colored line) and with one choice changed at a time, with {level} intervals; n = {n} questions. Where the sign or the significance of the difference flips, that is said.{left_out}"
    );
    let alt = alt(&panels, &title);
    let scene = scene(&panels, (&title, &subtitle), paper);
    Ok(vec![Drawing { variant: Vec::new(), title, caption, alt, scene }])
}

/// The contrasts that are drawn, in the table's order: models on data sets take turns, the largest reported difference first.
fn chosen<'a>(all: &[&'a [SensitivityRow]]) -> Vec<&'a [SensitivityRow]> {
    let mut facets: BTreeMap<Facet, Vec<(f64, usize)>> = BTreeMap::new();
    for (place, rows) in all.iter().enumerate() {
        let Some(first) = rows.first() else { continue };
        let size = first.reported.or(first.value).map_or(-1.0, f64::abs);
        facets.entry(facet(first)).or_default().push((size, place));
    }
    for places in facets.values_mut() {
        places.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    }
    let deepest = facets.values().map(Vec::len).max().unwrap_or(0);
    let turns = (0..deepest).flat_map(|turn| facets.values().filter_map(move |places| places.get(turn)));
    let mut places: Vec<usize> = turns.take(MOST).map(|(_, place)| *place).collect();
    places.sort_unstable();
    places.into_iter().map(|place| all[place]).collect()
}

fn facet(row: &SensitivityRow) -> Facet {
    Facet { domain: row.domain.clone(), dataset: row.dataset.clone(), model: row.model.clone() }
}

fn panel(data: &ReportData<'_>, rows: &[SensitivityRow]) -> Option<Panel> {
    let labels = words::mode_labels(data.summary);
    let (first, name) = oriented(rows.first()?, &labels);
    let by_mode = first.by.as_deref() == Some("mode");
    // The mode that stands first in the name.
    let turned = first.value != rows.first()?.value;
    let (mode, feedback) = match &first.mode_b {
        Some(mode_b) if turned => (mode_b, first.feedback_b.as_deref()),
        _ => (&first.mode_a, first.feedback_a.as_deref()),
    };
    let color = if by_mode { shade(&ModeKey::new(mode, feedback), &labels) } else { theme::INK };
    let facet = facet(&first);
    let metric = lowered(&metric_title(data, &first.metric));
    let row = |row: &SensitivityRow| {
        let (turned, _) = oriented(row, &labels);
        let label = if row.choice == REPORTED { REPORTED.to_owned() } else { choice(row) };
        let flips = turned.flips.and_then(flips);
        Row { label, value: turned.value, interval: turned.ci_low.zip(turned.ci_high), flips }
    };
    Some(Panel {
        name,
        about: facet.words(),
        axis: format!("difference in {metric}, {}", clean(&first.space)),
        color,
        reported: first.reported.or(first.value),
        rows: rows.iter().map(row).collect(),
        n_questions: first.n_questions,
    })
}

fn flips(flips: Flips) -> Option<&'static str> {
    match flips {
        Flips::Nothing => None,
        Flips::Sign => Some("the sign flips"),
        Flips::Significance => Some("the significance flips"),
        Flips::Both => Some("sign and significance flip"),
    }
}

impl Panel {
    fn decimals(&self) -> usize {
        words::decimals(self.rows.iter().filter_map(|row| row.value))
    }

    fn number(&self, row: &Row) -> String {
        let decimals = self.decimals();
        let value = row.value.map_or_else(|| words::MISSING.to_owned(), |value| words::signed(value, decimals));
        let interval = row.interval.and_then(|(low, high)| words::interval(Some(low), Some(high), decimals));
        interval.map_or_else(|| value.clone(), |interval| format!("{value} {interval}"))
    }
}

fn scene(panels: &[Panel], (title, subtitle): (&str, &str), paper: Paper) -> Scene {
    let grid = Grid::new(panels.len(), COLUMNS, paper);
    let numbers: Vec<String> = panels.iter().flat_map(|panel| panel.rows.iter().map(|row| panel.number(row))).collect();
    let numbers = facets::widest(numbers.iter().map(String::as_str), theme::TICK) + 24.0;
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    let heights: Vec<f64> = panels.iter().map(|panel| HEAD + panel.rows.len() as f64 * ROW + FOOT).collect();
    let (corners, bottom) = grid.place(top, &heights);
    for (panel, corner) in panels.iter().zip(corners) {
        draw_panel(&mut scene, panel, (corner, grid.panel_width()), numbers);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

fn draw_panel(scene: &mut Scene, panel: &Panel, ((x, y), width): (Point, f64), numbers: f64) {
    let name = fit(&panel.name, width, theme::HEADING, true);
    scene.bold((x, y + theme::HEADING), Anchor::Start, theme::HEADING, theme::INK, name);
    let about = fit(&panel.about, width, theme::TICK, false);
    scene.text((x, y + theme::HEADING + 15.0), Anchor::Start, theme::TICK, theme::MUTED, about);
    let (top, bottom) = (y + HEAD, y + HEAD + panel.rows.len() as f64 * ROW);
    let ends = panel
        .rows
        .iter()
        .flat_map(|row| row.value.into_iter().chain(row.interval.into_iter().flat_map(|(a, b)| [a, b])));
    // The first tick's number reaches to the left of the axis.
    let scale = Scale::new(ends.chain(panel.reported).chain([0.0]), 4).over(x + 16.0, x + width - numbers);
    let (from, to) = scale.ends();
    for tick in scale.ticks() {
        let label = words::number(tick, scale.decimals());
        scene.text((scale.at(tick), bottom + 15.0), Anchor::Middle, theme::TICK, theme::MUTED, label);
    }
    scene.line((from, bottom), (to, bottom), theme::AXIS, 1.0);
    // The axis title may be wider than the axis.
    let axis = fit(&panel.axis, width, theme::TICK, false);
    scene.text((x + 16.0, bottom + 30.0), Anchor::Start, theme::TICK, theme::MUTED, axis);
    for (position, row) in panel.rows.iter().enumerate() {
        draw_row(scene, panel, row, (x, top + position as f64 * ROW, width), &scale);
    }
}

fn draw_row(scene: &mut Scene, panel: &Panel, row: &Row, (x, y, width): (f64, f64, f64), scale: &Scale) {
    let middle = y + BAR;
    // Between the labels only: a line through them would not leave them legible.
    for tick in scale.ticks() {
        let (color, thick) = if tick.abs() < 1e-9 { (theme::MUTED, 1.25) } else { (theme::GRID, 1.0) };
        scene.line((scale.at(tick), middle - 7.0), (scale.at(tick), middle + 8.0), color, thick);
    }
    if let Some(reported) = panel.reported.map(|value| scale.at(value)) {
        scene.line((reported, middle - 7.0), (reported, middle + 8.0), panel.color.faded(0.5), 2.0);
    }
    let room = row.flips.map_or(width, |flips| width - text_width(flips, theme::TICK, false) - 10.0);
    let label = fit(&row.label, room, theme::TICK, false);
    scene.text((x, y + LABEL), Anchor::Start, theme::TICK, theme::INK, label);
    if let Some(flips) = row.flips {
        scene.text((x + width, y + LABEL), Anchor::End, theme::TICK, FLIPPED, flips);
    }
    scene.text((x + width, middle + 5.0), Anchor::End, theme::TICK, theme::INK, panel.number(row));
    if let Some((low, high)) = row.interval {
        scene.line((scale.at(low), middle), (scale.at(high), middle), panel.color, 2.0);
    }
    if let Some(value) = row.value {
        scene.dot((scale.at(value), middle), 4.0, panel.color);
    }
}

/// Dark red: a warning that is words, too.
const FLIPPED: Color = Color { rgb: (165, 40, 60), alpha: 1.0 };

fn alt(panels: &[Panel], title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for panel in panels {
        let rows: Vec<String> = panel
            .rows
            .iter()
            .map(|row| {
                let flips = row.flips.map_or_else(String::new, |flips| format!(", {flips}"));
                format!("{} {}{flips}", row.label, panel.number(row))
            })
            .collect();
        sentences.push(format!("{}, {}, {}: {}.", panel.about, panel.name, panel.axis, rows.join("; ")));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::synthetic::Run;

    #[test]
    fn models_and_data_sets_take_turns() {
        let mut run = Run::small();
        run.explore_choices();
        let all = contrasts(&run.sensitivity);
        let drawn = chosen(&all);
        let facets = |contrasts: &[&[SensitivityRow]]| {
            contrasts.iter().map(|rows| facet(&rows[0])).collect::<std::collections::BTreeSet<_>>()
        };
        assert!(all.len() > MOST && drawn.len() == MOST && facets(&all).len() > 1);
        assert_eq!(facets(&drawn), facets(&all));
    }
}
