//! Cycles: the texts of a chain go in, the period in which it ends comes out.

use super::repeat::texts;
use crate::kernels::cycle;
use crate::kernels::sameness::first_equal;
use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "cycle_length",
        title: "Period at the end",
        unit: "rounds",
        range: "[1, ∞)",
        version: 1,
        measures: "The smallest p such that the last p rounds of a chain say, in order, what the p rounds before them said; texts are compared \
                   after runs of white space became one blank. Missing where the chain ends in no such repetition. Rounds without a \
                   text are like no other, and only rounds without a gap up to the last are looked at.",
        how_to_read: "1: the last two rounds are the same, the chain has come to rest. 2: it goes back and forth between two texts. In the \
                      founding paper's example, where the 5th, 7th and 8th programs are the same, it is 1.",
        misleads: "It looks at the end alone, and a chain that was stopped in the middle of its second time around has none. With sampling at a \
                   temperature two equal rounds are no promise of a third. One changed letter makes another text.",
        source: "Cycle length of chain dynamics; the tail repetition is a square suffix (Gusfield 1997).",
    },
    measure: Measure::Chain {
        compares: Compares::Text,
        lacks: "the last rounds do not repeat those before them",
        value,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(lineage: &Lineage<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let texts = texts(lineage);
    // Equal texts get the place of the first of them; a missing one has its own place, which no text shares.
    let earlier = first_equal(&texts);
    let symbols: Vec<usize> = earlier.iter().enumerate().map(|(place, first)| first.unwrap_or(place)).collect();
    let gap = lineage.members.windows(2).rposition(|pair| !lineage.follows(pair[0], pair[1]));
    let unbroken = gap.map_or(0, |gap| gap + 1);
    Ok(cycle::ending(&symbols[unbroken..]).map(|period| period as f64))
}
