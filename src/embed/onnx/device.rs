//! Where a model runs: on the processor, or on what an execution provider of the loaded ONNX Runtime reaches.
//!
//! A provider that a library is built with can still fail on this machine (no driver, no graphics card). So each is tried
//! once with a graph of one node before it is believed.

use std::sync::OnceLock;

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};
use ort::session::Session;

use super::super::EmbedError;
use super::engine::{self, Engine, EngineKind};

/// `y = Identity(x)` over one number, opset 17: written by `tests/fixtures/models/make.py`.
const PROBE: &[u8] = include_bytes!("../../../assets/models/probe.onnx");

/// What a model can run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Device {
    Cpu,
    Cuda,
    TensorRt,
    CoreMl,
}

/// Whether a device can be used, for `breadth doctor`.
#[derive(Debug, Clone)]
pub struct DeviceReport {
    /// As `device` in a plan says it.
    pub name: &'static str,
    /// Why not, where it cannot.
    pub usable: Result<(), String>,
}

impl Device {
    const ALL: [Device; 4] = [Device::Cpu, Device::Cuda, Device::TensorRt, Device::CoreMl];

    /// As plans and a space's traits say it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Device::Cpu => "cpu",
            Device::Cuda => "cuda",
            Device::TensorRt => "tensorrt",
            Device::CoreMl => "coreml",
        }
    }

    /// What a plan's `device` means; nothing for `auto`.
    ///
    /// # Errors
    /// What was expected.
    pub(super) fn wanted(word: &str) -> Result<Option<Self>, String> {
        if word == "auto" {
            return Ok(None);
        }
        let found = Self::ALL.into_iter().find(|device| device.name() == word);
        let expected = Self::ALL.map(Device::name).join(", ");
        found.map(Some).ok_or_else(|| format!("expected auto, {expected} in `embedder.device`, got `{word}`"))
    }

    /// The provider to register. In single precision as on a processor: short forms of it are switched off.
    pub(super) fn provider(self) -> Option<ExecutionProviderDispatch> {
        let provider = match self {
            Device::Cpu => return None,
            Device::Cuda => ep::CUDA::default().with_tf32(false).build(),
            Device::TensorRt => ep::TensorRT::default().build(),
            Device::CoreMl => ep::CoreML::default().build(),
        };
        Some(provider.error_on_failure())
    }

    fn is_built_in(self) -> bool {
        let found = match self {
            Device::Cpu => return true,
            Device::Cuda => <ep::CUDA as ExecutionProvider>::is_available(),
            Device::TensorRt => <ep::TensorRT as ExecutionProvider>::is_available(),
            Device::CoreMl => <ep::CoreML as ExecutionProvider>::is_available(),
        };
        found.unwrap_or(false)
    }

    /// Whether it works here; tried once.
    fn usable(self) -> &'static Result<(), String> {
        static TRIED: [OnceLock<Result<(), String>>; 4] = [const { OnceLock::new() }; 4];
        TRIED[self as usize].get_or_init(|| try_out(self))
    }
}

fn try_out(device: Device) -> Result<(), String> {
    if device == Device::Cpu {
        return Ok(());
    }
    let engine = engine::get().map_err(|error| error.to_string())?;
    if engine.kind != EngineKind::OnnxRuntime {
        return Err(format!("the engine in use is {}, which knows only the processor", engine.kind.name()));
    }
    if !device.is_built_in() {
        return Err("the loaded ONNX Runtime is built without it".to_owned());
    }
    start(&engine, device).map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
}

fn start(engine: &Engine, device: Device) -> ort::Result<()> {
    let mut builder = Session::builder(&engine.environment)?;
    builder = builder.with_execution_providers(device.provider().as_slice())?;
    builder.commit_from_memory(PROBE).map(drop)
}

/// The device that a plan asks for. `auto` is CUDA where it works and the processor elsewhere: `TensorRT` builds its kernels
/// anew for every length of text, and Core ML computes in half precision, so that both have to be asked for by name.
pub(super) fn choose(wanted: Option<Device>) -> Result<Device, EmbedError> {
    let Some(device) = wanted else {
        return Ok(if Device::Cuda.usable().is_ok() { Device::Cuda } else { Device::Cpu });
    };
    match device.usable() {
        Ok(()) => Ok(device),
        Err(problem) => Err(EmbedError::Device { device: device.name(), problem: problem.clone() }),
    }
}

/// Every device and whether it can be used here.
#[must_use]
pub fn device_reports() -> Vec<DeviceReport> {
    Device::ALL.map(|device| DeviceReport { name: device.name(), usable: device.usable().clone() }).to_vec()
}
