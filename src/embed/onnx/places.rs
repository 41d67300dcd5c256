//! Where an ONNX Runtime library may lie on this machine.
//!
//! Looks at the file system, loads nothing.

use std::env::consts::{ARCH, DLL_EXTENSION, DLL_PREFIX};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A place and the libraries in it, the most promising first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// In words, for `breadth doctor`.
    pub name: String,
    /// What to try to load.
    pub libraries: Vec<PathBuf>,
}

/// Looks up an environment variable; empty ones count as not set.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// All places in the order in which they are tried.
pub(super) fn all(lookup: Lookup) -> Vec<Place> {
    let mut places = Vec::new();
    let given = lookup("ORT_DYLIB_PATH").map(PathBuf::from);
    let shown = given.as_ref().map_or("not set".to_owned(), |path| format!("`{}`", path.display()));
    places.push(Place { name: format!("ORT_DYLIB_PATH ({shown})"), libraries: given.into_iter().collect() });
    let executable = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
    places.push(place("beside the executable", executable.as_slice()));
    places.push(place("breadth's own folder", cache_folder(lookup).as_slice()));
    places.push(place("Python packages", &python_folders(lookup)));
    places.push(place("system libraries", &system_folders(lookup)));
    places
}

/// `$XDG_CACHE_HOME/breadth/onnxruntime`, or what the system has in its stead.
pub(super) fn cache_folder(lookup: Lookup) -> Option<PathBuf> {
    let home = |below: &str| lookup("HOME").map(|home| PathBuf::from(home).join(below));
    let cache = match lookup("XDG_CACHE_HOME") {
        Some(folder) => Some(PathBuf::from(folder)),
        None if cfg!(windows) => lookup("LOCALAPPDATA").map(PathBuf::from),
        None if cfg!(target_os = "macos") => home("Library/Caches"),
        None => home(".cache"),
    };
    Some(cache?.join("breadth").join("onnxruntime"))
}

fn place(name: &str, folders: &[PathBuf]) -> Place {
    let shown = folders.first().map(|folder| format!(" (`{}`)", folder.display())).filter(|_| folders.len() == 1);
    let libraries = folders.iter().flat_map(|folder| libraries(folder)).collect();
    Place { name: format!("{name}{}", shown.unwrap_or_default()), libraries }
}

/// `…/onnxruntime/capi` of every Python environment that can be guessed, the active one first.
fn python_folders(lookup: Lookup) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    for active in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        roots.extend(lookup(active).map(PathBuf::from));
    }
    if let Some(home) = lookup("HOME").map(PathBuf::from) {
        roots.push(home.join(".local"));
        let pyenv = lookup("PYENV_ROOT").map_or_else(|| home.join(".pyenv"), PathBuf::from);
        roots.extend(entries(&pyenv.join("versions")));
    }
    roots.extend(["/usr/local", "/usr", "/opt/homebrew"].map(PathBuf::from));
    let mut folders = Vec::new();
    for root in roots {
        let mut libs = vec![root.join("Lib")];
        for lib in ["lib", "lib64"] {
            libs.extend(entries(&root.join(lib)).into_iter().filter(|path| named(path, "python3")));
        }
        for lib in libs {
            folders
                .extend(["site-packages", "dist-packages"].map(|packages| lib.join(packages).join("onnxruntime/capi")));
        }
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

fn system_folders(lookup: Lookup) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for variable in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(paths) = lookup(variable) {
            folders.extend(std::env::split_paths(&paths).filter(|path| path.is_absolute()));
        }
    }
    folders.extend(["/usr/local/lib", "/usr/lib", "/usr/lib64", "/opt/homebrew/lib"].map(PathBuf::from));
    folders.push(PathBuf::from(format!("/usr/lib/{ARCH}-linux-gnu")));
    folders
}

/// `libonnxruntime.so`, `libonnxruntime.so.1.31.1`, … in a folder, the newest version first.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    let stem = format!("{DLL_PREFIX}onnxruntime.");
    let is_library =
        |path: &PathBuf| named(path, &stem) && path.to_string_lossy().contains(&format!(".{DLL_EXTENSION}"));
    let mut found: Vec<PathBuf> = entries(folder).into_iter().filter(is_library).collect();
    found.sort_by_key(|path| std::cmp::Reverse(version_in(path)));
    found
}

/// The version that a library's name carries; names without one come last.
pub(super) fn version_in(path: &Path) -> Vec<u32> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('.').filter_map(|part| part.parse().ok()).collect()
}

fn named(path: &Path, start: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))
}

/// What is in a folder, sorted by name; nothing where the folder cannot be read, since this only looks around.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn library(folder: &Path, version: &str) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join(format!("{DLL_PREFIX}onnxruntime.{DLL_EXTENSION}{version}"));
        fs::write(&path, "").unwrap();
        path
    }

    #[test]
    fn places_come_in_order_and_hold_the_newest_library_first() {
        let root = tempfile::tempdir().unwrap();
        let own = library(&root.path().join("cache/breadth/onnxruntime"), "");
        let capi = root.path().join("venv/lib/python3.11/site-packages/onnxruntime/capi");
        let old = library(&capi, ".1.9.0");
        let new = library(&capi, ".1.31.1");
        fs::write(capi.join(format!("{DLL_PREFIX}onnxruntime_providers_shared.{DLL_EXTENSION}")), "").unwrap();
        let lookup = |name: &str| match name {
            "XDG_CACHE_HOME" => Some(root.path().join("cache").into_os_string()),
            "VIRTUAL_ENV" => Some(root.path().join("venv").into_os_string()),
            "ORT_DYLIB_PATH" => Some(OsString::from("/given.so")),
            _ => None,
        };
        let places = all(&lookup);
        let names: Vec<_> = places.iter().map(|place| place.name.split(" (").next().unwrap()).collect();
        assert_eq!(
            names,
            ["ORT_DYLIB_PATH", "beside the executable", "breadth's own folder", "Python packages", "system libraries"]
        );
        assert_eq!(places[0].libraries, [PathBuf::from("/given.so")]);
        assert_eq!(places[2].libraries, [own]);
        assert_eq!(places[3].libraries[..2], [new, old]);
    }

    #[test]
    fn a_machine_with_nothing_has_places_without_libraries() {
        let places = all(&|_| None);
        assert_eq!(places[0], Place { name: "ORT_DYLIB_PATH (not set)".to_owned(), libraries: vec![] });
        assert_eq!(places[2].libraries, [PathBuf::new(); 0]);
    }
}
