//! Intervals, tests and corrections beside scipy and statsmodels: what `tests/fixtures/inference.py` wrote goes in,
//! agreement comes out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use serde_json::Value;

use super::bounds::{self, Bounds};
use super::resampling::{Columns, sign_flip_p_values};
use super::streams::stream;
use super::{adjust, clustered, comparison, distributions, jackknife, random_effects, spearman, triangle};

/// Of what is added up from the numbers; relative above 1.
const DIGITS: f64 = 1e-12;
/// Of distribution functions, of their quantiles, and of what is made of those.
const OF_DISTRIBUTIONS: f64 = 1e-10;

fn fixture(part: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../tests/fixtures/inference.json")).unwrap();
    all[part].clone()
}

fn cases(part: &str) -> Vec<Value> {
    fixture(part).as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// A number that the peer has; a test asks for it where it exists.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

#[track_caller]
fn agrees(got: f64, expected: &Value, within: f64, what: &str) {
    let expected = number(expected);
    assert!((got - expected).abs() <= within * expected.abs().max(1.0), "{what}: {got} is not {expected}");
}

#[track_caller]
fn all_agree(got: &[f64], expected: &Value, within: f64, what: &str) {
    assert_eq!(got.len(), expected.as_array().unwrap().len(), "{what}");
    for (place, (got, expected)) in got.iter().zip(expected.as_array().unwrap()).enumerate() {
        agrees(*got, expected, within, &format!("{what}, {place}"));
    }
}

#[track_caller]
fn interval_agrees(got: Option<Bounds>, expected: &Value, within: f64, what: &str) {
    let got = got.unwrap_or_else(|| panic!("no interval for {what}"));
    agrees(got.low, &expected["low"], within, &format!("low end of {what}"));
    agrees(got.high, &expected["high"], within, &format!("high end of {what}"));
}

/// Relative also where a probability or a quantile is tiny.
#[track_caller]
fn agrees_relatively(got: f64, expected: f64, within: f64, what: &str) {
    assert!((got - expected).abs() <= within * expected.abs(), "{what}: {got:e} is not {expected:e}");
}

#[test]
fn the_normal_distribution_is_that_of_scipy_in_the_tails_too() {
    let fixture = fixture("distributions");
    for (p, expected) in numbers(&fixture["p"]).into_iter().zip(numbers(&fixture["norm_ppf"])) {
        agrees_relatively(distributions::normal_quantile(p), expected, OF_DISTRIBUTIONS, &format!("quantile {p:e}"));
    }
    for (x, expected) in numbers(&fixture["x"]).into_iter().zip(numbers(&fixture["norm_cdf"])) {
        agrees_relatively(distributions::normal_cdf(x), expected, DIGITS, &format!("probability at {x}"));
    }
}

#[test]
fn the_t_distribution_is_that_of_scipy_in_the_tails_too() {
    let fixture = fixture("distributions");
    let (p, x) = (numbers(&fixture["p"]), numbers(&fixture["x"]));
    for of_df in fixture["t"].as_array().unwrap() {
        let df = number(&of_df["df"]);
        for (&p, expected) in p.iter().zip(numbers(&of_df["ppf"])) {
            let got = distributions::t_quantile(p, df).unwrap();
            agrees_relatively(got, expected, OF_DISTRIBUTIONS, &format!("quantile {p:e} for {df}"));
        }
        // At 1e-9 for 1 degree of freedom scipy has nine digits, which its note says.
        for (&x, expected) in x.iter().zip(numbers(&of_df["cdf"])).filter(|(x, _)| **x != 1e-9 || df != 1.0) {
            let got = distributions::t_cdf(x, df).unwrap();
            agrees_relatively(got, expected, OF_DISTRIBUTIONS, &format!("probability at {x} for {df}"));
        }
    }
}

/// A case of the bootstrap.
struct Bootstrap {
    name: String,
    sample: Vec<f64>,
    /// Of its draws, in order.
    means: Vec<f64>,
    /// One for each level.
    intervals: Vec<Value>,
}

fn bootstraps() -> Vec<Bootstrap> {
    let case = |case: &Value| {
        let sample = numbers(&case["sample"]);
        let mut means: Vec<f64> = numbers(&case["draw_sums"]).iter().map(|sum| sum / sample.len() as f64).collect();
        means.sort_by(f64::total_cmp);
        let intervals = case["intervals"].as_array().unwrap().clone();
        Bootstrap { name: case["name"].to_string(), sample, means, intervals }
    };
    cases("bootstrap").iter().map(case).collect()
}

#[test]
fn percentile_and_bca_intervals_are_those_of_scipy_for_the_same_draws() {
    for Bootstrap { name, sample, means, intervals } in bootstraps() {
        for entry in intervals {
            let (level, what) = (number(&entry["level"]), format!("{name} at {}", entry["level"]));
            interval_agrees(bounds::percentile(&means, level), &entry["percentile"], DIGITS, &what);
            if !entry["bca"].is_null() {
                interval_agrees(bounds::bca(&means, &sample, level), &entry["bca"], OF_DISTRIBUTIONS, &what);
                let expanded = bounds::bca_expanded(&means, &sample, level);
                interval_agrees(expanded, &entry["bca_expanded"], OF_DISTRIBUTIONS, &what);
            }
        }
    }
}

#[test]
fn bca_of_equal_values_is_a_point_where_scipy_has_no_interval() {
    let case = bootstraps().into_iter().find(|case| case.name == "\"constant\"").unwrap();
    let Bootstrap { sample, means, intervals, .. } = case;
    for entry in intervals {
        let level = number(&entry["level"]);
        assert!(entry["bca"].is_null());
        for got in [bounds::bca(&means, &sample, level), bounds::bca_expanded(&means, &sample, level)] {
            assert_eq!(got, Some(Bounds { low: 7.0, high: 7.0, error: 0.0 }));
        }
    }
}

/// scipy's bias is infinite there, and its interval none.
#[test]
fn bca_counts_half_a_draw_below_the_mean_where_there_is_none() {
    let case = bootstraps().into_iter().find(|case| case.name.contains("above")).unwrap();
    let Bootstrap { sample, means, intervals, .. } = case;
    for entry in intervals {
        assert!(entry["bca"].is_null());
        let got = bounds::bca(&means, &sample, number(&entry["level"])).unwrap();
        // A bias so large moves both ends to the lowest draws, but not out of them.
        assert!(means[0] <= got.low && got.low <= got.high && got.high <= means[means.len() - 1], "{got:?}");
    }
}

#[test]
fn t_intervals_are_those_of_scipy() {
    for case in cases("t_interval") {
        let sample = numbers(&case["sample"]);
        let got = bounds::t_interval(&sample, number(&case["level"]));
        interval_agrees(got, &case, OF_DISTRIBUTIONS, &format!("{} values at {}", sample.len(), case["level"]));
    }
}

fn sign_flip(differences: &[f64]) -> f64 {
    sign_flip_p_values(&Columns::of_rows(differences, 1), 10_000, |block| stream(7, "test", "q", block))[0]
}

#[test]
fn exact_sign_flips_are_those_of_scipy() {
    for case in cases("sign_flip") {
        let got = sign_flip(&numbers(&case["differences"]));
        agrees(got, &case["p"], DIGITS, &case["name"].to_string());
        if case["name"] != "zero_but_for_rounding" && !case["scipy_two_sided"].is_null() {
            agrees(got, &case["scipy_two_sided"], DIGITS, &case["name"].to_string());
        }
    }
}

#[test]
fn a_sum_of_rounding_errors_is_zero_where_scipy_takes_it_for_a_difference() {
    let case = cases("sign_flip").into_iter().find(|case| case["name"] == "zero_but_for_rounding").unwrap();
    assert_eq!(sign_flip(&numbers(&case["differences"])), 1.0);
    assert!(number(&case["scipy_two_sided"]) < 0.99);
}

#[test]
fn mcnemar_is_that_of_statsmodels() {
    for case in cases("mcnemar") {
        let (b, c) = (count(&case["b"]), count(&case["c"]));
        agrees_relatively(comparison::mcnemar(b, c), number(&case["p"]), OF_DISTRIBUTIONS, &format!("{b} {c}"));
    }
}

fn welch_permutation(case: &Value) -> (f64, bool) {
    let (a, b) = (numbers(&case["a"]), numbers(&case["b"]));
    comparison::welch_permutation(&a, &b, 10_000, || stream(7, "test", "q", 0)).unwrap()
}

#[test]
fn permutations_of_welchs_t_and_its_interval_are_those_of_scipy() {
    for case in cases("welch_permutation") {
        let (what, (a, b)) = (case["name"].to_string(), (numbers(&case["a"]), numbers(&case["b"])));
        let (p, exact) = welch_permutation(&case);
        assert!(exact);
        agrees(p, &case["p"], DIGITS, &what);
        if case["name"] != "both constant" {
            agrees(p, &case["scipy_p"], DIGITS, &what);
            interval_agrees(comparison::welch_interval(&a, &b, 0.95), &case, OF_DISTRIBUTIONS, &what);
        }
    }
}

/// scipy counts the way that was seen as no hit, because infinite minus infinite is no number, and gives a point
/// as the interval.
#[test]
fn two_constant_samples_have_a_p_value_above_zero_and_no_interval_where_scipy_says_zero_and_a_point() {
    let case = cases("welch_permutation").into_iter().find(|case| case["name"] == "both constant").unwrap();
    assert_eq!(welch_permutation(&case), (0.1, true));
    assert_eq!(case["scipy_p"], 0.0);
    assert_eq!(comparison::welch_interval(&numbers(&case["a"]), &numbers(&case["b"]), 0.95), None);
    assert_eq!(case["low"], case["high"]);
}

#[test]
fn holm_and_benjamini_hochberg_are_those_of_statsmodels() {
    for case in cases("multiple") {
        let p = numbers(&case["p"]);
        all_agree(&adjust::holm(&p), &case["holm"], DIGITS, &format!("Holm of {p:?}"));
        let got = adjust::benjamini_hochberg(&p);
        all_agree(&got, &case["benjamini_hochberg"], DIGITS, &format!("Benjamini-Hochberg of {p:?}"));
    }
}

#[test]
fn cliffs_delta_is_the_mean_sign_of_all_pairs() {
    let fixture = fixture("cliffs_delta");
    for case in fixture["independent"].as_array().unwrap() {
        let (a, b) = (numbers(&case["a"]), numbers(&case["b"]));
        agrees(comparison::cliffs_delta(&a, &b).unwrap(), &case["delta"], DIGITS, &format!("{a:?} {b:?}"));
    }
    for case in fixture["paired"].as_array().unwrap() {
        let differences = numbers(&case["differences"]);
        let got = comparison::cliffs_delta_paired(&differences).unwrap();
        agrees(got, &case["delta"], DIGITS, &format!("{differences:?}"));
    }
}

#[test]
fn d_z_is_scipys_paired_t_over_the_root_of_n() {
    for case in cases("d_z") {
        let differences = numbers(&case["differences"]);
        agrees(comparison::d_z(&differences).unwrap(), &case["d_z"], DIGITS, &format!("{differences:?}"));
    }
}

#[test]
fn the_detectable_effect_is_the_formula_with_scipys_quantiles() {
    for case in cases("mde") {
        let error = number(&case["sd"]) / number(&case["n"]).sqrt();
        let got = comparison::detectable(error, 1.0 - number(&case["alpha"]), number(&case["power"]));
        agrees(got, &case["mde"], OF_DISTRIBUTIONS, &case.to_string());
    }
}

#[test]
fn clustered_errors_are_those_of_statsmodels_ordinary_least_squares() {
    for case in cases("clustered") {
        let groups: Vec<Vec<f64>> = case["clusters"].as_array().unwrap().iter().map(numbers).collect();
        let clusters: Vec<clustered::Cluster> = groups.iter().map(|x| (x.iter().sum(), x.len() as f64)).collect();
        let (n, what) = (clusters.len() as f64, format!("{} clusters", clusters.len()));
        let (mean, pulls) = (clustered::mean(&clusters).unwrap(), clustered::pulls(&clusters));
        let error = clustered::standard_error(&pulls).unwrap();
        agrees(mean, &case["mean"], DIGITS, &what);
        agrees(error, &case["corrected"], DIGITS, &what);
        agrees(error * ((n - 1.0) / n).sqrt(), &case["clustered"], DIGITS, &what);
        agrees(bounds::standard_error(&groups.concat()).unwrap(), &case["naive"], DIGITS, &what);
        let half = distributions::t_quantile(0.975, n - 1.0).unwrap() * error;
        agrees(mean - half, &case["low"], OF_DISTRIBUTIONS, &what);
        agrees(mean + half, &case["high"], OF_DISTRIBUTIONS, &what);
    }
}

#[test]
fn clusters_of_one_size_have_the_t_interval_of_their_means() {
    // What `bounds::t_interval` and clustered least squares have in common: the first case of 3 × 4 answers.
    let case = &cases("clustered")[0];
    let means: Vec<f64> =
        case["clusters"].as_array().unwrap().iter().map(|x| numbers(x).iter().sum::<f64>() / 4.0).collect();
    interval_agrees(bounds::t_interval(&means, 0.95), case, OF_DISTRIBUTIONS, "means of clusters");
}

#[test]
fn the_jackknife_of_a_mean_over_pairs_is_the_formula() {
    for case in cases("jackknife_u") {
        let similarities: Vec<Vec<f64>> = case["similarities"].as_array().unwrap().iter().map(numbers).collect();
        let n = similarities.len();
        let pairs: Vec<f64> = triangle::pairs(n).map(|(a, b)| similarities[a][b]).collect();
        let error = jackknife::of_pairs(n, |pair| pairs.get(pair).copied()).unwrap();
        agrees(error * error, &case["variance"], DIGITS, &format!("{n} draws"));
    }
}

#[test]
fn spearmans_rho_is_that_of_scipy_and_none_where_scipy_has_no_number() {
    for case in cases("spearman") {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        match spearman::spearman(&x, &y) {
            Some(got) => agrees(got, &case["rho"], DIGITS, &format!("{x:?} {y:?}")),
            None => assert!(case["rho"].is_null(), "{x:?} {y:?}"),
        }
    }
}

/// Each case of random effects with what we have for it.
fn pooled() -> Vec<(Value, random_effects::Pooled)> {
    let ours = |case: Value| {
        let errors: Vec<f64> = numbers(&case["variances"]).into_iter().map(f64::sqrt).collect();
        let got = random_effects::random_effects(&numbers(&case["effects"]), &errors, 0.95).unwrap();
        (case, got)
    };
    cases("random_effects").into_iter().map(ours).collect()
}

#[test]
fn random_effects_are_those_of_statsmodels_cut_at_zero() {
    for (case, got) in pooled() {
        let what = case["effects"].to_string();
        agrees(got.mean, &case["mean"], DIGITS, &what);
        agrees(got.tau_squared, &case["tau2"], DIGITS, &what);
        agrees(got.i_squared, &case["i2"], DIGITS, &what);
        if case["statsmodels"]["tau2"].as_f64().unwrap() > 0.0 {
            agrees(got.mean, &case["statsmodels"]["mean"], DIGITS, &what);
        }
    }
}

#[test]
fn hartung_knapp_intervals_are_those_of_statsmodels_but_never_narrower_than_the_errors_allow() {
    let mut n_narrower = 0;
    for (case, got) in pooled() {
        let (error, theirs) = (number(&case["standard_error"]), number(&case["hksj_standard_error"]));
        let df = numbers(&case["effects"]).len() as f64 - 1.0;
        let half = distributions::t_quantile(0.975, df).unwrap() * theirs.max(error);
        let expected = serde_json::json!({"low": got.mean - half, "high": got.mean + half});
        let bounds = Bounds { low: got.interval.0, high: got.interval.1, error: 0.0 };
        let what = case["effects"].to_string();
        interval_agrees(Some(bounds), &expected, OF_DISTRIBUTIONS, &what);
        if theirs < error {
            n_narrower += 1;
        } else {
            let theirs = serde_json::json!({"low": case["hksj_low"], "high": case["hksj_high"]});
            interval_agrees(Some(bounds), &theirs, OF_DISTRIBUTIONS, &what);
        }
    }
    assert!((1..7).contains(&n_narrower), "{n_narrower}");
}
