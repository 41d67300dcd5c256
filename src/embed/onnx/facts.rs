//! What has to be known of a model beside its graph: how to pool, how long, how wide.
//!
//! The plan's own word counts first, then the folder's files, then the table of known models; where the folder and the
//! table disagree, a note says so.

use serde_json::Value;

use super::super::EmbedError;
use super::folder::Files;
use super::graph::GraphFacts;
use super::known::LocalModel;
use super::pool::{self, TEXT_OUTPUT};

/// Model types whose positions begin behind the padding token's id, 1: two of them are never a text's.
/// (`create_position_ids_from_input_ids` of the `transformers` package.)
const LATE_POSITIONS: [&str; 6] = ["roberta", "xlm-roberta", "camembert", "mpnet", "xlm-roberta-xl", "xmod"];
const LATE_BY: usize = 2;

/// How token vectors become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// The mean over all tokens, special ones included.
    Mean,
    /// The first token's.
    Cls,
    /// The last token's.
    LastToken,
    /// The graph itself gives one vector for each text.
    Model,
}

impl Pooling {
    const ALL: [Pooling; 4] = [Pooling::Mean, Pooling::Cls, Pooling::LastToken, Pooling::Model];

    /// The word in plans and in the space's traits.
    pub(super) fn name(self) -> &'static str {
        match self {
            Pooling::Mean => "mean",
            Pooling::Cls => "cls",
            Pooling::LastToken => "lasttoken",
            Pooling::Model => "model",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pooling| pooling.name() == name)
    }

    /// All words, for messages.
    pub(super) fn words() -> String {
        Self::ALL.map(Pooling::name).join(", ")
    }
}

/// What a plan says, where it says something.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wish {
    pub pooling: Option<Pooling>,
    pub window: Option<usize>,
}

/// What is known beside the graph.
#[derive(Debug)]
pub(super) struct Facts {
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Numbers of a vector as the graph gives it.
    pub width: usize,
    /// Tokens that the model sees at once, special tokens included.
    pub window: usize,
    /// Whether the model normalizes its vectors; ours are normalized in any case.
    pub normalizes: bool,
    /// Whether texts are lower-cased ahead of the tokenizer.
    pub lower_case: bool,
    /// What the model wants before each text.
    pub prompt: Option<String>,
    /// Whether the layer is normalized before a vector is cut.
    pub layer_norm: bool,
    /// Where folder and table disagree.
    pub notes: Vec<String>,
}

/// Where facts come from.
struct Sources<'a> {
    files: &'a Files,
    graph: &'a GraphFacts,
    known: Option<&'static LocalModel>,
    wish: Wish,
    notes: Vec<String>,
}

/// Gathers the facts.
pub(super) fn read(
    files: &Files,
    graph: &GraphFacts,
    known: Option<&'static LocalModel>,
    wish: Wish,
) -> Result<Facts, EmbedError> {
    let mut sources = Sources { files, graph, known, wish, notes: Vec::new() };
    let modules = sources.modules()?;
    let (pooling, width) = sources.pooling(&modules)?;
    let (window, lower_case) = sources.window()?;
    let prompt = sources.prompt()?;
    Ok(Facts {
        pooling,
        width,
        window,
        normalizes: modules.normalizes,
        lower_case,
        prompt,
        layer_norm: known.is_some_and(|known| known.layer_norm),
        notes: sources.notes,
    })
}

/// `modules.json`: the steps of a sentence-transformers model.
struct Modules {
    pooling: String,
    normalizes: bool,
    /// A step that only the graph itself can do, and its folder.
    further: Option<(String, String)>,
}

impl Sources<'_> {
    fn modules(&self) -> Result<Modules, EmbedError> {
        const NAME: &str = "modules.json";
        // Where the table speaks for a model, its vectors are meant to be normalized: all of its authors do.
        let mut modules = Modules { pooling: "1_Pooling".to_owned(), normalizes: self.known.is_some(), further: None };
        let Some(value) = self.files.json(NAME)? else {
            let enough = self.known.is_some() || self.wish.pooling.is_some() || self.gives_text_only();
            let what = "which says whether vectors are normalized";
            return if enough { Ok(modules) } else { self.files.needed(NAME, what, None) };
        };
        modules.normalizes = false;
        let list = value.as_array().ok_or_else(|| self.files.config(NAME, "expected a list of modules".to_owned()))?;
        for module in list {
            // The package that a module lives in was renamed over time; its last name was not.
            let kind = module["type"].as_str().unwrap_or_default();
            let path = module["path"].as_str().unwrap_or_default();
            match kind.rsplit('.').next().unwrap_or_default() {
                "Transformer" => {}
                "Pooling" => module["path"].as_str().unwrap_or("1_Pooling").clone_into(&mut modules.pooling),
                "Normalize" => modules.normalizes = true,
                _ if self.graph.outputs.contains_key(TEXT_OUTPUT) => {
                    modules.further = Some((kind.to_owned(), path.to_owned()));
                }
                _ => {
                    let problem = format!("expected Transformer, Pooling and Normalize as modules, got `{kind}`");
                    return Err(self.files.config(NAME, problem));
                }
            }
        }
        Ok(modules)
    }

    /// Whether the graph gives vectors of texts and none of tokens.
    fn gives_text_only(&self) -> bool {
        let outputs = &self.graph.outputs;
        outputs.contains_key(TEXT_OUTPUT) && !pool::gives_tokens(outputs.keys().map(String::as_str))
    }

    /// How to pool, and how many numbers the graph gives.
    fn pooling(&mut self, modules: &Modules) -> Result<(Pooling, usize), EmbedError> {
        let known = self.known.and_then(|known| Pooling::named(&known.pooling));
        let own = self.own_pooling(modules)?;
        if let (Some((own, _)), Some(known)) = (&own, known)
            && *own != known
        {
            self.disagree("the pooling", own.name(), known.name());
        }
        let pooling = self.wish.pooling.or(own.as_ref().map(|(pooling, _)| *pooling)).or(known);
        let Some(pooling) = pooling else {
            let name = format!("{}/config.json", modules.pooling);
            return self.files.needed(&name, "which says how token vectors become one vector", None);
        };
        if pooling == Pooling::Model && !self.graph.outputs.contains_key(TEXT_OUTPUT) {
            let got = self.graph.outputs.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let problem = format!("expected an output `{TEXT_OUTPUT}` for the pooling `model`, got {got}");
            return Err(self.files.config("", problem));
        }
        let width = own.and_then(|(_, width)| width).or_else(|| self.width_of_graph(pooling));
        let width = width.or(self.known.map(|known| known.dimension));
        let problem = || "expected the graph to say how many numbers a vector has".to_owned();
        Ok((pooling, width.ok_or_else(|| self.files.config("", problem()))?))
    }

    /// What the folder itself says about pooling, with the numbers of a vector where it says them.
    fn own_pooling(&self, modules: &Modules) -> Result<Option<(Pooling, Option<usize>)>, EmbedError> {
        if let Some((_, folder)) = &modules.further {
            let config = self.files.json(&format!("{folder}/config.json"))?;
            let width = config.and_then(|config| size(&config["out_features"]));
            return Ok(Some((Pooling::Model, width.or_else(|| self.width_of_graph(Pooling::Model)))));
        }
        let name = format!("{}/config.json", modules.pooling);
        match self.files.json(&name)? {
            // Who asks for another pooling knows why; the numbers of a vector stay the same.
            Some(config) if self.wish.pooling.is_some() => {
                let pooling = self.wish.pooling.unwrap_or(Pooling::Mean);
                Ok(Some((pooling, width_in(&config).filter(|_| pooling != Pooling::Model))))
            }
            Some(_) if self.gives_text_only() => Ok(Some((Pooling::Model, self.width_of_graph(Pooling::Model)))),
            Some(config) => {
                read_pooling(self.files, &name, &config).map(|(pooling, width)| Some((pooling, Some(width))))
            }
            None if self.gives_text_only() => Ok(Some((Pooling::Model, None))),
            None => Ok(None),
        }
    }

    /// The last dimension of the output that is taken, where the graph fixes it.
    fn width_of_graph(&self, pooling: Pooling) -> Option<usize> {
        let names: Vec<&str> = self.graph.outputs.keys().map(String::as_str).collect();
        let port = self.graph.outputs.get(pool::output(pooling, &names)?)?;
        port.dims.last().copied().flatten()
    }

    /// The window, and whether texts are lower-cased.
    fn window(&mut self) -> Result<(usize, bool), EmbedError> {
        const NAME: &str = "sentence_bert_config.json";
        let config = self.files.json(NAME)?;
        let own = config.as_ref().and_then(|config| size(&config["max_seq_length"]));
        let known = self.known.map(|known| known.window);
        if let (Some(own), Some(known)) = (own, known)
            && own != known
        {
            self.disagree("the window", &own.to_string(), &known.to_string());
        }
        let positions = self.positions()?;
        let window = match (self.wish.window, own, known) {
            (Some(window), ..) | (None, Some(window), _) => window,
            // The table speaks of the model as its authors meant it; an export may hold less.
            (None, None, Some(window)) => positions.map_or(window, |positions| window.min(positions)),
            (None, None, None) => {
                let what = "which says how many tokens the model sees at once";
                let config = self.files.needed(NAME, what, config.as_ref())?;
                let got = &config["max_seq_length"];
                return Err(self.files.config(NAME, format!("expected a positive `max_seq_length`, got {got}")));
            }
        };
        match positions {
            Some(positions) if positions < window => {
                let key = if self.wish.window.is_some() { "embedder.window" } else { "max_seq_length" };
                let problem = format!("`{key}` is {window}, but the model has {positions} positions");
                Err(self.files.config(NAME, problem))
            }
            _ => Ok((window, config.is_some_and(|config| config["do_lower_case"].as_bool() == Some(true)))),
        }
    }

    /// How many tokens have a position, where `config.json` says it.
    fn positions(&self) -> Result<Option<usize>, EmbedError> {
        let Some(config) = self.files.json("config.json")? else { return Ok(None) };
        let late = config["model_type"].as_str().is_some_and(|kind| LATE_POSITIONS.contains(&kind));
        let positions = size(&config["max_position_embeddings"]);
        Ok(positions.map(|positions| if late { positions.saturating_sub(LATE_BY) } else { positions }))
    }

    fn prompt(&mut self) -> Result<Option<String>, EmbedError> {
        let known = self.known.map(|known| known.prefix.clone());
        let Some(value) = self.files.json("config_sentence_transformers.json")? else { return Ok(known) };
        let Some(name) = value["default_prompt_name"].as_str() else { return Ok(known) };
        let Some(own) = value["prompts"][name].as_str() else { return Ok(known) };
        if let Some(known) = known
            && known != own
        {
            self.disagree("the prefix", &format!("{own:?}"), &format!("{known:?}"));
        }
        Ok(Some(own.to_owned()))
    }

    fn disagree(&mut self, what: &str, own: &str, known: &str) {
        let model = self.known.map_or("", |known| known.name.as_str());
        self.notes.push(format!(
            "{what} of `{model}`: its files say {own}, the table of known models says {known}; the files count"
        ));
    }
}

fn read_pooling(files: &Files, name: &str, config: &Value) -> Result<(Pooling, usize), EmbedError> {
    let modes = pooling_modes(config);
    let pooling = match modes[..] {
        ["mean" | "mean_tokens"] => Pooling::Mean,
        ["cls" | "cls_token"] => Pooling::Cls,
        ["lasttoken"] => Pooling::LastToken,
        _ => {
            let got = if modes.is_empty() { "none".to_owned() } else { modes.join(" and ") };
            return Err(files.config(name, format!("expected the pooling mean, cls or lasttoken, got {got}")));
        }
    };
    let width = width_in(config);
    let width = width.ok_or_else(|| files.config(name, "expected a positive `word_embedding_dimension`".to_owned()))?;
    Ok((pooling, width))
}

fn width_in(config: &Value) -> Option<usize> {
    ["word_embedding_dimension", "embedding_dimension"].iter().find_map(|key| size(&config[*key]))
}

/// The modes that are switched on: one flag for each, or (since sentence-transformers 5) one name.
fn pooling_modes(config: &Value) -> Vec<&str> {
    if let Some(mode) = config["pooling_mode"].as_str() {
        return vec![mode];
    }
    let flags = config.as_object().into_iter().flatten();
    flags
        .filter(|(_, on)| on.as_bool() == Some(true))
        .filter_map(|(key, _)| key.strip_prefix("pooling_mode_"))
        .collect()
}

fn size(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0)
}
