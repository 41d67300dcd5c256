//! Whether diversity has to do with what it buys, within questions: a row of `associations`.

/// The rank correlation between a diversity and a gain within a question, averaged over questions.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct AssociationRow {
    pub dataset: String,
    pub domain: String,
    /// A model, or [`AssociationRow::ALL_MODELS`].
    pub model: String,
    pub unit: AssociationUnit,
    pub mode: Option<String>,
    pub feedback: Option<String>,
    pub diversity: String,
    pub space: String,
    pub gain: String,
    pub rho: Option<f64>,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub n_questions: usize,
    pub n_undefined: usize,
    pub n_models: Option<usize>,
    pub i_squared: Option<f64>,
    pub note: Option<String>,
}

impl AssociationRow {
    /// What stands for the model in rows across models.
    pub const ALL_MODELS: &'static str = "all models";
}

/// What is ranked within a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AssociationUnit {
    /// The groups of a model, of all modes.
    Groups,
    /// Subsets of the draws of one group.
    Subsets,
}

impl AssociationUnit {
    /// The word that tables use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AssociationUnit::Groups => "groups",
            AssociationUnit::Subsets => "subsets",
        }
    }

    /// From that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [AssociationUnit::Groups, AssociationUnit::Subsets].into_iter().find(|unit| unit.name() == word)
    }
}
