//! A metric's name with what else was asked of it: `cosine`, `cosine.min`, `vendi/correct`, `vendi@4`, `vendi/correct@4`.

use std::fmt;

/// How the values of a group's samples, pairs or rounds become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Statistic {
    /// The arithmetic mean; not written.
    Mean,
    /// `.min`
    Min,
    /// `.max`
    Max,
    /// `.median`, which is `p50`, or `.p05` to `.p95`: a percentile, by linear interpolation.
    Percentile(u8),
}

impl Statistic {
    /// The word after the dot; `None` for the mean, which is not written.
    #[must_use]
    pub fn suffix(self) -> Option<String> {
        match self {
            Statistic::Mean => None,
            Statistic::Min => Some("min".to_owned()),
            Statistic::Max => Some("max".to_owned()),
            Statistic::Percentile(50) => Some("median".to_owned()),
            Statistic::Percentile(percent) => Some(format!("p{percent:02}")),
        }
    }

    /// From the word after the dot.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "min" => Some(Statistic::Min),
            "max" => Some(Statistic::Max),
            "median" => Some(Statistic::Percentile(50)),
            _ => {
                let digits = word.strip_prefix('p').filter(|digits| digits.len() == 2)?;
                let percent = digits.parse().ok()?;
                (1..=99).contains(&percent).then_some(Statistic::Percentile(percent))
            }
        }
    }
}

/// Which samples of a group take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gate {
    /// All that have what is measured; not written.
    All,
    /// `/correct`: of those, the ones whose answer is correct.
    Correct,
}

/// A metric's name taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant<'a> {
    /// A registered metric, if the name is right.
    pub base: &'a str,
    /// How values become one number.
    pub statistic: Statistic,
    /// Who takes part.
    pub gate: Gate,
    /// `@K`: rarefied, the expectation over subsets of K of those who take part.
    pub at: Option<usize>,
}

impl<'a> Variant<'a> {
    /// The metric itself.
    #[must_use]
    pub fn plain(base: &'a str) -> Self {
        Variant { base, statistic: Statistic::Mean, gate: Gate::All, at: None }
    }

    /// Takes a name apart. What is no known suffix belongs to the base: `vendi_0.5` is one.
    #[must_use]
    pub fn parse(name: &'a str) -> Self {
        let (rest, at) = match name.rsplit_once('@').and_then(|(rest, k)| Some((rest, whole_number(k)?))) {
            Some((rest, k)) => (rest, Some(k)),
            None => (name, None),
        };
        let (rest, gate) = rest.strip_suffix("/correct").map_or((rest, Gate::All), |rest| (rest, Gate::Correct));
        let dotted = rest.rsplit_once('.').and_then(|(base, word)| Some((base, Statistic::parse(word)?)));
        let (base, statistic) = dotted.unwrap_or((rest, Statistic::Mean));
        Variant { base, statistic, gate, at }
    }

    /// Whether nothing else was asked than the metric.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Variant::plain(self.base)
    }

    /// What was asked beyond the metric, as words for a heading: `, minimum, correct samples only, at 4 samples`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = match self.statistic {
            Statistic::Mean => String::new(),
            Statistic::Min => ", minimum".to_owned(),
            Statistic::Max => ", maximum".to_owned(),
            Statistic::Percentile(50) => ", median".to_owned(),
            Statistic::Percentile(percent) => format!(", percentile {percent}"),
        };
        if self.gate == Gate::Correct {
            words.push_str(", correct samples only");
        }
        if let Some(k) = self.at {
            words.push_str(&format!(", at {k} samples"));
        }
        words
    }
}

/// No sign, no leading zero: a name is written in one way only.
fn whole_number(digits: &str) -> Option<usize> {
    let plain = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

impl fmt::Display for Variant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base)?;
        if let Some(suffix) = self.statistic.suffix() {
            write!(f, ".{suffix}")?;
        }
        if self.gate == Gate::Correct {
            f.write_str("/correct")?;
        }
        self.at.map_or(Ok(()), |k| write!(f, "@{k}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_and_together() {
        let all = Variant { base: "vendi_0.5", statistic: Statistic::Min, gate: Gate::Correct, at: Some(4) };
        assert_eq!(Variant::parse("vendi_0.5.min/correct@4"), all);
        for name in [
            "cosine",
            "vendi_0.5",
            "cosine.min",
            "cosine.median",
            "cosine.p05",
            "vendi/correct",
            "vendi@4",
            "vendi/correct@12",
        ] {
            assert_eq!(Variant::parse(name).to_string(), name);
        }
    }

    #[test]
    fn what_is_no_suffix_stays_in_the_base() {
        for name in ["cosine.mean", "cosine.p100", "cosine.p00", "vendi@0", "vendi@04", "vendi@+4", "vendi@"] {
            assert_eq!(Variant::parse(name), Variant::plain(name), "{name}");
        }
    }

    #[test]
    fn words_for_headings() {
        assert_eq!(Variant::parse("x").words(), "");
        assert_eq!(Variant::parse("x.min/correct@4").words(), ", minimum, correct samples only, at 4 samples");
    }
}
