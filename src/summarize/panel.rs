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

/// One question's sum on its way to a mean: 16 bytes, because there is one for each question, metric and round.
#[derive(Debug, Clone, Copy)]
struct Entry {
    question: u32,
    n: u32,
    sum: f64,
}

/// What a cell's groups say about one series.
#[derive(Debug, Clone, Default)]
pub(super) struct Questions {
    /// In the order of question ids, each once.
    entries: Vec<Entry>,
    /// Groups without a value.
    pub(super) n_missing: usize,
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

    /// Groups come in the order of their questions, so that this is nearly always the end of the list.
    fn add(&mut self, question: u32, names: &Names, value: f64) {
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
                self.entries[place].n += 1;
            }
            Err(place) => self.entries.insert(place, Entry { question, n: 1, sum: value }),
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

/// Cell → series → questions.
pub(super) type ByCell = BTreeMap<Cell, BTreeMap<Series, Questions>>;
/// Cell → round and series → questions.
pub(super) type ByRound = BTreeMap<Cell, BTreeMap<(i64, Series), Questions>>;

/// Takes numbers about groups as they are measured and keeps what estimates are made of: for each question the sum
/// over its groups. What it holds grows with questions and metrics, not with samples.
#[derive(Debug, Default)]
pub struct Collector {
    pub(super) names: Names,
    ranks: Ranks,
    pub(super) cells: ByCell,
    round_ranks: Ranks,
    pub(super) rounds: ByRound,
}

impl Collector {
    /// Adds the numbers of a group, in the order in which groups and metrics come.
    pub fn add(&mut self, measurements: &[Measurement]) {
        for of_group in measurements.chunk_by(|one, other| one.key == other.key) {
            let key = &of_group[0].key;
            let cell = self.cells.entry(Cell::of(key)).or_default();
            let question = self.names.number(&key.question_id);
            for measured in of_group {
                let entry = cell.entry(self.ranks.series(&measured.metric, &measured.space)).or_default();
                match measured.value {
                    Ok(value) => entry.add(question, &self.names, value),
                    Err(_) => entry.n_missing += 1,
                }
            }
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
                cell.entry((measured.round, series)).or_default().add(question, &self.names, measured.value);
            }
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
