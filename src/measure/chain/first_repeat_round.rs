//! First repeat: the texts of a chain go in, the round that first says again what was said comes out.

use super::repeat::texts;
use crate::kernels::sameness::first_equal;
use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "first_repeat_round",
        title: "First round that repeats",
        unit: "round, from 0",
        range: "[1, ∞)",
        version: 1,
        measures: "The number of the first round whose text equals that of an earlier round of its chain, after runs of white space became one \
                   blank. Missing where no round does.",
        how_to_read: "Low: chains say again what they said after few rounds. `n_missing` tells how many never did.",
        misleads: "The mean is over chains that repeat; chains that never do would come late, and are not in it. It cannot be later than the \
                   last round: compare chains of one length. One changed letter makes another text.",
        source: "First-repeat round of chain dynamics; the founding paper's programs that come back.",
    },
    measure: Measure::Chain { compares: Compares::Text, lacks: "no round repeats an earlier one", value },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(lineage: &Lineage<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let first = first_equal(&texts(lineage)).iter().position(Option::is_some);
    Ok(first.map(|place| lineage.view.samples()[lineage.members[place]].round as f64))
}
