//! `[inference]`, `[[contrast]]` and `[sensitivity]`: how sure a number is, and what is held against what.

use super::Mistake;
use super::plan::{InferencePlan, MeasurePlan, SensitivityPlan};
use super::section::{Section, nearest};
use super::validate::{known, section};
use super::wire::Node;
use crate::embed::LongText;
use crate::model::{Selection, Variant};
use crate::summarize::{By, Contrast, Method, Settings};

/// More than this is a slip of the finger: the bounds no longer move in any digit that is printed.
const MOST_RESAMPLES: u64 = 10_000_000;
/// Columns that groups are made by, or that are measured: no two groups of a cell are compared by them.
const NO_SIDES: [&str; 16] = [
    "question_id",
    "chain",
    "round",
    "sample_id",
    "parents",
    "solution",
    "response",
    "thinking",
    "code",
    "answer",
    "gold",
    "correct",
    "reward",
    "prompt_tokens",
    "thinking_tokens",
    "solution_tokens",
];
/// Stands for the family that a contrast has where it names none.
const BY_METRIC: &str = "metric";

pub(super) fn read_inference(
    (inference, contrasts): (Option<Node>, Vec<Node>),
    seed: u64,
    measure: &MeasurePlan,
    mistakes: &mut Vec<Mistake>,
) -> InferencePlan {
    let settings = read_settings(inference, seed, mistakes);
    let mut contrasts: Vec<Contrast> =
        contrasts.into_iter().map(|node| read_contrast(node, measure, mistakes)).collect();
    if contrasts.is_empty() {
        contrasts.push(Contrast::between_modes());
    }
    InferencePlan { settings, contrasts }
}

fn read_settings(node: Option<Node>, seed: u64, mistakes: &mut Vec<Mistake>) -> Settings {
    let mut section = section("inference", node, mistakes);
    let mut settings = Settings { seed, ..Settings::DEFAULT };
    settings.level = read_share(&mut section, "level").unwrap_or(settings.level);
    settings.power = read_share(&mut section, "power").unwrap_or(settings.power);
    if let Some(resamples) = section.whole_number("resamples") {
        if (100..=MOST_RESAMPLES).contains(&resamples.value) {
            settings.resamples = usize::try_from(resamples.value).unwrap_or(usize::MAX);
        } else {
            let message =
                format!("`inference.resamples` must lie between 100 and {MOST_RESAMPLES}, got {}", resamples.value);
            section.mistake(&resamples.origin, message);
        }
    }
    settings.interval = read_method(&mut section, "interval").unwrap_or(settings.interval);
    settings.contrast_interval = read_method(&mut section, "contrast_interval").unwrap_or(settings.contrast_interval);
    section.finish();
    settings
}

fn read_method(section: &mut Section<'_>, key: &'static str) -> Option<Method> {
    let names: Vec<&str> = Method::ALL.iter().map(|method| method.name()).collect();
    let name = known(section, key, Some("statistics"), &names)?;
    Method::ALL.into_iter().find(|method| method.name() == name)
}

fn read_share(section: &mut Section<'_>, key: &'static str) -> Option<f64> {
    let share = section.number(key)?;
    if share.value > 0.0 && share.value < 1.0 {
        return Some(share.value);
    }
    let message = format!("`inference.{key}` must lie strictly between 0 and 1, got {}", share.value);
    if share.value > 1.0 && share.value < 100.0 {
        let hint = format!("{} % is written {}", share.value, share.value / 100.0);
        section.mistake_with_hint(&share.origin, message, &hint);
    } else {
        section.mistake(&share.origin, message);
    }
    None
}

fn read_contrast(node: Node, measure: &MeasurePlan, mistakes: &mut Vec<Mistake>) -> Contrast {
    let mut section = Section::open("contrast", node, mistakes);
    let is_missing = !section.holds("by");
    let by = section.string("by");
    if is_missing {
        let origin = section.origin().clone();
        let hint = format!("contrasts are by {}, or by another column of the input", By::KEYS.join(", "));
        section.mistake_with_hint(&origin, "`contrast.by` is missing".to_owned(), &hint);
    }
    if let Some(by) = by.as_ref().filter(|by| by.value.is_empty() || NO_SIDES.contains(&by.value.as_str())) {
        let message = format!("`contrast.by` is what two sides differ in, got `{}`", by.value);
        let hint = format!("contrasts are by {}, or by another column of the input", By::KEYS.join(", "));
        section.mistake_with_hint(&by.origin, message, &hint);
    }
    let by = by.map_or(By::Mode, |by| By::of(&by.value));
    let baseline = section.string("baseline").map(|baseline| baseline.value);
    let metrics = read_metrics(&mut section, measure);
    let family = section.string("family");
    if let Some(empty) = family.as_ref().filter(|family| family.value.trim().is_empty()) {
        section.mistake(&empty.origin, "`contrast.family` is empty".to_owned());
    }
    let family = family.map(|family| family.value).filter(|family| family != BY_METRIC);
    section.finish();
    Contrast { by, baseline, metrics, family }
}

/// Names as `summary` has them: with variants, of which `statistics`, `correct` and `rarefy` may have asked for more.
fn read_metrics(section: &mut Section<'_>, measure: &MeasurePlan) -> Vec<String> {
    let asked: Vec<String> = measure.asked().iter().map(|asked| asked.name.to_string()).collect();
    let mut metrics = Vec::new();
    for metric in section.strings("metrics").into_iter().flatten() {
        if !asked.contains(&metric.value) {
            let base = Variant::parse(&metric.value).base;
            let near = nearest(base, asked.iter().map(String::as_str));
            let suggestion = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            let message =
                format!("`contrast.metrics` has `{}`, which `[measure]` does not ask for{suggestion}", metric.value);
            section.mistake(&metric.origin, message);
        }
        metrics.push(metric.value);
    }
    metrics
}

pub(super) fn read_sensitivity(
    node: Option<Node>,
    measured: &[Selection],
    mistakes: &mut Vec<Mistake>,
) -> SensitivityPlan {
    let mut section = section("sensitivity", node, mistakes);
    let texts: Vec<Selection> = read_names(&mut section, "texts", &Selection::ALL.map(|one| (one.name(), one)));
    let long_text = read_names(&mut section, "long_text", &LongText::ALL.map(|one| (one.name(), one)));
    for text in texts.iter().filter(|text| measured.iter().all(|measured| measured == *text)) {
        let origin = section.origin().clone();
        section.mistake(&origin, format!("`sensitivity.texts` has `{}`, which is what is measured", text.name()));
    }
    section.finish();
    SensitivityPlan { texts, long_text }
}

fn read_names<T: Copy + PartialEq>(section: &mut Section<'_>, key: &'static str, known: &[(&str, T)]) -> Vec<T> {
    let mut found = Vec::new();
    for name in section.strings(key).into_iter().flatten() {
        match known.iter().find(|(known, _)| *known == name.value) {
            Some((_, one)) if !found.contains(one) => found.push(*one),
            Some(_) => section.mistake(&name.origin, format!("`sensitivity.{key}` has `{}` twice", name.value)),
            None => {
                let names: Vec<String> = known.iter().map(|(name, _)| format!("`{name}`")).collect();
                let message = format!("expected {} in `sensitivity.{key}`, got `{}`", names.join(", "), name.value);
                section.mistake(&name.origin, message);
            }
        }
    }
    found
}
