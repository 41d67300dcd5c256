//! Rows of `associations`: does more diversity go with more of what it may buy? Within questions, and only there.
//!
//! Comes in: numbers about groups. Goes out: for each question a rank correlation, and their mean over questions; across
//! models the random-effects mean of the models' means. Nothing is pooled over questions or models before it is
//! correlated: hard questions have more diverse and worse solutions, which would look like an effect of diversity.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Settings;
use super::panel::{Mean, Values};
use super::rounds::{Estimate, estimates};
use crate::kernels::bounds::standard_error;
use crate::kernels::random_effects::{Pooled, random_effects};
use crate::kernels::spearman::{on_grid, spearman};
use crate::model::{AssociationRow, AssociationUnit, Cell, Measurement, Missing};

/// What may be bought. Each with its `@K`, where that was asked for.
const GAINS: [&str; 3] = ["coverage", "majority_gain", "correct"];
/// What may buy it. Each with its variants, where those were asked for.
const DIVERSITIES: [&str; 6] =
    ["remote_clique", SIMILARITY, "vendi", "effective_answers", "clusters_complete", "distinct_2"];
/// Turned around, so that more of it is more diversity.
const SIMILARITY: &str = "cosine";
/// Correlations that groups bring along, of their subsets' mean cosine distance with what is bought.
const OVER_SUBSETS: [(&str, &str); 2] =
    [("diversity_coverage_rho", "coverage"), ("diversity_majority_rho", "majority_gain")];
/// What mean cosine distance is called.
const DISTANCE: &str = "remote_clique";
/// Fewest groups that are ranked: two always have a correlation of 1 or −1.
const LEAST_GROUPS: usize = 3;

/// Dataset, domain and model.
type Model = (String, String, String);

/// What was measured of one group: places in the lists of series, and values.
#[derive(Debug)]
struct Unit {
    diversities: Vec<(usize, f64)>,
    gains: Vec<(usize, f64)>,
    /// Judged samples.
    n_samples: usize,
}

/// A metric in a space, known by its place in order of first appearance.
#[derive(Debug, Default)]
struct Listed(Vec<(Arc<str>, Arc<str>)>);

impl Listed {
    fn place(&mut self, measured: &Measurement) -> usize {
        let is_it = |(metric, space): &(Arc<str>, Arc<str>)| *metric == measured.metric && *space == measured.space;
        self.0.iter().position(is_it).unwrap_or_else(|| {
            self.0.push((Arc::clone(&measured.metric), Arc::clone(&measured.space)));
            self.0.len() - 1
        })
    }
}

/// What the groups of a cell say about one correlation over subsets.
#[derive(Debug, Default)]
struct OfDraws {
    questions: BTreeMap<String, Mean>,
    /// Why the first group without a value has none.
    missing: Option<Missing>,
}

/// Takes numbers about groups as they are measured and keeps those that associations are made of. Where nothing is
/// judged, it keeps nothing.
#[derive(Debug, Default)]
pub struct Associations {
    diversities: Listed,
    gains: Listed,
    over_subsets: Listed,
    /// Model → question → groups, in the order in which they came.
    models: BTreeMap<Model, BTreeMap<String, Vec<Unit>>>,
    /// Cell → place of the correlation → its questions.
    cells: BTreeMap<Cell, BTreeMap<usize, OfDraws>>,
}

impl Associations {
    /// Adds the numbers of a group, in the order in which groups and metrics come.
    pub fn add(&mut self, measurements: &[Measurement]) {
        for of_group in measurements.chunk_by(|one, other| one.key == other.key) {
            self.add_unit(of_group);
            self.add_draws(of_group);
        }
    }

    fn add_unit(&mut self, of_group: &[Measurement]) {
        let gains = of_group.iter().filter(|measured| is_gain(&measured.metric));
        let gains: Vec<(&Measurement, f64)> =
            gains.filter_map(|measured| Some((measured, *measured.value.as_ref().ok()?))).collect();
        let Some((first, _)) = gains.first() else { return };
        let (key, n_samples) = (&first.key, first.n_samples);
        let diversities = of_group.iter().filter(|measured| is_diversity(&measured.metric));
        let diversities = diversities.filter_map(|measured| {
            let value = *measured.value.as_ref().ok()?;
            Some((self.diversities.place(measured), if is_similarity(&measured.metric) { 1.0 - value } else { value }))
        });
        let unit = Unit {
            diversities: diversities.map(|(place, value)| (place, on_grid(value))).collect(),
            gains: gains.into_iter().map(|(gain, value)| (self.gains.place(gain), on_grid(value))).collect(),
            n_samples,
        };
        let model = (key.dataset.clone(), key.domain.clone(), key.model.clone());
        self.models.entry(model).or_default().entry(key.question_id.clone()).or_default().push(unit);
    }

    fn add_draws(&mut self, of_group: &[Measurement]) {
        let is_asked = |measured: &&Measurement| OVER_SUBSETS.iter().any(|(name, _)| *name == &*measured.metric);
        for measured in of_group.iter().filter(is_asked) {
            let place = self.over_subsets.place(measured);
            let of_draws = self.cells.entry(Cell::of(&measured.key)).or_default().entry(place).or_default();
            let question = of_draws.questions.entry(measured.key.question_id.clone()).or_default();
            match &measured.value {
                Ok(value) => question.add(*value),
                Err(missing) => _ = of_draws.missing.get_or_insert_with(|| missing.clone()),
            }
        }
    }

    /// One row for each model (and mode), diversity and gain, and one across models where there are two or more.
    #[must_use]
    pub fn rows(&self, settings: Settings) -> Vec<AssociationRow> {
        let mut found = Vec::new();
        for (model, questions) in &self.models {
            found.extend(self.rows_of_groups(model, questions, settings));
        }
        for (cell, of_draws) in &self.cells {
            found.extend(self.rows_of_draws(cell, of_draws, settings));
        }
        // Datasets, domains and models in order, and what belongs to one model as it came.
        let key = |row: &AssociationRow| (row.dataset.clone(), row.domain.clone());
        let across = across_models(&found, settings.level);
        found.sort_by_cached_key(|found| (key(&found.row), found.row.model.clone()));
        let mut rows: Vec<AssociationRow> = found.into_iter().map(|found| found.row).chain(across).collect();
        rows.sort_by_cached_key(key);
        rows
    }

    fn rows_of_groups(
        &self,
        (dataset, domain, model): &Model,
        questions: &BTreeMap<String, Vec<Unit>>,
        settings: Settings,
    ) -> Vec<Found> {
        let pairs = (0..self.diversities.0.len()).flat_map(|d| (0..self.gains.0.len()).map(move |g| (d, g)));
        let all: Vec<((usize, usize), OfGroups)> =
            pairs.filter_map(|pair| Some((pair, OfGroups::new(questions, pair)?))).collect();
        let columns: Vec<Values> = all.iter().map(|(_, of_groups)| of_groups.values.clone()).collect();
        let estimates = estimates(&columns, settings);
        let found = all.into_iter().zip(estimates).map(|(((d, g), of_groups), estimate)| {
            let ((diversity, space), (gain, _)) = (&self.diversities.0[d], &self.gains.0[g]);
            let mut notes = Vec::new();
            if is_similarity(diversity) {
                notes.push("1 − cosine".to_owned());
            }
            if of_groups.n_uneven > 0 && !(keeps_with_size(diversity) && keeps_with_size(gain)) {
                notes.push(format!("{} questions with groups of different sizes", of_groups.n_uneven));
            }
            if of_groups.values.is_empty() {
                notes.push("no question has 3 groups that vary in both".to_owned());
            }
            let row = AssociationRow {
                dataset: dataset.clone(),
                domain: domain.clone(),
                model: model.clone(),
                n_undefined: questions.len() - of_groups.values.len(),
                ..empty_row(AssociationUnit::Groups, (diversity, space), gain)
            };
            Found::new(row, (d, g), &of_groups.values, (&estimate, notes))
        });
        found.collect()
    }

    fn rows_of_draws(&self, cell: &Cell, of_draws: &BTreeMap<usize, OfDraws>, settings: Settings) -> Vec<Found> {
        let values = |of_draws: &OfDraws| -> Values {
            let questions = of_draws.questions.iter();
            questions.filter_map(|(question, mean)| Some((Arc::from(question.as_str()), mean.value()?))).collect()
        };
        let columns: Vec<Values> = of_draws.values().map(values).collect();
        let estimates = estimates(&columns, settings);
        let found =
            of_draws.iter().zip(columns).zip(estimates).filter_map(|(((&place, of_draws), values), estimate)| {
                let (metric, space) = &self.over_subsets.0[place];
                let (_, gain) = OVER_SUBSETS.iter().find(|(name, _)| *name == &**metric)?;
                let missing = of_draws.missing.as_ref().filter(|_| values.is_empty());
                let row = AssociationRow {
                    dataset: cell.dataset.clone(),
                    domain: cell.domain.clone(),
                    model: cell.model.clone(),
                    mode: Some(cell.mode.clone()),
                    feedback: cell.feedback.clone(),
                    n_undefined: of_draws.questions.len() - values.len(),
                    ..empty_row(AssociationUnit::Subsets, (DISTANCE, space), gain)
                };
                let notes = missing.map(ToString::to_string).into_iter().collect();
                Some(Found::new(row, (place, 0), &values, (&estimate, notes)))
            });
        found.collect()
    }
}

/// Whether this is one of [`GAINS`], or that at another number of samples.
fn is_gain(metric: &str) -> bool {
    GAINS.iter().filter_map(|gain| metric.strip_prefix(gain)).any(|rest| rest.is_empty() || rest.starts_with('@'))
}

fn is_diversity(metric: &str) -> bool {
    DIVERSITIES.iter().any(|base| is_variant_of(metric, base))
}

fn is_similarity(metric: &str) -> bool {
    is_variant_of(metric, SIMILARITY)
}

/// Whether a number has the same expectation for any number of samples.
fn keeps_with_size(metric: &str) -> bool {
    metric.contains('@') || [DISTANCE, SIMILARITY, "correct"].contains(&metric)
}

fn is_variant_of(metric: &str, base: &str) -> bool {
    metric.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/', '@']))
}

/// What a model's groups say about one diversity and one gain.
struct OfGroups {
    /// Of each question that has a correlation.
    values: Values,
    /// How many of them have groups of different numbers of samples.
    n_uneven: usize,
}

impl OfGroups {
    /// `None` where no group has both.
    fn new(questions: &BTreeMap<String, Vec<Unit>>, (diversity, gain): (usize, usize)) -> Option<Self> {
        let of =
            |list: &[(usize, f64)], wanted: usize| list.iter().find(|(place, _)| *place == wanted).map(|found| found.1);
        let (mut found, mut any, mut n_uneven) = (Values::new(), false, 0);
        for (question, units) in questions {
            let both = |unit: &Unit| Some((of(&unit.diversities, diversity)?, of(&unit.gains, gain)?, unit.n_samples));
            let units: Vec<(f64, f64, usize)> = units.iter().filter_map(both).collect();
            any |= !units.is_empty();
            if units.len() < LEAST_GROUPS {
                continue;
            }
            let (x, y): (Vec<f64>, Vec<f64>) = units.iter().map(|(x, y, _)| (*x, *y)).unzip();
            if let Some(rho) = spearman(&x, &y) {
                n_uneven += usize::from(units.iter().any(|unit| unit.2 != units[0].2));
                found.push((Arc::from(question.as_str()), rho));
            }
        }
        any.then_some(OfGroups { values: found, n_uneven })
    }
}

/// A row of one model, and what a row across models needs of it.
struct Found {
    row: AssociationRow,
    /// The diversity and the gain by their places.
    series: (usize, usize),
    /// Of the mean over questions; `None` where there is none, or where questions do not differ.
    error: Option<f64>,
}

impl Found {
    fn new(
        mut row: AssociationRow,
        series: (usize, usize),
        values: &Values,
        (estimate, mut notes): (&Estimate, Vec<String>),
    ) -> Self {
        row.rho = estimate.value;
        row.ci_low = estimate.ci.map(|(low, _)| low);
        row.ci_high = estimate.ci.map(|(_, high)| high);
        row.n_questions = values.len();
        notes.extend(estimate.note.clone());
        row.note = joined(&notes);
        let numbers: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
        Found { row, series, error: standard_error(&numbers).filter(|error| *error > 0.0) }
    }
}

fn joined(notes: &[String]) -> Option<String> {
    (!notes.is_empty()).then(|| notes.join("; "))
}

fn empty_row(unit: AssociationUnit, (diversity, space): (&str, &str), gain: &str) -> AssociationRow {
    AssociationRow {
        dataset: String::new(),
        domain: String::new(),
        model: String::new(),
        unit,
        mode: None,
        feedback: None,
        diversity: diversity.to_owned(),
        space: space.to_owned(),
        gain: gain.to_owned(),
        rho: None,
        ci_low: None,
        ci_high: None,
        n_questions: 0,
        n_undefined: 0,
        n_models: None,
        i_squared: None,
        note: None,
    }
}

/// What models share: dataset, domain, unit, mode and feedback, diversity and gain.
type Shared<'a> = (&'a str, &'a str, AssociationUnit, Option<&'a str>, Option<&'a str>, (usize, usize));

/// One row for what at least two models have a value and a standard error of.
fn across_models(found: &[Found], level: f64) -> Vec<AssociationRow> {
    let mut shared: BTreeMap<Shared<'_>, Vec<&Found>> = BTreeMap::new();
    for found in found {
        let AssociationRow { dataset, domain, unit, mode, feedback, .. } = &found.row;
        let key = (&**dataset, &**domain, *unit, mode.as_deref(), feedback.as_deref(), found.series);
        shared.entry(key).or_default().push(found);
    }
    shared.into_values().filter_map(|models| pooled_row(&models, level)).collect()
}

fn pooled_row(models: &[&Found], level: f64) -> Option<AssociationRow> {
    let with_error: Vec<(&Found, f64, f64)> =
        models.iter().filter_map(|found| Some((*found, found.row.rho?, found.error?))).collect();
    let means: Vec<f64> = with_error.iter().map(|(_, rho, _)| *rho).collect();
    let errors: Vec<f64> = with_error.iter().map(|(_, _, error)| *error).collect();
    let Pooled { mean, interval: (low, high), i_squared, .. } = random_effects(&means, &errors, level)?;
    let (first, _, _) = with_error.first()?;
    let mut notes = Vec::new();
    if is_similarity(&first.row.diversity) {
        notes.push("1 − cosine".to_owned());
    }
    let n_left_out = models.iter().filter(|found| found.row.rho.is_some()).count() - with_error.len();
    if n_left_out > 0 {
        notes.push(format!("{n_left_out} without a standard error left out"));
    }
    Some(AssociationRow {
        model: AssociationRow::ALL_MODELS.to_owned(),
        rho: Some(mean),
        ci_low: Some(low),
        ci_high: Some(high),
        n_questions: with_error.iter().map(|(found, ..)| found.row.n_questions).sum(),
        n_undefined: with_error.iter().map(|(found, ..)| found.row.n_undefined).sum(),
        n_models: Some(with_error.len()),
        i_squared: Some(i_squared),
        note: joined(&notes),
        ..first.row.clone()
    })
}

#[cfg(test)]
mod tests;
