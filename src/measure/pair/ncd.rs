//! Compression distance of two texts: the texts of a group go in, a column of distances comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "ncd",
        title: "Normalized compression distance",
        unit: "share of the larger text",
        range: "[0, 1.1]",
        version: 1,
        measures: "What a compressor learns from one text about the other: (C(ab) − min(C(a), C(b))) / max(C(a), \
                   C(b)), with C the bytes of one zstd frame at level 3 whose window holds all of both texts, and ab \
                   the two texts in bytewise order without anything between them. A group's value is the mean over its \
                   unordered pairs.",
        how_to_read: "A *distance*: near 0 for a repeated text, near 1 for texts that have nothing in common. \
                      Solutions to different questions stand around 0.8, drafts of one solution around 0.4. It sees \
                      moved blocks, renamed parts and shared phrases alike.",
        misleads: "The frame and its tables cost about ten bytes and more, so that short texts (below 200 bytes) never \
                   come near 0, a text with itself included, and may exceed 1 a little. Values depend on the \
                   compressor: gzip, whose window is 32 KiB, cannot see that longer texts repeat, and its values must \
                   not be compared with these.",
        source: "Cilibrasi and Vitányi 2005.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let values = PairValues::Float(texts.compression_distances(view.pairs())?);
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
