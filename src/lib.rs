//! `breadth` tells how widely a reasoning model explores.
//!
//! Data walks through the modules in the order in which they are listed here; `ARCHITECTURE.md` is the map.

pub mod hub;
pub mod kernels;
pub mod model;
pub mod program;

pub mod embed;
pub mod extract;
pub mod ingest;
pub mod measure;
pub mod render;
pub mod summarize;

pub mod config;
pub mod pipeline;
pub mod store;

pub mod cli;
