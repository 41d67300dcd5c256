//! What can be made to go wrong, and when.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a busy server asks to be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It does not say.
    Unsaid,
    /// This many seconds; Gemini says so in its body, the others in `Retry-After`.
    Seconds(u64),
    /// Until the moment this many seconds from now, as an HTTP date.
    Date(u64),
}

impl After {
    pub(crate) fn header(self) -> Option<String> {
        match self {
            After::Unsaid => None,
            After::Seconds(seconds) => Some(seconds.to_string()),
            After::Date(seconds) => Some(http_date(SystemTime::now() + Duration::from_secs(seconds))),
        }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// 429: too many requests for now.
    Busy(After),
    /// 429: nothing left for today, or on the account.
    Quota,
    /// This status with the provider's own error: 500 and 503.
    Broken(u16, After),
    /// This status with a page for browsers.
    Html(u16),
    /// The right answer, a few bytes at a time.
    Drip { bytes: usize, pause: Duration },
    /// The connection ends before the answer.
    CutBefore,
    /// The connection ends in the middle of the answer.
    CutInside,
    /// A vector less than texts.
    TooFew,
    /// A vector more than texts.
    TooMany,
    /// The right vectors with the right indices, in another order; only where there are indices.
    Shuffled,
    /// Two vectors say the same index; only where there are indices.
    DuplicateIndex,
    /// The first number of the first vector is the word `NaN`, as some servers write it.
    NanWord,
    /// The first number of the first vector is null, as other servers write NaN.
    NullNumber,
    /// Each vector is a number too short.
    WrongDimension,
    /// The first vector is nothing but zeros.
    ZeroVector,
    /// 400: the inputs are refused.
    Refused,
    /// The key has expired.
    ExpiredKey,
    /// 401, and the message holds the key for all to see.
    EchoedKey,
    /// 403.
    Forbidden,
    /// The model is unknown.
    UnknownModel,
    /// 413: the body is too large.
    TooLarge,
    /// This status, to this address.
    Redirect(u16, String),
    /// 200 with something that is not JSON.
    NotJson,
    /// 200 with JSON that holds no vectors.
    OtherJson,
    /// No answer at all, as long as the caller waits.
    Hang,
    /// The right answer, later.
    Late(Duration),
}

impl Fault {
    /// Whether the right vectors reach the caller all the same.
    pub(crate) fn is_harmless(&self) -> bool {
        matches!(self, Fault::Drip { .. } | Fault::Shuffled | Fault::Late(_))
    }
}

/// When it goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum When {
    /// Always.
    Always,
    /// With the first so many requests.
    First(usize),
    /// With the request of that number, from 0 on.
    Number(usize),
    /// With the request of that number and all later ones.
    From(usize),
    /// With requests of which an input holds this.
    Holding(String),
    /// With requests of more inputs than this.
    MoreInputsThan(usize),
    /// With one request of so many, the numbers drawn from a seed.
    OneOf { n: u64, seed: u64 },
}

impl When {
    pub(crate) fn holding(text: &str) -> Self {
        When::Holding(text.to_owned())
    }

    fn applies(&self, number: usize, inputs: &[String]) -> bool {
        match self {
            When::Always => true,
            When::First(n) => number < *n,
            When::Number(n) => number == *n,
            When::From(n) => number >= *n,
            When::Holding(text) => inputs.iter().any(|input| input.contains(text)),
            When::MoreInputsThan(n) => inputs.len() > *n,
            When::OneOf { n, seed } => {
                let hash = blake3::hash(format!("{seed} {number}").as_bytes());
                u64::from(hash.as_bytes()[0]) * n / 256 == 0
            }
        }
    }
}

/// A line of the script.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) when: When,
    pub(crate) fault: Fault,
}

/// The fault of a request.
pub(crate) fn fault_of(rules: &[Rule], number: usize, inputs: &[String]) -> Option<Fault> {
    rules.iter().find(|rule| rule.when.applies(number, inputs)).map(|rule| rule.fault.clone())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
pub(crate) fn http_date(time: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!(
        "{}, {day:02} {} {year} {:02}:{:02}:{:02} GMT",
        DAYS[usize::try_from(days % 7).unwrap()],
        MONTHS[usize::try_from(month - 1).unwrap()],
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    )
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}
