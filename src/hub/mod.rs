//! Models from the Hugging Face hub: a name and a revision in, a folder of checked files in the hub's own cache out.
//!
//! The cache has the layout that `huggingface_hub` gives it, so that each finds what the other has fetched. This room
//! knows no other; it opens sockets only in [`Hub::pull`], which only `cli` calls: a run looks for what is there and never
//! downloads. `shelf.rs` alone writes, and only into the hub's cache. A token goes to the hub and to nobody else.

mod choose;
mod digest;
mod error;
mod look;
mod name;
mod pull;
mod remote;
mod settings;
mod shelf;
#[cfg(test)]
mod tests;
mod verify;

pub use error::{HubError, Kind};
pub use look::{Absent, Found, GraphFile};
pub use name::ModelName;
pub use pull::{Pulled, Quiet, Watch};
pub use settings::Hub;
pub use verify::{Checked, Verdict};
