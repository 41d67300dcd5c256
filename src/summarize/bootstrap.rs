//! Percentile intervals of a mean over questions, by resampling questions.
//!
//! Source: Efron & Tibshirani 1993, ch. 13; for language-model evaluations Miller 2024. Questions are drawn with
//! replacement; what belongs to one question stays together.

use rand::RngExt;
use rayon::prelude::*;

use super::Settings;
use super::panel::Panel;
use crate::kernels::quantile::quantile_of;
use crate::kernels::streams::stream;

/// Resamples that share a random stream. Changing it changes every interval in the last digits.
const BLOCK: usize = 500;

/// One interval per column; none where there are fewer than two questions to resample.
pub(super) fn intervals(panel: &Panel, settings: Settings) -> Vec<Option<(f64, f64)>> {
    let n_columns = panel.columns.len();
    if panel.n_questions < 2 || settings.resamples == 0 {
        return vec![None; n_columns];
    }
    let means = resampled_means(panel, settings);
    (0..n_columns)
        .map(|column| {
            let mut draws: Vec<f64> = means.iter().skip(column).step_by(n_columns).copied().collect();
            let tail = (1.0 - settings.level) / 2.0;
            Some((quantile_of(&mut draws, tail)?, quantile_of(&mut draws, 1.0 - tail)?))
        })
        .collect()
}

/// Resample by resample, the mean of each column. Blocks run in parallel and are put together in their order.
fn resampled_means(panel: &Panel, settings: Settings) -> Vec<f64> {
    let n_blocks = settings.resamples.div_ceil(BLOCK);
    (0..n_blocks)
        .into_par_iter()
        .flat_map_iter(|block| {
            let n = BLOCK.min(settings.resamples - block * BLOCK);
            block_of_means(panel, settings.seed, block, n)
        })
        .collect()
}

fn block_of_means(panel: &Panel, seed: u64, block: usize, n_resamples: usize) -> Vec<f64> {
    let n_columns = panel.columns.len();
    let mut rng = stream(seed, "bootstrap", &panel.name, block);
    let mut means = Vec::with_capacity(n_resamples * n_columns);
    let mut sums = vec![0.0; n_columns];
    for _ in 0..n_resamples {
        sums.fill(0.0);
        for _ in 0..panel.n_questions {
            let question = rng.random_range(0..panel.n_questions);
            let row = &panel.rows[question * n_columns..(question + 1) * n_columns];
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
        means.extend(sums.iter().map(|sum| sum / panel.n_questions as f64));
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(rows: Vec<f64>) -> Panel {
        Panel { columns: vec![0], name: "q".into(), n_questions: rows.len(), rows }
    }

    const SETTINGS: Settings = Settings { level: 0.95, resamples: 10_000, seed: 7 };

    #[test]
    fn covers_the_normal_interval_of_a_mean() {
        // For many questions the percentile interval of a mean approaches mean ± 1.96 sd / √n.
        let rows: Vec<f64> = (0..400).map(|i| f64::from((i * 7919) % 400) / 400.0).collect();
        let mean = rows.iter().sum::<f64>() / 400.0;
        let sd = (rows.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 400.0).sqrt();
        let Some((low, high)) = intervals(&panel(rows), SETTINGS)[0] else { panic!("an interval") };
        let half = 1.96 * sd / 20.0;
        assert!((low - (mean - half)).abs() < 0.03 * half * 2.0, "{low} {}", mean - half);
        assert!((high - (mean + half)).abs() < 0.03 * half * 2.0, "{high} {}", mean + half);
    }

    #[test]
    fn constant_values_give_a_point() {
        assert_eq!(intervals(&panel(vec![0.5; 9]), SETTINGS), vec![Some((0.5, 0.5))]);
    }

    #[test]
    fn one_question_gives_no_interval() {
        assert_eq!(intervals(&panel(vec![0.5]), SETTINGS), vec![None]);
    }

    #[test]
    fn same_for_any_number_of_threads_and_any_company() {
        let rows = vec![0.1, 0.4, 0.35, 0.9, 0.77];
        let alone = intervals(&panel(rows.clone()), SETTINGS);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(pool.install(|| intervals(&panel(rows.clone()), SETTINGS)), alone);
        // Beside another column over the same questions, a column keeps its interval.
        let both = rows.iter().flat_map(|&x| [x, -x]).collect();
        let panel = Panel { columns: vec![0, 1], name: "q".into(), n_questions: 5, rows: both };
        assert_eq!(intervals(&panel, SETTINGS)[0], alone[0]);
    }
}
