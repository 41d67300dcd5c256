//! The founding paper's table of similarities as a chart: a row for each model on a data set, a dot for each mode.

use std::collections::{BTreeMap, BTreeSet};

use super::facets::{self, Facet};
use super::legend::{Key, legend, shade};
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, fit};
use super::theme::{self, Color, Paper};
use super::{Drawing, NotDrawn, lowered, metric_title, similarities};
use crate::model::{Card, SummaryRow};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "similarity_table",
    title: "Similarity table",
    unit: "the metric's",
    range: "the metric's",
    version: 1,
    measures: "Mean similarity of a question's solutions for every model, data set and sampling mode, with its interval: the table of this report at a glance.",
    how_to_read: "Further left: the solutions to a question differ more, so the mode explores more. Read along a row to compare modes, down a panel to compare models.",
    misleads: "Each panel has its own axis: levels of two embedders, or of a cosine and an edit distance, cannot be compared. Intervals that overlap can still differ clearly, because modes are compared question by question: read the contrasts.",
    source: "founding paper, Table 2, with its missing error bars",
};

/// Rows a figure; the tables have all.
const MOST: usize = 40;
/// From one mode of a row to the next.
const SLOT: f64 = 8.0;
/// Above a panel: the space.
const HEAD: f64 = 22.0;
/// A domain and its data set, above their models.
const PLACE: f64 = 24.0;
const FOOT: f64 = 42.0;
const GAP: f64 = 26.0;

/// The values of a metric: by row, space and mode.
type Values<'a> = BTreeMap<(Facet, &'a str, ModeKey), &'a SummaryRow>;

struct Chart<'a> {
    rows: Vec<Facet>,
    spaces: Vec<&'a str>,
    modes: Vec<(ModeKey, Color)>,
    values: Values<'a>,
    axis: String,
    paper: Paper,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let rows = data.summary.iter().filter(|row| row.value.is_some());
    let found = similarities(rows.map(|row| (row.metric.as_str(), row.space.as_str())));
    if found.is_empty() {
        let reason = "no group has two samples to compare".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(found.chunk_by(|a, b| a.0 == b.0).map(|spaces| drawing(data, spaces, paper)).collect())
}

fn drawing(data: &ReportData<'_>, spaces: &[(String, String)], paper: Paper) -> Drawing {
    let metric = &spaces[0].0;
    let summary = || data.summary.iter().filter(|row| row.metric == *metric && row.value.is_some());
    let labels = words::mode_labels(data.summary);
    let all: BTreeSet<Facet> = summary().map(|row| Facet::of(&row.cell)).collect();
    let n_all = all.len();
    let rows: Vec<Facet> = all.into_iter().take(MOST).collect();
    let modes: BTreeSet<ModeKey> = summary().map(|row| ModeKey::of(&row.cell)).collect();
    let name = metric_title(data, metric);
    let chart = Chart {
        spaces: spaces.iter().map(|(_, space)| space.as_str()).collect(),
        modes: modes.into_iter().map(|key| (key.clone(), shade(&key, &labels))).collect(),
        values: summary()
            .map(|row| ((Facet::of(&row.cell), row.space.as_str(), ModeKey::of(&row.cell)), row))
            .filter(|((facet, ..), _)| rows.contains(facet))
            .collect(),
        rows,
        axis: name.clone(),
        paper,
    };
    let title = format!("{name} of solutions to the same question, model by model");
    let level = words::percent(summary().next().map_or(0.95, |row| row.ci_level));
    let n = words::count_range(chart.values.values().map(|row| row.n_questions));
    let own = if spaces.len() > 1 { " Each panel has its own axis." } else { "" };
    let subtitle = format!("Means over questions with {level} intervals; n = {n} questions per mode.{own}");
    let left_out = if n_all > chart.rows.len() {
        format!(
            " Of {} the first {} by name are drawn; the tables have all.",
            words::count(n_all, "row"),
            chart.rows.len()
        )
    } else {
        String::new()
    };
    let caption = format!(
        "Mean {} over all unordered pairs of a question's solutions, by model, data set and sampling mode, measured on {}; dots are means over n = {n} questions per mode, bars their {level} intervals from resampling questions.{left_out}",
        lowered(&name),
        words::and_list(&chart.spaces.iter().map(|space| clean(space)).collect::<Vec<_>>())
    );
    let alt = chart.alt(&labels, &title);
    let scene = chart.scene(&labels, &title, &subtitle);
    Drawing { variant: vec![metric.clone()], title, caption, alt, scene }
}

impl Chart<'_> {
    fn row_height(&self) -> f64 {
        (self.modes.len() as f64 * SLOT + 8.0).max(22.0)
    }

    /// Rows of one domain and data set lie together.
    fn blocks(&self) -> impl Iterator<Item = &[Facet]> {
        self.rows.chunk_by(|a, b| (&a.domain, &a.dataset) == (&b.domain, &b.dataset))
    }

    fn scene(&self, labels: &ModeLabels, title: &str, subtitle: &str) -> Scene {
        let beside = self.paper.columns(3);
        let mut scene = Scene::new(self.paper, self.paper.width(self.spaces.len()));
        let top = scene.head(title, subtitle);
        let entries: Vec<(Key, String)> =
            self.modes.iter().map(|(key, color)| (Key::Dot(*color), labels.label(key))).collect();
        let mut y = legend(&mut scene, &entries, top - 8.0_f64.min(top)) + 12.0;
        for spaces in self.spaces.chunks(beside) {
            y = self.draw_line(&mut scene, spaces, y, beside.min(self.spaces.len()));
        }
        scene.height = y + self.paper.margin() / 2.0;
        scene
    }

    /// Some spaces beside one another, with the names of the rows at their left; returns where they end.
    fn draw_line(&self, scene: &mut Scene, spaces: &[&str], y: f64, beside: usize) -> f64 {
        let margin = self.paper.margin();
        let models: Vec<String> = self.rows.iter().map(|facet| clean(&facet.model)).collect();
        let most = if self.paper == Paper::Page { 260.0 } else { 150.0 };
        let names = facets::widest(models.iter().map(String::as_str), theme::LABEL).clamp(60.0, most);
        let room = scene.width - 2.0 * margin - names - 14.0 - (beside - 1) as f64 * GAP;
        let width = room / beside as f64;
        let top = y + HEAD;
        let mut at = top;
        let mut middles = Vec::new();
        for block in self.blocks() {
            let place = fit(&block[0].place(), names + 14.0 + width * 0.4, theme::TICK, true);
            scene.bold((margin, at + 17.0), Anchor::Start, theme::TICK, theme::MUTED, place);
            at += PLACE;
            for facet in block {
                let middle = at + self.row_height() / 2.0;
                let model = fit(&clean(&facet.model), names, theme::LABEL, false);
                scene.text((margin, middle + 4.0), Anchor::Start, theme::LABEL, theme::INK, model);
                middles.push((facet, middle));
                at += self.row_height();
            }
        }
        for (position, space) in spaces.iter().enumerate() {
            let x = margin + names + 14.0 + position as f64 * (width + GAP);
            self.draw_panel(scene, space, ((x, width), (top, at)), &middles);
        }
        at + FOOT
    }

    fn draw_panel(
        &self,
        scene: &mut Scene,
        space: &str,
        ((x, width), (top, bottom)): (Point, Point),
        middles: &[(&Facet, f64)],
    ) {
        let of_space = self.values.iter().filter(|((_, of, _), _)| *of == space).map(|(_, row)| row);
        let values = of_space.flat_map(|row| [row.value, row.ci_low, row.ci_high].into_iter().flatten());
        let scale = Scale::new(values, if width > 280.0 { 4 } else { 3 }).over(x + 4.0, x + width - 14.0);
        let (from, to) = scale.ends();
        let head = fit(&clean(space), width, theme::LABEL, true);
        scene.bold((x, top - 6.0), Anchor::Start, theme::LABEL, theme::INK, head);
        for tick in scale.ticks() {
            let at = scale.at(tick);
            scene.line((at, top + PLACE), (at, bottom), theme::GRID, 1.0);
            let label = words::number(tick, scale.decimals());
            scene.text((at, bottom + 15.0), Anchor::Middle, theme::TICK, theme::MUTED, label);
        }
        scene.line((from, bottom), (to, bottom), theme::AXIS, 1.0);
        let axis = fit(&self.axis, width, theme::TICK, false);
        scene.text((f64::midpoint(from, to), bottom + 30.0), Anchor::Middle, theme::TICK, theme::MUTED, axis);
        for (facet, middle) in middles {
            let has = |mode: &ModeKey| self.values.contains_key(&((*facet).clone(), space, mode.clone()));
            let modes: Vec<&(ModeKey, Color)> = self.modes.iter().filter(|(mode, _)| has(mode)).collect();
            let half = (modes.len().saturating_sub(1)) as f64 * SLOT / 2.0;
            scene.line(
                (from, middle + self.row_height() / 2.0),
                (to, middle + self.row_height() / 2.0),
                theme::GRID,
                0.75,
            );
            for (slot, (mode, color)) in modes.into_iter().enumerate() {
                let Some(row) = self.values.get(&((*facet).clone(), space, mode.clone())) else { continue };
                let y = middle - half + slot as f64 * SLOT;
                if let (Some(low), Some(high)) = (row.ci_low, row.ci_high) {
                    scene.line((scale.at(low), y), (scale.at(high), y), *color, 2.0);
                }
                if let Some(value) = row.value {
                    scene.dot((scale.at(value), y), 3.5, *color);
                }
            }
        }
    }

    fn alt(&self, labels: &ModeLabels, title: &str) -> String {
        let mut sentences = vec![format!("{title}.")];
        for facet in &self.rows {
            for space in &self.spaces {
                let told = self.modes.iter().filter_map(|(mode, _)| {
                    let row = self.values.get(&(facet.clone(), space, mode.clone()))?;
                    let interval = words::interval(row.ci_low, row.ci_high, 3);
                    let interval = interval.map_or_else(String::new, |interval| format!(" {interval}"));
                    Some(format!("{} {}{interval}", labels.label(mode), words::optional(row.value, 3)))
                });
                let told: Vec<String> = told.collect();
                if !told.is_empty() {
                    sentences.push(format!("{}, {}: {}.", facet.words(), clean(space), told.join("; ")));
                }
            }
        }
        sentences.join(" ")
    }
}
