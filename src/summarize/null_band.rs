//! Where a mean over pairs would lie if the pairs were of independent draws: values of parallel pairs go in, bands come out.
//!
//! For each question as many pairs of different parallel draws are picked at random (with replacement) as the mean is
//! of, and averaged; then questions are averaged. Done a thousand times, that gives the band.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::RngExt;
use rayon::prelude::*;

use super::Settings;
use crate::kernels::mean::mean;
use crate::kernels::quantile::quantile;
use crate::kernels::streams::stream;
use crate::model::NullBand;

/// Enough for ends of a 95 % band that move by about a twentieth of its width from seed to seed.
const REPLICATES: usize = 1000;
/// Replicates that share a random stream. Changing it changes every band in the last digits.
const BLOCK: usize = 50;

/// What bands are made of.
pub(super) struct Draws<'a> {
    /// Names the random streams.
    pub(super) name: String,
    /// Question → values of all its parallel pairs.
    pub(super) by_question: &'a BTreeMap<Arc<str>, Vec<f64>>,
    /// For each band, question → pairs that the mean is of.
    pub(super) counts: &'a [&'a BTreeMap<Arc<str>, usize>],
}

struct Question<'a> {
    name: &'a str,
    values: &'a [f64],
    /// How many pairs for which band, fewest first.
    wanted: Vec<(usize, usize)>,
}

/// One band for each of the counts; none where no question has both.
pub(super) fn bands(draws: &Draws<'_>, settings: Settings) -> Vec<Option<NullBand>> {
    let questions = questions(draws);
    let n_bands = draws.counts.len();
    let replicates = if settings.resamples == 0 { Vec::new() } else { replicates(draws, &questions, settings.seed) };
    let band = |band: usize| {
        let means: Vec<f64> = questions
            .iter()
            .filter(|question| question.wanted.iter().any(|(_, wanted)| *wanted == band))
            .filter_map(|question| mean(question.values.iter().copied()))
            .collect();
        let n_questions = means.len();
        let mut sums: Vec<f64> = replicates.iter().skip(band).step_by(n_bands).copied().collect();
        sums.sort_by(f64::total_cmp);
        let tail = (1.0 - settings.level) / 2.0;
        let end = |share| quantile(&sums, share).map(|sum| sum / n_questions as f64);
        Some(NullBand { value: mean(means)?, interval: end(tail).zip(end(1.0 - tail)), n_questions })
    };
    (0..n_bands).map(band).collect()
}

fn questions<'a>(draws: &Draws<'a>) -> Vec<Question<'a>> {
    let of = |(name, values): (&'a Arc<str>, &'a Vec<f64>)| {
        let counts = draws.counts.iter().enumerate();
        let wanted = counts.filter_map(|(band, counts)| Some((*counts.get(name)?, band)));
        let mut wanted: Vec<(usize, usize)> = wanted.filter(|(count, _)| *count > 0).collect();
        wanted.sort_unstable();
        (!values.is_empty() && !wanted.is_empty()).then_some(Question { name, values, wanted })
    };
    draws.by_question.iter().filter_map(of).collect()
}

/// Replicate by replicate, the sum over questions for each band. Blocks run in parallel and are put together in their order.
fn replicates(draws: &Draws<'_>, questions: &[Question<'_>], seed: u64) -> Vec<f64> {
    let n_bands = draws.counts.len();
    let block = |block: usize| {
        let mut sums = vec![0.0; BLOCK * n_bands];
        for question in questions {
            let mut rng = stream(seed, "null band", &format!("{}\n{}", draws.name, question.name), block);
            for sums in sums.chunks_exact_mut(n_bands) {
                // The bands share their pairs: the mean over few is the beginning of the mean over many.
                let (mut drawn, mut sum) = (0, 0.0);
                for &(wanted, band) in &question.wanted {
                    while drawn < wanted {
                        sum += question.values[rng.random_range(0..question.values.len())];
                        drawn += 1;
                    }
                    sums[band] += sum / wanted as f64;
                }
            }
        }
        sums
    };
    let blocks: Vec<Vec<f64>> = (0..REPLICATES / BLOCK).into_par_iter().map(block).collect();
    blocks.concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const SETTINGS: Settings = Settings { resamples: 1000, ..Settings::DEFAULT };

    fn band(values: &[f64], n_pairs: usize, settings: Settings) -> Option<NullBand> {
        let by_question = BTreeMap::from([(Arc::from("q"), values.to_vec())]);
        let counts = BTreeMap::from([(Arc::from("q"), n_pairs)]);
        bands(&Draws { name: "n".to_owned(), by_question: &by_question, counts: &[&counts] }, settings)[0]
    }

    #[test]
    fn it_covers_what_the_mean_of_so_many_draws_covers() {
        // A mean of n draws has the standard deviation sd / √n, and 95 % of it lies within 1.96 of those.
        let values: Vec<f64> = (0..101).map(|i| f64::from(i) / 100.0).collect();
        let sd = (values.iter().map(|x| (x - 0.5).powi(2)).sum::<f64>() / 101.0).sqrt();
        for n_pairs in [25_u16, 400] {
            let found = band(&values, n_pairs.into(), SETTINGS).unwrap();
            let half = 1.96 * sd / f64::from(n_pairs).sqrt();
            let (low, high) = found.interval.unwrap();
            assert!((found.value - 0.5).abs() < 1e-12);
            assert!(
                (low - (0.5 - half)).abs() < 0.15 * half && (high - (0.5 + half)).abs() < 0.15 * half,
                "{low} {high}"
            );
        }
    }

    #[test]
    fn nothing_in_nothing_out() {
        assert_eq!(band(&[], 3, SETTINGS), None);
        assert_eq!(band(&[0.5], 0, SETTINGS), None);
        let without = band(&[0.5, 0.7], 3, Settings { resamples: 0, ..SETTINGS }).unwrap();
        assert_eq!((without.interval, without.n_questions), (None, 1));
    }
}
