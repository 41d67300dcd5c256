//! The only hand that writes into the hub's cache: a part of a file that grows, becomes whole and gets its place.
//!
//! A file appears under its name only when its digest is the promised one. Parts are named as the `hf-hub` crate names
//! them, and stay when a download breaks off.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::digest::{Digest, Digesting};
use super::{Hub, HubError, ModelName};

/// A file on its way in.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    digest: Digest,
    digesting: Digesting,
    size: u64,
    done: u64,
}

/// Why a part that is complete cannot become a file.
pub(super) enum Unfit {
    /// Its digest, which is not the promised one; the part is gone.
    Digest(String),
    /// The disk.
    Disk(HubError),
}

fn disk(path: &Path) -> impl Fn(io::Error) -> HubError + '_ {
    |source| HubError::Disk { path: path.to_owned(), source }
}

impl Part {
    /// Opens what is there of a file, or begins it.
    pub(super) fn open(blob: &Path, digest: &Digest, size: u64) -> Result<Self, HubError> {
        let path = blob.with_extension("part");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.map_err(disk(&path))?;
        let done = file.metadata().map_err(disk(&path))?.len();
        let mut digesting = digest.begin(size);
        digesting.read(&mut (&mut file).take(done)).map_err(disk(&path))?;
        let mut part = Part { file, path, digest: digest.clone(), digesting, size, done };
        if done > size {
            part.restart()?;
        }
        Ok(part)
    }

    /// Bytes that are here.
    pub(super) fn done(&self) -> u64 {
        self.done
    }

    /// Adds bytes; refuses more than were promised.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<bool, HubError> {
        if bytes.len() as u64 > self.size - self.done {
            return Ok(false);
        }
        self.file.write_all(bytes).map_err(disk(&self.path))?;
        self.digesting.update(bytes);
        self.done += bytes.len() as u64;
        Ok(true)
    }

    /// Throws away what is here.
    pub(super) fn restart(&mut self) -> Result<(), HubError> {
        self.file.set_len(0).map_err(disk(&self.path))?;
        self.file.seek(SeekFrom::Start(0)).map_err(disk(&self.path))?;
        self.digesting = self.digest.begin(self.size);
        self.done = 0;
        Ok(())
    }

    /// Gives the file its name, if it is what was promised.
    pub(super) fn finish(self, blob: &Path) -> Result<(), Unfit> {
        let got = self.digesting.finish();
        if got != self.digest.text() {
            return match fs::remove_file(&self.path) {
                Ok(()) => Err(Unfit::Digest(got)),
                Err(source) => Err(Unfit::Disk(disk(&self.path)(source))),
            };
        }
        let named = self.file.sync_all().and_then(|()| fs::rename(&self.path, blob));
        named.map_err(|source| Unfit::Disk(disk(blob)(source)))
    }
}

/// Where files of a model go.
pub(super) struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// Makes the folders of a model.
    pub(super) fn of(hub: &Hub, name: &ModelName) -> Result<Self, HubError> {
        let shelf = Shelf { folder: hub.model_folder(name) };
        let blobs = shelf.folder.join("blobs");
        fs::create_dir_all(&blobs).map_err(disk(&blobs))?;
        Ok(shelf)
    }

    /// Where a file's content is kept.
    pub(super) fn blob(&self, digest: &Digest) -> PathBuf {
        self.folder.join("blobs").join(digest.text())
    }

    /// Keeps others from fetching the same file at the same time, for as long as the answer lives. `waiting` is called
    /// when someone else is at it.
    pub(super) fn lock(blob: &Path, waiting: impl FnOnce()) -> Result<File, HubError> {
        let path = blob.with_extension("lock");
        let file = File::create(&path).map_err(disk(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock().map_err(disk(&path))?;
            }
            Err(TryLockError::Error(source)) => return Err(disk(&path)(source)),
        }
        Ok(file)
    }

    /// Removes what is not what it says.
    pub(super) fn discard(blob: &Path) -> Result<(), HubError> {
        fs::remove_file(blob).map_err(disk(blob))
    }

    /// Shows a file under its own name in the folder of a commit. Whoever reads it meanwhile finds it there at any moment.
    pub(super) fn show(&self, commit: &str, file: &str, digest: &Digest) -> Result<PathBuf, HubError> {
        let path = self.folder.join("snapshots").join(commit).join(file);
        // Out of the file's own folders, the commit's and `snapshots`.
        let up = "../".repeat(file.split('/').count() + 1);
        let target = format!("{up}blobs/{}", digest.text());
        if fs::read_link(&path).is_ok_and(|known| known == Path::new(&target)) {
            return Ok(path);
        }
        appear(&path, |new| link(&target, &self.blob(digest), new))?;
        Ok(path)
    }

    /// Lets a branch or a tag stand for a commit.
    pub(super) fn refer(hub: &Hub, name: &ModelName, commit: &str) -> Result<(), HubError> {
        let path = hub.model_folder(name).join("refs").join(name.revision());
        if fs::read_to_string(&path).is_ok_and(|known| known == commit) {
            return Ok(());
        }
        appear(&path, |new| fs::write(new, commit))
    }
}

/// Makes something beside its place and moves it there.
fn appear(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), HubError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(disk(parent))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let new = path.with_file_name(format!(".{name}.{}", std::process::id()));
    // What a killed process with the same number has left.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk(&new)(error)),
        _ => {}
    }
    make(&new).and_then(|()| fs::rename(&new, path)).map_err(disk(path))
}

#[cfg(unix)]
fn link(relative: &str, _: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(relative, path)
}

/// Links need a privilege on Windows that few have: the content is put there a second time under another name.
#[cfg(not(unix))]
fn link(_: &str, blob: &Path, path: &Path) -> io::Result<()> {
    fs::hard_link(blob, path).or_else(|_| fs::copy(blob, path).map(|_| ()))
}
