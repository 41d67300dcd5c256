//! All differences between modes below one another, with their intervals and a line at zero.

use super::facets::{self, Facet};
use super::legend::{Key, legend, ring};
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, fit};
use super::theme::{self, Color, Paper};
use super::{Drawing, NotDrawn, lowered, metric_title, similarities};
use crate::model::{ALPHA, Card, ContrastRow};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "contrasts_forest",
    title: "Contrasts",
    unit: "the metric's",
    range: "differences of the metric",
    version: 1,
    measures: "Each contrast of the run: the difference in mean similarity between two modes over the questions that both have, with its interval and its p-value, adjusted for the number of tests.",
    how_to_read: "Right of zero: solutions are more alike under the mode that is named first, so that it explores less. A filled dot: the adjusted p-value is below 0.05. A bar that crosses zero: the data allow for no difference.",
    misleads: "A contrast that is not significant is no proof of equality: look at how far the bar reaches. Differences in similarity can be compared within one space only.",
    source: "METHODOLOGY.md, contrasts; Lewis and Clarke 2001 (forest plots)",
};

/// Contrasts a figure; the tables have all.
const MOST: usize = 40;
/// Model and data set above their contrasts.
const HEAD: f64 = 34.0;
const FOOT: f64 = 52.0;

struct Row {
    facet: Facet,
    name: String,
    color: Color,
    contrast: ContrastRow,
    numbers: [String; 3],
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let rows = data.contrasts.iter().filter(|row| row.difference.is_some() && !row.is_across());
    let found = similarities(rows.map(|row| (row.metric.as_str(), row.space.as_str())));
    if found.is_empty() {
        let reason = "no two modes whose similarities were compared".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(found.iter().map(|(metric, space)| drawing(data, metric, space, paper)).collect())
}

fn drawing(data: &ReportData<'_>, metric: &str, space: &str, paper: Paper) -> Drawing {
    let labels = words::mode_labels(data.summary);
    let mut rows = rows(data, metric, space, &labels);
    let all = rows.len();
    rows.truncate(MOST);
    let name = metric_title(data, metric);
    let title = format!("Differences in {} between modes", lowered(&name));
    let level = words::percent(data.summary.first().map_or(0.95, |row| row.ci_level));
    let n = words::count_range(rows.iter().map(|row| row.contrast.n_questions));
    let subtitle = format!(
        "Measured on {}; bars are {level} intervals. p-values are adjusted for the number of tests; n = {n} questions.",
        clean(space)
    );
    let left_out = if all > rows.len() {
        format!(
            " Of {} the first {} are drawn; the table `contrasts` has all.",
            words::count(all, "contrast"),
            rows.len()
        )
    } else {
        String::new()
    };
    let caption = format!(
        "Differences in mean {} between two modes on the same questions, measured on {}: the first named minus the second, with {level} intervals and adjusted p-values (filled: below {ALPHA}); n = {n} questions per contrast.{left_out}",
        lowered(&name),
        clean(space)
    );
    let told = rows.iter().map(|row| {
        format!("{}, {}: {}, {}, n = {}.", row.facet.words(), row.name, row.numbers[0], row.numbers[1], row.numbers[2])
    });
    let alt = std::iter::once(format!("{title}.")).chain(told).collect::<Vec<_>>().join(" ");
    let scene =
        Forest { rows: &rows, paper, axis: format!("difference in {}", lowered(&name)) }.scene(&title, &subtitle);
    Drawing { variant: vec![metric.to_owned(), space.to_owned()], title, caption, alt, scene }
}

fn rows(data: &ReportData<'_>, metric: &str, space: &str, labels: &ModeLabels) -> Vec<Row> {
    let contrasts = data
        .contrasts
        .iter()
        .filter(|row| row.metric == metric && row.space == space && row.difference.is_some() && !row.is_across());
    let contrasts: Vec<ContrastRow> = contrasts.map(words::oriented).collect();
    let decimals = words::decimals(contrasts.iter().filter_map(|row| row.difference));
    let row = |contrast: ContrastRow| {
        let key = ModeKey::new(&contrast.mode_a, contrast.feedback_a.as_deref());
        let value = contrast.difference.map_or_else(String::new, |difference| words::signed(difference, decimals));
        let interval = words::interval(contrast.ci_low, contrast.ci_high, decimals);
        let n = match contrast.design.as_str() {
            "unpaired" => format!("{} + {}", words::grouped(contrast.n_a), words::grouped(contrast.n_b)),
            _ => words::grouped(contrast.n_questions),
        };
        let place = [&contrast.domain, &contrast.dataset, &contrast.model].map(Clone::clone);
        let [domain, dataset, model] = place;
        Row {
            facet: Facet { domain, dataset, model },
            name: words::contrast_name(&contrast, labels),
            color: if contrast.by == "mode" { theme::mode_color(&key, labels) } else { theme::INK },
            numbers: [
                interval.map_or_else(|| value.clone(), |interval| format!("{value} {interval}")),
                contrast.p_adjusted.map_or_else(|| words::MISSING.to_owned(), words::p_value),
                n,
            ],
            contrast,
        }
    };
    let mut rows: Vec<(ModeKey, ModeKey, Row)> = contrasts
        .into_iter()
        .map(|contrast| {
            let a = ModeKey::new(&contrast.mode_a, contrast.feedback_a.as_deref());
            let b = ModeKey::new(&contrast.mode_b, contrast.feedback_b.as_deref());
            (b, a, row(contrast))
        })
        .collect();
    // Stable: contrasts that are not between modes keep the order of the table.
    rows.sort_by(|x, y| x.2.facet.cmp(&y.2.facet).then_with(|| (&x.0, &x.1).cmp(&(&y.0, &y.1))));
    rows.into_iter().map(|(.., row)| row).collect()
}

struct Forest<'a> {
    rows: &'a [Row],
    paper: Paper,
    axis: String,
}

/// Where the parts of a row stand.
struct Parts {
    /// Ends of the axis.
    plot: (f64, f64),
    /// Right ends of the numbers.
    ends: [f64; 3],
    /// Room for the name.
    name: f64,
    /// Height of a row, and from its top to the middle of its bar.
    row: (f64, f64),
}

const HEADS: [&str; 3] = ["difference [interval]", "adjusted p", "n"];

impl Forest<'_> {
    fn parts(&self, width: f64) -> Parts {
        let margin = self.paper.margin();
        let wide = |column: usize| {
            facets::widest(self.rows.iter().map(|row| row.numbers[column].as_str()).chain([HEADS[column]]), theme::TICK)
        };
        let right = width - margin;
        if self.paper == Paper::Column {
            // Names stand above the bars, beside them p and n.
            let number = facets::widest(self.rows.iter().map(|row| row.numbers[0].as_str()), theme::TICK) + 10.0;
            let notes = facets::widest(
                self.rows.iter().map(Row::notes).collect::<Vec<_>>().iter().map(String::as_str),
                theme::TICK,
            );
            // The first tick's number reaches to the left of the axis.
            let plot = (margin + 22.0, (right - number - 14.0).max(margin + 60.0));
            return Parts { plot, ends: [right; 3], name: right - margin - notes - 10.0, row: (34.0, 24.0) };
        }
        let names = facets::widest(self.rows.iter().map(|row| row.name.as_str()), theme::LABEL).clamp(60.0, 300.0);
        let ends = [right - wide(2) - wide(1) - 36.0, right - wide(2) - 18.0, right];
        let plot = (margin + names + 16.0, ends[0] - wide(0) - 16.0);
        Parts { plot, ends, name: names, row: (22.0, 11.0) }
    }

    fn scene(&self, title: &str, subtitle: &str) -> Scene {
        let mut scene = Scene::new(self.paper, self.paper.width(2));
        let parts = self.parts(scene.width);
        let values = self.rows.iter().flat_map(|row| {
            let contrast = &row.contrast;
            [contrast.difference, contrast.ci_low, contrast.ci_high].into_iter().flatten()
        });
        let scale = Scale::new(values.chain([0.0]), 4).over(parts.plot.0, parts.plot.1);
        let top = scene.head(title, subtitle);
        let entries = [
            (Key::Dot(theme::MUTED), format!("adjusted p < {ALPHA}")),
            (Key::Ring(theme::MUTED), "not below".to_owned()),
        ];
        let top = legend(&mut scene, &entries, top - 8.0_f64.min(top)) + 6.0;
        let blocks: Vec<&[Row]> = self.rows.chunk_by(|a, b| a.facet == b.facet).collect();
        let height = blocks.len() as f64 * HEAD + self.rows.len() as f64 * parts.row.0;
        let bottom = top + height + 4.0;
        axis(&mut scene, &scale, bottom, &self.axis);
        if self.paper == Paper::Page {
            for (head, end) in HEADS.iter().zip(parts.ends) {
                scene.text((end, top + 22.0), Anchor::End, theme::TICK, theme::MUTED, *head);
            }
        }
        let mut y = top;
        for block in blocks {
            let room = if self.paper == Paper::Page {
                parts.plot.1 - self.paper.margin()
            } else {
                scene.width - 2.0 * self.paper.margin()
            };
            facet_head(&mut scene, &block[0].facet, y, room);
            y += HEAD;
            for row in block {
                self.draw_row(&mut scene, row, y, &parts, &scale);
                y += parts.row.0;
            }
        }
        scene.height = bottom + FOOT + self.paper.margin() / 2.0;
        scene
    }

    #[expect(clippy::too_many_arguments, reason = "what is drawn, and where")]
    fn draw_row(&self, scene: &mut Scene, row: &Row, y: f64, parts: &Parts, scale: &Scale) {
        let x = self.paper.margin();
        let middle = y + parts.row.1;
        // Below names and heads no line would leave them legible.
        let ends = if self.paper == Paper::Page { (y, y + parts.row.0) } else { (middle - 7.0, middle + 7.0) };
        grid(scene, scale, ends);
        let name = fit(&row.name, parts.name, theme::LABEL, false);
        if self.paper == Paper::Page {
            scene.text((x, middle + 4.0), Anchor::Start, theme::LABEL, row.color, name);
            for (number, end) in row.numbers.iter().zip(parts.ends) {
                scene.text((end, middle + 4.0), Anchor::End, theme::TICK, theme::INK, number.clone());
            }
        } else {
            scene.text((x, y + 12.0), Anchor::Start, theme::LABEL, row.color, name);
            scene.text((parts.ends[0], y + 12.0), Anchor::End, theme::TICK, theme::MUTED, row.notes());
            scene.text((parts.ends[0], middle + 4.0), Anchor::End, theme::TICK, theme::INK, row.numbers[0].clone());
        }
        let contrast = &row.contrast;
        if let (Some(low), Some(high)) = (contrast.ci_low, contrast.ci_high) {
            scene.line((scale.at(low), middle), (scale.at(high), middle), row.color, 2.0);
        }
        let at = |value: f64| (scale.at(value), middle);
        match contrast.difference {
            Some(value) if contrast.p_adjusted.is_some_and(|p| p < ALPHA) => scene.dot(at(value), 4.0, row.color),
            Some(value) => ring(scene, at(value), 4.0, row.color),
            None => {}
        }
    }
}

impl Row {
    /// p and n beside a name.
    fn notes(&self) -> String {
        format!("{}, n = {}", self.numbers[1], self.numbers[2])
    }
}

fn facet_head(scene: &mut Scene, facet: &Facet, y: f64, room: f64) {
    let x = scene.paper.margin();
    let model = fit(&clean(&facet.model), room * 0.62, theme::LABEL, true);
    let wide = super::scene::text_width(&model, theme::LABEL, true);
    scene.bold((x, y + 22.0), Anchor::Start, theme::LABEL, theme::INK, model);
    let place = fit(&facet.place(), room - wide - 8.0, theme::TICK, false);
    scene.text((x + wide + 8.0, y + 22.0), Anchor::Start, theme::TICK, theme::MUTED, place);
}

/// The ticks' lines behind a row, that of zero darker.
fn grid(scene: &mut Scene, scale: &Scale, (top, bottom): Point) {
    for tick in scale.ticks() {
        let x = scale.at(tick);
        let (color, width) = if tick.abs() < 1e-9 { (theme::MUTED, 1.25) } else { (theme::GRID, 1.0) };
        scene.line((x, top), (x, bottom), color, width);
    }
}

/// Ticks and which way is which.
fn axis(scene: &mut Scene, scale: &Scale, bottom: f64, name: &str) {
    let (from, to) = scale.ends();
    for tick in scale.ticks() {
        let label = words::number(tick, scale.decimals());
        scene.text((scale.at(tick), bottom + 15.0), Anchor::Middle, theme::TICK, theme::MUTED, label);
    }
    scene.line((from, bottom), (to, bottom), theme::AXIS, 1.0);
    let name = fit(name, to - from, theme::TICK, false);
    scene.text((f64::midpoint(from, to), bottom + 31.0), Anchor::Middle, theme::TICK, theme::MUTED, name);
    scene.text((from, bottom + 47.0), Anchor::Start, theme::TICK, theme::MUTED, "← less alike");
    scene.text((to, bottom + 47.0), Anchor::End, theme::TICK, theme::MUTED, "more alike →");
}
