//! Good rows of several segments on their way into one.
//!
//! Segments come in by their paths and go out as one new segment: of equal keys the first good row is kept, damaged
//! rows are left behind and counted. What is merged stays where it is; whoever asked for it removes it afterwards.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::TextKey;
use super::segment::{DamagedSegment, Fault, Segment};
use super::space::SpaceCache;
use super::writer::SegmentWriter;
use crate::model::Embedded;
use crate::store::{Result, StoreError};

/// Groups that are read at once while others are written: what merging keeps in memory, a few dozen megabytes.
const GROUPS_AT_ONCE: usize = 8;

/// A row with its checksum; `None` where that does not agree.
type Checked = Option<(TextKey, Embedded, i64)>;

/// What a merge wrote and what it left.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// The new segment, if there was a row for it.
    pub(super) path: Option<PathBuf>,
    /// Rows in it.
    pub(super) rows: usize,
    /// Rows whose checksum did not agree.
    pub(super) dropped: usize,
    /// Segments that could not be read in full.
    pub(super) faults: Vec<DamagedSegment>,
}

/// Writes the good rows of these segments into one of the same space.
pub(super) fn merge(space: &SpaceCache, paths: &[PathBuf]) -> Result<Merged> {
    let mut merged = Merged::default();
    let mut writer = SegmentWriter::create(&space.folder, &space.fingerprint, space.dimension)?;
    let mut seen = HashSet::new();
    let opened = paths.par_iter().map(|path| Segment::open(path, &space.fingerprint, Some(space.dimension)));
    let opened: Vec<_> = opened.collect();
    let mut segments = Vec::new();
    for (path, opened) in paths.iter().zip(opened) {
        match opened {
            Ok(segment) => segments.push(segment),
            Err(fault) => merged.blame(path, fault)?,
        }
    }
    let groups: Vec<(&Segment, usize)> =
        segments.iter().flat_map(|segment| (0..segment.n_groups()).map(move |group| (segment, group))).collect();
    let mut batches = groups.chunks(GROUPS_AT_ONCE);
    let mut read = batches.next().map(read_groups);
    while let Some(batch) = read {
        let (next, written) =
            rayon::join(|| batches.next().map(read_groups), || merged.write(batch, &mut writer, &mut seen));
        written?;
        read = next;
    }
    merged.rows = writer.rows();
    merged.path = writer.finish()?;
    Ok(merged)
}

/// What was read of some groups, each with the segment that it stands in.
type Batch<'a> = Vec<(&'a Path, std::result::Result<Vec<Checked>, Fault>)>;

fn read_groups<'a>(groups: &[(&'a Segment, usize)]) -> Batch<'a> {
    groups.par_iter().map(|&(segment, group)| (segment.path(), read_group(segment, group))).collect()
}

fn read_group(segment: &Segment, group: usize) -> std::result::Result<Vec<Checked>, Fault> {
    let rows = segment.reader()?.rows(group)?;
    let mut scratch = Vec::new();
    let checked = |row: usize| {
        let row = rows.get(row)?;
        Some((row.key()?, row.embedded(&mut scratch)?, row.checksum()))
    };
    Ok((0..rows.len()).map(checked).collect())
}

impl Merged {
    fn write(&mut self, batch: Batch<'_>, writer: &mut SegmentWriter, seen: &mut HashSet<TextKey>) -> Result<()> {
        for (path, rows) in batch {
            let rows = match rows {
                Ok(rows) => rows,
                Err(fault) => {
                    self.blame(path, fault)?;
                    continue;
                }
            };
            for row in rows {
                let Some((key, embedded, checksum)) = row else {
                    self.dropped += 1;
                    continue;
                };
                if seen.insert(key) {
                    writer.append(&key, &embedded, checksum)?;
                }
            }
        }
        Ok(())
    }

    /// Notes why a segment could not be read in full: the first reason of each.
    fn blame(&mut self, path: &Path, fault: Fault) -> Result<()> {
        match fault {
            // Nobody removes a segment but who holds the space, and that is us.
            Fault::Gone => Err(StoreError::io("read", path, ErrorKind::NotFound.into())),
            Fault::Io(cause) => Err(StoreError::io("read", path, cause)),
            Fault::Damaged(reason) => {
                if !self.faults.iter().any(|fault| fault.path == path) {
                    self.faults.push(DamagedSegment { path: path.to_owned(), reason });
                }
                Ok(())
            }
        }
    }
}
