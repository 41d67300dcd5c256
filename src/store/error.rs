//! What can go wrong on the disk, told to the one who has to mend it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use polars::error::PolarsError;

/// Every way in which reading or writing files fails.
///
/// A message is complete, its cause included, so that a hint can stand at its end; causes are therefore fields and
/// not `source()`s.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused.
    #[error("{action} `{}`: {}{}", path.display(), words(cause), hint(cause))]
    Io {
        /// `read`, `write`, `lock`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A Parquet file could not be made or understood.
    #[error("{action} `{}`: {cause}", path.display())]
    Parquet {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the Parquet library said.
        cause: Box<ParquetError>,
    },
    /// A table could not be read back.
    #[error("read `{}`: {cause}", path.display())]
    Frame {
        /// The file.
        path: PathBuf,
        /// What the data-frame library said.
        cause: Box<PolarsError>,
    },
    /// A row that no table may hold was about to be written.
    #[error("write table `{table}`: {reason}")]
    BadRow {
        /// The table.
        table: &'static str,
        /// Expected … got …
        reason: String,
    },
    /// A value that the schema promises is not there.
    #[error("read `{}`: column `{column}`, row {row}: {reason}", path.display())]
    BadCell {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// The row, from 0.
        row: usize,
        /// Expected … got …
        reason: String,
    },
    /// A file says that it is another table, or none.
    #[error("read `{}`: expected the table `{expected}`, got {got}", path.display())]
    WrongTable {
        /// The file.
        path: PathBuf,
        /// The table that was asked for.
        expected: &'static str,
        /// What the file says.
        got: String,
    },
    /// A run did not write this table.
    #[error("read `{}`: expected a run with the table `{table}`, got one without", path.display())]
    NoTable {
        /// The file that should be there.
        path: PathBuf,
        /// The table.
        table: &'static str,
    },
    /// A table is not the one that the run wrote.
    #[error(
        "read `{}`: expected the file that the run wrote (BLAKE3 `{expected}`), got another\nhint: start the run again; it replaces what has changed", path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// The digest in the run's record.
        expected: String,
    },
    /// A table comes from another release.
    #[error(
        "read `{}`: expected version {known} of the table `{table}`, got {found}\nhint: this run was written by {} release of `breadth`; run its plan again with this one", path.display(), if found > known { "a newer" } else { "an older" }
    )]
    OtherSchema {
        /// The file.
        path: PathBuf,
        /// The table.
        table: &'static str,
        /// The version written here.
        known: u32,
        /// The version of the file.
        found: u32,
    },
    /// A folder that does not hold a finished run.
    #[error(
        "read the run `{}`: expected a finished run, got a folder without `run.toml`\nhint: give the folder of a run, such as `reports/quickstart`; if it was stopped half-way, start it again", path.display()
    )]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// A `run.toml` that is not one.
    #[error("{action} `{}`: {reason}", path.display())]
    BadRunFile {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Expected … got …
        reason: String,
    },
    /// A name that cannot be the name of a folder.
    #[error("make the folder of run `{name}`: expected one plain folder name, got `{name}`")]
    BadName {
        /// The name.
        name: String,
    },
    /// An output that lies outside of the folder that runs are written to.
    #[error("list `{}` among the outputs: expected a file below `{}`", path.display(), root.display())]
    OutsideRun {
        /// The file.
        path: PathBuf,
        /// Where it should lie.
        root: PathBuf,
    },
    /// A vector that does not belong into the space it was given for.
    #[error("keep a vector in space `{fingerprint}`: {reason}")]
    BadVector {
        /// The space.
        fingerprint: String,
        /// Expected … got …
        reason: String,
    },
    /// Segments vanished again and again while they were being read.
    #[error(
        "read `{}`: its segments were replaced {attempts} times while they were being read\nhint: start again when no other process is pruning or compacting this cache", path.display()
    )]
    Restless {
        /// The folder of the space.
        path: PathBuf,
        /// How often the folder was listed.
        attempts: usize,
    },
}

impl StoreError {
    /// Names what was being done to which file.
    pub(super) fn io(action: &'static str, path: &Path, cause: io::Error) -> Self {
        StoreError::Io { action, path: path.to_owned(), cause }
    }

    /// Unpacks what the system said, if it is behind the Parquet library's error.
    pub(super) fn parquet(action: &'static str, path: &Path, cause: ParquetError) -> Self {
        let path = path.to_owned();
        match cause {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(io) => StoreError::Io { action, path, cause: *io },
                Err(inner) => StoreError::Parquet { action, path, cause: Box::new(ParquetError::External(inner)) },
            },
            cause => StoreError::Parquet { action, path, cause: Box::new(cause) },
        }
    }

    /// Names the table that could not be read back.
    pub(super) fn frame(path: &Path, cause: PolarsError) -> Self {
        StoreError::Frame { path: path.to_owned(), cause: Box::new(cause) }
    }
}

fn words(cause: &io::Error) -> String {
    match cause.kind() {
        ErrorKind::StorageFull => "no space left on the device".to_owned(),
        ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        ErrorKind::NotFound => "no such file or folder".to_owned(),
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => "a file stands where a folder is needed".to_owned(),
        ErrorKind::IsADirectory => "a folder stands where a file is needed".to_owned(),
        ErrorKind::Unsupported => "the file system cannot do this".to_owned(),
        _ => cause.to_string(),
    }
}

fn hint(cause: &io::Error) -> &'static str {
    match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "\nhint: make room (`breadth cache stats` shows what the cache holds) and run the same command again; finished work is kept"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "\nhint: choose a folder that you may write to with `--out`"
        }
        ErrorKind::Unsupported => "\nhint: keep the folder on a local disk, where files can be locked",
        _ => "",
    }
}
