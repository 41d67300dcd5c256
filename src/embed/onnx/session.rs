//! One loaded model on one thread: windows of equal length in, one vector for each out.

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::Tensor;

use super::super::chunk::{Degenerate, normalize};
use super::super::{EmbedError, TextError};
use super::engine::{Engine, EngineKind};
use super::folder::{Files, Model, Pooling};

/// What the output with one vector for each token is called, where a graph has several; else its first output is taken.
const TOKEN_OUTPUTS: [&str; 2] = ["last_hidden_state", "token_embeddings"];

/// A model that is ready to run.
pub(super) struct Loaded {
    session: Session,
    inputs: Vec<Input>,
    output: String,
    kind: EngineKind,
}

/// What a graph may ask for.
#[derive(Debug, Clone, Copy)]
enum Input {
    Ids,
    Mask,
    Types,
    Positions,
}

impl Input {
    const ALL: [Input; 4] = [Input::Ids, Input::Mask, Input::Types, Input::Positions];

    fn name(self) -> &'static str {
        match self {
            Input::Ids => "input_ids",
            Input::Mask => "attention_mask",
            Input::Types => "token_type_ids",
            Input::Positions => "position_ids",
        }
    }

    /// The values for `rows` windows; `ids` holds them one after the other.
    fn values(self, ids: &[i64], rows: usize) -> Vec<i64> {
        let length = ids.len() / rows;
        match self {
            Input::Ids => ids.to_vec(),
            // No window is filled up, so every token counts, and all of them belong to the one text.
            Input::Mask => vec![1; ids.len()],
            Input::Types => vec![0; ids.len()],
            Input::Positions => (0..rows).flat_map(|_| (0i64..).take(length)).collect(),
        }
    }
}

impl Loaded {
    /// Loads the model into the engine.
    pub(super) fn new(engine: &Engine, model: &Model) -> Result<Self, EmbedError> {
        let fail = |problem: String| EmbedError::Load { model: model.path(), engine: engine.kind.name(), problem };
        let session = commit(engine, model).map_err(|error| fail(error.to_string()))?;
        let mut inputs = Vec::new();
        for asked in session.inputs() {
            let known = Input::ALL.into_iter().find(|input| input.name() == asked.name());
            inputs.push(
                known.ok_or_else(|| fail(format!("it asks for an input `{}`, which is not known", asked.name())))?,
            );
        }
        let names: Vec<&str> = session.outputs().iter().map(ort::value::Outlet::name).collect();
        let preferred = TOKEN_OUTPUTS.iter().find(|name| names.contains(name)).or(names.first());
        let output = (*preferred.ok_or_else(|| fail("it has no output".to_owned()))?).to_owned();
        Ok(Loaded { session, inputs, output, kind: engine.kind })
    }

    /// The vectors of `rows` windows of equal length, whose ids stand in `ids` one after the other.
    pub(super) fn run(
        &mut self,
        model: &Model,
        ids: &[i64],
        rows: usize,
    ) -> Result<Vec<Result<Vec<f32>, TextError>>, EmbedError> {
        let length = ids.len() / rows;
        let (kind, output) = (self.kind, self.output.as_str());
        let fail = |error: ort::Error| EmbedError::Run {
            model: model.path(),
            engine: kind.name(),
            problem: error.to_string(),
        };
        let mut feeds = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            feeds.push((input.name(), Tensor::from_array(([rows, length], input.values(ids, rows))).map_err(fail)?));
        }
        let outputs = self.session.run(feeds).map_err(fail)?;
        let wrong = |problem: String| EmbedError::Output { model: model.path(), problem };
        let value = outputs.get(output).ok_or_else(|| wrong(format!("it did not give `{output}`")))?;
        let (shape, data) = value
            .try_extract_tensor::<f32>()
            .map_err(|error| wrong(format!("expected single-precision numbers in `{output}`: {error}")))?;
        check_shape(shape, [rows, length, model.dimension])
            .map_err(|problem| wrong(format!("{problem} in `{output}`")))?;
        Ok(data.chunks_exact(length * model.dimension).map(|tokens| vector(model, tokens)).collect())
    }
}

fn commit(engine: &Engine, model: &Model) -> ort::Result<Session> {
    // The pure-Rust engine runs no graph that it has not optimized; for ONNX Runtime it means fused kernels.
    let mut builder = Session::builder(&engine.environment)?.with_optimization_level(GraphOptimizationLevel::Level3)?;
    if engine.kind == EngineKind::OnnxRuntime {
        builder = settle(builder)?;
    }
    match &model.files {
        Files::Builtin(builtin) => {
            let graph =
                builtin.files.iter().find(|(name, _)| *name == model.graph_name).map_or(&[][..], |(_, bytes)| bytes);
            builder.commit_from_memory(graph)
        }
        // By path, since weights may lie in files beside the graph.
        Files::Folder(_) => builder.commit_from_file(model.path()),
    }
}

/// One thread for each session, so that the sum of a row never depends on how many there are, and because two sessions
/// of one thread get through more texts than one of two, whose threads wait for each other at every node; the same
/// kernels every time; no plan for memory, since every length would need its own. GELU and the bias ahead of it as two
/// nodes give the bits of the fused node and save a fiftieth of the time (ONNX Runtime 1.32, one core with AVX-512).
fn settle(builder: SessionBuilder) -> ort::Result<SessionBuilder> {
    Ok(builder
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_deterministic_compute(true)?
        .with_memory_pattern(false)?
        .with_disabled_optimizers("BiasGeluFusion")?)
}

fn check_shape(shape: &[i64], expected: [usize; 3]) -> Result<(), String> {
    let got: Vec<Option<usize>> = shape.iter().map(|&n| usize::try_from(n).ok()).collect();
    if got == expected.map(Some) {
        return Ok(());
    }
    let [rows, tokens, dimension] = expected;
    Err(format!(
        "expected {rows} texts × {tokens} tokens × {dimension} numbers (the dimension in the pooling configuration), got {shape:?}"
    ))
}

/// Pools the token vectors of one window and normalizes the result.
fn vector(model: &Model, tokens: &[f32]) -> Result<Vec<f32>, TextError> {
    let dimension = model.dimension;
    let n_tokens = tokens.len() / dimension;
    let row = |index: usize| tokens[index * dimension..][..dimension].iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let pooled = match model.pooling {
        Pooling::Cls => row(0),
        Pooling::LastToken => row(n_tokens - 1),
        Pooling::Mean => {
            let mut sum = vec![0.0; dimension];
            for token in tokens.chunks_exact(dimension) {
                for (total, &x) in sum.iter_mut().zip(token) {
                    *total += f64::from(x);
                }
            }
            sum.iter().map(|total| total / n_tokens as f64).collect()
        }
    };
    normalize(&pooled).map_err(|problem| degenerate(model, problem))
}

/// The error that names the model.
pub(super) fn degenerate(model: &Model, problem: Degenerate) -> TextError {
    match problem {
        Degenerate::NotFinite => TextError::NotFinite { model: model.path() },
        Degenerate::Zero => TextError::ZeroVector { model: model.path() },
    }
}
