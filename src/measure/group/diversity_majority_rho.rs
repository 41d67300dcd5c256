//! Diversity and the gain of voting within a question: draws with their vectors, answers and marks go in, a rank correlation
//! comes out.

use crate::measure::judged::{LEAST_DRAWS, majority_gain};
use crate::measure::{Compares, Measure, MeasureError, Metric, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "diversity_majority_rho",
        title: "Diversity and majority gain, rank correlation",
        unit: "Spearman's ρ",
        range: "[-1, 1]",
        version: 2,
        measures: "Whether voting gains more in subsets of a question's draws that lie farther apart: Spearman's rank \
                   correlation (mean ranks for ties) between the mean cosine distance of a subset and its \
                   `majority_gain`, over all subsets of half of the draws (at least 2), or 100 drawn from a named stream \
                   where there are more. Of parallel draws alone, and at least 4 that are judged.",
        how_to_read: "Above 0: within a question, the vote adds more where draws are more different. Below 0: it adds more where \
                      they are alike. The mean over questions and its interval are in `associations`.",
        misleads: "Subsets overlap, so that a single question's number has no test; only the spread over questions does. \
                   With 4 or 5 draws subsets are pairs, and a vote of two is as good as its members unless one has no answer: \
                   there is hardly ever a value. Draws that agree on an answer are often alike in wording too, so that a part of it is what voting is \
                   made of. Questions that all draws solve, or none, do not enter.",
        source: "Spearman 1904; Wang et al. 2023 for the vote; subsets as in rarefaction (Hurlbert 1971).",
    },
    measure: Measure::Draws { compares: Compares::JudgedVectors, at_least: LEAST_DRAWS, value },
};

fn value(set: &Subset<'_, '_>) -> Result<Result<f64, &'static str>, MeasureError> {
    if !set.is_voted_on() {
        return Ok(Err("no judged sample with an answer"));
    }
    set.gain_of_distance(majority_gain)
}
