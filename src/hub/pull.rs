//! A model from the hub into the cache, each file checked before it gets its name. The only place that downloads.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::choose::choose;
use super::name::is_commit;
use super::remote::{Fault, Listing, Piece, Remote, RemoteFile};
use super::shelf::{Part, Shelf, Unfit};
use super::{Hub, HubError, ModelName};

/// How often in a row the hub may fail without a new byte.
const ATTEMPTS: u32 = 5;
/// The wait after the first failure; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Longer than this nobody waits at a terminal, whatever the hub says.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Sees what is going on.
pub trait Watch {
    /// A file begins; `done` bytes of it are here.
    fn begin(&self, file: &str, size: u64, done: u64);
    /// So many bytes of it are here.
    fn at(&self, done: u64);
    /// It is complete or given up.
    fn end(&self);
    /// Something worth knowing.
    fn note(&self, text: &str);
}

/// Sees nothing.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Watch for Quiet {
    fn begin(&self, _: &str, _: u64, _: u64) {}
    fn at(&self, _: u64) {}
    fn end(&self) {}
    fn note(&self, _: &str) {}
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The commit that the revision stands for.
    pub commit: String,
    /// Where the files are.
    pub folder: PathBuf,
    /// The graph's path in there.
    pub graph: String,
    /// Files of the model.
    pub n_files: usize,
    /// Files among them that were here before, and have been checked.
    pub n_here: usize,
    /// Size of all files.
    pub bytes: u64,
}

/// A download under way: who is asked, what for, where it goes, who watches.
struct Errand<'a> {
    remote: &'a Remote<'a>,
    name: &'a ModelName,
    commit: &'a str,
    shelf: &'a Shelf,
    watch: &'a dyn Watch,
}

impl Hub {
    /// Fetches the first of the `graphs` (file names, or paths in the repository) that the model has, and what belongs to
    /// it. What is here already is checked and not fetched again; what was cut off goes on where it stopped.
    ///
    /// # Errors
    /// What the hub, the network or the disk did not do.
    pub fn pull(&self, name: &ModelName, graphs: &[String], watch: &dyn Watch) -> Result<Pulled, HubError> {
        if self.offline {
            return Err(HubError::Offline { model: name.to_string() });
        }
        let remote = Remote::new(self)?;
        let listing = patiently(&remote, name, self)?;
        let choice = choose(&listing, name, graphs)?;
        let shelf = Shelf::of(self, name)?;
        let errand = Errand { remote: &remote, name, commit: &listing.commit, shelf: &shelf, watch };
        let mut n_here = 0;
        for file in &choice.files {
            n_here += usize::from(errand.fetch(file)?);
        }
        // Last, so that a branch never stands for half a model.
        if !is_commit(name.revision()) && !listing.commit.starts_with(name.revision()) {
            Shelf::refer(self, name, &listing.commit)?;
        }
        Ok(Pulled {
            folder: self.model_folder(name).join("snapshots").join(&listing.commit),
            graph: choice.graph,
            n_files: choice.files.len(),
            n_here,
            bytes: choice.files.iter().map(|file| file.size).sum(),
            commit: listing.commit,
        })
    }
}

/// The list of files, asked for until the hub answers or has failed too often.
fn patiently(remote: &Remote<'_>, name: &ModelName, hub: &Hub) -> Result<Listing, HubError> {
    let mut failures = 0;
    loop {
        match remote.listing(name) {
            Ok(listing) => return Ok(listing),
            Err(Fault::Final(error)) => return Err(error),
            Err(Fault::Busy { problem, after }) => {
                failures += 1;
                if failures == ATTEMPTS {
                    return Err(HubError::Unreachable { hub: hub.shown(), problem });
                }
                wait(failures, after);
            }
        }
    }
}

fn wait(failures: u32, after: Option<Duration>) {
    let own = FIRST_WAIT * 2u32.pow(failures.saturating_sub(1));
    std::thread::sleep(after.unwrap_or(own).min(LONGEST_WAIT));
}

impl Errand<'_> {
    /// Brings one file; whether it was here before.
    fn fetch(&self, file: &RemoteFile) -> Result<bool, HubError> {
        let blob = self.shelf.blob(&file.digest);
        let waiting =
            || self.watch.note(&format!("`{}` is being fetched by another process; waiting for it", file.path));
        let lock = Shelf::lock(&blob, waiting)?;
        let was_here = self.is_good(file, &blob)?;
        if !was_here {
            let resumed = self.download(file, &blob)?;
            // What was here of it can have been damaged since: once more, from its beginning.
            if let Err(got) = resumed {
                self.watch.note(&format!("`{}` came out wrong and was removed; fetching it anew", file.path));
                self.download(file, &blob)?.map_err(|_| checksum(file, got))?;
            }
        }
        self.shelf.show(self.commit, &file.path, &file.digest)?;
        drop(lock);
        Ok(was_here)
    }

    /// Whether the content is here and right; what is wrong is removed.
    fn is_good(&self, file: &RemoteFile, blob: &Path) -> Result<bool, HubError> {
        if !blob.exists() {
            return Ok(false);
        }
        let got = file.digest.of_file(blob).map_err(|source| HubError::Read { path: blob.to_owned(), source })?;
        if got == file.digest.text() {
            return Ok(true);
        }
        self.watch.note(&format!("`{}` is damaged and was removed; fetching it anew", file.path));
        Shelf::discard(blob)?;
        Ok(false)
    }

    /// Fetches what is missing of a file. The inner error is the digest of what came out of a part that was here before;
    /// a fresh download with a wrong digest is an error of the hub.
    fn download(&self, file: &RemoteFile, blob: &Path) -> Result<Result<(), String>, HubError> {
        let mut part = Part::open(blob, &file.digest, file.size)?;
        let resumed = part.done() > 0;
        self.watch.begin(&file.path, file.size, part.done());
        let filled = self.fill(file, &mut part);
        self.watch.end();
        filled?;
        match part.finish(blob) {
            Ok(()) => Ok(Ok(())),
            Err(Unfit::Digest(got)) if resumed => Ok(Err(got)),
            Err(Unfit::Digest(got)) => Err(checksum(file, got)),
            Err(Unfit::Disk(error)) => Err(error),
        }
    }

    fn fill(&self, file: &RemoteFile, part: &mut Part) -> Result<(), HubError> {
        let mut failures = 0;
        while part.done() < file.size {
            let before = part.done();
            let streamed = self.remote.stream(self.name, (self.commit, &file.path), before, &mut |piece| match piece {
                Piece::Restart => part.restart(),
                Piece::Bytes(bytes) => {
                    let fits = part.push(bytes)?;
                    self.watch.at(part.done());
                    if fits { Ok(()) } else { Err(self.too_long(file)) }
                }
            });
            let (problem, after) = match streamed {
                Ok(()) => ("the hub ended too early".to_owned(), None),
                Err(Fault::Busy { problem, after }) => (problem, after),
                Err(Fault::Final(error)) => return Err(error),
            };
            if part.done() == file.size {
                return Ok(());
            }
            failures = if part.done() > before { 1 } else { failures + 1 };
            if failures == ATTEMPTS {
                return Err(HubError::Broken { file: file.path.clone(), problem, done: part.done(), size: file.size });
            }
            wait(failures, after);
        }
        Ok(())
    }

    fn too_long(&self, file: &RemoteFile) -> HubError {
        let problem = format!("`{}` is longer than the {} bytes that it promised", file.path, file.size);
        HubError::Strange { hub: self.name.to_string(), problem }
    }
}

fn checksum(file: &RemoteFile, got: String) -> HubError {
    HubError::Checksum {
        file: file.path.clone(),
        algorithm: file.digest.algorithm(),
        expected: file.digest.text().to_owned(),
        got,
    }
}
