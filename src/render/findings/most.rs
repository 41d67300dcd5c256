//! Which mode explores most: by contrasts within questions, for means may be over different questions.

use std::collections::BTreeMap;

use super::{LISTED, MANY, Sentence, Subject, Told};
use crate::model::{Cell, ContrastRow, SummaryRow};
use crate::render::label::clean;
use crate::render::modes::ModeKey;
use crate::render::words;

/// How the solutions of one mode compare with those of another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Less,
    More,
    Unclear,
    /// The two have no question in common.
    Unshared,
    /// Nobody asked.
    Untested,
}

/// The modes of a subject in one space.
struct Standing<'d> {
    /// The lowest first.
    means: Vec<(&'d SummaryRow, f64)>,
    /// Position of the mode that is clearly less alike than most others, and than which none is; none where none is clear.
    best: Option<usize>,
    /// The others that it is clearly less alike than.
    beaten: Vec<usize>,
    /// Whether every two modes are held so.
    all_unshared: bool,
    all_untested: bool,
}

impl Standing<'_> {
    fn best_mode(&self) -> Option<ModeKey> {
        self.best.map(|best| ModeKey::of(&self.means[best].0.cell))
    }

    fn beats_all(&self) -> bool {
        self.best.is_some() && self.beaten.len() + 1 == self.means.len()
    }

    /// Whether means say otherwise: a mode that was beaten over shared questions has a lower one.
    fn means_mislead(&self) -> bool {
        self.best.is_some_and(|best| self.beaten.iter().any(|&other| self.means[other].1 < self.means[best].1))
    }
}

impl<'d> Told<'_, 'd> {
    pub(super) fn most(&self) -> Vec<Sentence> {
        if self.subjects.is_empty() {
            let told = words::headlines(self.data.summary, self.data.contrasts, self.metric);
            return told.iter().map(|text| Sentence::of_all(text)).collect();
        }
        if self.subjects.len() > MANY {
            return vec![Sentence::of_all(&self.most_of_many())];
        }
        let of = |subject| Sentence::new(&self.about(subject), &self.most_of(subject));
        self.subjects.iter().map(of).collect()
    }

    /// A subject's means, the least alike first.
    fn means(&self, subject: &Subject<'_>, space: &str) -> Vec<(&'d SummaryRow, f64)> {
        let rows = super::measured(self.data, self.metric);
        let mine = rows.filter(|row| row.space == space && subject.holds(&row.cell));
        let mut means: Vec<_> = mine.filter_map(|row| Some((row, row.value?))).collect();
        means.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| ModeKey::of(&a.0.cell).cmp(&ModeKey::of(&b.0.cell))));
        means
    }

    fn standing(&self, subject: &Subject<'_>, space: &str) -> Standing<'d> {
        let means = self.means(subject, space);
        let contrasts = self.contrasts(subject, space);
        let n = means.len();
        let table: Vec<Vec<Held>> =
            (0..n).map(|a| (0..n).map(|b| held(&contrasts, &means[a].0.cell, &means[b].0.cell)).collect()).collect();
        let beaten = |a: usize| (0..n).filter(|&b| b != a && table[a][b] == Held::Less).collect::<Vec<_>>();
        let unbeaten = (0..n).filter(|&a| table[a].iter().all(|one| *one != Held::More) && !beaten(a).is_empty());
        // Of equals the one with the lower mean.
        let best = unbeaten.reduce(|best, one| if beaten(one).len() > beaten(best).len() { one } else { best });
        let all = |wanted| n > 1 && (0..n).all(|a| (0..n).all(|b| a == b || table[a][b] == wanted));
        Standing {
            best,
            beaten: best.map(beaten).unwrap_or_default(),
            all_unshared: all(Held::Unshared),
            all_untested: all(Held::Untested),
            means,
        }
    }

    fn most_of(&self, subject: &Subject<'_>) -> String {
        let standing = self.standing(subject, self.space);
        let means = self.listed_means(&standing.means);
        let metric = format!("{} on {}", words::metric_words(self.metric), clean(self.space));
        let name = |n: usize| self.mode(&standing.means[n].0.cell);
        let told = match standing.best {
            _ if standing.means.len() < 2 => format!("One mode alone was sampled; {metric}: {means}."),
            None if standing.all_unshared => format!(
                "No two modes have a question in common: their means tell of the questions as much as of the modes; {metric}: {means}."
            ),
            None if standing.all_untested => format!("No mode is compared with another; {metric}: {means}."),
            None => format!("No mode clearly more than another; {metric}: {means}."),
            Some(best) if standing.beats_all() && standing.means_mislead() => format!(
                "{}: over the questions that the modes share, its solutions are the least alike. {means} are means over different questions ({metric}).",
                name(best)
            ),
            Some(best) if standing.beats_all() => {
                format!("{}: its solutions to the same question are the least alike; {metric}: {means}.", name(best))
            }
            Some(best) => {
                let than = if standing.beaten.len() > LISTED {
                    format!("{} of {} others", standing.beaten.len(), standing.means.len() - 1)
                } else {
                    words::and_list(&standing.beaten.iter().map(|&n| name(n)).collect::<Vec<_>>())
                };
                let over = if standing.means_mislead() { ", over the questions that they share" } else { "" };
                let remark = if over.is_empty() { "" } else { " These are means over different questions." };
                format!("{}, but clearly only in comparison with {than}{over}; {metric}: {means}.{remark}", name(best))
            }
        };
        format!("{told}{}", self.other_spaces(subject, &standing))
    }

    /// `parallel 0.854 [0.841, 0.867] and markov 0.947`, so many at most.
    fn listed_means(&self, means: &[(&SummaryRow, f64)]) -> String {
        let decimals = words::decimals(means.iter().map(|(_, value)| *value));
        let told = |(row, value): &(&SummaryRow, f64)| {
            let ci = words::interval(row.ci_low, row.ci_high, decimals).map_or_else(String::new, |ci| format!(" {ci}"));
            format!("{} {}{ci}", self.mode(&row.cell), words::number(*value, decimals))
        };
        let mut listed: Vec<String> = means.iter().take(LISTED).map(told).collect();
        let rest = means.len() - listed.len();
        listed.extend((rest > 0).then(|| format!("{rest} more in the similarity table")));
        words::and_list(&listed)
    }

    /// What another space says, where it says something else.
    fn other_spaces(&self, subject: &Subject<'_>, here: &Standing<'_>) -> String {
        let mut by_answer: BTreeMap<Option<ModeKey>, Vec<String>> = BTreeMap::new();
        for space in self.spaces.iter().filter(|space| **space != self.space) {
            let there = self.standing(subject, space);
            if there.means.len() > 1 && there.best_mode() != here.best_mode() {
                by_answer.entry(there.best_mode()).or_default().push(clean(space));
            }
        }
        let told = by_answer.iter().map(|(answer, spaces)| {
            let spaces = words::and_list(spaces);
            match answer {
                Some(mode) => format!(" Measured on {spaces}, it is {}.", self.labels.label(mode)),
                None => format!(" Measured on {spaces}, no mode stands out."),
            }
        });
        told.collect()
    }

    fn most_of_many(&self) -> String {
        let metric = format!("{} on {}", words::metric_words(self.metric), clean(self.space));
        let standings: Vec<_> = self.subjects.iter().map(|one| (one, self.standing(one, self.space))).collect();
        let (compared, alone): (Vec<_>, Vec<_>) = standings.into_iter().partition(|(_, one)| one.means.len() > 1);
        if compared.is_empty() {
            let all = words::count(alone.len(), "combination");
            return format!("No two modes can be compared: each of {all} of model and data set has one mode alone.");
        }
        let mut wins: BTreeMap<ModeKey, usize> = BTreeMap::new();
        for mode in compared.iter().filter(|(_, one)| one.beats_all()).filter_map(|(_, one)| one.best_mode()) {
            *wins.entry(mode).or_default() += 1;
        }
        let all = format!("{} of model and data set", words::count(compared.len(), "combination"));
        let clear: usize = wins.values().sum();
        let mut wins: Vec<(ModeKey, usize)> = wins.into_iter().collect();
        wins.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let told: Vec<String> = wins.iter().map(|(mode, n)| format!("{} in {n}", self.labels.label(mode))).collect();
        let mut told = if clear == 0 {
            format!("In none of {all} are the solutions of one mode clearly the least alike ({metric}).")
        } else {
            let rest = compared.len() - clear;
            let unclear =
                if rest > 0 { format!("; in {rest} no mode is clearly the least alike") } else { String::new() };
            format!(
                "The solutions to a question are clearly the least alike under {} of {all} ({metric}){unclear}.",
                words::and_list(&told)
            )
        };
        if !alone.is_empty() {
            told.push_str(&format!(" {} more with one mode alone.", words::count(alone.len(), "combination")));
        }
        for space in self.spaces.iter().filter(|space| **space != self.space) {
            let differs = compared.iter().filter(|(subject, here)| {
                let there = self.standing(subject, space);
                there.means.len() > 1 && there.best_mode() != here.best_mode()
            });
            let n = differs.count();
            if n > 0 {
                told.push_str(&format!(" Measured on {}, it is otherwise in {n}.", clean(space)));
            }
        }
        told
    }
}

/// How the solutions of `a` compare with those of `b`, question by question.
fn held(contrasts: &[ContrastRow], a: &Cell, b: &Cell) -> Held {
    let side = |cell: &Cell| ModeKey::of(cell);
    let sides = |row: &ContrastRow| {
        (ModeKey::new(&row.mode_a, row.feedback_a.as_deref()), ModeKey::new(&row.mode_b, row.feedback_b.as_deref()))
    };
    let found = contrasts.iter().find_map(|row| match sides(row) {
        found if found == (side(a), side(b)) => Some((row, 1.0)),
        found if found == (side(b), side(a)) => Some((row, -1.0)),
        _ => None,
    });
    let Some((row, sign)) = found else { return Held::Untested };
    let difference = row.difference.map_or(0.0, |difference| sign * difference);
    match difference {
        _ if row.design == words::UNPAIRED => Held::Unshared,
        difference if difference < 0.0 && words::is_clear(row) => Held::Less,
        difference if difference > 0.0 && words::is_clear(row) => Held::More,
        _ => Held::Unclear,
    }
}
