//! `breadth models`: local ONNX models, fetched from the Hugging Face hub, listed and checked.

use std::cell::RefCell;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{ArgumentMistake, CommandResult, output};
use crate::embed;
use crate::hub::{Found, Hub, HubError, ModelName, Pulled, Verdict, Watch};

/// Fetch local models from the Hugging Face hub, list or verify them
///
/// Models are kept in the hub's own cache, where other programs find them too. `HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN` and
/// `HF_HUB_OFFLINE` are respected. A plan names them as `model = "hf:ORG/NAME"`; a run itself never downloads.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  breadth models pull BAAI/bge-small-en-v1.5\n  breadth models pull nomic-ai/nomic-embed-text-v1.5 --variant int8\n  breadth models list\n  breadth models verify"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch a model; what is here already is checked, what was cut off goes on where it stopped
    Pull {
        /// The model on the hub, with a branch, a tag or a commit where it is to be pinned
        #[arg(value_name = "ORG/NAME[@REVISION]")]
        name: String,
        /// Which ONNX file: fp32, fp16, int8, q4, … or its name in the repository [default: fp32]
        #[arg(long, value_name = "VARIANT")]
        variant: Option<String>,
        /// Print nothing but the result and errors
        #[arg(long)]
        quiet: bool,
    },
    /// What is here
    List,
    /// Read every file and compare it with the checksum that the hub gave; changes nothing
    Verify {
        /// Only this model
        #[arg(value_name = "ORG/NAME[@REVISION]")]
        name: Option<String>,
    },
}

/// What the hub, the network or the disk did not do.
#[derive(Debug, thiserror::Error)]
#[error("failed to {source}{}", hint(.source))]
pub(super) struct Failed {
    pub(super) source: HubError,
}

/// A check that found damage.
#[derive(Debug, thiserror::Error)]
#[error(
    "found {damaged} damaged files\nhint: `breadth models pull {model}` fetches what is damaged anew and leaves the rest"
)]
struct Damaged {
    damaged: usize,
    model: String,
}

fn hint(error: &HubError) -> String {
    error.hint().map_or_else(String::new, |hint| format!("\nhint: {hint}"))
}

fn failed(source: HubError) -> Failed {
    Failed { source }
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let hub = Hub::from_env().map_err(failed)?;
    match &arguments.action {
        Action::Pull { name, variant, quiet } => pull(&hub, name, variant.as_deref(), *quiet),
        Action::List => list(&hub),
        Action::Verify { name } => verify(&hub, name.as_deref()),
    }
}

fn pull(hub: &Hub, name: &str, variant: Option<&str>, quiet: bool) -> CommandResult {
    // As a plan writes it is fine, too.
    let name = ModelName::parse(name.strip_prefix("hf:").unwrap_or(name)).map_err(failed)?;
    let graphs = embed::graph_names(variant).map_err(|problem| {
        ArgumentMistake(format!("{problem} in `--variant`\nhint: `breadth list models` shows what known models have"))
    })?;
    let bars = Bars::new(quiet);
    let pulled = hub.pull(&name, &graphs, &bars).map_err(failed)?;
    if !quiet {
        output::line(&what_came(&pulled));
        tell_fitness(&name, variant, &pulled);
    }
    let plan = plan_lines(&name.at(&pulled.commit), variant);
    Ok(output::result(&output::printable(&plan))?)
}

fn what_came(pulled: &Pulled) -> String {
    let checked = match pulled.n_here {
        0 => String::new(),
        n => format!(", {n} of them were here"),
    };
    let (files, bytes) = (pulled.n_files, output::megabytes(pulled.bytes));
    format!("{} with {files} files, {bytes}, all checksums right{checked}\n{}", pulled.graph, pulled.folder.display())
}

/// Opens the model, so that a file that is missing or contradicts the table is known now and not in the middle of a run.
fn tell_fitness(name: &ModelName, variant: Option<&str>, pulled: &Pulled) {
    let mut options = embed::Options::default();
    if let Some(variant) = variant {
        options.insert("variant", embed::OptionValue::Text(variant.to_owned()));
    }
    let request = embed::Request {
        name: "pulled".to_owned(),
        provider: "onnx".to_owned(),
        model: format!("hf:{}", name.at(&pulled.commit)),
        base_dir: PathBuf::new(),
        long_text: embed::LongText::default(),
        chunk_overlap: 0,
        options,
    };
    match embed::open(&request) {
        Ok(embedder) => {
            let space = embedder.space();
            let told =
                |key: &str| space.traits.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str());
            output::line(&format!(
                "{} numbers a vector, {} tokens at once, pooling {}, prefix {:?}",
                space.dimension,
                told("window"),
                told("pooling"),
                told("prefix")
            ));
            embedder.notes().iter().for_each(|note| output::note(note));
        }
        Err(error) => {
            let hint = error.hint().map_or_else(String::new, |hint| format!("\nhint: {hint}"));
            output::note(&format!("as it is, a plan cannot use it: failed to {error}{hint}"));
        }
    }
}

/// What goes into a plan to mean exactly this.
fn plan_lines(pinned: &ModelName, variant: Option<&str>) -> String {
    let mut lines = format!("model = \"hf:{pinned}\"\n");
    if let Some(variant) = variant {
        lines.push_str(&format!("variant = \"{variant}\"\n"));
    }
    lines
}

fn list(hub: &Hub) -> CommandResult {
    let mut text = String::new();
    for model in embed::BUILTIN_MODELS {
        text.push_str(&format!("builtin:{}  ({})\n    {}\n", model.name, model.license, model.source));
    }
    for found in hub.all().map_err(failed)? {
        text.push_str(&describe(&found));
    }
    output::note(&format!("models from the hub are in `{}`", hub.folder().display()));
    Ok(output::result(&output::printable(&text))?)
}

fn describe(found: &Found) -> String {
    let named = if found.revisions.is_empty() { String::new() } else { format!("  ({})", found.revisions.join(", ")) };
    let mut text = format!("hf:{}{named}\n    commit {}\n", found.name, found.commit);
    for graph in &found.graphs {
        text.push_str(&format!("    {}, {}\n", graph.path, output::megabytes(graph.bytes)));
    }
    text
}

fn verify(hub: &Hub, name: Option<&str>) -> CommandResult {
    let name =
        name.map(|name| ModelName::parse(name.strip_prefix("hf:").unwrap_or(name))).transpose().map_err(failed)?;
    let checked = hub.verify(name.as_ref()).map_err(failed)?;
    if let (Some(name), true) = (&name, checked.is_empty()) {
        let message =
            format!("expected a model of the cache, got `{name}`\nhint: `breadth models list` shows what is here");
        return Err(ArgumentMistake(message).into());
    }
    let mut text = String::new();
    let mut damaged = Vec::new();
    for one in &checked {
        let verdict = match &one.verdict {
            Verdict::Good => "good".to_owned(),
            Verdict::Wrong { expected, got } => format!("WRONG, expected {expected}, got {got}"),
            Verdict::Missing => "MISSING, its content is gone".to_owned(),
            Verdict::Unknown => "cannot be checked, nothing here says what it should be".to_owned(),
        };
        text.push_str(&format!("{}  {}: {verdict}\n", one.name, one.file));
        if matches!(one.verdict, Verdict::Wrong { .. } | Verdict::Missing) {
            damaged.push(&one.name);
        }
    }
    output::result(&output::printable(&text))?;
    match damaged.first() {
        Some(first) => Err(Damaged { damaged: damaged.len(), model: first.to_string() }.into()),
        None => Ok(()),
    }
}

/// A bar for the file under way, on a terminal.
struct Bars {
    quiet: bool,
    visible: bool,
    open: RefCell<Option<ProgressBar>>,
}

impl Bars {
    fn new(quiet: bool) -> Self {
        let visible = !quiet && std::io::stderr().is_terminal();
        Bars { quiet, visible, open: RefCell::new(None) }
    }
}

impl Watch for Bars {
    fn begin(&self, file: &str, size: u64, done: u64) {
        if done > 0 {
            self.note(&format!("`{file}` goes on after {} of {}", output::megabytes(done), output::megabytes(size)));
        }
        if !self.visible {
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stderr());
        // The template is a constant; were it malformed, the default style would show instead.
        if let Ok(style) =
            ProgressStyle::with_template("{prefix} [{bar:28}] {bytes}/{total_bytes} · {bytes_per_sec}, {eta} left")
        {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar.set_prefix(output::printable(file));
        bar.set_position(done);
        self.open.replace(Some(bar));
    }

    fn at(&self, done: u64) {
        if let Some(bar) = &*self.open.borrow() {
            bar.set_position(done);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.open.take() {
            bar.finish_and_clear();
        }
    }

    fn note(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &*self.open.borrow() {
            Some(bar) => bar.suspend(|| output::note(text)),
            None => output::note(text),
        }
    }
}
