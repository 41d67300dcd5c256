//! The vectors of one space: looking up, locking, keeping, merging.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::description::{SPACE_FILE, describe};
use super::merge::{Merged, merge};
use super::rows::checksum;
use super::search::Search;
use super::segment::{CORRUPT, DamagedSegment, is_segment};
use super::writer::SegmentWriter;
use super::{TextKey, lock_path};
use crate::model::{Embedded, Space};
use crate::store::{Result, StoreError, atomic};

/// Segments below this size are merged by [`LockedSpace::compact`]; rewriting larger ones would cost more than it saves.
const COMPACT_BELOW: u64 = 64 << 20;

/// The part of the cache that belongs to one space.
#[derive(Debug, Clone)]
pub struct SpaceCache {
    pub(super) folder: PathBuf,
    lock: PathBuf,
    pub(super) fingerprint: String,
    pub(super) dimension: usize,
    description: String,
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// For each key, in order, what is kept for it.
    pub rows: Vec<Option<Embedded>>,
    /// How many different keys are absent only because the row that was kept for them is damaged.
    pub damaged: usize,
    /// Segments that could not be read in full. What was readable in them is kept; they themselves are set aside as
    /// `*.corrupt`, unless another process holds the space or the cache is read-only.
    pub segments: Vec<DamagedSegment>,
}

/// What [`LockedSpace::compact`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Segments that were merged into one.
    pub merged: usize,
    /// Rows of the merged segment.
    pub rows: usize,
    /// Rows that were dropped because their checksum did not agree.
    pub dropped: usize,
    /// Segments that could not be read in full and were set aside.
    pub segments: Vec<DamagedSegment>,
}

/// A space that no other process writes to as long as this value lives.
#[derive(Debug)]
pub struct LockedSpace<'a> {
    space: &'a SpaceCache,
    _lock: File,
}

impl SpaceCache {
    pub(super) fn new(layout: &Path, space: &Space) -> Self {
        SpaceCache {
            folder: layout.join(&space.fingerprint),
            lock: lock_path(layout, &space.fingerprint),
            fingerprint: space.fingerprint.clone(),
            dimension: space.dimension,
            description: describe(space),
        }
    }

    /// Looks up what is kept for these keys. Waits for nobody; needs no right to write.
    pub fn lookup(&self, keys: &[TextKey]) -> Result<Found> {
        let mut found = Search::rows(self, keys)?;
        // A process that was killed while it merged has left nothing to do but to clear away.
        if (!found.segments.is_empty() || self.has_leftovers()?)
            && let Some(locked) = self.try_lock_if_writable()?
        {
            found.segments = locked.set_all_aside(found.segments)?;
        }
        Ok(found)
    }

    /// Whether there is a file that is being written, or was when its process was killed.
    fn has_leftovers(&self) -> Result<bool> {
        let temporary = |path: &PathBuf| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(atomic::TEMPORARY))
        };
        Ok(atomic::list(&self.folder)?.iter().any(temporary))
    }

    /// Which of these keys have a row. Reads no vector, so that a row that turns out to be damaged counts as there.
    pub fn contains(&self, keys: &[TextKey]) -> Result<Vec<bool>> {
        Search::contains(self, keys)
    }

    /// Takes the space for this process; while another one holds it, calls `on_wait` once and waits.
    ///
    /// Whoever embeds texts that a look-up did not find takes the space first and looks again: another process may have
    /// embedded them meanwhile. The system gives the space free when the process ends, however it ends.
    pub fn lock(&self, on_wait: impl FnOnce()) -> Result<LockedSpace<'_>> {
        let lock = atomic::lock(&self.lock, on_wait)?;
        self.locked(lock)
    }

    fn try_lock_if_writable(&self) -> Result<Option<LockedSpace<'_>>> {
        match atomic::try_lock(&self.lock) {
            Ok(Some(lock)) => self.locked(lock).map(Some),
            Ok(None) => Ok(None),
            // Reading from a cache that may not be written to is fine; the damage is reported all the same.
            Err(StoreError::Io { cause, .. })
                if matches!(cause.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn locked(&self, lock: File) -> Result<LockedSpace<'_>> {
        // Every writer holds the lock, so what is temporary now belongs to a process that was killed.
        atomic::sweep(&self.folder, None)?;
        Ok(LockedSpace { space: self, _lock: lock })
    }

    /// Its segments, in the order of their names.
    pub(super) fn segments(&self) -> Result<Vec<PathBuf>> {
        Ok(atomic::list(&self.folder)?.into_iter().filter(|path| is_segment(path)).collect())
    }
}

impl LockedSpace<'_> {
    /// As [`SpaceCache::lookup`].
    pub fn lookup(&self, keys: &[TextKey]) -> Result<Found> {
        let mut found = Search::rows(self.space, keys)?;
        found.segments = self.set_all_aside(found.segments)?;
        Ok(found)
    }

    /// Keeps these rows, as one segment, which is on the disk when this returns. Of equal keys the first one counts.
    pub fn insert(&self, rows: &[(TextKey, Embedded)]) -> Result<()> {
        let mut writer = SegmentWriter::create(&self.space.folder, &self.space.fingerprint, self.space.dimension)?;
        let checksum = |scratch: &mut Vec<u8>, (key, embedded): &(TextKey, Embedded)| checksum(key, embedded, scratch);
        let checksums: Vec<i64> = rows.par_iter().map_init(Vec::new, checksum).collect();
        let mut seen = HashSet::new();
        for ((key, embedded), checksum) in rows.iter().zip(checksums) {
            if seen.insert(*key) {
                writer.append(key, embedded, checksum)?;
            }
        }
        if writer.finish()?.is_some() {
            self.write_description()?;
        }
        Ok(())
    }

    /// Merges the small segments into one. Who is reading them meanwhile finds the merged one at the next listing.
    pub fn compact(&self) -> Result<Compacted> {
        let mut small = Vec::new();
        for path in self.space.segments()? {
            let size = fs::metadata(&path).map_err(|cause| StoreError::io("read", &path, cause))?.len();
            if size < COMPACT_BELOW {
                small.push(path);
            }
        }
        if small.len() < 2 {
            return Ok(Compacted::default());
        }
        let Merged { path: merged, rows, dropped, faults: mut segments } = merge(self.space, &small)?;
        for segment in &mut segments {
            segment.path = set_aside(&segment.path)?;
        }
        let n_merged = small.len() - segments.len();
        for path in small.iter().filter(|path| merged.as_ref() != Some(path)) {
            atomic::remove(path)?;
        }
        atomic::sync_folder(&self.space.folder)?;
        Ok(Compacted { merged: n_merged, rows, dropped, segments })
    }

    fn write_description(&self) -> Result<()> {
        let path = self.space.folder.join(SPACE_FILE);
        if !path.exists() {
            atomic::write(&path, self.space.description.as_bytes())?;
        }
        Ok(())
    }

    /// Sets segments aside and keeps what is readable in them. Returns them under their new names.
    fn set_all_aside(&self, mut segments: Vec<DamagedSegment>) -> Result<Vec<DamagedSegment>> {
        for segment in &mut segments {
            if !segment.path.exists() {
                // Another process has been faster.
                continue;
            }
            // Moved first: what is readable in it may make up the very segment that it once was, name and all.
            segment.path = set_aside(&segment.path)?;
            merge(self.space, std::slice::from_ref(&segment.path))?;
        }
        Ok(segments)
    }
}

/// Renames a damaged segment so that it is no longer read, and replaces nothing.
fn set_aside(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut target = path.with_file_name(format!("{name}{CORRUPT}"));
    let mut number = 2;
    while target.exists() {
        target = path.with_file_name(format!("{name}{CORRUPT}-{number}"));
        number += 1;
    }
    fs::rename(path, &target).map_err(|cause| StoreError::io("set aside", path, cause))?;
    Ok(target)
}
