//! The vectors of one space: looking up, locking, keeping, merging.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::segment::{CORRUPT, DamagedSegment, Fault, Row, Segment, SegmentWriter, is_segment};
use super::{SPACE_FILE, TextKey, lock_path};
use crate::model::{Embedded, Space};
use crate::store::{Result, StoreError, atomic};

/// How often a folder is listed anew because segments vanished while they were read. Each time, another process must
/// have merged or pruned in between.
const ATTEMPTS: usize = 16;
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

/// What is looked for, and what was found of it.
struct Search {
    found: HashMap<TextKey, Option<Embedded>>,
    damaged: HashSet<TextKey>,
    missing: usize,
}

impl Search {
    fn new(keys: &[TextKey]) -> Self {
        let found: HashMap<_, _> = keys.iter().map(|key| (*key, None)).collect();
        Search { missing: found.len(), found, damaged: HashSet::new() }
    }

    fn wants(&self, key: &TextKey) -> bool {
        matches!(self.found.get(key), Some(None))
    }

    fn take(&mut self, row: Row) {
        let Some(place @ None) = self.found.get_mut(&row.key) else { return };
        match row.embedded {
            Some(embedded) => {
                *place = Some(embedded);
                self.missing -= 1;
                self.damaged.remove(&row.key);
            }
            None => {
                self.damaged.insert(row.key);
            }
        }
    }

    fn into_found(self, keys: &[TextKey], segments: Vec<DamagedSegment>) -> Found {
        let rows = keys.iter().map(|key| self.found.get(key).cloned().flatten()).collect();
        Found { rows, damaged: self.damaged.len(), segments }
    }
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
        let (search, mut segments) = self.search(keys)?;
        if !segments.is_empty()
            && let Some(locked) = self.try_lock_if_writable()?
        {
            segments = locked.set_all_aside(segments)?;
        }
        Ok(search.into_found(keys, segments))
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

    fn segments(&self) -> Result<Vec<PathBuf>> {
        Ok(atomic::list(&self.folder)?.into_iter().filter(|path| is_segment(path)).collect())
    }

    fn search(&self, keys: &[TextKey]) -> Result<(Search, Vec<DamagedSegment>)> {
        let mut search = Search::new(keys);
        let mut damaged = Vec::new();
        let mut done = BTreeSet::new();
        for _ in 0..ATTEMPTS {
            let mut restless = false;
            for path in self.segments()? {
                if search.missing == 0 {
                    return Ok((search, damaged));
                }
                if done.contains(&path) {
                    continue;
                }
                match self.search_in(&path, &mut search) {
                    Ok(()) => {}
                    Err(Fault::Gone) => {
                        restless = true;
                        continue;
                    }
                    Err(Fault::Io(cause)) => return Err(StoreError::io("read", &path, cause)),
                    Err(Fault::Damaged(reason)) => damaged.push(DamagedSegment { path: path.clone(), reason }),
                }
                done.insert(path);
            }
            if !restless {
                return Ok((search, damaged));
            }
        }
        Err(StoreError::Restless { path: self.folder.clone(), attempts: ATTEMPTS })
    }

    /// Takes from a segment what is looked for; damage in one group does not keep the others from being read.
    fn search_in(&self, path: &Path, search: &mut Search) -> std::result::Result<(), Fault> {
        let segment = Segment::open(path, &self.fingerprint, Some(self.dimension))?;
        let mut first_fault = None;
        for group in 0..segment.n_groups() {
            let read = segment.select(group, |key| search.wants(key)).and_then(|selection| {
                if selection.row_count() == 0 {
                    return Ok(());
                }
                let took = segment.read(group, Some(selection), |row| {
                    search.take(row);
                    ControlFlow::Continue(())
                });
                took.map(|_| ())
            });
            match read {
                Err(Fault::Damaged(reason)) => first_fault = first_fault.or(Some(reason)),
                other => other?,
            }
        }
        first_fault.map_or(Ok(()), |reason| Err(Fault::Damaged(reason)))
    }
}

impl LockedSpace<'_> {
    /// As [`SpaceCache::lookup`].
    pub fn lookup(&self, keys: &[TextKey]) -> Result<Found> {
        let (search, segments) = self.space.search(keys)?;
        let segments = self.set_all_aside(segments)?;
        Ok(search.into_found(keys, segments))
    }

    /// Keeps these rows, as one segment, which is on the disk when this returns. Of equal keys the first one counts.
    pub fn insert(&self, rows: &[(TextKey, Embedded)]) -> Result<()> {
        let mut writer = self.segment_writer()?;
        let mut seen = HashSet::new();
        for (key, embedded) in rows {
            if seen.insert(*key) {
                writer.append(key, embedded)?;
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
        let mut compacted = Compacted::default();
        if small.len() < 2 {
            return Ok(compacted);
        }
        let mut writer = self.segment_writer()?;
        let mut seen = HashSet::new();
        for path in &small {
            if let Some(reason) = self.copy(path, &mut writer, &mut seen, &mut compacted.dropped)? {
                compacted.segments.push(DamagedSegment { path: path.clone(), reason });
            }
        }
        compacted.rows = writer.rows();
        compacted.merged = small.len() - compacted.segments.len();
        let merged = writer.finish()?;
        for segment in &mut compacted.segments {
            segment.path = set_aside(&segment.path)?;
        }
        for path in small.iter().filter(|path| merged.as_ref() != Some(path)) {
            atomic::remove(path)?;
        }
        atomic::sync_folder(&self.space.folder)?;
        Ok(compacted)
    }

    fn segment_writer(&self) -> Result<SegmentWriter> {
        SegmentWriter::create(&self.space.folder, &self.space.fingerprint, self.space.dimension)
    }

    fn write_description(&self) -> Result<()> {
        let path = self.space.folder.join(SPACE_FILE);
        if !path.exists() {
            atomic::write(&path, self.space.description.as_bytes())?;
        }
        Ok(())
    }

    /// Copies the good rows of a segment. Returns why it could not be read in full, if so.
    fn copy(
        &self,
        path: &Path,
        writer: &mut SegmentWriter,
        seen: &mut HashSet<TextKey>,
        dropped: &mut usize,
    ) -> Result<Option<String>> {
        let mut first_fault = None;
        let mut judge = |fault| match fault {
            Fault::Gone => Err(StoreError::io("read", path, ErrorKind::NotFound.into())),
            Fault::Io(cause) => Err(StoreError::io("read", path, cause)),
            Fault::Damaged(reason) => {
                first_fault.get_or_insert(reason);
                Ok(())
            }
        };
        match Segment::open(path, &self.space.fingerprint, Some(self.space.dimension)) {
            Err(fault) => judge(fault)?,
            Ok(segment) => {
                for group in 0..segment.n_groups() {
                    let copied = segment.read(group, None, |row| match row.embedded {
                        Some(embedded) if seen.insert(row.key) => match writer.append(&row.key, &embedded) {
                            Ok(()) => ControlFlow::Continue(()),
                            Err(error) => ControlFlow::Break(error),
                        },
                        Some(_) => ControlFlow::Continue(()),
                        None => {
                            *dropped += 1;
                            ControlFlow::Continue(())
                        }
                    });
                    match copied {
                        Ok(ControlFlow::Continue(())) => {}
                        Ok(ControlFlow::Break(error)) => return Err(error),
                        Err(fault) => judge(fault)?,
                    }
                }
            }
        }
        Ok(first_fault)
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
            let mut writer = self.segment_writer()?;
            self.copy(&segment.path, &mut writer, &mut HashSet::new(), &mut 0)?;
            writer.finish()?;
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

/// What the space is, as TOML: the fingerprint is the digest of exactly this.
fn describe(space: &Space) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut text = String::from("# The space that the vectors in this folder belong to.\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "fingerprint = {}\ndimension = {}", quoted(&space.fingerprint), space.dimension);
    for (name, value) in &space.traits {
        let _ = writeln!(text, "\n[[trait]]\nname = {}\nvalue = {}", quoted(name), quoted(value));
    }
    text
}
