//! Questions × series: the shape in which everything is resampled.
//!
//! Series that are known for the same questions are resampled together, with the same draws: it costs one stream
//! instead of many, and makes their intervals comparable.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Cell, GroupKey, Measurement};

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

/// The cell that a group belongs to.
pub(super) fn cell_of(key: &GroupKey) -> Cell {
    Cell {
        dataset: key.dataset.clone(),
        domain: key.domain.clone(),
        model: key.model.clone(),
        mode: key.mode.clone(),
        feedback: key.feedback.clone(),
    }
}

/// What a cell's groups say about one series.
#[derive(Debug, Clone, Default)]
pub(super) struct Questions {
    /// Question → mean over its groups.
    pub(super) means: BTreeMap<Arc<str>, Mean>,
    /// Groups without a value.
    pub(super) n_missing: usize,
}

impl Questions {
    pub(super) fn n_groups(&self) -> usize {
        self.means.values().map(|mean| mean.n()).sum()
    }

    /// Question → its value, in the order of question ids.
    pub(super) fn values(&self) -> BTreeMap<Arc<str>, f64> {
        self.means.iter().filter_map(|(question, mean)| Some((Arc::clone(question), mean.value()?))).collect()
    }
}

/// Cell → series → questions.
pub(super) type ByCell = BTreeMap<Cell, BTreeMap<Series, Questions>>;

/// The first two steps of every estimate: group values, averaged over each question's groups.
pub(super) fn by_cell(measurements: &[Measurement]) -> ByCell {
    let mut cells = ByCell::new();
    let mut ranks = Ranks::default();
    for measurement in measurements {
        let series = ranks.series(&measurement.metric, &measurement.space);
        let entry = cells.entry(cell_of(&measurement.key)).or_default().entry(series).or_default();
        match measurement.value {
            Ok(value) => entry.means.entry(Arc::from(measurement.key.question_id.as_str())).or_default().add(value),
            Err(_) => entry.n_missing += 1,
        }
    }
    cells
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

/// Puts columns over the same questions together.
pub(super) fn panels(columns: &[BTreeMap<Arc<str>, f64>]) -> Vec<Panel> {
    let mut by_questions: BTreeMap<Vec<&Arc<str>>, Vec<usize>> = BTreeMap::new();
    for (position, column) in columns.iter().enumerate() {
        if !column.is_empty() {
            by_questions.entry(column.keys().collect()).or_default().push(position);
        }
    }
    by_questions
        .into_iter()
        .map(|(questions, members)| {
            let rows = questions
                .iter()
                .flat_map(|question| members.iter().map(|&member| columns[member][*question]))
                .collect();
            let name = questions.iter().map(std::convert::AsRef::as_ref).collect::<Vec<_>>().join("\n");
            Panel { columns: members, name, n_questions: questions.len(), rows }
        })
        .collect()
}
