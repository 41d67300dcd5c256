//! Diversity and coverage within a question: draws with their vectors and marks go in, a rank correlation comes out.

use crate::measure::judged::LEAST_DRAWS;
use crate::measure::{Compares, Measure, MeasureError, Metric, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "diversity_coverage_rho",
        title: "Diversity and coverage, rank correlation",
        unit: "Spearman's ρ",
        range: "[-1, 1]",
        version: 1,
        measures: "Whether subsets of a question's draws that lie farther apart hold a correct one more often: Spearman's \
                   rank correlation (mean ranks for ties) between the mean cosine distance of a subset and whether any of \
                   its members is correct, over all subsets of half of the draws (at least 2), or 100 drawn from a named \
                   stream where there are more. Of parallel draws alone, and at least 4 that are judged.",
        how_to_read: "Above 0: within a question, the more different draws cover more. 0: to be different buys nothing. \
                      The mean over questions and its interval are in `associations`.",
        misleads: "Subsets overlap, so that a single question's number has no test; only the spread over questions does. \
                   It exists only where some subsets are covered and others are not: never where more than half of the draws are \
                   right or none is, so that easy and hopeless questions do not enter. One correct draw that is an outlier makes \
                   it high by itself. It is an association: why draws differ is not asked.",
        source: "Spearman 1904; subsets as in rarefaction (Hurlbert 1971).",
    },
    measure: Measure::Draws { compares: Compares::JudgedVectors, at_least: LEAST_DRAWS, value },
};

fn value(set: &Subset<'_, '_>) -> Result<Result<f64, &'static str>, MeasureError> {
    set.gain_of_distance(|subset| f64::from(u8::from(subset.n_right() > 0)))
}
