//! Lines of text in files of a limited size, one file after the other, each there in full or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::atomic::{AtomicFile, place};
use super::{Result, StoreError};

/// A file that is being filled.
struct Filling {
    file: AtomicFile,
    n_lines: usize,
    n_bytes: usize,
}

/// Writes lines into `NAME`, then into `NAME-2`, `NAME-3` and so on, before the extension.
pub struct LineFiles {
    target: PathBuf,
    most_lines: usize,
    most_bytes: usize,
    filling: Option<Filling>,
    written: Vec<PathBuf>,
}

impl LineFiles {
    /// Nothing is written before the first line. A line longer than `most_bytes` gets a file of its own.
    #[must_use]
    pub fn new(target: &Path, most_lines: usize, most_bytes: usize) -> Self {
        LineFiles { target: target.to_owned(), most_lines, most_bytes, filling: None, written: Vec::new() }
    }

    /// Appends a line.
    pub fn write(&mut self, line: &str) -> Result<()> {
        let bytes = line.len() + 1;
        let full = |filling: &Filling| filling.n_lines == self.most_lines || filling.n_bytes + bytes > self.most_bytes;
        if self.filling.as_ref().is_some_and(full) {
            self.close()?;
        }
        let mut filling = match self.filling.take() {
            Some(filling) => filling,
            None => Filling { file: AtomicFile::create_in(place(&self.target)?.0, "lines")?, n_lines: 0, n_bytes: 0 },
        };
        let wrote = filling.file.write_all(line.as_bytes()).and_then(|()| filling.file.write_all(b"\n"));
        wrote.map_err(|cause| StoreError::io("write", &self.target, cause))?;
        filling.n_lines += 1;
        filling.n_bytes += bytes;
        self.filling = Some(filling);
        Ok(())
    }

    /// Brings the last file to the disk. Returns all of them.
    pub fn finish(mut self) -> Result<Vec<PathBuf>> {
        self.close()?;
        Ok(self.written)
    }

    fn close(&mut self) -> Result<()> {
        let Some(filling) = self.filling.take() else { return Ok(()) };
        let (_, name) = place(&self.target)?;
        let name = match self.written.len() {
            0 => name.to_owned(),
            n => match name.rsplit_once('.') {
                Some((stem, extension)) => format!("{stem}-{}.{extension}", n + 1),
                None => format!("{name}-{}", n + 1),
            },
        };
        self.written.push(filling.file.finish(&name)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::fs;

    use super::*;

    #[test]
    fn what_does_not_fit_goes_into_the_next_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = LineFiles::new(&folder.path().join("out.jsonl"), 2, 12);
        for line in ["one", "two", "three", "four four four", "five"] {
            files.write(line).unwrap();
        }
        let written = files.finish().unwrap();
        let names: Vec<_> = written.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["out.jsonl", "out-2.jsonl", "out-3.jsonl", "out-4.jsonl"]);
        let texts: Vec<_> = written.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        assert_eq!(texts, ["one\ntwo\n", "three\n", "four four four\n", "five\n"]);
        assert_eq!(LineFiles::new(&folder.path().join("none"), 1, 1).finish().unwrap(), Vec::<PathBuf>::new());
    }
}
