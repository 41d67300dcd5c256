//! What can stop a file, or a list of files, from being read at all. A row that cannot be used is not an error but a `Reject`.

use std::path::PathBuf;

/// Why a source could not be read. Messages continue the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The pattern of a plan is not a glob.
    #[error("understand the path pattern `{pattern}`")]
    Pattern {
        /// As written.
        pattern: String,
        /// What is wrong with it.
        #[source]
        cause: glob::PatternError,
    },
    /// Nothing that a pattern names is there.
    #[error("find a file for `{pattern}` in `{}`{hint}", folder.display())]
    NoMatch {
        /// As written.
        pattern: String,
        /// The folder that was looked in.
        folder: PathBuf,
        /// Empty, or a line of its own that names what is there.
        hint: String,
    },
    /// A folder on the way could not be listed.
    #[error("look for `{pattern}`")]
    Walk {
        /// As written.
        pattern: String,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// The file could not be opened.
    #[error("open `{file}`")]
    Open {
        /// Its name in the run.
        file: String,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// The file could be opened but not read to its end.
    #[error("read `{file}`")]
    Read {
        /// Its name in the run.
        file: String,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// No reader recognizes the content.
    #[error(
        "tell the format of `{file}` from its content\nhint: say which one it is with `format` (`breadth list formats` shows all {n}), or which columns hold what with `map`",
        n = super::READERS.len()
    )]
    UnknownFormat {
        /// Its name in the run.
        file: String,
    },
    /// The format cannot be read from a stream.
    #[error("read `{file}` as {format}: expected a plain file, got {got}\nhint: {hint}")]
    NeedsPlainFile {
        /// Its name in the run.
        file: String,
        /// The reader's name.
        format: &'static str,
        /// `gzip data`, `standard input`, …
        got: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A table's columns do not hold what every sample needs, or hold it twice.
    #[error("use the columns of `{file}`: {problem}")]
    Columns {
        /// Its name in the run.
        file: String,
        /// What is missing or double, with a hint.
        problem: String,
    },
    /// The file is not a whole Parquet file.
    #[error("read `{file}` as Parquet")]
    Parquet {
        /// Its name in the run.
        file: String,
        /// What the decoder says.
        #[source]
        cause: parquet::errors::ParquetError,
    },
    /// The Parquet decoder gave up on damaged data in a way of its own.
    #[error("read `{file}` as Parquet: its footer or schema is damaged")]
    ParquetDamaged {
        /// Its name in the run.
        file: String,
    },
    /// A plan's instruction about rows makes no sense.
    #[error("use `{key}` of a source: {problem}")]
    Mapping {
        /// The key in the plan.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The second file of a join cannot serve.
    #[error("join `{file}`: {problem}")]
    Join {
        /// Its name in the run.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The file beside a log that tells of all its rows cannot be held.
    #[error("read `{file}`, which lies beside the log: it is longer than {most} MiB")]
    Beside {
        /// Its path.
        file: String,
        /// The longest that is read, in MiB.
        most: u64,
    },
    /// A file that holds a Python pickle: reading it would run whatever is in it.
    #[error(
        "read `{file}`: it is a Python pickle, which can run code when it is read\nhint: write it as JSON Lines or Parquet first"
    )]
    Pickle {
        /// Its name in the run.
        file: String,
    },
    /// The archive cannot be read.
    #[error("read `{file}` as an archive: {problem}")]
    Archive {
        /// Its name in the run.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// `map` or `defaults` names a field that a sample does not have.
    #[error("use `{name}` in `{table}` of a source: a sample has no such field{hint}")]
    UnknownField {
        /// As written.
        name: String,
        /// `map` or `defaults`.
        table: &'static str,
        /// Empty, or the nearest name.
        hint: String,
    },
    /// `defaults` gives a value to a field that is not text.
    #[error("use `{name}` in `defaults` of a source: expected a text field, got a field of another type")]
    DefaultNotText {
        /// As written.
        name: String,
    },
}
