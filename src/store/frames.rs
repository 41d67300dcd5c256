//! A finished run's tables, read back for those who ask questions of it.
//!
//! Tables become data frames, are filtered, sorted and searched as such, and leave as nouns.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{
    ChunkCompareEq, Column, DataFrame, Float64Chunked, Int64Chunked, ParquetReader, PolarsResult, SerReader,
    SortMultipleOptions, StringChunked,
};

use super::run::{self, RunRecord};
use super::tables::{ASSOCIATIONS, CONTRASTS, GROUPS, META_TABLE, META_VERSION, ROUNDS, SENSITIVITY, SUMMARY, Table};
use super::{Result, StoreError};
use crate::model::{
    AssociationRow, AssociationUnit, Cell, ContrastRow, Flips, GroupKey, Measurement, Missing, RoundRow,
    SensitivityRow, SummaryRow,
};

/// The rows of `summary`, in the order of the file.
pub fn read_summary(run_dir: &Path) -> Result<Vec<SummaryRow>> {
    Summary::open(run_dir)?.rows()
}

/// The rows of `contrasts`, in the order of the file.
pub fn read_contrasts(run_dir: &Path) -> Result<Vec<ContrastRow>> {
    let frame = Frame::open(run_dir, &CONTRASTS)?;
    let [dataset, domain, model] = frame.texts(["dataset", "domain", "model"])?;
    let [mode_a, mode_b, metric, space] = frame.texts(["mode_a", "mode_b", "metric", "space"])?;
    let [feedback_a, feedback_b] = frame.texts(["feedback_a", "feedback_b"])?;
    let [difference, ci_low, ci_high] = frame.floats(["difference", "ci_low", "ci_high"])?;
    let [effect_size, p_value, p_adjusted] = frame.floats(["effect_size", "p_value", "p_adjusted"])?;
    let [n_questions, n_a, n_b, n_tests] = frame.integers(["n_questions", "n_a", "n_b", "n_tests"])?;
    let [by, level_a, level_b] = frame.texts(["by", "level_a", "level_b"])?;
    let [design, family, ci_method, p_method, note] =
        frame.texts(["design", "family", "ci_method", "p_method", "note"])?;
    let [value_a, value_b, ci_mc_error] = frame.floats(["value_a", "value_b", "ci_mc_error"])?;
    let [cliffs_delta, p_bh, mde] = frame.floats(["cliffs_delta", "p_bh", "mde"])?;
    let row = |at: usize| {
        Ok(ContrastRow {
            dataset: dataset.required(at)?,
            domain: domain.required(at)?,
            model: model.required(at)?,
            mode_a: mode_a.required(at)?,
            mode_b: mode_b.required(at)?,
            feedback_a: feedback_a.optional(at),
            feedback_b: feedback_b.optional(at),
            metric: metric.required(at)?,
            space: space.required(at)?,
            difference: difference.optional(at),
            ci_low: ci_low.optional(at),
            ci_high: ci_high.optional(at),
            effect_size: effect_size.optional(at),
            p_value: p_value.optional(at),
            p_adjusted: p_adjusted.optional(at),
            n_questions: n_questions.count(at)?,
            by: by.required(at)?,
            level_a: level_a.required(at)?,
            level_b: level_b.required(at)?,
            value_a: value_a.optional(at),
            value_b: value_b.optional(at),
            n_a: n_a.count(at)?,
            n_b: n_b.count(at)?,
            design: design.required(at)?,
            ci_method: ci_method.optional(at),
            ci_mc_error: ci_mc_error.optional(at),
            cliffs_delta: cliffs_delta.optional(at),
            p_method: p_method.optional(at),
            p_bh: p_bh.optional(at),
            family: family.required(at)?,
            n_tests: n_tests.count(at)?,
            mde: mde.optional(at),
            note: note.optional(at),
        })
    };
    frame.positions().map(row).collect()
}

/// The rows of `rounds`, in the order of the file.
pub fn read_rounds(run_dir: &Path) -> Result<Vec<RoundRow>> {
    let frame = Frame::open(run_dir, &ROUNDS)?;
    let cells = frame.cells()?;
    let [metric, space] = frame.texts(["metric", "space"])?;
    let [value, ci_low, ci_high] = frame.floats(["value", "ci_low", "ci_high"])?;
    let [round, n_questions] = frame.integers(["round", "n_questions"])?;
    let row = |at: usize| {
        Ok(RoundRow {
            cell: cells.cell(at)?,
            round: round.required(at)?,
            metric: metric.required(at)?,
            space: space.required(at)?,
            value: value.optional(at),
            ci_low: ci_low.optional(at),
            ci_high: ci_high.optional(at),
            n_questions: n_questions.count(at)?,
        })
    };
    frame.positions().map(row).collect()
}

/// The rows of `sensitivity`, in the order of the file.
pub fn read_sensitivity(run_dir: &Path) -> Result<Vec<SensitivityRow>> {
    let frame = Frame::open(run_dir, &SENSITIVITY)?;
    let [dataset, domain, model, mode_a] = frame.texts(["dataset", "domain", "model", "mode_a"])?;
    let [feedback_a, mode_b, feedback_b] = frame.texts(["feedback_a", "mode_b", "feedback_b"])?;
    let [by, level_a, level_b, flips] = frame.texts(["by", "level_a", "level_b", "flips"])?;
    let [metric, space, choice, alternative] = frame.texts(["metric", "space", "choice", "alternative"])?;
    let [value, ci_low, ci_high, p_adjusted] = frame.floats(["value", "ci_low", "ci_high", "p_adjusted"])?;
    let [reported, reported_p_adjusted] = frame.floats(["reported", "reported_p_adjusted"])?;
    let [n_questions] = frame.integers(["n_questions"])?;
    let row = |at: usize| {
        Ok(SensitivityRow {
            dataset: dataset.required(at)?,
            domain: domain.required(at)?,
            model: model.required(at)?,
            mode_a: mode_a.required(at)?,
            feedback_a: feedback_a.optional(at),
            mode_b: mode_b.optional(at),
            feedback_b: feedback_b.optional(at),
            by: by.optional(at),
            level_a: level_a.optional(at),
            level_b: level_b.optional(at),
            metric: metric.required(at)?,
            space: space.required(at)?,
            choice: choice.required(at)?,
            alternative: alternative.required(at)?,
            value: value.optional(at),
            ci_low: ci_low.optional(at),
            ci_high: ci_high.optional(at),
            p_adjusted: p_adjusted.optional(at),
            n_questions: n_questions.count(at)?,
            reported: reported.optional(at),
            reported_p_adjusted: reported_p_adjusted.optional(at),
            flips: flips.optional(at).as_deref().and_then(Flips::parse),
        })
    };
    frame.positions().map(row).collect()
}

/// The rows of `associations`, in the order of the file.
pub fn read_associations(run_dir: &Path) -> Result<Vec<AssociationRow>> {
    let frame = Frame::open(run_dir, &ASSOCIATIONS)?;
    let [dataset, domain, model, unit] = frame.texts(["dataset", "domain", "model", "unit"])?;
    let [mode, feedback, note] = frame.texts(["mode", "feedback", "note"])?;
    let [diversity, space, gain] = frame.texts(["diversity", "space", "gain"])?;
    let [rho, ci_low, ci_high, i_squared] = frame.floats(["rho", "ci_low", "ci_high", "i_squared"])?;
    let [n_questions, n_undefined, n_models] = frame.integers(["n_questions", "n_undefined", "n_models"])?;
    let unit_at = |at: usize| {
        let word = unit.required(at)?;
        AssociationUnit::parse(&word)
            .ok_or_else(|| unit.bad(at, format!("expected `groups` or `subsets`, got `{word}`")))
    };
    let row = |at: usize| {
        Ok(AssociationRow {
            dataset: dataset.required(at)?,
            domain: domain.required(at)?,
            model: model.required(at)?,
            unit: unit_at(at)?,
            mode: mode.optional(at),
            feedback: feedback.optional(at),
            diversity: diversity.required(at)?,
            space: space.required(at)?,
            gain: gain.required(at)?,
            rho: rho.optional(at),
            ci_low: ci_low.optional(at),
            ci_high: ci_high.optional(at),
            n_questions: n_questions.count(at)?,
            n_undefined: n_undefined.count(at)?,
            n_models: n_models.optional_count(at)?,
            i_squared: i_squared.optional(at),
            note: note.optional(at),
        })
    };
    frame.positions().map(row).collect()
}

/// The rows of `groups`, in the order of the file. Rows of one group share their key, and equal names are held once.
pub fn read_groups(run_dir: &Path) -> Result<Vec<Measurement>> {
    let frame = Frame::open(run_dir, &GROUPS)?;
    let cells = frame.cells()?;
    let [question_id, metric, space, missing] = frame.texts(["question_id", "metric", "space", "missing"])?;
    let [chain, n_samples, n_pairs] = frame.integers(["chain", "n_samples", "n_pairs"])?;
    let [value, std_error] = frame.floats(["value", "std_error"])?;
    let mut names = BTreeSet::new();
    let mut rows: Vec<Measurement> = Vec::with_capacity(frame.data.height());
    for at in frame.positions() {
        let Cell { dataset, domain, model, mode, feedback } = cells.cell(at)?;
        let (question_id, chain) = (question_id.required(at)?, chain.optional(at));
        let key = GroupKey { dataset, domain, model, mode, feedback, question_id, chain };
        let key =
            rows.last().filter(|last| *last.key == key).map_or_else(|| Arc::new(key), |last| Arc::clone(&last.key));
        rows.push(Measurement {
            key,
            metric: shared(&mut names, metric.required(at)?),
            space: shared(&mut names, space.required(at)?),
            n_samples: n_samples.count(at)?,
            n_pairs: n_pairs.optional_count(at)?,
            value: match value.optional(at) {
                Some(value) => Ok(value),
                None => Err(Missing::Recorded(shared(&mut names, missing.required(at)?))),
            },
            std_error: std_error.optional(at),
        });
    }
    Ok(rows)
}

/// A name, held once.
fn shared(names: &mut BTreeSet<Arc<str>>, name: String) -> Arc<str> {
    if let Some(known) = names.get(name.as_str()) {
        return Arc::clone(known);
    }
    let name: Arc<str> = Arc::from(name);
    names.insert(Arc::clone(&name));
    name
}

/// The table `summary` of a run, for questions such as those of `breadth table`.
#[derive(Debug, Clone)]
pub struct Summary {
    frame: Frame,
}

impl Summary {
    /// Reads the table; `run_dir` is `reports/NAME`.
    pub fn open(run_dir: &Path) -> Result<Self> {
        Ok(Summary { frame: Frame::open(run_dir, &SUMMARY)? })
    }

    /// The metrics that it has, in order of appearance.
    pub fn metrics(&self) -> Result<Vec<String>> {
        self.frame.distinct("metric")
    }

    /// The spaces that it has, in order of appearance.
    pub fn spaces(&self) -> Result<Vec<String>> {
        self.frame.distinct("space")
    }

    /// The modes that it has, in order of appearance.
    pub fn modes(&self) -> Result<Vec<String>> {
        self.frame.distinct("mode")
    }

    /// Only the rows of this metric; none when the run did not measure it.
    pub fn of_metric(&self, metric: &str) -> Result<Self> {
        self.only("metric", metric)
    }

    /// Only the rows of this space.
    pub fn of_space(&self, space: &str) -> Result<Self> {
        self.only("space", space)
    }

    /// Sorted by these columns, each ascending and nulls first; rows that are equal in all of them keep their order.
    pub fn sorted_by(&self, columns: &[&str]) -> Result<Self> {
        let options = SortMultipleOptions::default().with_maintain_order(true);
        let sorted = self.frame.data.sort(columns.iter().copied(), options);
        Ok(Summary { frame: self.frame.with(sorted)? })
    }

    /// The rows, in order.
    pub fn rows(&self) -> Result<Vec<SummaryRow>> {
        let frame = &self.frame;
        let cells = frame.cells()?;
        let [metric, space] = frame.texts(["metric", "space"])?;
        let [value, ci_low, ci_high, ci_level] = frame.floats(["value", "ci_low", "ci_high", "ci_level"])?;
        let [n_questions, n_groups, n_missing] = frame.integers(["n_questions", "n_groups", "n_missing"])?;
        let [std_error, std_error_samples, ci_mc_error] =
            frame.floats(["std_error", "std_error_samples", "ci_mc_error"])?;
        let [ci_method, ci_note] = frame.texts(["ci_method", "ci_note"])?;
        let row = |at: usize| {
            Ok(SummaryRow {
                cell: cells.cell(at)?,
                metric: metric.required(at)?,
                space: space.required(at)?,
                value: value.optional(at),
                ci_low: ci_low.optional(at),
                ci_high: ci_high.optional(at),
                ci_level: ci_level.required(at)?,
                n_questions: n_questions.count(at)?,
                n_groups: n_groups.count(at)?,
                n_missing: n_missing.count(at)?,
                std_error: std_error.optional(at),
                std_error_samples: std_error_samples.optional(at),
                ci_method: ci_method.required(at)?,
                ci_mc_error: ci_mc_error.optional(at),
                ci_note: ci_note.optional(at),
            })
        };
        frame.positions().map(row).collect()
    }

    fn only(&self, column: &'static str, wanted: &str) -> Result<Self> {
        let [values] = self.frame.texts([column])?;
        let filtered = self.frame.data.filter(&values.values.equal(wanted));
        Ok(Summary { frame: self.frame.with(filtered)? })
    }
}

/// A table of a run as a data frame, and where it was read.
#[derive(Debug, Clone)]
struct Frame {
    path: PathBuf,
    data: DataFrame,
}

impl Frame {
    fn open(run_dir: &Path, table: &'static Table) -> Result<Self> {
        let record = run::read_run(run_dir)?;
        let path = run_dir.join("tables").join(table.file_name());
        check_bytes(&record, &path, table)?;
        let file = File::open(&path).map_err(|cause| StoreError::io("read", &path, cause))?;
        let mut reader = ParquetReader::new(file);
        check_version(&mut reader, &path, table)?;
        let data = reader.finish().map_err(|cause| StoreError::frame(&path, cause))?;
        Ok(Frame { path, data })
    }

    fn with(&self, data: PolarsResult<DataFrame>) -> Result<Self> {
        let data = data.map_err(|cause| StoreError::frame(&self.path, cause))?;
        Ok(Frame { path: self.path.clone(), data })
    }

    fn positions(&self) -> std::ops::Range<usize> {
        0..self.data.height()
    }

    fn distinct(&self, column: &str) -> Result<Vec<String>> {
        let failed = |cause| StoreError::frame(&self.path, cause);
        let distinct = self.data.column(column).and_then(Column::unique_stable).map_err(failed)?;
        let texts = distinct.str().map_err(failed)?;
        Ok(texts.iter().flatten().map(str::to_owned).collect())
    }

    fn typed<'a, T, const N: usize>(
        &'a self,
        names: [&'static str; N],
        cast: impl Fn(&'a Column) -> PolarsResult<&'a T>,
    ) -> Result<[Cells<'a, T>; N]> {
        let mut found = Vec::with_capacity(N);
        for column in names {
            let values =
                self.data.column(column).and_then(&cast).map_err(|cause| StoreError::frame(&self.path, cause))?;
            found.push(Cells { path: &self.path, column, values });
        }
        found.try_into().map_err(|_| StoreError::BadCell {
            path: self.path.clone(),
            column: names.first().copied().unwrap_or(""),
            row: 0,
            reason: "expected as many columns as names".to_owned(),
        })
    }

    fn texts<const N: usize>(&self, names: [&'static str; N]) -> Result<[Cells<'_, StringChunked>; N]> {
        self.typed(names, |column| column.str())
    }

    fn floats<const N: usize>(&self, names: [&'static str; N]) -> Result<[Cells<'_, Float64Chunked>; N]> {
        self.typed(names, |column| column.f64())
    }

    fn integers<const N: usize>(&self, names: [&'static str; N]) -> Result<[Cells<'_, Int64Chunked>; N]> {
        self.typed(names, |column| column.i64())
    }

    fn cells(&self) -> Result<CellColumns<'_>> {
        let [dataset, domain, model, mode, feedback] =
            self.texts(["dataset", "domain", "model", "mode", "feedback"])?;
        Ok(CellColumns { dataset, domain, model, mode, feedback })
    }
}

/// The key columns of a table about models under modes.
struct CellColumns<'a> {
    dataset: Cells<'a, StringChunked>,
    domain: Cells<'a, StringChunked>,
    model: Cells<'a, StringChunked>,
    mode: Cells<'a, StringChunked>,
    feedback: Cells<'a, StringChunked>,
}

impl CellColumns<'_> {
    fn cell(&self, at: usize) -> Result<Cell> {
        Ok(Cell {
            dataset: self.dataset.required(at)?,
            domain: self.domain.required(at)?,
            model: self.model.required(at)?,
            mode: self.mode.required(at)?,
            feedback: self.feedback.optional(at),
        })
    }
}

/// The values of one column.
struct Cells<'a, T> {
    path: &'a Path,
    column: &'static str,
    values: &'a T,
}

impl<T> Cells<'_, T> {
    fn bad(&self, row: usize, reason: String) -> StoreError {
        StoreError::BadCell { path: self.path.to_owned(), column: self.column, row, reason }
    }

    fn expect<V>(&self, row: usize, value: Option<V>) -> Result<V> {
        value.ok_or_else(|| self.bad(row, "expected a value, got null".to_owned()))
    }
}

impl Cells<'_, StringChunked> {
    fn optional(&self, at: usize) -> Option<String> {
        self.values.get(at).map(str::to_owned)
    }

    fn required(&self, at: usize) -> Result<String> {
        self.expect(at, self.optional(at))
    }
}

impl Cells<'_, Float64Chunked> {
    fn optional(&self, at: usize) -> Option<f64> {
        self.values.get(at)
    }

    fn required(&self, at: usize) -> Result<f64> {
        self.expect(at, self.optional(at))
    }
}

impl Cells<'_, Int64Chunked> {
    fn optional(&self, at: usize) -> Option<i64> {
        self.values.get(at)
    }

    fn required(&self, at: usize) -> Result<i64> {
        self.expect(at, self.optional(at))
    }

    fn optional_count(&self, at: usize) -> Result<Option<usize>> {
        self.optional(at).map(|_| self.count(at)).transpose()
    }

    fn count(&self, at: usize) -> Result<usize> {
        let value = self.required(at)?;
        usize::try_from(value).map_err(|_| self.bad(at, format!("expected a count, got {value}")))
    }
}

/// Compares a table with its digest in the run's record: a parser that trusts damaged bytes may do anything.
fn check_bytes(record: &RunRecord, path: &Path, table: &Table) -> Result<()> {
    let ending = format!("/tables/{}", table.file_name());
    let Some(output) = record.outputs.iter().find(|output| output.path.ends_with(&ending)) else {
        return Err(StoreError::NoTable { path: path.to_owned(), table: table.name });
    };
    if run::digest_file(path)? == output.digest {
        Ok(())
    } else {
        Err(StoreError::Changed { path: path.to_owned(), expected: output.digest.blake3.clone() })
    }
}

fn check_version(reader: &mut ParquetReader<File>, path: &Path, table: &'static Table) -> Result<()> {
    let metadata = reader.get_metadata().map_err(|cause| StoreError::frame(path, cause))?;
    let pairs = || metadata.key_value_metadata().iter().flatten();
    let value = |key: &str| pairs().find(|pair| pair.key == key).and_then(|pair| pair.value.clone());
    let wrong = |got: String| StoreError::WrongTable { path: path.to_owned(), expected: table.name, got };
    match value(META_TABLE) {
        Some(name) if name == table.name => {}
        Some(name) => return Err(wrong(format!("the table `{name}`"))),
        None => return Err(wrong("a file without a table's name".to_owned())),
    }
    let version = value(META_VERSION).unwrap_or_default();
    let found: u32 = version.parse().map_err(|_| wrong(format!("the schema version `{version}`")))?;
    if found != table.version {
        return Err(StoreError::OtherSchema { path: path.to_owned(), table: table.name, known: table.version, found });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at surprises and damage files on purpose"
    )]
    use std::fs;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use parquet::file::metadata::KeyValue;
    use parquet::file::properties::WriterProperties;

    use super::*;
    use crate::store::run::RunFolder;
    use crate::store::tables::tests::{association_row, contrast_row, round_row, summary_row};
    use crate::store::tables::{GroupsWriter, write_associations, write_contrasts, write_rounds, write_summary};

    fn rows() -> Vec<SummaryRow> {
        vec![
            summary_row("parallel", "cosine", "minilm", Some(0.5)),
            summary_row("markov", "cosine", "minilm", Some(1.0 / 3.0)),
            summary_row("parallel", "verbatim", "text", None),
            summary_row("autoregressive", "cosine", "gte", Some(-0.25)),
        ]
    }

    fn associations() -> [AssociationRow; 2] {
        [AssociationUnit::Subsets, AssociationUnit::Groups].map(association_row)
    }

    /// A finished run; returns its folder below `out`.
    fn finished(out: &Path) -> PathBuf {
        finished_with(out, |tables| write_summary(tables, &rows()).unwrap())
    }

    /// A finished run with this `summary`.
    fn finished_with(out: &Path, summary: impl FnOnce(&Path) -> PathBuf) -> PathBuf {
        let run = RunFolder::open(out, "quick", || ()).unwrap();
        let outputs = vec![
            write_contrasts(&run.tables(), &[contrast_row()]).unwrap(),
            write_associations(&run.tables(), &associations()).unwrap(),
            write_rounds(&run.tables(), &[round_row(0), round_row(1)]).unwrap(),
            summary(&run.tables()),
        ];
        run.finish("", "f", &outputs).unwrap();
        run.path().to_owned()
    }

    #[test]
    fn rows_come_back_as_they_were_written() {
        let out = tempfile::tempdir().unwrap();
        let run = finished(out.path());
        assert_eq!(read_summary(&run).unwrap(), rows());
        assert_eq!(read_contrasts(&run).unwrap(), [contrast_row()]);
        assert_eq!(read_associations(&run).unwrap(), associations());
        assert_eq!(read_rounds(&run).unwrap(), [round_row(0), round_row(1)]);
    }

    #[test]
    fn groups_come_back_with_their_reasons() {
        let measured = |question: &str, chain: Option<i64>, value: std::result::Result<f64, Missing>| Measurement {
            key: Arc::new(GroupKey {
                dataset: "d".into(),
                domain: "math".into(),
                model: "m".into(),
                mode: "markov".into(),
                feedback: Some("re-answer".into()),
                question_id: question.into(),
                chain,
            }),
            metric: "cosine".into(),
            space: "minilm".into(),
            n_samples: 3,
            n_pairs: chain.map(|_| 3),
            value,
            std_error: chain.map(|_| 0.25),
        };
        let mut rows = vec![
            measured("q1", Some(0), Ok(1.0 / 3.0)),
            measured("q1", None, Err(Missing::FewerThanTwoSamples)),
            measured("q2", None, Ok(0.5)),
        ];
        let out = tempfile::tempdir().unwrap();
        let run = RunFolder::open(out.path(), "quick", || ()).unwrap();
        let mut writer = GroupsWriter::create(&run.tables()).unwrap();
        for row in &rows {
            writer.write(row).unwrap();
        }
        run.finish("", "f", &[writer.finish().unwrap()]).unwrap();
        rows[1].value = Err(Missing::Recorded("fewer than 2 samples".into()));
        let read = read_groups(run.path()).unwrap();
        assert_eq!(read, rows);
        assert!(Arc::ptr_eq(&read[0].metric, &read[2].metric), "names are held once");
    }

    #[test]
    fn a_summary_is_filtered_sorted_and_searched() {
        let out = tempfile::tempdir().unwrap();
        let summary = Summary::open(&finished(out.path())).unwrap();
        assert_eq!(summary.metrics().unwrap(), ["cosine", "verbatim"]);
        assert_eq!(summary.spaces().unwrap(), ["minilm", "text", "gte"]);
        let cosine = summary.of_metric("cosine").unwrap();
        assert_eq!(cosine.spaces().unwrap(), ["minilm", "gte"]);
        assert_eq!(cosine.modes().unwrap(), ["parallel", "markov", "autoregressive"]);
        let sorted = cosine.sorted_by(&["mode"]).unwrap().rows().unwrap();
        let modes: Vec<_> = sorted.iter().map(|row| row.cell.mode.as_str()).collect();
        assert_eq!(modes, ["autoregressive", "markov", "parallel"]);
        assert_eq!(cosine.of_space("minilm").unwrap().rows().unwrap(), rows()[..2]);
        assert!(summary.of_metric("vendi").unwrap().rows().unwrap().is_empty());
        let failed = summary.sorted_by(&["nothing"]).unwrap_err().to_string();
        assert!(failed.contains("summary.parquet") && failed.contains("nothing"), "{failed}");
    }

    #[test]
    fn a_folder_that_is_no_finished_run_is_refused() {
        let out = tempfile::tempdir().unwrap();
        let missing = read_summary(&out.path().join("reports/none")).unwrap_err().to_string();
        assert!(missing.contains("expected a finished run") && missing.contains("\nhint: "), "{missing}");
        let run = finished(out.path());
        fs::remove_file(run.join("tables/summary.parquet")).unwrap();
        let gone = read_summary(&run).unwrap_err().to_string();
        assert!(gone.contains("summary.parquet`: no such file"), "{gone}");
        fs::write(run.join("tables/summary.parquet"), b"not parquet at all").unwrap();
        assert!(matches!(read_summary(&run), Err(StoreError::Changed { .. })));
        let record = fs::read_to_string(run.join("run.toml")).unwrap();
        fs::write(run.join("run.toml"), record.replace("summary.parquet", "other.parquet")).unwrap();
        assert!(matches!(read_summary(&run), Err(StoreError::NoTable { table: "summary", .. })));
    }

    /// What is said about a finished run whose `summary` holds a column `x` and this metadata.
    fn forged(metadata: &[(&str, &str)]) -> StoreError {
        let out = tempfile::tempdir().unwrap();
        let run = finished_with(out.path(), |tables| {
            let path = tables.join("summary.parquet");
            let column: ArrayRef = std::sync::Arc::new(Int64Array::from(vec![1]));
            let batch = RecordBatch::try_from_iter([("x", column)]).unwrap();
            let pairs =
                metadata.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), (*value).to_owned())).collect();
            let properties = WriterProperties::builder().set_key_value_metadata(Some(pairs)).build();
            let mut writer =
                ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
            path
        });
        read_summary(&run).unwrap_err()
    }

    #[test]
    fn newer_and_foreign_tables_are_refused() {
        let newer = forged(&[(META_TABLE, "summary"), (META_VERSION, "99")]);
        assert!(matches!(newer, StoreError::OtherSchema { known: 2, found: 99, .. }));
        assert!(
            newer
                .to_string()
                .contains("expected version 2 of the table `summary`, got 99\nhint: this run was written by a newer")
        );
        let foreign = forged(&[(META_TABLE, "pairs"), (META_VERSION, "1")]).to_string();
        assert!(foreign.contains("expected the table `summary`, got the table `pairs`"), "{foreign}");
        assert!(matches!(forged(&[]), StoreError::WrongTable { .. }));
        assert!(matches!(forged(&[(META_TABLE, "summary"), (META_VERSION, "x")]), StoreError::WrongTable { .. }));
        let older = forged(&[(META_TABLE, "summary"), (META_VERSION, "1")]).to_string();
        assert!(older.contains("written by an older release"), "{older}");
        let missing = forged(&[(META_TABLE, "summary"), (META_VERSION, "2")]).to_string();
        assert!(missing.contains("dataset"), "{missing}");
    }
}
