//! The paired test between two modes: under the null the sign of each question's difference is a coin toss.
//!
//! Source: Fisher 1935; Dwass 1957 for the Monte-Carlo form, with the +1 of Phipson & Smyth 2010, which keeps a
//! p-value from being zero.

use rand::RngExt;
use rayon::prelude::*;

use super::Settings;
use super::panel::Panel;
use crate::kernels::streams::stream;

/// Up to here all 2^Q sign patterns are listed.
const EXACT_UP_TO: usize = 20;
/// Random patterns that share a stream.
const BLOCK: usize = 500;
/// Two sums that differ by less than this share of their size are the same number added in another order.
const TIE: f64 = 1e-12;

/// Two-sided p-value of each column.
pub(super) fn p_values(panel: &Panel, settings: Settings) -> Vec<f64> {
    let n_columns = panel.columns.len();
    let thresholds: Vec<f64> = (0..n_columns)
        .map(|column| {
            let size: f64 = panel.column(column).map(f64::abs).sum();
            panel.column(column).sum::<f64>().abs() - TIE * size
        })
        .collect();
    if panel.n_questions <= EXACT_UP_TO {
        let hits = exact_hits(panel, &thresholds);
        let patterns = (1_u64 << panel.n_questions) as f64;
        return hits.into_iter().map(|hits| hits as f64 / patterns).collect();
    }
    let hits = random_hits(panel, &thresholds, settings);
    hits.into_iter().map(|hits| (hits + 1) as f64 / (settings.resamples + 1) as f64).collect()
}

fn count(hits: &mut [u64], sums: &[f64], thresholds: &[f64]) {
    for ((hits, sum), threshold) in hits.iter_mut().zip(sums).zip(thresholds) {
        *hits += u64::from(sum.abs() >= *threshold);
    }
}

fn exact_hits(panel: &Panel, thresholds: &[f64]) -> Vec<u64> {
    let n_columns = thresholds.len();
    let mut hits = vec![0; n_columns];
    let mut sums = vec![0.0; n_columns];
    for pattern in 0..1_u64 << panel.n_questions {
        // Summed afresh: stepping from pattern to pattern would let rounding errors pile up over a million steps.
        sums.fill(0.0);
        for (question, row) in panel.rows.chunks_exact(n_columns).enumerate() {
            let sign = if pattern >> question & 1 == 0 { 1.0 } else { -1.0 };
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += sign * value;
            }
        }
        count(&mut hits, &sums, thresholds);
    }
    hits
}

fn random_hits(panel: &Panel, thresholds: &[f64], settings: Settings) -> Vec<u64> {
    let n_columns = thresholds.len();
    let n_blocks = settings.resamples.div_ceil(BLOCK);
    let blocks: Vec<Vec<u64>> = (0..n_blocks)
        .into_par_iter()
        .map(|block| {
            let mut rng = stream(settings.seed, "sign-flip", &panel.name, block);
            let mut hits = vec![0; n_columns];
            let mut sums = vec![0.0; n_columns];
            for _ in 0..BLOCK.min(settings.resamples - block * BLOCK) {
                sums.fill(0.0);
                flip(panel, &mut rng, &mut sums);
                count(&mut hits, &sums, thresholds);
            }
            hits
        })
        .collect();
    // Whole numbers: any order of adding gives the same.
    (0..n_columns).map(|column| blocks.iter().map(|hits| hits[column]).sum()).collect()
}

fn flip(panel: &Panel, rng: &mut impl rand::Rng, sums: &mut [f64]) {
    for rows in panel.rows.chunks(sums.len() * 64) {
        let mut coins: u64 = rng.random();
        for row in rows.chunks_exact(sums.len()) {
            let sign = if coins & 1 == 0 { 1.0 } else { -1.0 };
            coins >>= 1;
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += sign * value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings { level: 0.95, resamples: 10_000, seed: 7 };

    fn p(differences: &[f64]) -> f64 {
        let panel =
            Panel { columns: vec![0], name: "q".into(), n_questions: differences.len(), rows: differences.to_vec() };
        p_values(&panel, SETTINGS)[0]
    }

    #[test]
    fn golden_exact() {
        assert_eq!(p(&[0.03, 0.05, -0.01, 0.08, 0.02, 0.04]), 4.0 / 64.0);
    }

    #[test]
    fn no_difference_at_all_is_no_evidence() {
        assert_eq!(p(&[0.0; 5]), 1.0);
        assert_eq!(p(&[0.0; 30]), 1.0);
    }

    #[test]
    fn one_question_can_never_convince() {
        assert_eq!(p(&[0.7]), 1.0);
    }

    #[test]
    fn monte_carlo_agrees_with_exact() {
        let d: Vec<f64> = (0..20).map(|i| (f64::from(i * 37 % 20) - 7.0) / 20.0).collect();
        let exact = p(&d);
        let panel = Panel { columns: vec![0], name: "q".into(), n_questions: 20, rows: d };
        let thresholds = [panel.column(0).sum::<f64>().abs() - 1e-12];
        let random = (random_hits(&panel, &thresholds, SETTINGS)[0] + 1) as f64 / 10_001.0;
        // Four standard errors of a share from 10 000 draws.
        assert!((random - exact).abs() < 4.0 * (exact * (1.0 - exact) / 1e4).sqrt(), "{random} {exact}");
    }

    #[test]
    fn strong_evidence_stops_at_the_smallest_possible_value() {
        assert_eq!(p(&[1.0; 40]), 1.0 / 10_001.0);
    }
}
