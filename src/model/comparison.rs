//! Two finished runs held against each other.

use super::{Cell, ContrastRow};

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRun {
    /// Its name, or its folder where both have the same name.
    pub name: String,
    /// Its folder, as given.
    pub folder: String,
    /// Questions of what is compared.
    pub n_questions: usize,
}

/// What stands on one side of a difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the key columns, in their own words")]
pub struct ComparedSide {
    pub cell: Cell,
    pub space: String,
}

/// A difference: the value of `to` minus the value of `from`.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedRow {
    /// Run A, or within a run the mode that others are held against.
    pub from: ComparedSide,
    /// Run B, or within a run the other mode.
    pub to: ComparedSide,
    /// The numbers. As everywhere, `difference` is side a minus side b: side a is `to`, side b is `from`.
    pub contrast: ContrastRow,
}

/// One contrast between two modes, as each of the runs has it.
#[derive(Debug, Clone, PartialEq)]
pub struct SideBySide {
    /// In run A.
    pub in_a: Option<ComparedRow>,
    /// In run B.
    pub in_b: Option<ComparedRow>,
}

/// A metric whose values in the two runs are not on one scale: only what each run finds within itself can be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Apart {
    /// The metric, as `summary` names it.
    pub metric: String,
    /// What run A measured it on.
    pub space_a: String,
    /// What run B measured it on.
    pub space_b: String,
    /// Why, as a sentence.
    pub reason: String,
    /// The contrasts between modes; none where the runs have a single mode.
    pub rows: Vec<SideBySide>,
}

/// Something that one run has and the other has not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOver {
    /// Model under a mode, where it is about one.
    pub cell: Option<Cell>,
    /// The metric, where it is about one.
    pub metric: Option<String>,
    /// What it was measured on, where it is about that.
    pub space: Option<String>,
    /// Why it has no counterpart, as a fragment.
    pub reason: String,
}

/// A metric that must not be compared, because it is not the same number in both runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The metric, as `summary` names it.
    pub metric: String,
    /// The space in which it is refused; null: in all of them.
    pub space: Option<String>,
    /// What differs, as a fragment.
    pub reason: String,
    /// What to do, as a fragment.
    pub hint: String,
}

/// What moved between two runs, and what cannot be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Where it moved from.
    pub a: ComparedRun,
    /// Where it moved to.
    pub b: ComparedRun,
    /// Questions that both have, in what is compared.
    pub n_shared: usize,
    /// Of the intervals.
    pub level: f64,
    /// Bootstrap resamples and random sign flips.
    pub resamples: usize,
    /// The metrics that matter most to the two plans, or that were asked for.
    pub headlines: Vec<String>,
    /// What both have, metric by metric.
    pub rows: Vec<ComparedRow>,
    /// What both have in spaces of their own.
    pub apart: Vec<Apart>,
    /// What run A alone has.
    pub only_in_a: Vec<LeftOver>,
    /// What run B alone has.
    pub only_in_b: Vec<LeftOver>,
    /// What is not the same number in both.
    pub refused: Vec<Refused>,
    /// What else a reader should know, one sentence each.
    pub notes: Vec<String>,
}
