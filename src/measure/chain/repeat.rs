//! Repeats: the texts of a chain go in, whether each round says again what an earlier one said comes out.

use crate::kernels::sameness::first_equal;
use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "repeat",
        title: "Repeats of earlier rounds",
        unit: "share of rounds",
        range: "[0, 1]",
        version: 1,
        measures: "1 for a round whose text equals that of some earlier round of its chain, 0 for another one; texts are equal when \
                   they are after runs of white space became one blank. A round with no text before it has none. A group's value \
                   is the mean: the repeat rate R, the share of rounds after the first that repeat.",
        how_to_read: "1: the chain never said anything new after its first round. By round: from where on chains are stuck.",
        misleads: "One changed letter makes another text: a rate of 0 can be a chain that repeats itself with touches (see `step_change`). \
                   It is a share of rounds; `verbatim` is a share of pairs, and lower.",
        source: "Repeat rate R of chain dynamics: share of t ≥ 2 with norm(y_t) ∈ {norm(y_1), …, norm(y_(t−1))}.",
    },
    measure: Measure::Step { compares: Compares::Text, lacks: "no round with a text after another one", values },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let texts = texts(lineage);
    let first = texts.iter().position(Option::is_some);
    let repeats = first_equal(&texts);
    let value = |place: usize| {
        let is_later = texts[place].is_some() && first.is_some_and(|first| first < place);
        is_later.then(|| f64::from(u8::from(repeats[place].is_some())))
    };
    Ok((0..texts.len()).map(value).collect())
}

/// The texts of a lineage with white space normalized.
pub(super) fn texts<'s>(lineage: &Lineage<'s, '_>) -> Vec<Option<&'s str>> {
    lineage.members.iter().map(|&member| lineage.view.normalized().get(member)).collect()
}
