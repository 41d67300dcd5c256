//! Questions × series: the shape in which everything is resampled.
//!
//! Series that are known for the same questions are resampled together, with the same draws: it costs one stream
//! instead of many, and makes their intervals comparable.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::{Cell, Measurement, RoundMeasurement};

/// A metric in a space.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    /// Position of the metric in the order asked for; rows come in this order.
    pub(super) rank: usize,
    pub(super) metric: Arc<str>,
    pub(super) space: Arc<str>,
}

/// Hands out ranks in the order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Ranks(BTreeMap<(Arc<str>, Arc<str>), usize>);

impl Ranks {
    pub(super) fn series(&mut self, metric: &Arc<str>, space: &Arc<str>) -> Series {
        let next = self.0.len();
        let rank = *self.0.entry((Arc::clone(metric), Arc::clone(space))).or_insert(next);
        Series { rank, metric: Arc::clone(metric), space: Arc::clone(space) }
    }
}

/// A sum on its way to a mean. Added to in input order, so that the last bit does not depend on threads.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mean {
    sum: f64,
    n: usize,
}

impl Mean {
    pub(super) fn add(&mut self, value: f64) {
        self.sum += value;
        self.n += 1;
    }

    pub(super) fn n(self) -> usize {
        self.n
    }

    pub(super) fn value(self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / self.n as f64)
    }
}

/// One question's sums on their way to a mean: 24 bytes, because there is one for each question, metric and round.
#[derive(Debug, Clone, Copy)]
struct Entry {
    question: u32,
    n: u32,
    sum: f64,
    /// Sum of the groups' squared standard errors where groups have them, of the squares of their values where they
    /// have none.
    squares: f64,
}

/// What a cell's groups say about one series.
#[derive(Debug, Clone, Default)]
pub(super) struct Questions {
    /// In the order of question ids, each once.
    entries: Vec<Entry>,
    /// Groups without a value.
    pub(super) n_missing: usize,
    /// Groups whose value has a standard error.
    n_with_error: usize,
}

/// Question → its value, in the order of question ids.
pub(super) type Values = Vec<(Arc<str>, f64)>;

impl Questions {
    pub(super) fn n_groups(&self) -> usize {
        self.entries.iter().map(|entry| entry.n as usize).sum()
    }

    pub(super) fn n_questions(&self) -> usize {
        self.entries.len()
    }

    /// The mean over each question's groups.
    pub(super) fn values(&self, names: &Names) -> Values {
        let value = |entry: &Entry| {
            Some((Arc::clone(&names.names[entry.question as usize]), finite(entry.sum / f64::from(entry.n))?))
        };
        self.entries.iter().filter_map(value).collect()
    }

    /// Standard error of the mean over questions if the same questions were sampled again: from the groups' own errors
    /// where samples are independent draws, else from the spread of a question's chains. None where a question's
    /// only chain says nothing about others.
    pub(super) fn sampling_error(&self) -> Option<f64> {
        let of_draws = self.n_with_error > 0 && self.n_with_error == self.n_groups();
        let of_chains = self.n_with_error == 0 && self.entries.iter().all(|entry| entry.n >= 2);
        if self.entries.is_empty() || !(of_draws || of_chains) {
            return None;
        }
        let squared = |entry: &Entry| {
            let n = f64::from(entry.n);
            let spread = entry.squares - entry.sum * entry.sum / n;
            // Rounding errors are no spread; what has left the range of numbers stays so.
            let spread = if spread < 0.0 { 0.0 } else { spread } / (n - 1.0);
            if of_draws { entry.squares / (n * n) } else { spread / n }
        };
        finite(self.entries.iter().map(squared).sum::<f64>().sqrt() / self.entries.len() as f64)
    }

    /// Groups come in the order of their questions, so that this is nearly always the end of the list.
    fn add(&mut self, question: u32, names: &Names, value: f64, error: Option<f64>) {
        let squares = error.unwrap_or(value).powi(2);
        self.n_with_error += usize::from(error.is_some());
        let name = |entry: &Entry| &names.names[entry.question as usize];
        let place = match self.entries.last() {
            None => Err(0),
            Some(last) if last.question == question => Ok(self.entries.len() - 1),
            Some(last) if *name(last) < names.names[question as usize] => Err(self.entries.len()),
            Some(_) => self.entries.binary_search_by(|entry| name(entry).cmp(&names.names[question as usize])),
        };
        match place {
            Ok(place) => {
                self.entries[place].sum += value;
                self.entries[place].squares += squares;
                self.entries[place].n += 1;
            }
            Err(place) => self.entries.insert(place, Entry { question, n: 1, sum: value, squares }),
        }
    }
}

/// Question ids, each held once.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        // A run with four billion questions does not fit into memory.
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = Arc::from(name);
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }
}

/// Series → questions.
pub(super) type BySeries = BTreeMap<Series, Questions>;
/// Cell → series → questions.
pub(super) type ByCell = BTreeMap<Cell, BySeries>;
/// Cell → round and series → questions.
pub(super) type ByRound = BTreeMap<Cell, BTreeMap<(i64, Series), Questions>>;

/// Takes numbers about groups as they are measured and keeps what estimates are made of: for each question the sum
/// over its groups. What it holds grows with questions and metrics, not with samples.
#[derive(Debug, Default)]
pub struct Collector {
    pub(super) names: Names,
    ranks: Ranks,
    pub(super) cells: ByCell,
    /// Column of the input → cell and the column's value → series → questions: only what contrasts ask for.
    pub(super) levels: BTreeMap<String, BTreeMap<(Cell, String), BySeries>>,
    round_ranks: Ranks,
    pub(super) rounds: ByRound,
}

impl Collector {
    /// Adds the numbers of a group, in the order in which groups and metrics come.
    pub fn add(&mut self, measurements: &[Measurement]) {
        for of_group in measurements.chunk_by(|one, other| one.key == other.key) {
            let key = &of_group[0].key;
            let question = self.names.number(&key.question_id);
            let cell = self.cells.entry(Cell::of(key)).or_default();
            add(cell, &mut self.ranks, question, &self.names, of_group);
        }
    }

    /// Adds the numbers of a group once more, under the value that all of its samples have in a column of the input.
    pub fn add_level(&mut self, column: &str, level: &str, measurements: &[Measurement]) {
        for of_group in measurements.chunk_by(|one, other| one.key == other.key) {
            let key = &of_group[0].key;
            let question = self.names.number(&key.question_id);
            let levels = self.levels.entry(column.to_owned()).or_default();
            let cell = levels.entry((Cell::of(key), level.to_owned())).or_default();
            add(cell, &mut self.ranks, question, &self.names, of_group);
        }
    }

    /// Adds the numbers of a group's rounds.
    pub fn add_rounds(&mut self, rounds: &[RoundMeasurement]) {
        for of_group in rounds.chunk_by(|one, other| one.key == other.key) {
            let key = &of_group[0].key;
            let cell = self.rounds.entry(Cell::of(key)).or_default();
            let question = self.names.number(&key.question_id);
            for measured in of_group {
                let series = self.round_ranks.series(&measured.metric, &measured.space);
                cell.entry((measured.round, series)).or_default().add(question, &self.names, measured.value, None);
            }
        }
    }
}

fn add(cell: &mut BySeries, ranks: &mut Ranks, question: u32, names: &Names, measurements: &[Measurement]) {
    for measured in measurements {
        let entry = cell.entry(ranks.series(&measured.metric, &measured.space)).or_default();
        match measured.value {
            Ok(value) => entry.add(question, names, value, measured.std_error),
            Err(_) => entry.n_missing += 1,
        }
    }
}

/// Columns of numbers over the same questions.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    /// For each column, its position in the list that the panels were made from.
    pub(super) columns: Vec<usize>,
    /// Names the random streams: the question ids.
    pub(super) name: String,
    pub(super) n_questions: usize,
    /// Question by question, one number per column.
    pub(super) rows: Vec<f64>,
}

impl Panel {
    /// The numbers of one column.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        self.rows.iter().skip(column).step_by(self.columns.len().max(1)).copied()
    }

    /// Mean of one column over the questions.
    pub(super) fn mean(&self, column: usize) -> f64 {
        self.column(column).sum::<f64>() / self.n_questions as f64
    }
}

/// Numbers with their questions that are held at a time: 100 MB.
const NUMBERS_AT_ONCE: usize = 1 << 22;
/// More columns than this side by side gain nothing.
const COLUMNS_AT_ONCE: usize = 1024;

/// How many things of so many numbers each are taken together, so that what is over the same questions shares its draws.
pub(super) fn at_once(n_numbers: usize) -> usize {
    (NUMBERS_AT_ONCE / n_numbers.max(1)).clamp(1, COLUMNS_AT_ONCE)
}

/// A number, or none where finite numbers had a sum that is not.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Puts columns over the same questions together.
pub(super) fn panels(columns: &[Values]) -> Vec<Panel> {
    let mut by_questions: BTreeMap<Vec<&Arc<str>>, Vec<usize>> = BTreeMap::new();
    for (position, column) in columns.iter().enumerate() {
        if !column.is_empty() {
            by_questions.entry(column.iter().map(|(question, _)| question).collect()).or_default().push(position);
        }
    }
    by_questions
        .into_iter()
        .map(|(questions, members)| {
            let row = |question: usize| members.iter().map(move |&member| columns[member][question].1);
            let rows = (0..questions.len()).flat_map(row).collect();
            let name = questions.iter().map(std::convert::AsRef::as_ref).collect::<Vec<_>>().join("\n");
            Panel { columns: members.clone(), name, n_questions: questions.len(), rows }
        })
        .collect()
}
