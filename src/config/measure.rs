//! `[measure]`: what is measured, on what, and in which variants.

use std::sync::Arc;

use super::Mistake;
use super::plan::MeasurePlan;
use super::section::{Located, Section, nearest};
use super::validate::{known, read_selection, section};
use super::wire::Node;
use crate::measure::{self, Asked, Unknown, Variations};
use crate::model::Statistic;

/// Stand for lists of metrics in `metrics`.
const ALL: &str = "all";
const DEFAULT: &str = "default";
/// Rarefying to more samples than anybody draws is a slip of the finger.
const MOST_SAMPLES: u64 = 1_000_000;

pub(super) fn read_measure(node: Option<Node>, mistakes: &mut Vec<Mistake>) -> MeasurePlan {
    let mut section = section("measure", node, mistakes);
    let metrics = read_metrics(&mut section);
    let text = read_selection(&mut section);
    let further = Variations {
        statistics: read_statistics(&mut section),
        correct: section.boolean("correct").is_some_and(|correct| correct.value),
        rarefy: read_rarefy(&mut section),
    };
    let across_modes = section.boolean("across_modes").is_some_and(|across| across.value);
    let languages: Vec<&str> = std::iter::once("auto").chain(measure::LANGUAGES.iter().copied()).collect();
    let language = known(&mut section, "language", None, &languages).filter(|language| language != "auto");
    let cluster_distance = read_cluster_distance(&mut section);
    section.finish();
    MeasurePlan { metrics, further, text, across_modes, language, cluster_distance }
}

fn read_metrics(section: &mut Section<'_>) -> Vec<Arc<str>> {
    let mut metrics: Vec<Arc<str>> = Vec::new();
    let asked = section.strings("metrics");
    if asked.as_ref().is_some_and(Vec::is_empty) {
        let origin = section.origin().clone();
        section.mistake(&origin, "`measure.metrics` is empty".to_owned());
    }
    for asked in asked.into_iter().flatten() {
        let names: Vec<Arc<str>> = match asked.value.as_str() {
            ALL => measure::METRICS.iter().map(|metric| Arc::from(metric.card.name)).collect(),
            DEFAULT => measure::DEFAULT_METRICS.iter().map(|name| Arc::from(*name)).collect(),
            _ => read_metric(section, &asked).into_iter().collect(),
        };
        let is_list = names.len() > 1;
        for name in names {
            if !metrics.contains(&name) {
                metrics.push(name);
            } else if !is_list {
                section.mistake(&asked.origin, format!("metric `{}` is asked for twice", asked.value));
            }
        }
    }
    if metrics.is_empty() {
        metrics = measure::DEFAULT_METRICS.iter().map(|name| Arc::from(*name)).collect();
    }
    metrics
}

fn read_metric(section: &mut Section<'_>, asked: &Located<String>) -> Option<Arc<str>> {
    match Asked::parse(&asked.value) {
        Ok(asked) => Some(asked.name),
        Err(Unknown::Variant(why)) => {
            section.mistake(&asked.origin, format!("metric `{}` {why}", asked.value));
            None
        }
        Err(Unknown::Metric(base)) if base.contains('@') => {
            let message = format!("expected a whole number from 1 on after the `@` of metric `{}`", asked.value);
            section.mistake(&asked.origin, message);
            None
        }
        Err(Unknown::Metric(base)) => {
            let names = measure::METRICS.iter().map(|metric| metric.card.name).chain([ALL, DEFAULT]);
            let suggestion = nearest(&base, names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            let count = measure::METRICS.len();
            let message = format!("unknown metric `{base}`{suggestion} (`breadth list metrics` shows all {count})");
            section.mistake(&asked.origin, message);
            None
        }
    }
}

fn read_statistics(section: &mut Section<'_>) -> Vec<Statistic> {
    let mut statistics = Vec::new();
    for word in section.strings("statistics").into_iter().flatten() {
        match Statistic::parse(&word.value) {
            Some(statistic) if !statistics.contains(&statistic) => statistics.push(statistic),
            Some(_) => section.mistake(&word.origin, format!("statistic `{}` is asked for twice", word.value)),
            None => {
                let expected = "`min`, `max`, `median` or a percentile from `p01` to `p99`";
                let message = format!("expected {expected} in `measure.statistics`, got `{}`", word.value);
                section.mistake(&word.origin, message);
            }
        }
    }
    statistics
}

fn read_rarefy(section: &mut Section<'_>) -> Vec<usize> {
    let mut sizes = Vec::new();
    for size in section.whole_numbers("rarefy").into_iter().flatten() {
        if !(1..=MOST_SAMPLES).contains(&size.value) {
            let message = format!("`measure.rarefy` is a number of samples from 1 on, got {}", size.value);
            section.mistake(&size.origin, message);
        }
        let size = usize::try_from(size.value).unwrap_or(usize::MAX);
        if !sizes.contains(&size) {
            sizes.push(size);
        }
    }
    sizes
}

fn read_cluster_distance(section: &mut Section<'_>) -> f64 {
    let Some(distance) = section.number("cluster_distance") else { return measure::CLUSTER_DISTANCE };
    if !(distance.value > 0.0 && distance.value < 2.0) {
        let message =
            format!("`measure.cluster_distance` is a cosine distance strictly between 0 and 2, got {}", distance.value);
        section.mistake(&distance.origin, message);
    }
    distance.value
}
