//! Intervals of a mean over questions, by resampling questions.
//!
//! Source: Efron & Tibshirani 1993, ch. 13 and 14; for language-model evaluations Miller 2024. Questions are drawn with
//! replacement; what belongs to one question stays together.

use rayon::prelude::*;

use super::Settings;
use super::panel::Panel;
use crate::kernels::bounds::{self, Bounds};
use crate::kernels::resampling::{Columns, resampled_means};
use crate::kernels::sorting::sort;
use crate::kernels::streams::stream;

/// Bootstrap means that are held in memory at a time, for all columns together: 128 MiB.
const MEANS_AT_ONCE: usize = 1 << 24;

/// How the ends of an interval are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Percentiles of the bootstrap means.
    Percentile,
    /// Bias-corrected and accelerated percentiles.
    Bca,
    /// The same, as wide as few questions ask for.
    #[default]
    BcaExpanded,
    /// Mean ± t · standard error.
    T,
}

impl Method {
    /// All of them, in the order in which tables show them.
    pub const ALL: [Method; 4] = [Method::Percentile, Method::Bca, Method::BcaExpanded, Method::T];

    /// As a plan and the tables name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::Percentile => "percentile",
            Method::Bca => "bca",
            Method::BcaExpanded => "bca_expanded",
            Method::T => "t",
        }
    }

    fn bounds(self, ascending: &[f64], values: &[f64], level: f64) -> Option<Bounds> {
        match self {
            Method::Percentile => bounds::percentile(ascending, level),
            Method::Bca => bounds::bca(ascending, values, level),
            Method::BcaExpanded => bounds::bca_expanded(ascending, values, level),
            Method::T => bounds::t_interval(values, level),
        }
        .filter(|bounds| bounds.low.is_finite() && bounds.high.is_finite())
    }
}

/// What is known of the uncertainty of one column's mean.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Spread {
    /// Standard error of the mean over questions.
    pub(super) error: Option<f64>,
    by_method: [Option<Bounds>; Method::ALL.len()],
}

impl Spread {
    pub(super) fn bounds(&self, method: Method) -> Option<Bounds> {
        Method::ALL.iter().position(|one| *one == method).and_then(|place| self.by_method[place])
    }
}

/// One for each column; without any number where there are fewer than two questions to resample.
pub(super) fn intervals(panel: &Panel, settings: Settings) -> Vec<Spread> {
    let n_columns = panel.columns.len();
    if panel.n_questions < 2 || settings.resamples == 0 {
        return vec![Spread::default(); n_columns];
    }
    let columns: Vec<Vec<f64>> = (0..n_columns).map(|column| panel.column(column).collect()).collect();
    let at_once = (MEANS_AT_ONCE / settings.resamples).max(1);
    columns.chunks(at_once).flat_map(|columns| spreads(panel, columns, settings)).collect()
}

fn spreads(panel: &Panel, columns: &[Vec<f64>], settings: Settings) -> Vec<Spread> {
    let rows: Vec<f64> =
        (0..panel.n_questions).flat_map(|question| columns.iter().map(move |column| column[question])).collect();
    let draw = |block| stream(settings.seed, "bootstrap", &panel.name, block);
    let means = resampled_means(&Columns::of_rows(&rows, columns.len()), settings.resamples, draw);
    let both: Vec<(Vec<f64>, &Vec<f64>)> = means.into_iter().zip(columns).collect();
    both.into_par_iter()
        .map(|(mut means, values)| {
            sort(&mut means);
            Spread {
                error: bounds::standard_error(values).filter(|error| error.is_finite()),
                by_method: Method::ALL.map(|method| method.bounds(&means, values, settings.level)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(rows: Vec<f64>) -> Panel {
        Panel { columns: vec![0], name: "q".into(), n_questions: rows.len(), rows }
    }

    fn bounds(rows: Vec<f64>, method: Method) -> Option<(f64, f64)> {
        intervals(&panel(rows), Settings::DEFAULT)[0].bounds(method).map(|bounds| (bounds.low, bounds.high))
    }

    #[test]
    fn covers_the_normal_interval_of_a_mean() {
        // For many questions every interval of a mean approaches mean ± 1.96 sd / √n.
        let rows: Vec<f64> = (0..400).map(|i| f64::from((i * 7919) % 400) / 400.0).collect();
        let mean = rows.iter().sum::<f64>() / 400.0;
        let sd = (rows.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 400.0).sqrt();
        let half = 1.96 * sd / 20.0;
        for method in Method::ALL {
            let Some((low, high)) = bounds(rows.clone(), method) else { panic!("an interval") };
            assert!((low - (mean - half)).abs() < 0.06 * half, "{method:?}: {low} {}", mean - half);
            assert!((high - (mean + half)).abs() < 0.06 * half, "{method:?}: {high} {}", mean + half);
        }
    }

    #[test]
    fn few_questions_make_the_recommended_interval_wider() {
        let rows = vec![0.1, 0.4, 0.35, 0.9, 0.77, 0.2];
        let width = |method| bounds(rows.clone(), method).map_or(f64::NAN, |(low, high)| high - low);
        assert!(width(Method::BcaExpanded) > 1.2 * width(Method::Percentile));
        assert!(width(Method::T) > 1.2 * width(Method::Percentile));
    }

    #[test]
    fn constant_values_give_a_point() {
        for method in Method::ALL {
            assert_eq!(bounds(vec![0.5; 9], method), Some((0.5, 0.5)));
        }
    }

    #[test]
    fn one_question_gives_no_interval() {
        assert_eq!(intervals(&panel(vec![0.5]), Settings::DEFAULT), vec![Spread::default()]);
    }

    #[test]
    fn same_for_any_number_of_threads_and_any_company() {
        let rows = vec![0.1, 0.4, 0.35, 0.9, 0.77];
        let alone = intervals(&panel(rows.clone()), Settings::DEFAULT);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(pool.install(|| intervals(&panel(rows.clone()), Settings::DEFAULT)), alone);
        // Beside another column over the same questions, a column keeps its interval.
        let both = rows.iter().flat_map(|&x| [x, -x]).collect();
        let panel = Panel { columns: vec![0, 1], name: "q".into(), n_questions: 5, rows: both };
        assert_eq!(intervals(&panel, Settings::DEFAULT)[0], alone[0]);
    }

    #[test]
    fn numbers_whose_sum_is_none_have_no_interval() {
        assert_eq!(bounds(vec![f64::MAX, f64::MAX, 1.0], Method::BcaExpanded), None);
    }
}
