//! What a plan says about rows beyond the names of columns: where they are, what is taken apart, read out of names or
//! joined from a second file.
//!
//! [`Instructions`] are as written; a [`Mapping`] is as meant, for one file. Both hold for every format.

mod derive;
mod expression;
mod join;
mod path;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};
use std::rc::Rc;

pub use derive::Derive;
pub use join::Join;

use self::derive::Rule;
use self::join::Partners;
use self::path::{Path, Step, children};
use super::error::IngestError;
use super::field::{Draft, ROUND, position};
use super::json::kind;
use super::object::Object;
use super::sheet::{Layout, Sheet};
use super::{Input, Source};

pub(super) use expression::Expression;
pub(super) use join::file_of as joined_file;

/// What a plan says about the rows of a source, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instructions {
    /// Where the rows of a document are, as in `$.samples[*]`; null: a document is a row.
    pub rows: Option<String>,
    /// Columns that hold a list with one item for each sample.
    pub explode: Vec<String>,
    /// The canonical field that the position in these lists becomes; null: `round`.
    pub index: Option<String>,
    /// Canonical field → where it is read out of.
    pub derive: BTreeMap<String, Derive>,
    /// Canonical field → value in the file → value that is meant.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// A second file with further columns.
    pub join: Option<Join>,
    /// The folder that the path of the second file is relative to.
    pub base_dir: PathBuf,
}

impl Instructions {
    /// Whether they say nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Instructions { rows, explode, index, derive, values, join, .. } = self;
        rows.is_none()
            && explode.is_empty()
            && index.is_none()
            && derive.is_empty()
            && values.is_empty()
            && join.is_none()
    }
}

/// Where a row stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Place<'a> {
    /// The position in the exploded lists.
    pub(super) index: Option<usize>,
    /// The position among the rows of the document.
    pub(super) row: Option<usize>,
    /// The name of the member that the row is.
    pub(super) key: Option<Cow<'a, str>>,
    /// The columns of the objects around the row.
    pub(super) outer: Outer<'a>,
}

/// The objects around a row, the columns of inner ones hiding those of outer ones; shared by all rows inside.
#[derive(Debug, Clone, Default)]
pub(super) struct Outer<'a> {
    /// The members around the pieces of a file.
    header: Option<&'a Object<'a>>,
    inner: Option<Rc<Level<'a>>>,
}

#[derive(Debug)]
struct Level<'a> {
    columns: Object<'a>,
    up: Option<Rc<Level<'a>>>,
}

impl<'a> Outer<'a> {
    /// These and the columns of one more object inside them.
    fn and(&self, columns: Object<'a>) -> Self {
        let up = self.inner.clone();
        Outer { header: self.header, inner: Some(Rc::new(Level { columns, up })) }
    }

    /// The JSON text of a column; none where it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let mut at = self.inner.as_deref();
        while let Some(level) = at {
            if level.columns.has(name) {
                return level.columns.get(name);
            }
            at = level.up.as_deref();
        }
        self.header?.get(name)
    }
}

/// Instructions ready for use on one file.
#[derive(Debug)]
pub(super) struct Mapping {
    rows: Option<Path>,
    explode: Vec<String>,
    index: usize,
    derive: Vec<Rule>,
    expressions: Vec<(usize, Expression)>,
    partners: Option<Partners>,
}

impl Mapping {
    /// Checks the instructions, without looking at any file.
    pub(super) fn new(source: &Source) -> Result<Self, IngestError> {
        let Instructions { rows, explode, index, derive, .. } = &source.instructions;
        let wrong = |key: &str, problem: String| IngestError::Mapping { key: key.to_owned(), problem };
        let rows = rows.as_deref().map(Path::parse).transpose().map_err(|problem| wrong("rows", problem))?;
        let index = index.as_deref().map_or(Ok(ROUND), |name| {
            position(name).ok_or_else(|| wrong("index", format!("a sample has no field `{name}`")))
        })?;
        let mut rules = Vec::new();
        for (name, derive) in derive {
            let field = position(name).ok_or_else(|| wrong("derive", format!("a sample has no field `{name}`")))?;
            rules.push(Rule::new(field, name, derive).map_err(|problem| wrong(name, problem))?);
        }
        let mut expressions = Vec::new();
        for (name, written) in &source.map {
            // `Columns` says what is wrong with the name of a field.
            let Some(field) = position(name) else { continue };
            if let Some(found) = Expression::parse(written).map_err(|problem| wrong(name, problem))? {
                expressions.push((field, found));
            }
        }
        if let Some(join) = &source.instructions.join {
            join.check().map_err(|problem| wrong("join", problem))?;
        }
        Ok(Mapping { rows, explode: explode.clone(), index, derive: rules, expressions, partners: None })
    }

    /// A mapping that says nothing.
    pub(super) fn none() -> Self {
        let (rows, explode, derive, expressions) = (None, Vec::new(), Vec::new(), Vec::new());
        Mapping { rows, explode, index: ROUND, derive, expressions, partners: None }
    }

    /// Reads the second file, where there is one for this file.
    pub(super) fn load(&mut self, input: &Input, source: &Source) -> Result<(), IngestError> {
        if let (Some(join), Some(other)) = (&source.instructions.join, joined_file(source, input)) {
            self.partners = Some(Partners::read(join, &other)?);
        }
        Ok(())
    }

    /// Whether the columns of a row are all that is needed, so that rows need not be taken apart first.
    pub(super) fn is_plain(&self) -> bool {
        self.partners.is_none()
            && self.expressions.is_empty()
            && !self.finds_rows()
            && !self.derive.iter().any(Rule::needs_row)
    }

    /// Whether the plan itself says where the samples are.
    pub(super) fn finds_rows(&self) -> bool {
        self.rows.is_some() || !self.explode.is_empty()
    }

    /// The member of a document whose items can be read one by one.
    pub(super) fn member(&self) -> Option<&str> {
        match self.rows.as_ref()?.steps.as_slice() {
            [Step::Name(name), Step::Every, ..] => Some(name),
            _ => None,
        }
    }

    /// Whether the path begins with the items of the document.
    pub(super) fn begins_with_every(&self) -> bool {
        self.rows.as_ref().is_some_and(|path| matches!(path.steps.first(), Some(Step::Every)))
    }

    pub(super) fn explodes(&self, column: &str) -> bool {
        self.explode.iter().any(|name| name == column)
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = (usize, &Expression)> {
        self.expressions.iter().map(|(field, expression)| (*field, expression))
    }

    /// The values that follow from the path of the file alone.
    pub(super) fn of_path(&self, path: &str) -> Vec<(usize, String)> {
        self.derive.iter().filter_map(|rule| Some((rule.field, rule.of_path(path)?))).collect()
    }

    /// Puts in what is read out of columns.
    pub(super) fn derive(&self, draft: &mut Draft<'_>, object: &Object<'_>) {
        for rule in &self.derive {
            if let Some(value) = rule.of_row(object) {
                draft.put_typed(rule.field, value);
            }
        }
    }

    /// The row of the second file that belongs to a row.
    ///
    /// # Errors
    /// With a reason where that row cannot be taken apart.
    pub(super) fn joined(&self, object: &Object<'_>, place: &Place<'_>) -> Result<Option<Object<'_>>, String> {
        self.partners.as_ref().map_or(Ok(None), |partners| partners.of(object, place))
    }

    /// Makes the samples of one document as the plan says. `skip` steps of the path were followed already.
    pub(super) fn read(
        &self,
        (json, name): (&str, Option<&str>),
        header: &Object<'_>,
        skip: usize,
        sheet: &mut Sheet<'_>,
    ) {
        let steps = self.rows.as_ref().map_or(&[][..], |path| path.steps.as_slice());
        let steps = steps.get(skip..).unwrap_or_default();
        let around =
            Around { outer: Outer { header: Some(header), inner: None }, key: name.map(Cow::Borrowed), row: None };
        let mut found = Vec::new();
        // An empty list has no rows; a document in which the path breaks off is not what the plan takes it for.
        let whole = walk(json, steps, around, &mut found);
        for (json, around) in found {
            match row_of(json) {
                Ok(object) => self.add(&object, around, sheet),
                Err(reason) => sheet.refuse(reason),
            }
        }
        if let Err(reason) = whole {
            sheet.refuse(reason);
        }
    }

    fn add(&self, object: &Object<'_>, around: Around<'_>, sheet: &mut Sheet<'_>) {
        let mut place = Place { index: None, row: around.row, key: around.key, outer: around.outer };
        let explode: Vec<&str> = self.explode.iter().map(String::as_str).collect();
        let layout = Layout { used: &[], aligned: &explode };
        if explode.is_empty() {
            return sheet.add(object, layout, &place, |_| {});
        }
        let lists = explode.iter().filter_map(|column| object.list(column));
        let Some(n) = lists.map(|list| list.len()).max() else {
            let names: Vec<String> = explode.iter().map(|name| format!("`{name}`")).collect();
            return sheet.refuse(format!("expected a list in {}, got none", names.join(" or ")));
        };
        sheet.begin_object();
        for index in 0..n {
            place.index = Some(index);
            sheet.add(object, layout, &place, |draft| draft.put_integer(self.index, index));
        }
    }
}

/// What is around a value on the way to the rows.
#[derive(Debug, Clone)]
struct Around<'a> {
    outer: Outer<'a>,
    key: Option<Cow<'a, str>>,
    row: Option<usize>,
}

/// Follows a path to every row that it leads to. Recursion ends with the steps of the path, which a person wrote.
///
/// # Errors
/// With the first place where the path breaks off; the rows of other branches are found all the same.
fn walk<'a>(
    json: &'a str,
    steps: &[Step],
    around: Around<'a>,
    found: &mut Vec<(&'a str, Around<'a>)>,
) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        found.push((json, around));
        return Ok(());
    };
    match step {
        Step::Every => {
            if !json.starts_with(['[', '{']) {
                return Err(format!("expected a list or an object on the way of `rows`, got {}", kind(json)));
            }
            let mut whole = Ok(());
            for (row, (name, child)) in children(json).into_iter().enumerate() {
                let key = name.or_else(|| around.key.clone());
                whole = whole.and(walk(child, rest, Around { key, row: Some(row), ..around.clone() }, found));
            }
            whole
        }
        Step::Position(position) => match (Path { steps: vec![step.clone()] }).find(json) {
            Some(child) => walk(child, rest, around, found),
            None => Err(format!("no item {position} on the way of `rows`")),
        },
        Step::Name(name) => {
            let object = Object::parse(json)?;
            let Some(child) = object.get(name) else { return Err(format!("missing `{name}` on the way of `rows`")) };
            let outer = around.outer.and(object.without(name));
            walk(child, rest, Around { outer, ..around }, found)
        }
    }
}

/// A row as an object; what is none becomes the column `@value`.
fn row_of(json: &str) -> Result<Object<'_>, String> {
    if json.starts_with('{') {
        return Object::parse(json);
    }
    let mut object = Object::default();
    object.add(Cow::Borrowed("@value"), json);
    Ok(object)
}

/// A path relative to a folder, as the run calls it.
fn named(base_dir: &FilePath, path: &str) -> Input {
    Input { path: base_dir.join(path), name: std::sync::Arc::from(path) }
}
