//! `breadth report`: where the report of a finished run is, and what of it goes into a paper.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{ArgumentMistake, CommandResult, output};
use crate::render::figures::FIGURES;
use crate::store::run::{RunRecord, read_run};

/// Say where the report of a run is, what it shows, and which files are for a paper; open it in the browser
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  breadth report reports/quickstart --open")]
pub(super) struct Arguments {
    /// The folder of a finished run, e.g. `reports/quickstart`
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,
    /// Open the page in the default browser
    #[arg(long)]
    open: bool,
}

/// The page is there and nothing shows it.
#[derive(Debug, thiserror::Error)]
#[error("failed to open `{}` with `{program}`: {reason}\nhint: open that file in any browser; it needs no network and no server", page.display())]
pub(super) struct NotOpened {
    page: PathBuf,
    program: &'static str,
    reason: String,
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let record = read_run(&arguments.run)?;
    let page = arguments.run.join("index.html");
    if !page.is_file() {
        let (run, page) = (arguments.run.display(), page.display());
        return Err(ArgumentMistake(format!(
            "expected the report of `{run}` in `{page}`, got no such file\nhint: run its plan again; a run puts back what is missing"
        ))
        .into());
    }
    output::result(&(lines(&arguments.run, &page, &record).join("\n") + "\n"))?;
    if arguments.open { open(&page).map_err(Into::into) } else { Ok(()) }
}

fn lines(run: &Path, page: &Path, record: &RunRecord) -> Vec<String> {
    let size = page.metadata().map_or_else(|_| String::new(), |page| format!(" ({})", output::megabytes(page.len())));
    let mut lines = vec![format!("report    {}{size}", page.display())];
    lines.extend(figure_lines(run, record));
    let tables = outputs(record, "tables").count();
    lines.push(format!(
        "tables    {tables} in {}; `breadth list tables` says what their columns mean",
        run.join("tables").display()
    ));
    lines.push(match notebook(run, record) {
        Some(path) => format!("notebook  {}", path.display()),
        None => "notebook  none".to_owned(),
    });
    lines.push(format!("paper     breadth table {} --format latex", run.display()));
    let columns = outputs(record, "figures").filter(|name| name.ends_with(COLUMN)).count();
    if columns > 0 {
        lines.push(format!(
            "          {columns} figures of one column: {}",
            run.join("figures").join(format!("*{COLUMN}")).display()
        ));
    }
    lines
}

/// What the name of a figure ends with that is laid out for one column of a paper.
const COLUMN: &str = "-column.svg";

/// The names of a run's files in one of its folders.
fn outputs<'a>(record: &'a RunRecord, folder: &'a str) -> impl Iterator<Item = &'a str> {
    record.outputs.iter().filter_map(move |output| {
        // `reports/NAME/folder/file`; the folder may have another name by now.
        let mut parts = output.path.splitn(4, '/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("reports"), Some(_), Some(found), Some(file)) if found == folder => Some(file),
            _ => None,
        }
    })
}

fn figure_lines(run: &Path, record: &RunRecord) -> Vec<String> {
    let drawn: Vec<&str> = outputs(record, "figures")
        .filter(|name| !name.ends_with(COLUMN))
        .filter_map(|name| name.strip_suffix(".svg"))
        .collect();
    let asked = asked(record);
    let missing: Vec<&str> = FIGURES
        .iter()
        .map(|figure| figure.card.name)
        .filter(|name| asked.as_ref().is_none_or(|asked| asked.iter().any(|one| one == name)))
        .filter(|name| !drawn.iter().any(|stem| stem.strip_prefix(name).is_some_and(is_variant)))
        .collect();
    let mut lines =
        vec![format!("figures   {} drawn, as SVG and PNG, in {}", drawn.len(), run.join("figures").display())];
    if !missing.is_empty() {
        lines.push(format!("          not drawn, the page says why: {}", missing.join(", ")));
    }
    lines
}

/// Whether this can follow a figure's name in the name of its file.
fn is_variant(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('-')
}

/// The figures that the plan names; none: all of them.
fn asked(record: &RunRecord) -> Option<Vec<String>> {
    let figures = record.document.get("plan")?.get("report")?.get("figures")?.as_array()?;
    Some(figures.iter().filter_map(|name| name.as_str()).map(str::to_owned).collect())
}

/// The run's notebook, which lies beside the folder that the run lies in.
fn notebook(run: &Path, record: &RunRecord) -> Option<PathBuf> {
    let name = record.document.get("plan")?.get("run")?.get("name")?.as_str()?;
    // The name is a file's name, or no run could have been made of it.
    let file = format!("{name}.ipynb");
    let out = std::path::absolute(run).ok()?.parent()?.parent()?.to_owned();
    let path = out.join("notebooks-export").join(&file);
    let shown = run.parent().and_then(Path::parent).map(|out| out.join("notebooks-export").join(file));
    path.is_file().then(|| shown.filter(|shown| shown.is_file()).unwrap_or(path))
}

/// What shows a file in the default browser, and what it wants to be told before the file. None of them is a shell.
const fn opener() -> (&'static str, &'static [&'static str]) {
    if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    }
}

/// How long an opener that finds nothing to open with may take to say so; one that becomes the browser itself stays.
const PATIENCE: Duration = Duration::from_secs(2);

fn open(page: &Path) -> Result<(), NotOpened> {
    let (program, before) = opener();
    let failed = |reason: String| NotOpened { page: page.to_owned(), program, reason };
    // Absolute, so that no path can be taken for an option.
    let path = std::path::absolute(page).map_err(|error| failed(error.to_string()))?;
    let mut command = Command::new(program);
    command.args(before).arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| {
        failed(if error.kind() == io::ErrorKind::NotFound {
            "there is no such program here".to_owned()
        } else {
            error.to_string()
        })
    })?;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(failed(format!("it found no browser ({status})"))),
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(failed(error.to_string())),
        }
    }
    Ok(())
}
