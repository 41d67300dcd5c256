//! Path patterns → the files they name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::IngestError;

/// The pattern that stands for standard input.
const STDIN: &str = "-";

/// A file to read, and how the run calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it lies; `-` is standard input.
    pub path: PathBuf,
    /// Relative to the folder that the patterns are relative to, with `/` between parts, so that tables do not
    /// depend on where a project was cloned; as it lies on disk when it is elsewhere.
    pub name: Arc<str>,
}

impl Input {
    /// A file under the name that its path spells.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = Arc::from(path.to_string_lossy());
        Input { path, name }
    }

    /// Whether it is standard input, which can be read only once.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        self.path.as_os_str() == STDIN
    }
}

/// Finds the files that `patterns` name, relative to `base_dir`: each file once, ordered by name.
///
/// A pattern that names an existing file is that file, whatever glob characters its name holds. Folders are passed
/// over. A pattern that names no file is an error that says what lies near.
pub fn expand_globs(base_dir: &Path, patterns: &[String]) -> Result<Vec<Input>, IngestError> {
    // The key is the file's real place, so that `a.jsonl` and `./a.jsonl` are one input.
    let mut found: BTreeMap<PathBuf, Input> = BTreeMap::new();
    for pattern in patterns {
        if pattern == STDIN {
            found.insert(PathBuf::from(STDIN), Input::new(STDIN));
            continue;
        }
        let paths = matches(base_dir, pattern)?;
        if paths.is_empty() {
            return Err(no_match(base_dir, pattern));
        }
        for path in paths {
            let place = path.canonicalize().unwrap_or_else(|_| path.clone());
            let input = Input { name: name(base_dir, &path), path };
            let first = found.entry(place).or_insert_with(|| input.clone());
            if input.name < first.name {
                *first = input;
            }
        }
    }
    let mut inputs: Vec<Input> = found.into_values().collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(inputs)
}

fn matches(base_dir: &Path, pattern: &str) -> Result<Vec<PathBuf>, IngestError> {
    let literal = base_dir.join(pattern);
    if literal.is_file() {
        return Ok(vec![literal]);
    }
    let full = if Path::new(pattern).is_absolute() || base_dir.as_os_str().is_empty() {
        pattern.to_owned()
    } else {
        // The base folder is meant as it is written, whatever glob characters it holds.
        format!("{}/{pattern}", glob::Pattern::escape(&base_dir.to_string_lossy()))
    };
    let wrong = |cause| IngestError::Pattern { pattern: pattern.to_owned(), cause };
    let failed = |cause| IngestError::Walk { pattern: pattern.to_owned(), cause };
    let whole = glob::Pattern::new(&full).map_err(wrong)?;
    // What comes before `**` names folders; what is below them is walked here, for `glob` follows links in circles.
    let mut parts = full.split('/').map(str::to_owned);
    let before: Vec<String> = parts.by_ref().take_while(|part| part != "**").collect();
    if before.len() == full.split('/').count() {
        let paths: Result<Vec<PathBuf>, _> = glob::glob(&full).map_err(wrong)?.collect();
        let paths = paths.map_err(|cause| failed(cause.into()))?;
        return Ok(paths.into_iter().filter(|path| !path.is_dir()).collect());
    }
    let mut walk = Walk { pattern: whole, n_folders: 0, files: Vec::new() };
    let tops = match before.join("/") {
        top if top.is_empty() && before.is_empty() => vec![PathBuf::new()],
        top if top.is_empty() => vec![PathBuf::from("/")],
        top => glob::glob(&top).map_err(wrong)?.collect::<Result<_, _>>().map_err(|cause| failed(cause.into()))?,
    };
    for top in tops.into_iter().filter(|top| top.as_os_str().is_empty() || top.is_dir()) {
        walk.folder(&top, &mut Vec::new()).map_err(failed)?;
    }
    Ok(walk.files)
}

/// Folders that a pattern with `**` looks into, at most: links among folders can make any number of ways of a few.
const MOST_FOLDERS: usize = 1 << 20;

/// A walk through folders.
struct Walk {
    pattern: glob::Pattern,
    n_folders: usize,
    files: Vec<PathBuf>,
}

impl Walk {
    /// Finds the files below a folder, links followed, but for those that lead back to a folder around them.
    fn folder(&mut self, folder: &Path, around: &mut Vec<PathBuf>) -> io::Result<()> {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let place = here.canonicalize()?;
        if around.contains(&place) {
            return Ok(());
        }
        self.n_folders += 1;
        if self.n_folders > MOST_FOLDERS {
            return Err(io::Error::other(format!("there are more than {MOST_FOLDERS} folders")));
        }
        around.push(place);
        let mut names: Vec<OsString> = Vec::new();
        for entry in here.read_dir()? {
            names.push(entry?.file_name());
        }
        names.sort();
        let rule = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
        for name in names {
            let path = folder.join(name);
            if path.is_dir() {
                self.folder(&path, around)?;
            } else if self.pattern.matches_path_with(&path, rule) {
                self.files.push(path);
            }
        }
        around.pop();
        Ok(())
    }
}

fn name(base_dir: &Path, path: &Path) -> Arc<str> {
    let shown = path.strip_prefix(base_dir).unwrap_or(path).to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { Arc::from(shown) } else { Arc::from(shown.replace('\\', "/")) }
}

/// Names that are shown when nothing matches.
const SHOWN_NAMES: usize = 3;

fn no_match(base_dir: &Path, pattern: &str) -> IngestError {
    let full = base_dir.join(pattern);
    let is_glob = |part: &Path| part.to_string_lossy().contains(['*', '?', '[']);
    // The deepest folder that is named without glob characters and exists.
    let folder = full
        .ancestors()
        .skip(1)
        .find(|folder| !is_glob(folder.strip_prefix(base_dir).unwrap_or(folder)) && folder.is_dir());
    let folder = folder.unwrap_or(base_dir).to_path_buf();
    let hint = if full.is_dir() {
        format!("\nhint: `{pattern}` is a folder; `{}/*.jsonl` names the files in it", pattern.trim_end_matches('/'))
    } else {
        let wanted = full.strip_prefix(&folder).unwrap_or(&full).to_string_lossy();
        match nearest(&folder, &wanted).as_slice() {
            [] => String::new(),
            names => format!("\nhint: in that folder there is {}", names.join(", ")),
        }
    };
    IngestError::NoMatch { pattern: pattern.to_owned(), folder, hint }
}

/// The names in a folder that are most like `wanted`. A folder that cannot be listed has none: this is only a hint.
fn nearest(folder: &Path, wanted: &str) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<(usize, String)> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .map(|name| (strsim::levenshtein(&name, wanted), name))
        .collect();
    names.sort();
    names.into_iter().take(SHOWN_NAMES).map(|(_, name)| format!("`{name}`")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        folder
    }

    fn names(folder: &Path, patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        expand_globs(folder, &patterns).unwrap().iter().map(|input| input.name.to_string()).collect()
    }

    #[test]
    fn files_come_once_and_in_order() {
        let folder = folder(&["b.jsonl", "a.jsonl", "sub/c.jsonl", "x.csv"]);
        std::fs::create_dir(folder.path().join("folder.jsonl")).unwrap();
        let found = names(folder.path(), &["*.jsonl", "./a.jsonl", "**/*.jsonl"]);
        assert_eq!(found, ["a.jsonl", "b.jsonl", "sub/c.jsonl"]);
    }

    #[test]
    fn glob_characters_in_names_and_folders_are_names_first() {
        let folder = folder(&["run [1]/a[1].jsonl", "run [1]/a1.jsonl"]);
        let base = folder.path().join("run [1]");
        assert_eq!(names(&base, &["a[1].jsonl"]), ["a[1].jsonl"]);
        assert_eq!(names(&base, &["*.jsonl"]), ["a1.jsonl", "a[1].jsonl"]);
    }

    #[test]
    fn stdin_is_an_input() {
        assert!(expand_globs(Path::new("."), &["-".to_owned()]).unwrap()[0].is_stdin());
    }

    #[test]
    fn nothing_matched_names_pattern_folder_and_neighbors() {
        let folder = folder(&["data/run1.jsonl", "data/notes.txt"]);
        let error = expand_globs(folder.path(), &["data/rum*.jsonl".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("`data/rum*.jsonl`"), "{error}");
        assert!(error.contains(&folder.path().join("data").display().to_string()), "{error}");
        assert!(error.contains("hint: in that folder there is `run1.jsonl`"), "{error}");
        let error = expand_globs(folder.path(), &["data".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("`data/*.jsonl` names the files in it"), "{error}");
    }

    #[test]
    fn a_broken_pattern_is_said_so() {
        let error = expand_globs(Path::new("."), &["a***b".to_owned()]).unwrap_err().to_string();
        assert_eq!(error, "understand the path pattern `a***b`");
    }
}
