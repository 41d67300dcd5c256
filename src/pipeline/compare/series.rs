//! Which metrics in which spaces are the same numbers in both runs, and why the others are not.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::CompareError;
use super::facts::{Facts, SpaceFacts};
use crate::model::{LeftOver, Measurement, Refused, Variant};

/// A metric and a space.
type OfSpace = (Arc<str>, Arc<str>);

/// What a run measured, in the order of its table.
#[derive(Debug, Clone, Default)]
pub(super) struct Inventory {
    series: Vec<OfSpace>,
}

impl Inventory {
    pub(super) fn of(groups: &[Measurement]) -> Self {
        let mut known = BTreeSet::new();
        let mut series = Vec::new();
        for Measurement { metric, space, .. } in groups {
            if known.insert((metric, space)) {
                series.push((Arc::clone(metric), Arc::clone(space)));
            }
        }
        Inventory { series }
    }

    /// Each once.
    fn metrics(&self) -> Vec<&Arc<str>> {
        let mut known = BTreeSet::new();
        self.series.iter().map(|(metric, _)| metric).filter(|metric| known.insert(*metric)).collect()
    }

    fn has(&self, metric: &str) -> bool {
        self.series.iter().any(|(one, _)| &**one == metric)
    }

    fn spaces(&self, metric: &str) -> Vec<&Arc<str>> {
        self.series.iter().filter(|(one, _)| &**one == metric).map(|(_, space)| space).collect()
    }
}

/// A metric with a space of its own in each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InSpaces {
    pub(super) metric: Arc<str>,
    pub(super) a: Arc<str>,
    pub(super) b: Arc<str>,
    pub(super) reason: String,
}

/// The verdict on every metric in every space.
#[derive(Debug, Clone, Default)]
pub(super) struct Series {
    /// The same numbers in both runs.
    pub(super) both: Vec<OfSpace>,
    pub(super) apart: Vec<InSpaces>,
    pub(super) only_in_a: Vec<LeftOver>,
    pub(super) only_in_b: Vec<LeftOver>,
    pub(super) refused: Vec<Refused>,
}

/// Sorts out what both runs measured. A wish that cannot be granted is an error.
pub(super) fn select(
    (a, in_a): (&Facts, &Inventory),
    (b, in_b): (&Facts, &Inventory),
    wishes: &[String],
) -> Result<Series, CompareError> {
    for wish in wishes {
        check_wish((a, in_a), (b, in_b), wish)?;
    }
    let wanted = |metric: &str| wishes.is_empty() || wishes.iter().any(|wish| wish == metric);
    let mut series = Series::default();
    for metric in in_a.metrics().into_iter().filter(|metric| wanted(metric)) {
        if !in_b.has(metric) {
            series.only_in_a.push(left_over(metric, None, "not measured in the other run"));
            continue;
        }
        match version_refusal(metric, a, b)? {
            Some(refused) => series.refused.push(refused),
            None => series.sort_spaces(metric, (a, in_a), (b, in_b)),
        }
    }
    let only_b = in_b.metrics().into_iter().filter(|metric| wanted(metric) && !in_a.has(metric));
    series.only_in_b.extend(only_b.map(|metric| left_over(metric, None, "not measured in the other run")));
    if !wishes.is_empty() && !series.refused.is_empty() {
        return Err(CompareError::refused(a, b, series.refused));
    }
    Ok(series)
}

impl Series {
    fn sort_spaces(&mut self, metric: &Arc<str>, (a, in_a): (&Facts, &Inventory), (b, in_b): (&Facts, &Inventory)) {
        let (spaces_a, spaces_b) = (in_a.spaces(metric), in_b.spaces(metric));
        for &space in spaces_a.iter().filter(|space| spaces_b.contains(space)) {
            match space_refusal(metric, space, a, b) {
                Some(refused) => self.refused.push(refused),
                None => self.both.push((Arc::clone(metric), Arc::clone(space))),
            }
        }
        let rest_a: Vec<_> = spaces_a.iter().copied().filter(|space| !spaces_b.contains(space)).collect();
        let rest_b: Vec<_> = spaces_b.iter().copied().filter(|space| !spaces_a.contains(space)).collect();
        if let ([of_a], [of_b]) = (rest_a.as_slice(), rest_b.as_slice()) {
            self.apart.push(InSpaces {
                metric: Arc::clone(metric),
                a: Arc::clone(of_a),
                b: Arc::clone(of_b),
                reason: reason_apart((of_a, a.spaces.get(&***of_a)), (of_b, b.spaces.get(&***of_b))),
            });
            return;
        }
        let reason = "no space of the other run to hold it against";
        self.only_in_a.extend(rest_a.into_iter().map(|space| left_over(metric, Some(space), reason)));
        self.only_in_b.extend(rest_b.into_iter().map(|space| left_over(metric, Some(space), reason)));
    }
}

fn left_over(metric: &Arc<str>, space: Option<&Arc<str>>, reason: &str) -> LeftOver {
    LeftOver {
        cell: None,
        metric: Some(metric.to_string()),
        space: space.map(ToString::to_string),
        reason: reason.to_owned(),
    }
}

fn reason_apart((a, in_a): (&str, Option<&SpaceFacts>), (b, in_b): (&str, Option<&SpaceFacts>)) -> String {
    match (in_a, in_b) {
        (Some(one), Some(other)) if one.fingerprint == other.fingerprint => format!(
            "`{a}` and `{b}` are the same embedder under two names: give it one name in both plans to have the difference."
        ),
        (Some(_), Some(_)) => {
            format!("values of `{a}` and `{b}` are not on one scale: only what each run finds within itself compares.")
        }
        _ => format!("`{a}` and `{b}` are different texts: only what each run finds within itself compares."),
    }
}

fn version_refusal(metric: &str, a: &Facts, b: &Facts) -> Result<Option<Refused>, CompareError> {
    let base = Variant::parse(metric).base;
    let version = |facts: &Facts| {
        let expected = "the versions of all its metrics (`[[metric]]`)";
        let lacks = || CompareError::OldRecord { folder: facts.folder.clone(), expected };
        facts.versions.get(base).copied().ok_or_else(lacks)
    };
    let (in_a, in_b) = (version(a)?, version(b)?);
    let (older, newer) = if in_a < in_b { (a, b) } else { (b, a) };
    Ok((in_a != in_b).then(|| Refused {
        metric: metric.to_owned(),
        space: None,
        reason: format!(
            "metric `{metric}` follows version {in_a} of its definition in `{}` and version {in_b} in `{}`",
            a.folder, b.folder
        ),
        hint: format!("run the plan of `{}` again with the release that wrote `{}`", older.folder, newer.folder),
    }))
}

/// A space is the same where everything that changes a vector is. Spaces of texts have no record and no fingerprint.
fn space_refusal(metric: &str, space: &str, a: &Facts, b: &Facts) -> Option<Refused> {
    let (in_a, in_b) = (a.spaces.get(space)?, b.spaces.get(space)?);
    (in_a.fingerprint != in_b.fingerprint).then(|| Refused {
        metric: metric.to_owned(),
        space: Some(space.to_owned()),
        reason: format!("space `{space}` is not the same in both ({})", differing(in_a, in_b)),
        hint: format!(
            "measure both with the same embedder, or give the two different names in their plans: then what each run finds in its own space is shown side by side (`{space}` in both now)"
        ),
    })
}

/// `pooling: mean → cls`, for each trait that differs.
fn differing(a: &SpaceFacts, b: &SpaceFacts) -> String {
    let names: BTreeSet<&String> = a.traits.keys().chain(b.traits.keys()).collect();
    let value = |facts: &SpaceFacts, name: &String| facts.traits.get(name).cloned().unwrap_or_else(|| "–".to_owned());
    let differing: Vec<String> = names
        .into_iter()
        .filter(|name| a.traits.get(*name) != b.traits.get(*name))
        .map(|name| format!("{name}: {} → {}", short(&value(a, name)), short(&value(b, name))))
        .collect();
    if differing.is_empty() {
        return format!("fingerprint: {} → {}", short(&a.fingerprint), short(&b.fingerprint));
    }
    differing.join(", ")
}

/// Digests are long, and their beginnings tell them apart.
fn short(value: &str) -> String {
    const LONGEST: usize = 24;
    if value.chars().count() <= LONGEST {
        return value.to_owned();
    }
    format!("{}…", value.chars().take(LONGEST - 1).collect::<String>())
}

fn check_wish(
    (a, in_a): (&Facts, &Inventory),
    (b, in_b): (&Facts, &Inventory),
    wish: &str,
) -> Result<(), CompareError> {
    const SHOWN: usize = 8;
    let found = match (in_a.has(wish), in_b.has(wish)) {
        (true, true) => return Ok(()),
        (true, false) => format!("which only `{}` has", a.folder),
        (false, true) => format!("which only `{}` has", b.folder),
        (false, false) => "which neither has".to_owned(),
    };
    let mut both: Vec<&str> = in_a.metrics().into_iter().map(|metric| &**metric).filter(|one| in_b.has(one)).collect();
    both.sort_by(|one, other| strsim::jaro_winkler(other, wish).total_cmp(&strsim::jaro_winkler(one, wish)));
    let names: Vec<String> = both.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let rest = both.len().saturating_sub(SHOWN);
    let hint = match (names.is_empty(), rest) {
        (true, _) => "they have no metric in common".to_owned(),
        (false, 0) => format!("both have {}", names.join(", ")),
        (false, rest) => format!("both have {} and {rest} more", names.join(", ")),
    };
    let (a, b) = (a.folder.clone(), b.folder.clone());
    Err(CompareError::UnknownMetric { a, b, metric: wish.to_owned(), found, hint })
}
