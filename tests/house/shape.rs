//! Headers and sizes.

use super::{assert_none, source_files};

#[test]
fn every_file_says_what_it_is() {
    let findings: Vec<String> = source_files()
        .iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{} does not begin with a `//!` header", file.path))
        .collect();
    assert_none("headers", &findings);
}

#[test]
fn files_stop_at_500_lines_without_tests() {
    let findings: Vec<String> = source_files()
        .iter()
        .filter(|file| file.code().lines().count() > 500)
        .map(|file| format!("{}: {} lines", file.path, file.code().lines().count()))
        .collect();
    assert_none("long files", &findings);
}

#[test]
fn no_room_for_odds_and_ends() {
    let banned = ["utils", "util", "helpers", "common", "manager", "imp", "misc"];
    let findings: Vec<String> = source_files()
        .iter()
        .filter(|file| file.path.split(['/', '.']).any(|part| banned.contains(&part)))
        .map(|file| file.path.clone())
        .collect();
    assert_none("names that say nothing", &findings);
}

#[test]
fn main_is_thin() {
    let files = source_files();
    let main = files.iter().find(|file| file.path == "src/main.rs").unwrap();
    assert!(main.text.lines().count() < 40);
}
