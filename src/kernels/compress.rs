//! What a compressor knows of texts: texts go in, compressed sizes and their ratios come out.
//!
//! Compressor: zstd at [`LEVEL`], one frame in one pass, its window as long as the text (up to 128 MiB), so that a copy is
//! found however far away it stands: DEFLATE's 32 KiB window does not see that a text of 40 KiB is repeated. The frame
//! (magic number, sizes, block header) costs about ten bytes, which all sizes here include.

use std::cell::Cell;

use rayon::prelude::*;
use zstd::zstd_safe::{CCtx, CParameter, compress_bound, get_error_name};

use super::KernelError;

/// zstd's default. Higher levels find a little more (mean distance 0.49 in place of 0.51 over pairs of short programs at
/// level 6) for twice the time and more.
pub const LEVEL: i32 = 3;
/// What stands between the texts of a set.
pub const JOINER: &str = "\n";
/// log₂ of the longest window; a decoder needs as much memory, an encoder that knows the size no more than the text.
const WINDOW_LOG: u32 = 27;

/// A compressor with its memory, to be used again and again.
struct Compressor {
    context: CCtx<'static>,
    input: Vec<u8>,
    output: Vec<u8>,
}

thread_local! {
    /// Making a compressor costs more than compressing a short text.
    static OF_THREAD: Cell<Option<Compressor>> = const { Cell::new(None) };
}

impl Compressor {
    fn new() -> Result<Self, KernelError> {
        let mut context = CCtx::try_create().ok_or(KernelError::Compression("no memory for a compressor"))?;
        for parameter in [CParameter::CompressionLevel(LEVEL), CParameter::WindowLog(WINDOW_LOG)] {
            context.set_parameter(parameter).map_err(refused)?;
        }
        Ok(Compressor { context, input: Vec::new(), output: Vec::new() })
    }

    /// Lets `work` use the compressor of this thread.
    fn lend<T>(work: impl FnOnce(&mut Compressor) -> Result<T, KernelError>) -> Result<T, KernelError> {
        let mut compressor = match OF_THREAD.take() {
            Some(compressor) => compressor,
            None => Compressor::new()?,
        };
        let done = work(&mut compressor);
        OF_THREAD.set(Some(compressor));
        done
    }

    /// Bytes that the texts take when they are joined and compressed in one pass.
    fn size<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>, joiner: &str) -> Result<Sizes, KernelError> {
        self.input.clear();
        for (position, text) in texts.into_iter().enumerate() {
            if position > 0 {
                self.input.extend_from_slice(joiner.as_bytes());
            }
            self.input.extend_from_slice(text.as_bytes());
        }
        self.output.resize(compress_bound(self.input.len()).max(self.output.len()), 0);
        let compressed = self.context.compress2(&mut self.output[..], &self.input[..]).map_err(refused)?;
        Ok(Sizes { raw: self.input.len(), compressed })
    }
}

fn refused(code: usize) -> KernelError {
    KernelError::Compression(get_error_name(code))
}

/// Bytes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// In UTF-8.
    pub raw: usize,
    /// Compressed.
    pub compressed: usize,
}

impl Sizes {
    /// Uncompressed over compressed.
    #[must_use]
    pub fn ratio(self) -> f64 {
        self.raw as f64 / self.compressed as f64
    }
}

/// The sizes of each text alone.
pub fn sizes<T: AsRef<str> + Sync>(texts: &[T]) -> Result<Vec<Sizes>, KernelError> {
    Compressor::lend(|compressor| texts.iter().map(|text| compressor.size([text.as_ref()], "")).collect())
}

/// The sizes of the texts joined by [`JOINER`], in bytewise order, so that it does not matter who came first.
///
/// One pass: `compression_ratio` of the `diversity` package passes its gzip file through gzip again.
pub fn joined<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Sizes, KernelError> {
    let mut texts: Vec<&str> = texts.into_iter().collect();
    texts.sort_unstable();
    Compressor::lend(|compressor| compressor.size(texts, JOINER))
}

/// The normalized compression distance of each pair (a, b), `alone` being the texts' own [`sizes`]:
/// `(C(ab) − min(C(a), C(b))) / max(C(a), C(b))`.
///
/// R. Cilibrasi and P. Vitányi, "Clustering by compression", IEEE Trans. Information Theory 51(4), 2005. A compressor makes
/// something else of `ab` than of `ba`, by a few bytes; the bytewise smaller text comes first, so that the distance is
/// symmetric.
pub fn distances<T: AsRef<str> + Sync>(
    texts: &[T],
    alone: &[Sizes],
    pairs: &[(usize, usize)],
) -> Result<Vec<f64>, KernelError> {
    let distance = |&(a, b): &(usize, usize)| {
        let (first, second) = (texts[a].as_ref().min(texts[b].as_ref()), texts[a].as_ref().max(texts[b].as_ref()));
        let both = Compressor::lend(|compressor| compressor.size([first, second], ""))?;
        let (a, b) = (alone[a].compressed, alone[b].compressed);
        Ok((both.compressed as f64 - a.min(b) as f64) / a.max(b) as f64)
    };
    pairs.par_iter().with_min_len(16).map(distance).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    /// Text that does not compress but to three quarters, from a linear congruential generator.
    fn noise(length: usize, mut state: u64) -> String {
        let mut letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(state >> 58) as usize]
        };
        (0..length).map(|_| char::from(letter())).collect()
    }

    fn ncd(a: &str, b: &str) -> f64 {
        let texts = [a, b];
        distances(&texts, &sizes(&texts).unwrap(), &[(0, 1)]).unwrap()[0]
    }

    #[test]
    fn a_copy_is_found_however_far_away() {
        for length in [40_000, 600_000, 5_000_000] {
            let text = noise(length, 7);
            assert!(ncd(&text, &text) < 0.01, "{length}");
            assert!(ncd(&text, &noise(length, 8)) > 0.97, "{length}");
        }
    }

    #[test]
    fn four_copies_are_one_text_in_one_pass() {
        let text = noise(39_000, 3);
        let alone = sizes(&[&text]).unwrap()[0];
        let four = joined([text.as_str(); 4]).unwrap();
        assert_eq!(four.raw, 4 * 39_000 + 3);
        assert!((four.ratio() / alone.ratio() - 4.0).abs() < 0.02, "{}", four.ratio() / alone.ratio());
    }

    #[test]
    fn a_text_keeps_its_size_whatever_came_before() {
        let alone = |text: &str| sizes(&[text]).unwrap()[0];
        let (short, long) = (noise(300, 1), noise(300_000, 2));
        let first = alone(&short);
        alone(&long);
        assert_eq!(alone(&short), first);
        assert_eq!(std::thread::spawn(move || alone(&short)).join().unwrap(), first);
        assert_eq!(alone("").raw, 0);
        assert!(ncd("", "").is_finite());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_size_of_a_set_does_not_depend_on_order(lengths in prop::collection::vec(0_usize..300, 0..6)) {
            let texts: Vec<String> = (0..).zip(&lengths).map(|(seed, &length)| noise(length, seed % 3)).collect();
            let forwards = joined(texts.iter().map(String::as_str));
            prop_assert_eq!(joined(texts.iter().rev().map(String::as_str)), forwards);
        }

        #[test]
        fn distances_are_symmetric_and_in_range(
            a in prop::sample::select(vec![0_usize, 1, 8, 63, 64, 65, 256, 900]), b in 0_usize..900, seed in 0_u64..4
        ) {
            let (a, b) = (noise(a, 1), noise(b, seed));
            prop_assert_eq!(ncd(&a, &b), ncd(&b, &a));
            // What the frame and its tables cost keeps short texts from 0 and carries them a little beyond 1.
            prop_assert!((0.0..=1.6).contains(&ncd(&a, &b)), "{}", ncd(&a, &b));
        }
    }
}
