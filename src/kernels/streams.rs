//! Named random streams: the numbers depend on the seed and on what they are for, never on threads or on order.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The stream of one block of one purpose.
#[must_use]
pub fn stream(seed: u64, purpose: &str, name: &str, block: usize) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new_derive_key("breadth 2026 random streams");
    hasher.update(&seed.to_le_bytes());
    hasher.update(purpose.as_bytes());
    hasher.update(&[0]);
    hasher.update(name.as_bytes());
    hasher.update(&[0]);
    hasher.update(&(block as u64).to_le_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}
