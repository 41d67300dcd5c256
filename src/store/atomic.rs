//! Files that are there in full or not at all.
//!
//! Bytes go to a `.tmp-*` file in the target's own folder (a rename across file systems would be a copy), are brought
//! to the disk, and appear under their name by one rename. Nothing here knows what the bytes mean.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Result, StoreError};

/// What every temporary name begins with.
pub const TEMPORARY: &str = ".tmp-";

/// A file on its way to its place. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub struct AtomicFile {
    writer: BufWriter<NamedTempFile>,
    folder: PathBuf,
}

impl AtomicFile {
    /// Opens a temporary file in `folder`, which is made if it is missing. `label` shows in the temporary name
    /// (`.tmp-LABEL-…`), so that [`sweep`] can tell whose it was.
    pub fn create_in(folder: &Path, label: &str) -> Result<Self> {
        create_folder(folder)?;
        let mut builder = tempfile::Builder::new();
        let prefix = format!("{TEMPORARY}{label}-");
        builder.prefix(&prefix);
        // Temporary files are private by default; results are meant to be read by whoever the umask lets in.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(|cause| StoreError::io("write into", folder, cause))?;
        Ok(AtomicFile { writer: BufWriter::with_capacity(1 << 16, file), folder: folder.to_owned() })
    }

    /// Brings the bytes to the disk and gives the file its name; a file of that name is replaced. Returns its path.
    pub fn finish(self, name: &str) -> Result<PathBuf> {
        let target = self.folder.join(name);
        let failed = |cause| StoreError::io("write", &target, cause);
        let file = self.writer.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&target).map_err(|error| failed(error.error))?;
        sync_folder(&self.folder)?;
        Ok(target)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Writes a whole file at once. Returns its path.
pub fn write(target: &Path, bytes: &[u8]) -> Result<PathBuf> {
    let (folder, name) = place(target)?;
    let mut file = AtomicFile::create_in(folder, name)?;
    file.write_all(bytes).map_err(|cause| StoreError::io("write", target, cause))?;
    file.finish(name)
}

/// The folder and the name of a file to be.
pub(super) fn place(target: &Path) -> Result<(&Path, &str)> {
    let name = target.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        StoreError::io("write", target, io::Error::new(ErrorKind::InvalidInput, "expected the name of a file"))
    })?;
    Ok((parent(target), name))
}

/// Makes a folder and those above it, unless they are there.
pub fn create_folder(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|cause| StoreError::io("make the folder", folder, cause))?;
    sync_folder(parent(folder))
}

/// Removes the temporary files of processes that were killed: all in `folder`, or those written for the file `label`.
/// Only for whoever holds the lock that the files' writers hold. Returns how many there were.
pub fn sweep(folder: &Path, label: Option<&str>) -> Result<usize> {
    let prefix = label.map_or_else(|| TEMPORARY.to_owned(), |label| format!("{TEMPORARY}{label}-"));
    let mut swept = 0;
    for path in list(folder)? {
        let temporary = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&prefix));
        if temporary && path.is_file() && remove(&path)? {
            swept += 1;
        }
    }
    Ok(swept)
}

/// The entries of a folder in the order of their names; none when the folder is missing.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |cause| StoreError::io("list", folder, cause);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(failed(cause)),
    };
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// Removes a file; false when it was already gone.
pub(super) fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(StoreError::io("remove", path, cause)),
    }
}

/// Brings a folder's own entries (new names, removed names) to the disk.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    match synced {
        // Some network file systems do not sync folders; the rename itself has happened.
        Err(cause) if !matches!(cause.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Err(StoreError::io("write into", folder, cause))
        }
        _ => Ok(()),
    }
}

/// Folders cannot be synced here; a rename is as durable as the file system makes it.
#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> Result<()> {
    Ok(())
}

/// Opens (and makes, if need be) the file that an advisory lock is taken on, and takes it. When another process holds
/// it, calls `on_wait` once and waits. The system lets go of the lock when the process ends, however it ends.
pub(super) fn lock(path: &Path, on_wait: impl FnOnce()) -> Result<File> {
    let file = open_lock(path)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(fs::TryLockError::WouldBlock) => on_wait(),
        Err(fs::TryLockError::Error(cause)) => return Err(StoreError::io("lock", path, cause)),
    }
    file.lock().map_err(|cause| StoreError::io("lock", path, cause))?;
    Ok(file)
}

/// As [`lock`], but gives `None` at once when another process holds it.
pub(super) fn try_lock(path: &Path) -> Result<Option<File>> {
    let file = open_lock(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(cause)) => Err(StoreError::io("lock", path, cause)),
    }
}

fn open_lock(path: &Path) -> Result<File> {
    create_folder(parent(path))?;
    // Never truncated: the file is only there to be locked.
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|cause| StoreError::io("lock", path, cause))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at surprises and damage files on purpose"
    )]
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        list(folder).unwrap().iter().map(|p| p.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn writes_replaces_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new/folder/a.txt");
        write(&target, b"one").unwrap();
        write(&target, b"two").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
        assert_eq!(names(target.parent().unwrap()), ["a.txt"]);
    }

    #[test]
    fn unfinished_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.txt");
        write(&target, b"old").unwrap();
        let mut file = AtomicFile::create_in(folder.path(), "a.txt").unwrap();
        file.write_all(&vec![b'x'; 1 << 17]).unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        drop(file);
        assert_eq!(names(folder.path()), ["a.txt"]);
        assert_eq!(fs::read(&target).unwrap(), b"old");
    }

    #[test]
    fn sweeps_only_what_is_temporary() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".tmp-a-123", ".tmp-b-456", "a.txt", ".lock", "tmp-c"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(sweep(folder.path(), Some("b")).unwrap(), 1);
        assert_eq!(sweep(folder.path(), None).unwrap(), 1);
        assert_eq!(names(folder.path()), [".lock", "a.txt", "tmp-c"]);
        assert_eq!(sweep(&folder.path().join("missing"), None).unwrap(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn results_are_as_readable_as_the_umask_says() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plain"), "x").unwrap();
        write(&folder.path().join("atomic"), b"x").unwrap();
        let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode("plain"), mode("atomic"));
    }

    #[test]
    fn a_file_in_the_way_of_a_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("reports"), "x").unwrap();
        let error = write(&folder.path().join("reports/a.txt"), b"x").unwrap_err().to_string();
        assert!(error.contains("reports`: a file stands where a folder is needed"), "{error}");
    }

    #[test]
    fn full_and_forbidden_disks_are_explained() {
        let full = StoreError::io("write", Path::new("t.parquet"), ErrorKind::StorageFull.into()).to_string();
        assert!(full.starts_with("write `t.parquet`: no space left on the device\nhint: make room"), "{full}");
        let forbidden = StoreError::io("write", Path::new("t"), ErrorKind::ReadOnlyFilesystem.into()).to_string();
        assert!(forbidden.contains("read-only\nhint: choose a folder"), "{forbidden}");
    }

    #[test]
    fn a_second_lock_waits_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let held = lock(&path, || panic!("nobody else is here")).unwrap();
        assert!(try_lock(&path).unwrap().is_none());
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| lock(&path, || tell.send(()).unwrap()).unwrap());
            told.recv().unwrap();
            drop(held);
            second.join().unwrap();
        });
        assert!(try_lock(&path).unwrap().is_some());
    }
}
