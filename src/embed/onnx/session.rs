//! One loaded model on one thread: windows of equal length in, one vector for each out.

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use super::super::{EmbedError, TextError};
use super::device::Device;
use super::engine::{Engine, EngineKind};
use super::feed::Feed;
use super::folder::{Files, Model};
use super::pool;

/// A model that is ready to run.
pub(super) struct Loaded {
    session: Session,
    feeds: Vec<Feed>,
    output: String,
    kind: EngineKind,
}

impl Loaded {
    /// Loads the model into the engine.
    pub(super) fn new(engine: &Engine, model: &Model, device: Device) -> Result<Self, EmbedError> {
        let fail = |problem: String| EmbedError::Load { model: model.path(), engine: engine.kind.name(), problem };
        let session = commit(engine, model, device).map_err(|error| fail(error.to_string()))?;
        let feeds = session.inputs().iter().map(|asked| Feed::new(asked.name(), &model.graph));
        let feeds = feeds.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        let names: Vec<&str> = session.outputs().iter().map(ort::value::Outlet::name).collect();
        let output = pool::output(model.facts.pooling, &names).ok_or_else(|| fail("it has no output".to_owned()))?;
        let output = output.to_owned();
        Ok(Loaded { session, feeds, output, kind: engine.kind })
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
        let mut feeds = Vec::with_capacity(self.feeds.len());
        for feed in &self.feeds {
            feeds.push((feed.name.as_str(), feed.value(ids, rows).map_err(fail)?));
        }
        let outputs = self.session.run(feeds).map_err(fail)?;
        let wrong = |problem: String| EmbedError::Output { model: model.path(), problem };
        let value = outputs.get(output).ok_or_else(|| wrong(format!("it did not give `{output}`")))?;
        pool::vectors(model, (output, value), [rows, length])
    }
}

fn commit(engine: &Engine, model: &Model, device: Device) -> ort::Result<Session> {
    // The pure-Rust engine runs no graph that it has not optimized; for ONNX Runtime it means fused kernels.
    let mut builder = Session::builder(&engine.environment)?.with_optimization_level(GraphOptimizationLevel::Level3)?;
    if engine.kind == EngineKind::OnnxRuntime {
        builder = settle(builder)?;
    }
    match device.provider() {
        Some(provider) => builder = builder.with_execution_providers([provider])?,
        // GELU and the bias ahead of it as two nodes give the bits of the fused node and save a fiftieth of the time
        // (ONNX Runtime 1.32, one core with AVX-512).
        None if engine.kind == EngineKind::OnnxRuntime => {
            builder = builder.with_disabled_optimizers("BiasGeluFusion")?;
        }
        None => {}
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
/// kernels every time; no plan for memory, since every length would need its own.
fn settle(builder: SessionBuilder) -> ort::Result<SessionBuilder> {
    Ok(builder
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_deterministic_compute(true)?
        .with_memory_pattern(false)?)
}
