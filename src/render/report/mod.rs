//! `index.html`: one self-contained page that a researcher understands without running anything.
//!
//! The page asks nothing of any network and runs one script, its own: its content policy forbids all else and knows the
//! script by its digest, so that a name in the data that looks like markup stays a name even if an escape were forgotten.
//! Without the script the page can be read but for the question explorer; the metric switch is made of radio buttons.

mod answers;
mod chapters;
mod chunk;
mod context;
mod explorer;
mod inference;
mod quality;
mod samples;
mod tables;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::Environment;
use sha2::{Digest as _, Sha256};

pub use samples::LONGEST_TEXT;

use super::figures::FigureSet;
use super::{Artifact, RenderError, ReportData};

const TEMPLATE: &str = include_str!("../../../assets/report/report.html");
const CSS: &str = include_str!("../../../assets/report/report.css");
/// The script's parts, in the order in which they use one another.
const SCRIPT: [&str; 7] = [
    include_str!("../../../assets/report/script/page.js"),
    include_str!("../../../assets/report/script/tables.js"),
    include_str!("../../../assets/report/script/figures.js"),
    include_str!("../../../assets/report/script/diff.js"),
    include_str!("../../../assets/report/script/compare.js"),
    include_str!("../../../assets/report/script/question.js"),
    include_str!("../../../assets/report/script/explorer.js"),
];
const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/inter-regular.woff2");
const SEMIBOLD: &[u8] = include_bytes!("../../../assets/fonts/inter-semibold.woff2");
const MONO: &[u8] = include_bytes!("../../../assets/fonts/jetbrains-mono-regular.woff2");

/// Writes the report of a run around its figures.
pub fn report(data: &ReportData<'_>, figures: &FigureSet) -> Result<Artifact, RenderError> {
    let mut environment = Environment::new();
    // The name's ending switches HTML escaping on.
    environment.add_template("report.html", TEMPLATE)?;
    let page = environment.get_template("report.html")?.render(context::page(data, figures)?)?;
    Ok(Artifact { path: "index.html".to_owned(), bytes: page.into_bytes() })
}

/// The page's script: its parts within one function, so that nothing of it can be reached from outside.
fn script() -> String {
    format!("(() => {{\n\"use strict\";\n{}}})();", SCRIPT.join("\n"))
}

fn script_digest() -> String {
    STANDARD.encode(Sha256::digest(script()))
}

/// The bundled fonts as CSS: figures were measured with them.
fn font_css() -> String {
    let face = |family: &str, weights: &str, bytes: &[u8]| {
        format!(
            "@font-face {{ font-family: {family}; font-weight: {weights}; src: url(data:font/woff2;base64,{}) format(\"woff2\"); }}",
            STANDARD.encode(bytes)
        )
    };
    let faces =
        [face("Inter", "400", REGULAR), face("Inter", "600 700", SEMIBOLD), face("JetBrains Mono", "400", MONO)];
    faces.join("\n")
}

/// Shows the panel of the radio button that is checked.
fn switch_css(panels: usize) -> String {
    if panels < 2 {
        return String::new();
    }
    let shown: Vec<String> = (1..=panels).map(|i| format!("#m{i}:checked ~ #p{i}")).collect();
    format!("@media screen {{ .switch > .panel {{ display: none; }} {} {{ display: block; }} }}", shown.join(", "))
}

#[cfg(test)]
mod tests;
