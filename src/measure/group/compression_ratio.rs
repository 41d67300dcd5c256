//! Compression ratio: the texts of a set go in, a ratio of sizes comes out.

use crate::kernels::compress::joined;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "compression_ratio",
        title: "Compression ratio",
        unit: "bytes / compressed bytes",
        range: "(0, ∞)",
        version: 1,
        measures: "How much redundancy a compressor finds in a set of texts: UTF-8 bytes / compressed bytes of one \
                   zstd frame at level 3 over the texts, joined by a line feed in bytewise order, with a window that \
                   holds them all. Null for nothing but empty texts.",
        how_to_read: "Higher means *less* diverse. It sees repetition of any kind: between texts, within a text, in \
                      letters. n copies of one text have nearly n times its own ratio; eight to twenty solutions to \
                      one question stand around 8 to 9, single texts around 2.",
        misleads: "Verbose texts compress better than terse ones, so it also measures style: \
                   `relative_compression_ratio` divides that out. It grows with the number of texts: compare at equal \
                   n (`@k`). Short sets are dominated by the frame and its tables. The `diversity` package passes \
                   gzip's output through gzip once more, joins by a blank and has a window of 32 KiB: other values.",
        source: "Shaib et al. 2024, `compression_ratio`, in one pass.",
    },
    measure: Measure::Set {
        compares: Compares::Text,
        lacks: "no words in its texts",
        at_least: 1,
        value,
        rarefied: Rarefied::Subsets,
    },
};

fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let texts: Vec<&str> = set.members.iter().filter_map(|&member| set.view.texts().get(member)).collect();
    // Line feeds alone are no text.
    if texts.iter().all(|text| text.is_empty()) {
        return Ok(None);
    }
    Ok(Some(joined(texts)?.ratio()))
}
