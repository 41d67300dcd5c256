//! The canonical fields and the one place where a value of any format is checked against them.
//!
//! A reader turns what it finds into a [`Cell`]; a [`Draft`] takes cells in and gives a `Record`, or the reason why not.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::columns::Columns;
use crate::model::Record;

/// A canonical field: its name and the place in a record that it fills.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) slot: Slot,
}

/// What a field may hold, and where it goes.
pub(super) enum Slot {
    Id,
    Text(fn(&mut Record) -> &mut Option<String>),
    Integer(fn(&mut Record) -> &mut Option<i64>),
    /// An integer that is never negative.
    Count(fn(&mut Record) -> &mut Option<i64>),
    Number(fn(&mut Record) -> &mut Option<f64>),
    Boolean(fn(&mut Record) -> &mut Option<bool>),
    Texts(fn(&mut Record) -> &mut Option<Vec<String>>),
}

const fn field(name: &'static str, slot: Slot) -> Field {
    Field { name, slot }
}

/// All canonical fields, in the order of the contract. A position in this table stands for the field.
pub(super) static FIELDS: [Field; 26] = [
    field("question_id", Slot::Id),
    field("solution", Slot::Text(|r| &mut r.solution)),
    field("response", Slot::Text(|r| &mut r.response)),
    field("dataset", Slot::Text(|r| &mut r.dataset)),
    field("domain", Slot::Text(|r| &mut r.domain)),
    field("model", Slot::Text(|r| &mut r.model)),
    field("mode", Slot::Text(|r| &mut r.mode)),
    field("feedback", Slot::Text(|r| &mut r.feedback)),
    field("chain", Slot::Integer(|r| &mut r.chain)),
    field("round", Slot::Count(|r| &mut r.round)),
    field("sample_id", Slot::Text(|r| &mut r.sample_id)),
    field("parents", Slot::Texts(|r| &mut r.parents)),
    field("thinking", Slot::Text(|r| &mut r.thinking)),
    field("code", Slot::Text(|r| &mut r.code)),
    field("answer", Slot::Text(|r| &mut r.answer)),
    field("gold", Slot::Text(|r| &mut r.gold)),
    field("correct", Slot::Boolean(|r| &mut r.correct)),
    field("reward", Slot::Number(|r| &mut r.reward)),
    field("prompt_tokens", Slot::Count(|r| &mut r.prompt_tokens)),
    field("thinking_tokens", Slot::Count(|r| &mut r.thinking_tokens)),
    field("solution_tokens", Slot::Count(|r| &mut r.solution_tokens)),
    field("mean_entropy", Slot::Number(|r| &mut r.mean_entropy)),
    field("mean_logprob", Slot::Number(|r| &mut r.mean_logprob)),
    field("difficulty", Slot::Text(|r| &mut r.difficulty)),
    field("finish_reason", Slot::Text(|r| &mut r.finish_reason)),
    // Not a field of the contract's input but of its output: a canonical file that is read again
    // brings its unknown columns back in here.
    field(EXTRA_COLUMN, Slot::Text(|r| &mut r.extra)),
];

/// The column of canonical files that holds unknown columns as JSON text.
pub(super) const EXTRA_COLUMN: &str = "extra";

/// Positions of the fields, for readers that fill them by name. A test holds them to the table.
pub(super) const QUESTION_ID: usize = 0;
pub(super) const SOLUTION: usize = 1;
pub(super) const RESPONSE: usize = 2;
pub(super) const DATASET: usize = 3;
pub(super) const DOMAIN: usize = 4;
pub(super) const MODEL: usize = 5;
pub(super) const MODE: usize = 6;
pub(super) const FEEDBACK: usize = 7;
pub(super) const CHAIN: usize = 8;
pub(super) const ROUND: usize = 9;
pub(super) const THINKING: usize = 12;
pub(super) const CODE: usize = 13;
pub(super) const ANSWER: usize = 14;
pub(super) const GOLD: usize = 15;
pub(super) const CORRECT: usize = 16;
pub(super) const REWARD: usize = 17;
pub(super) const PROMPT_TOKENS: usize = 18;
pub(super) const THINKING_TOKENS: usize = 19;
pub(super) const SOLUTION_TOKENS: usize = 20;
pub(super) const MEAN_ENTROPY: usize = 21;
pub(super) const MEAN_LOGPROB: usize = 22;
pub(super) const DIFFICULTY: usize = 23;
pub(super) const FINISH_REASON: usize = 24;

/// The position of a canonical name that a plan may use.
pub(super) fn position(name: &str) -> Option<usize> {
    FIELDS.iter().position(|field| field.name == name && name != EXTRA_COLUMN)
}

/// A value as any format may hold it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Cell<'a> {
    #[default]
    Null,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    Text(Cow<'a, str>),
    List(Vec<Cell<'a>>),
    /// A value that no canonical field takes: `an object`, `a value of type …`.
    Other(Cow<'static, str>),
}

/// A text up to this many characters is shown in a reason; a longer one would drown it.
const SHOWN_CHARS: usize = 40;

impl Cell<'_> {
    /// A cell that outlives the text it was taken from.
    pub(super) fn into_owned(self) -> Cell<'static> {
        match self {
            Cell::Null => Cell::Null,
            Cell::Boolean(value) => Cell::Boolean(value),
            Cell::Integer(value) => Cell::Integer(value),
            Cell::Float(value) => Cell::Float(value),
            Cell::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Cell::List(cells) => Cell::List(cells.into_iter().map(Cell::into_owned).collect()),
            Cell::Other(words) => Cell::Other(words),
        }
    }

    /// As the end of "expected …, got …".
    fn describe(&self) -> Cow<'static, str> {
        match self {
            Cell::Null => "null".into(),
            Cell::Boolean(_) => "a boolean".into(),
            Cell::Integer(_) | Cell::Float(_) => "a number".into(),
            Cell::Text(text) if text.chars().count() <= SHOWN_CHARS && !text.chars().any(char::is_control) => {
                format!("the string `{text}`").into()
            }
            Cell::Text(_) => "a string".into(),
            Cell::List(_) => "a list".into(),
            Cell::Other(words) => words.clone(),
        }
    }
}

/// A record in the making: cells go in, in the order of the file, then [`Draft::finish`].
pub(super) struct Draft<'c> {
    columns: &'c Columns,
    record: Record,
    question_id: Option<String>,
    /// One bit for each field that the row names, null or not.
    seen: u32,
    /// One bit for each field whose column is null, so that another source may still fill it.
    nulls: u32,
    /// Whether the sample may lack a solution: its reader knows that none was ever written.
    unfinished: bool,
    extra: String,
    unknown: HashSet<String>,
    /// What stands in where neither the row nor the defaults have a value.
    inferred: Vec<(usize, String)>,
    /// The first thing that makes the row unusable.
    problem: Option<String>,
}

impl<'c> Draft<'c> {
    pub(super) fn new(columns: &'c Columns, source_file: &Arc<str>, source_row: u64) -> Self {
        let record = Record { source_file: Arc::clone(source_file), source_row, ..Record::default() };
        Draft {
            columns,
            record,
            question_id: None,
            seen: 0,
            nulls: 0,
            extra: String::new(),
            unknown: HashSet::new(),
            inferred: Vec::new(),
            unfinished: false,
            problem: None,
        }
    }

    /// Notes that the row names these fields; false when it already did, which makes the row unusable.
    pub(super) fn announce(&mut self, column: &str, fields: &[usize]) -> bool {
        let bits = fields.iter().fold(0, |bits, &field| bits | 1_u32 << field);
        if self.seen & bits != 0 {
            self.fail(format!("`{column}` occurs twice in the row"));
            return false;
        }
        self.seen |= bits;
        true
    }

    /// Puts a cell into each of the fields that its column feeds.
    pub(super) fn set(&mut self, fields: &[usize], cell: Cell<'_>) {
        let Some((&last, rest)) = fields.split_last() else { return };
        for &field in rest {
            self.set_one(field, cell.clone());
        }
        self.set_one(last, cell);
    }

    fn set_one(&mut self, position: usize, cell: Cell<'_>) {
        if cell == Cell::Null {
            return;
        }
        let cell = self.columns.meant(position, cell);
        let record = &mut self.record;
        let outcome = match &FIELDS[position].slot {
            Slot::Id => identifier(cell).map(|value| self.question_id = Some(value)),
            Slot::Text(slot) => text(cell).map(|value| *slot(record) = Some(value)),
            Slot::Integer(slot) => integer(&cell).map(|value| *slot(record) = Some(value)),
            Slot::Count(slot) => count(&cell).map(|value| *slot(record) = Some(value)),
            Slot::Number(slot) => number(&cell).map(|value| *slot(record) = Some(value)),
            Slot::Boolean(slot) => boolean(&cell).map(|value| *slot(record) = Some(value)),
            Slot::Texts(slot) => texts(cell).map(|value| *slot(record) = Some(value)),
        };
        if let Err(Mismatch { expected, got }) = outcome {
            let place = self.columns.place(position);
            self.fail(format!("expected {expected} in {place}, got {got}"));
        }
    }

    /// Puts a cell into a field that has none yet; what came earlier stays. Null is no value.
    pub(super) fn put(&mut self, field: usize, cell: Cell<'_>) {
        if cell != Cell::Null && !self.has(field) {
            self.seen |= 1 << field;
            self.set_one(field, cell);
        }
    }

    /// Puts a text into a field that has none yet.
    pub(super) fn put_text(&mut self, field: usize, text: impl Into<String>) {
        self.put(field, Cell::Text(Cow::Owned(text.into())));
    }

    /// Puts what a text means in a field of its type into a field that has none yet.
    pub(super) fn put_typed(&mut self, field: usize, text: String) {
        self.put(field, typed(field, Cow::Owned(text)));
    }

    /// Puts an integer into a field that has none yet.
    pub(super) fn put_integer(&mut self, field: usize, value: usize) {
        self.put(field, Cell::Integer(value as i128));
    }

    /// Puts what is read out of a name or follows from the format into a field, unless the row or the defaults have it.
    pub(super) fn infer(&mut self, field: usize, text: impl Into<String>) {
        self.inferred.push((field, text.into()));
    }

    /// Notes that the row has a column for this field, and null in it.
    pub(super) fn note_null(&mut self, field: usize) {
        self.nulls |= 1 << field;
    }

    /// Shuts fields that the format fills, or leaves empty on purpose: a column of such a name holds something else, as
    /// the reference `solution` beside a model's answer does.
    pub(super) fn close(&mut self, fields: &[usize]) {
        self.seen |= fields.iter().fold(0, |bits, &field| bits | 1_u32 << field);
    }

    /// Takes the sample for one that never got to a solution, as where a limit cut it off in the middle of a thought.
    pub(super) fn unfinished(&mut self) {
        self.unfinished = true;
    }

    /// Whether a field was named by the row or filled by a reader.
    pub(super) fn has(&self, field: usize) -> bool {
        self.seen & (1 << field) != 0
    }

    /// Keeps an unknown column under its name, or drops it where one of that name is kept already.
    pub(super) fn keep_new(&mut self, column: &str, json: &str) {
        if !self.unknown.contains(column) {
            self.keep(column, json);
        }
    }

    /// Keeps an unknown column; `json` is one JSON value.
    pub(super) fn keep(&mut self, column: &str, json: &str) {
        if !self.unknown.insert(column.to_owned()) {
            self.fail(format!("`{column}` occurs twice in the row"));
            return;
        }
        self.extra.push(if self.extra.is_empty() { '{' } else { ',' });
        // Writing into a string cannot fail.
        let _ = write!(self.extra, "{}:{json}", serde_json::Value::from(column));
    }

    /// Remembers why the row cannot be used; the first reason stays.
    pub(super) fn fail(&mut self, reason: String) {
        self.problem.get_or_insert(reason);
    }

    /// Fills in the defaults and checks that the row has what every sample needs.
    pub(super) fn finish(mut self) -> Result<Record, String> {
        self.splice_extra();
        for (field, value) in self.columns.fixed() {
            self.seen |= 1 << field;
            self.set_one(*field, typed(*field, Cow::Borrowed(value)));
        }
        if let Some(reason) = self.problem {
            return Err(reason);
        }
        let record = &mut self.record;
        for (field, value) in self.columns.defaults().iter().chain(&self.inferred) {
            let slot = match &FIELDS[*field].slot {
                Slot::Id => &mut self.question_id,
                Slot::Text(slot) => slot(record),
                _ => continue,
            };
            if slot.is_none() {
                *slot = Some(value.clone());
            }
        }
        if record.solution.is_none() && record.response.is_none() && !self.may_lack_solution() {
            return Err(self.missing(&[SOLUTION, RESPONSE]));
        }
        let Some(question_id) = self.question_id.take() else { return Err(self.missing(&[QUESTION_ID])) };
        self.record.question_id = question_id;
        if !self.extra.is_empty() {
            self.extra.push('}');
            self.record.extra = Some(self.extra);
        }
        Ok(self.record)
    }

    /// Whether nothing was ever written but thinking. A canonical row says so itself: its `solution` is null beside a
    /// thought, or beside the count of one that nobody may see.
    fn may_lack_solution(&self) -> bool {
        let thought = self.record.thinking.is_some() || self.record.thinking_tokens.is_some_and(|count| count > 0);
        self.unfinished || (self.is_named(SOLUTION) && thought)
    }

    /// Whether the row has a column for a field, null or not.
    fn is_named(&self, field: usize) -> bool {
        (self.seen | self.nulls) & (1 << field) != 0
    }

    /// Says that none of the fields has a value: null where the row names one, else missing.
    fn missing(&self, fields: &[usize]) -> String {
        if let Some(&named) = fields.iter().find(|&&field| self.is_named(field)) {
            return format!("expected a string in {}, got null", self.columns.place(named));
        }
        match fields {
            [first, second] => format!("missing {} (or {})", self.columns.place(*first), self.columns.place(*second)),
            _ => format!("missing {}", self.columns.place(fields[0])),
        }
    }

    /// Takes the columns out of an `extra` that an earlier run wrote. Any other text is a column like others.
    fn splice_extra(&mut self) {
        let Some(text) = self.record.extra.take() else { return };
        match super::json::columns_of(&text) {
            Ok(columns) => {
                for (column, json) in columns {
                    self.keep(&column, json.get());
                }
            }
            Err(_) => self.keep(EXTRA_COLUMN, &serde_json::Value::from(text).to_string()),
        }
    }
}

/// What a text means in a field of its type. Text that does not parse stays text, and is then refused.
pub(super) fn typed(field: usize, text: Cow<'_, str>) -> Cell<'_> {
    let word = text.trim();
    let meant = match FIELDS[field].slot {
        Slot::Id | Slot::Text(_) => None,
        Slot::Integer(_) | Slot::Count(_) => {
            word.parse().map(Cell::Integer).or_else(|_| word.parse().map(Cell::Float)).ok()
        }
        Slot::Number(_) => word.parse().map(Cell::Float).ok(),
        Slot::Boolean(_) => match word {
            "1" | "true" | "True" | "TRUE" => Some(Cell::Boolean(true)),
            "0" | "false" | "False" | "FALSE" => Some(Cell::Boolean(false)),
            _ => None,
        },
        Slot::Texts(_) => super::json::list_of(word),
    };
    meant.unwrap_or(Cell::Text(text))
}

/// A value of the wrong type: what was expected and what came.
struct Mismatch {
    expected: &'static str,
    got: Cow<'static, str>,
}

fn mismatch(expected: &'static str, cell: &Cell<'_>) -> Mismatch {
    Mismatch { expected, got: cell.describe() }
}

fn identifier(cell: Cell<'_>) -> Result<String, Mismatch> {
    match cell {
        // Rows without a name would all become one question.
        Cell::Text(text) if text.trim().is_empty() => {
            Err(Mismatch { expected: "a name", got: "a blank string".into() })
        }
        Cell::Text(text) => Ok(text.into_owned()),
        Cell::Integer(value) => Ok(value.to_string()),
        other => Err(mismatch("a string or an integer", &other)),
    }
}

fn text(cell: Cell<'_>) -> Result<String, Mismatch> {
    match cell {
        Cell::Text(text) => Ok(text.into_owned()),
        other => Err(mismatch("a string", &other)),
    }
}

fn texts(cell: Cell<'_>) -> Result<Vec<String>, Mismatch> {
    const EXPECTED: &str = "a list of strings";
    match cell {
        Cell::List(cells) => cells
            .into_iter()
            .map(|cell| {
                text(cell).map_err(|wrong| Mismatch { expected: EXPECTED, got: format!("{} in it", wrong.got).into() })
            })
            .collect(),
        other => Err(mismatch(EXPECTED, &other)),
    }
}

/// Beyond this an f64 no longer tells neighboring integers apart.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

fn integer(cell: &Cell<'_>) -> Result<i64, Mismatch> {
    const EXPECTED: &str = "an integer";
    match cell {
        Cell::Integer(value) => {
            i64::try_from(*value).map_err(|_| Mismatch { expected: EXPECTED, got: format!("{value}").into() })
        }
        Cell::Float(value) if value.fract() == 0.0 && value.abs() <= LARGEST_EXACT =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "integral and within 2^53")]
            Ok(*value as i64)
        }
        Cell::Float(value) => Err(Mismatch { expected: EXPECTED, got: format!("{value}").into() }),
        other => Err(mismatch(EXPECTED, other)),
    }
}

fn count(cell: &Cell<'_>) -> Result<i64, Mismatch> {
    let value = integer(cell)?;
    if value < 0 {
        return Err(Mismatch { expected: "0 or more", got: value.to_string().into() });
    }
    Ok(value)
}

fn number(cell: &Cell<'_>) -> Result<f64, Mismatch> {
    match cell {
        #[expect(clippy::cast_precision_loss, reason = "a number is an f64 in every format")]
        Cell::Integer(value) => Ok(*value as f64),
        Cell::Float(value) if value.is_finite() => Ok(*value),
        Cell::Float(value) => Err(Mismatch { expected: "a finite number", got: not_finite(*value).into() }),
        other => Err(mismatch("a number", other)),
    }
}

fn boolean(cell: &Cell<'_>) -> Result<bool, Mismatch> {
    match cell {
        Cell::Boolean(value) => Ok(*value),
        other => Err(mismatch("a boolean", other)),
    }
}

/// The word for a number that is none.
pub(super) fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "infinity"
    } else {
        "-infinity"
    }
}
