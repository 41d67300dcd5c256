//! Whether two texts are the same but for a touch: the texts of a group go in, a column of yes and no comes out.

use crate::kernels::near_verbatim::{Lengths, near_verbatim};
use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, Pair, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "near_verbatim",
        title: "Near-verbatim repeats",
        unit: "share of pairs",
        range: "[0, 1]",
        version: 1,
        measures: "Whether two texts are the same but for a touch: Levenshtein distance / length of the longer text \
                   below 0.02, and the difference of their numbers of words (between white space) / the larger number \
                   below 0.03. A group's value is the share of its unordered pairs that are.",
        how_to_read: "Verbatim repeats and what was only retouched: at least as many as `verbatim`. In a chain, two \
                      rounds in a row that are near-verbatim mean that it has come to rest.",
        misleads: "The thresholds are a convention. A changed sign in 100 characters is a touch, and may be the whole \
                   difference between right and wrong; in texts below 50 characters a single edit is no touch. It is a \
                   share of pairs, not of samples.",
        source: "Fixed-points study, `code/metrics.py`: EPS_EDIT = 0.02, EPS_WC = 0.03 (there from one step to the \
                 next).",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Boolean, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let lengths: Vec<Option<Lengths>> = (0..view.samples().len())
        .map(|member| Some(Lengths { chars: texts.len(member)?, words: texts.n_words(texts.place(member)?) }))
        .collect();
    let near = |(pair, distance): (&Pair, &Option<usize>)| {
        Some(near_verbatim((*distance)?, lengths[pair.a]?, lengths[pair.b]?))
    };
    let values = PairValues::Boolean(view.pairs().iter().zip(view.levenshtein()).map(near).collect());
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
