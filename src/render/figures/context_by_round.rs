//! How much the model reads, and how long it thinks, in each round of a chain, beside the level of independent draws.

use std::collections::BTreeSet;

use super::chains::Chains;
use super::facets::{Facets, Grid, PANEL_HEAD, panel_head};
use super::legend::{Key, legend};
use super::lines::{self, Axes, Band, Estimate, FOOT, Frame, Panel, TITLE};
use super::scale::Scale;
use super::scene::{Anchor, Scene};
use super::{Drawing, NotDrawn, Paper, theme};
use crate::model::{Card, LengthRow};
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "context_by_round",
    title: "Context and thinking length by round",
    unit: "tokens",
    range: "[0, ∞)",
    version: 1,
    measures: "Mean number of tokens that stand before the model in each round of a chain (input context), that it reads, thinks and writes together (total context), and that it thinks (thinking length; characters, where no tokens are known), over chains, then questions. Bands are the middle half of the samples.",
    how_to_read: "Input context that climbs: each round reads all rounds before it. A thinking line that falls: the model thinks less each time it is asked again. A level line is what independent draws take.",
    misleads: "Bands show how samples differ, not how sure the mean is; the mean of skewed lengths can lie outside of them. Thinking that was cut by the token limit counts as long as it was cut. Providers that tell only counts or summaries are not comparable with those that show the thinking.",
    source: "founding paper, Figures 6 and 27–30; METHODOLOGY.md, lengths",
};

/// The lengths of a figure, left to right, with the titles of their axes; characters stand in where no tokens are known.
const LENGTHS: [(&str, &str); 4] = [
    ("input_context_tokens", "input context (tokens)"),
    ("total_context_tokens", "total context (tokens)"),
    (THINKING, "thinking (tokens)"),
    ("thinking_chars", "thinking (characters)"),
];
const THINKING: &str = "thinking_tokens";

const PLOT: f64 = 140.0;
/// Panels of one length share their axis unless one reaches this many times higher than another.
const APART: f64 = 4.0;

/// One length: a panel for each facet, with the panel's axis.
struct Length {
    title: &'static str,
    panels: Vec<(Panel, Scale)>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let chains = Chains::new(data);
    // Rounds of chains, and all draws together where there is no order.
    let rows: Vec<&LengthRow> =
        data.lengths.iter().filter(|row| row.round.is_some() == chains.holds(&row.cell)).collect();
    let by_round = |metric: &str| rows.iter().any(|row| row.metric == metric && row.round.is_some());
    let thinks = by_round(THINKING);
    let found: Vec<(&str, &str)> = LENGTHS
        .into_iter()
        .filter(|(metric, _)| by_round(metric) && !(*metric == "thinking_chars" && thinks))
        .collect();
    if found.is_empty() {
        let reason = "no chain whose rounds have a known length".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    let rows: Vec<&LengthRow> =
        rows.into_iter().filter(|row| found.iter().any(|(metric, _)| row.metric == *metric)).collect();
    Ok(vec![drawing(data, &rows, &found, paper)])
}

fn drawing(
    data: &ReportData<'_>,
    rows: &[&LengthRow],
    found: &[(&'static str, &'static str)],
    paper: Paper,
) -> Drawing {
    let labels = words::mode_labels(data.summary);
    let facets = Facets::new(rows.iter().filter(|row| row.round.is_some()).map(|row| &row.cell));
    let rows: Vec<&LengthRow> =
        rows.iter().copied().filter(|row| facets.shown.iter().any(|facet| facet.holds(&row.cell))).collect();
    let lengths: Vec<Length> = found.iter().map(|found| length(*found, &rows, &facets, &labels)).collect();
    let names: Vec<String> = found.iter().map(|(_, title)| title.to_string()).collect();
    let points = || rows.iter().filter(|row| row.round.is_some());
    let n = words::counted(points().map(|row| row.n_samples), "sample");
    let questions = words::counted(points().map(|row| row.n_questions), "question");
    let apart = if lengths.iter().any(|length| !shares_axis(length)) {
        " Upright axes differ from model to model."
    } else {
        ""
    };
    let title = "Context and thinking length by round".to_owned();
    let subtitle = format!(
        "Mean with the middle half of the samples as a band; n = {n} of {questions} per point. Round 0 is the first solution; a level line is the mean over independent draws.{apart}"
    );
    Drawing {
        variant: Vec::new(),
        caption: format!(
            "Mean {} of the solutions of a round, over chains, then questions. A band is the middle half of the samples (25th to 75th percentile), no interval of the mean; n = {n} of {questions} per point. A level line is the mean over draws without an order.{apart}{}",
            words::and_list(&names),
            facets.remark()
        ),
        alt: alt(&lengths, &title),
        scene: scene(&lengths, &keys(&rows, &labels), (&title, &subtitle), paper),
        title,
    }
}

fn length(
    (metric, title): (&'static str, &'static str),
    rows: &[&LengthRow],
    facets: &Facets,
    labels: &ModeLabels,
) -> Length {
    let panels: Vec<Panel> = facets
        .shown
        .iter()
        .map(|facet| {
            let here = || rows.iter().filter(|row| row.metric == metric && facet.holds(&row.cell));
            let points = here().filter_map(|row| Some((ModeKey::of(&row.cell), row.round?, estimate(row))));
            let bands = here().filter(|row| row.round.is_none()).map(|row| {
                let key = ModeKey::of(&row.cell);
                Band { label: labels.label(&key), color: theme::mode_color(&key, labels), level: estimate(row) }
            });
            Panel { facet: facet.clone(), series: lines::series(points, labels), bands: bands.collect() }
        })
        .collect();
    let scales = scales(&panels);
    Length { title, panels: panels.into_iter().zip(scales).collect() }
}

fn estimate(row: &LengthRow) -> Estimate {
    Estimate { value: row.mean, interval: Some((row.p25, row.p75)), n_questions: row.n_questions }
}

/// One axis for all panels, or one for each where they would flatten each other.
fn scales(panels: &[Panel]) -> Vec<Scale> {
    let values: Vec<Vec<f64>> = panels.iter().map(|panel| panel.values().collect()).collect();
    let tops = || values.iter().filter_map(|values| values.iter().copied().reduce(f64::max));
    let (lowest, highest) = (tops().fold(f64::INFINITY, f64::min), tops().fold(0.0, f64::max));
    let scale = |values: &mut dyn Iterator<Item = f64>| Scale::new(values.chain([0.0]), 4);
    if highest <= APART * lowest {
        let all = scale(&mut values.iter().flatten().copied());
        return vec![all; panels.len()];
    }
    values.iter().map(|values| scale(&mut values.iter().copied())).collect()
}

fn shares_axis(length: &Length) -> bool {
    length.panels.windows(2).all(|pair| pair[0].1 == pair[1].1)
}

fn is_empty(panel: &Panel) -> bool {
    panel.series.is_empty() && panel.bands.is_empty()
}

fn keys(rows: &[&LengthRow], labels: &ModeLabels) -> Vec<(Key, String)> {
    let modes: BTreeSet<ModeKey> = rows.iter().map(|row| ModeKey::of(&row.cell)).collect();
    modes
        .iter()
        .map(|key| (Key::Dashed(theme::mode_color(key, labels), labels.variant(key)), labels.label(key)))
        .collect()
}

fn scene(lengths: &[Length], keys: &[(Key, String)], (title, subtitle): (&str, &str), paper: Paper) -> Scene {
    let facets = lengths.first().map_or(0, |length| length.panels.len());
    let grid = Grid::new(facets * lengths.len(), lengths.len(), paper);
    let panels = lengths.iter().flat_map(|length| &length.panels).filter(|(panel, _)| !is_empty(panel));
    let left = panels.map(|(_, scale)| lines::tick_room(scale));
    let left = left.fold(0.0, f64::max);
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    let top = legend(&mut scene, keys, top) + 8.0;
    let plots: Vec<(bool, &Length, &(Panel, Scale))> = (0..facets)
        .flat_map(|facet| lengths.iter().enumerate().map(move |(i, length)| (i == 0, length, &length.panels[facet])))
        .collect();
    // A facet's name stands above its first plot, and beside one another all plots leave room for it.
    let head = |first: bool| if first || paper == Paper::Page { PANEL_HEAD } else { 0.0 };
    let heights: Vec<f64> = plots.iter().map(|(first, ..)| head(*first) + TITLE + PLOT + FOOT).collect();
    let (corners, bottom) = grid.place(top, &heights);
    for ((first, length, (panel, scale)), (x, y)) in plots.into_iter().zip(corners) {
        if first {
            panel_head(&mut scene, &panel.facet, (x, y), grid.width() - 2.0 * paper.margin());
        }
        let (from, to, top) = (x + left, x + grid.panel_width(), y + head(first) + TITLE);
        let frame = Frame { x, from, to, top, height: PLOT, right: 0.0 };
        if is_empty(panel) {
            scene.text((x, top - 12.0), Anchor::Start, theme::TICK, theme::MUTED, length.title);
            let at = (f64::midpoint(from, to), top + PLOT / 2.0);
            scene.text(at, Anchor::Middle, theme::TICK, theme::MUTED, "not known");
            continue;
        }
        let axes = Axes { x_title: "round", y_title: length.title, y_scale: scale, bands: true };
        lines::plot(&mut scene, (panel, &[]), &frame, &axes);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

fn alt(lengths: &[Length], title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for length in lengths {
        for (panel, _) in length.panels.iter().filter(|(panel, _)| !panel.series.is_empty()) {
            sentences.push(format!("{}, {}: {}.", panel.facet.words(), length.title, lines::told(panel, 0)));
        }
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cell;

    #[test]
    fn panels_share_an_axis_unless_one_would_flatten_another() {
        let cell = |name: &str| Cell {
            dataset: name.to_owned(),
            domain: String::new(),
            model: String::new(),
            mode: String::new(),
            feedback: None,
        };
        let panel = |name: &str, value: f64| {
            let level = Estimate { value, interval: None, n_questions: 1 };
            let band = Band { label: String::new(), color: theme::INK, level };
            Panel { facet: super::super::facets::Facet::of(&cell(name)), series: Vec::new(), bands: vec![band] }
        };
        let near = scales(&[panel("a", 1000.0), panel("b", 3000.0)]);
        assert_eq!(near[0], near[1]);
        let far = scales(&[panel("a", 100.0), panel("b", 3000.0)]);
        assert!(far[0] != far[1] && far[0].ticks().len() > 2, "{far:?}");
    }
}
