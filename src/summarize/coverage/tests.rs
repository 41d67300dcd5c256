//! The tables of METHODOLOGY.md, and a fast look at the first of them.

use std::io::Write;

use super::synthetic::{ANSWERS, DIFFERENT, EXCHANGEABLE, KINDS, Modes, SKEWED, SPREAD, cosines, shifted, strangers};
use super::*;
use crate::kernels::jackknife;
use crate::summarize::Method;

/// Data sets of a row: coverage is known to ±0.34 percent points (one standard error).
const N_SETS: usize = 4000;
/// Standard errors of a simulation that a number may lie off.
const ALLOWED: f64 = 2.0;
const QUESTIONS: [usize; 4] = [10, 30, 100, 500];

/// Past the test harness, which shows what a test prints only where it fails.
fn show(table: &str) {
    writeln!(std::io::stdout().lock(), "{table}").unwrap();
}

/// Of a share, with so many data sets.
fn error_of_share(share: f64, n_sets: usize) -> f64 {
    (share * (1.0 - share) / n_sets as f64).sqrt()
}

#[test]
#[ignore = "makes a table: half a minute"]
fn intervals_hold_the_truth_in_94_to_96_of_100_cases_from_30_questions_on() {
    let mut table = format!("\n| data | questions | {} |\n|---|---|{}\n", WAYS.join(" | "), "---|".repeat(WAYS.len()));
    let mut off = Vec::new();
    for (place, kind) in KINDS.iter().enumerate() {
        for n_questions in QUESTIONS {
            let counts = coverage(kind, n_questions, N_SETS, Settings::DEFAULT);
            let cells = counts.map(Count::cell).join(" | ");
            table += &format!("| {} | {n_questions} | {cells} |\n", kind.name);
            let covered = counts[RECOMMENDED].covered();
            // What the other two kinds do instead is in METHODOLOGY.md.
            if place < 2 && n_questions >= 30 && !(94.0..=96.0).contains(&covered) {
                off.push(format!("{} with {n_questions} questions: {covered} %", kind.name));
            }
        }
    }
    show(&table);
    assert!(off.is_empty(), "{off:?}");
}

/// One design and what is asked of its intervals and tests.
struct Design {
    name: &'static str,
    n_questions: String,
    difference: f64,
    rows: Vec<ContrastRow>,
    /// The same with the other interval, where there is one.
    with_t: Vec<ContrastRow>,
}

impl Design {
    fn paired(modes: &Modes, n_questions: usize) -> Self {
        let name = format!("{} {n_questions}", modes.name);
        let draw = |random: &mut ChaCha8Rng| modes.draw(n_questions, random);
        let rows = |settings| contrasted(&name, &draw, true, N_SETS, settings);
        let with_t = rows(Settings { resamples: 1, ..Settings::DEFAULT });
        let (name, n_questions, difference) = (modes.name, n_questions.to_string(), modes.difference);
        Design {
            name,
            n_questions,
            difference,
            rows: rows(Settings { contrast_interval: Method::BcaExpanded, ..Settings::DEFAULT }),
            with_t,
        }
    }

    fn unpaired(name: &'static str, sizes: [usize; 2], spreads: [f64; 2]) -> Self {
        let n_questions = format!("{} and {}", sizes[0], sizes[1]);
        let draw = |random: &mut ChaCha8Rng| strangers(sizes, spreads, random);
        let rows = contrasted(&format!("{name} {n_questions}"), &draw, false, N_SETS, Settings::DEFAULT);
        Design { name, n_questions, difference: 0.0, rows, with_t: Vec::new() }
    }

    fn p_values(&self) -> Vec<f64> {
        self.rows.iter().filter_map(|row| row.p_value).collect()
    }

    fn covered(&self, rows: &[ContrastRow]) -> Count {
        let mut count = Count::default();
        for ends in rows.iter().filter_map(|row| row.ci_low.zip(row.ci_high)) {
            count.add(ends, self.difference);
        }
        count
    }

    /// A row of the table. Where the modes differ, tests have nothing to keep; single answers give few distinct p-values.
    fn line(&self) -> String {
        let p_values = self.p_values();
        let test = self.rows[0].p_method.as_deref().unwrap_or("–");
        let is_null = self.difference == 0.0;
        let share = |level| if is_null { percent(share_up_to(level, &p_values)) } else { "–".to_owned() };
        let shares = [0.01, 0.05, 0.1].map(share).join(" | ");
        let is_fine = is_null && test != "mcnemar_exact";
        let distance = if is_fine { format!("{:.3}", distance_from_uniform(&p_values)) } else { "–".to_owned() };
        let (covered, by_t) = (self.covered(&self.rows).cell(), self.covered(&self.with_t).cell());
        format!("| {} | {} | {covered} | {by_t} | {test} | {shares} | {distance} |\n", self.name, self.n_questions)
    }

    /// That no level is passed more often than it says, but for the chance of the simulation.
    fn keeps_its_level(&self) {
        for level in [0.01, 0.05, 0.1] {
            let share = share_up_to(level, &self.p_values());
            let most = level + ALLOWED * error_of_share(level, N_SETS);
            assert!(share <= most, "{} {}: {share} of {level}", self.name, self.n_questions);
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

#[test]
#[ignore = "makes a table: half a minute"]
fn p_values_are_uniform_under_the_null() {
    let exchangeable = [15, 30, 100].map(|n_questions| Design::paired(&EXCHANGEABLE, n_questions));
    let skewed = [30, 100].map(|n_questions| Design::paired(&SKEWED, n_questions));
    let different = [30, 100].map(|n_questions| Design::paired(&DIFFERENT, n_questions));
    let answers = [30, 100].map(|n_questions| Design::paired(&ANSWERS, n_questions));
    let unpaired = [
        Design::unpaired("unpaired, same spread", [6, 8], [0.2, 0.2]),
        Design::unpaired("unpaired, spread 3 : 1", [12, 36], [0.3, 0.1]),
        Design::unpaired("unpaired, spread 3 : 1", [40, 120], [0.3, 0.1]),
    ];
    let all = exchangeable.iter().chain(&skewed).chain(&different).chain(&answers).chain(&unpaired);
    let lines: String = all.map(Design::line).collect();
    show(&format!(
        "\n| design | questions | bca_expanded; welch | t (recommended) | test | p ≤ 0.01 | p ≤ 0.05 | p ≤ 0.1 | distance |\n\
         |---|---|---|---|---|---|---|---|---|\n{lines}"
    ));
    // The 1 % point of Kolmogorov's distribution.
    let critical = 1.628 / (N_SETS as f64).sqrt();
    for design in &exchangeable {
        let distance = distance_from_uniform(&design.p_values());
        assert!(distance < critical, "{} {}: {distance}", design.name, design.n_questions);
    }
    exchangeable.iter().chain(&answers).chain(&unpaired[..1]).for_each(Design::keeps_its_level);
    // With 15 questions one step is 2 of 32 768 patterns, so that every level is attained to four digits.
    let share = share_up_to(0.05, &exchangeable[0].p_values());
    assert!((share - 0.05).abs() < ALLOWED * error_of_share(0.05, N_SETS), "{share}");
    // What needs symmetry or equal spreads for its level keeps it by and large; see METHODOLOGY.md.
    for design in skewed.iter().chain(&unpaired) {
        assert!(share_up_to(0.05, &design.p_values()) < 0.065, "{} {}", design.name, design.n_questions);
    }
    for design in different.iter().chain(&exchangeable[1..]) {
        let covered = design.covered(&design.with_t).covered();
        assert!((94.0..=96.0).contains(&covered), "{} {}: {covered}", design.name, design.n_questions);
    }
}

#[test]
#[ignore = "makes a table: some seconds"]
fn coverage_of_the_minimum_detectable_effect_is_its_power() {
    let mut table = "\n| questions | mean `mde` | true difference found |\n|---|---|---|\n".to_owned();
    for n_questions in [10, 30, 100] {
        let rows = |shift: f64, name: &str| {
            let draw = |random: &mut ChaCha8Rng| shifted(n_questions, shift, random);
            contrasted(&format!("{name} {n_questions}"), &draw, true, N_SETS, Settings::DEFAULT)
        };
        let reported: Vec<f64> = rows(0.0, "pilot").iter().filter_map(|row| row.mde).collect();
        let mde = reported.iter().sum::<f64>() / reported.len() as f64;
        let p_values: Vec<f64> = rows(mde, "study").iter().filter_map(|row| row.p_value).collect();
        let power = share_up_to(0.05, &p_values);
        table += &format!("| {n_questions} | {:.2} sd | {:.1} % |\n", mde / SPREAD, 100.0 * power);
        // It comes from the normal distribution, which promises a little too much for few questions.
        let least = if n_questions < 100 { 0.65 } else { 0.77 };
        assert!((least..0.83).contains(&power), "{n_questions}: {power}");
    }
    show(&table);
}

#[test]
#[ignore = "makes a table: some seconds"]
fn coverage_of_new_samples_the_jackknife_is_a_little_careful() {
    let mut table =
        "\n| samples | true variance | mean of the estimates | as standard errors |\n|---|---|---|---|\n".to_owned();
    for n in [4, 8, 20] {
        let (mut means, mut variances) = (Vec::new(), Vec::new());
        for number in 0..5 * N_SETS {
            let values = cosines(n, &mut stream(SEED, "coverage", &format!("jackknife {n}"), number));
            means.push(values.iter().sum::<f64>() / values.len() as f64);
            variances.push(jackknife::of_pairs(n, |pair| values.get(pair).copied()).unwrap().powi(2));
        }
        let truth = bounds::deviation(&means).unwrap().powi(2);
        let ratio = variances.iter().sum::<f64>() / variances.len() as f64 / truth;
        let more = |ratio: f64| 100.0 * (ratio - 1.0);
        let estimate = format!("{:.5} ({:+.0} %)", ratio * truth, more(ratio));
        table += &format!("| {n} | {truth:.5} | {estimate} | {:+.0} % |\n", more(ratio.sqrt()));
        let bound = if n == 4 { 2.0 } else { 1.3 };
        assert!((0.97..bound).contains(&ratio), "{n}: {ratio}");
    }
    show(&table);
}

#[test]
fn a_look_at_coverage_of_30_questions() {
    let settings = Settings { resamples: 1000, ..Settings::DEFAULT };
    for kind in &KINDS[..2] {
        let counts = coverage(kind, 30, 400, settings);
        // Two standard errors of 400 data sets are two percent points.
        let recommended = counts[RECOMMENDED].covered();
        assert!((92.0..98.0).contains(&recommended), "{}: {recommended}", kind.name);
        let naive = counts[NAIVE_GROUPS].covered();
        assert!(naive < 88.0, "{}: {naive}", kind.name);
    }
}

#[test]
fn a_distance_from_uniform_by_hand() {
    assert!((distance_from_uniform(&[0.1, 0.6]) - 0.4).abs() < 1e-12);
    assert_eq!(share_up_to(0.5, &[0.1, 0.5, 0.6, 0.9]), 0.5);
}
