//! Chamfer diversity: the cosines of a set go in, one number comes out.

use crate::kernels::mean::mean;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "chamfer",
        title: "Chamfer diversity",
        unit: "cosine distance",
        range: "[0, 2]",
        version: 1,
        measures: "How far each solution lies from the one most like it, on average: 1/n Σᵢ minⱼ≠ᵢ (1 − cos(eᵢ, \
                   eⱼ)). Rarefied (`@k`) exactly: the r-th nearest of n − 1 others is the nearest one in C(n−1−r, \
                   k−2) of C(n−1, k−1) subsets.",
        how_to_read: "Higher means that solutions have no near twins. 0: each has a copy in the group. Low with a \
                      high `remote_clique`: a few tight families far apart.",
        misleads: "It falls as samples are added, since there is more to be near to: compare modes with equal n, or \
                   at one `@k`. It belongs to the embedder, as the cosine does: one that squeezes everything into \
                   0.95 to 0.99 leaves hardly any room. Compare modes under one embedder only.",
        source: "Cox et al. 2021, Directed Diversity (CHI), section 4.",
    },
    measure: Measure::Set {
        compares: Compares::Vectors,
        lacks: "no cosine between its vectors",
        at_least: 2,
        value,
        rarefied: Rarefied::Exact(rarefied),
    },
};

fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let nearest = |distances: Vec<f64>| distances.first().copied();
    Ok(mean(distances(set)?.into_iter().filter_map(nearest)))
}

fn rarefied(set: &Subset<'_, '_>, k: usize) -> Result<Option<f64>, MeasureError> {
    let expected = |distances: Vec<f64>| {
        // Of the n − 1 others k − 1 are there; the r-th nearest one is the first of them with this probability.
        let (others, there) = (distances.len(), k.checked_sub(1).filter(|&there| there > 0)?);
        let mut probability = (there.min(others)) as f64 / others as f64;
        let mut sum = 0.0;
        for (rank, distance) in distances.into_iter().enumerate() {
            sum += probability * distance;
            let (farther, needed) = (others - rank - 1, there - 1);
            probability *= farther.saturating_sub(needed) as f64 / farther.max(1) as f64;
        }
        Some(sum)
    };
    Ok(mean(distances(set)?.into_iter().filter_map(expected)))
}

/// For each member its distances to the others, nearest first; none for one without a direction.
fn distances(set: &Subset<'_, '_>) -> Result<Vec<Vec<f64>>, MeasureError> {
    let Some(embedder) = set.embedder else { return Ok(Vec::new()) };
    let cosines = set.view.cosines(embedder)?;
    let of = |&member: &usize| {
        let others = set.members.iter().filter_map(|&other| Some(1.0 - cosines[set.view.pair(member, other)?]?));
        let mut distances: Vec<f64> = others.collect();
        distances.sort_by(f64::total_cmp);
        distances
    };
    Ok(set.members.iter().map(of).filter(|distances| !distances.is_empty()).collect())
}
