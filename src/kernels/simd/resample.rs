//! Sums over tables: what a resample adds up for a few questions is looked up, not added.
//!
//! How often each of some questions was drawn, or which sign each of them has, is a position in a table that holds the sums of all
//! possibilities, for eight columns side by side. A tile of tables stays in the first-level cache while it serves
//! many resamples. These are plain loops, compiled for each instruction set: a sum is added up in one order whatever the
//! set, and so has the same bits.

#![expect(unsafe_code, reason = "calls after a look at the processor")]

use super::dot::Instructions;

/// Columns that are added up side by side.
pub(in crate::kernels) const LANES: usize = 8;

/// A row of a strip: one number for each of its columns, in one line of the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(in crate::kernels) struct Lane(pub(in crate::kernels) [f64; LANES]);

impl Lane {
    pub(in crate::kernels) const ZERO: Lane = Lane([0.0; LANES]);
}

/// Tables in a tile.
pub(in crate::kernels) const TILE: usize = 6;
/// A position in each table of a tile.
pub(in crate::kernels) type Positions = [u8; TILE];

/// Entries of a table: 4 KiB.
const ENTRIES: usize = 64;
type Table = [Lane; ENTRIES];

/// What a digit of a position says about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernels) enum Digit {
    /// How often it was drawn: never to three times.
    Count,
    /// Its sign: 1 for minus.
    Sign,
}

impl Digit {
    /// Bits of a digit.
    pub(in crate::kernels) const fn bits(self) -> usize {
        match self {
            Digit::Count => 2,
            Digit::Sign => 1,
        }
    }

    /// Rows in a table.
    pub(in crate::kernels) const fn rows(self) -> usize {
        ENTRIES.ilog2() as usize / self.bits()
    }
}

/// The tables of a tile.
pub(in crate::kernels) type Tables = [Table; TILE];
/// To begin with.
pub(in crate::kernels) static NO_TABLES: Tables = [[Lane::ZERO; ENTRIES]; TILE];

/// Rows of a tile, and what each resample says about them.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernels) struct Tile<'a> {
    pub(in crate::kernels) digit: Digit,
    /// At most [`TILE`] tables of [`Digit::rows`]; those that lack are zeros.
    pub(in crate::kernels) rows: &'a [Lane],
    pub(in crate::kernels) resamples: &'a [Positions],
}

macro_rules! by_instructions {
    ($self:ident, $name:ident, $($argument:expr),*) => {
        match $self {
            // SAFETY: `best` and the tests make these values only where the processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { avx512::$name($($argument),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { avx2::$name($($argument),*) },
            Instructions::Portable => portable::$name($($argument),*),
        }
    };
}

impl Instructions {
    /// Adds to the sum of each resample what it says about the rows of a tile. The tables are room to work in.
    pub(in crate::kernels) fn add_tile(self, tile: Tile<'_>, tables: &mut Tables, sums: &mut [Lane]) {
        by_instructions!(self, add_tile, tile, tables, sums);
    }

    /// Adds further rows, each to the sum of a resample, and makes means of the sums: those over the number of rows, and
    /// what is `added`.
    pub(in crate::kernels) fn to_means(self, strip: &[Lane], more: &[(u32, u32)], added: &Lane, sums: &mut [Lane]) {
        by_instructions!(self, to_means, strip, more, added, sums);
    }

    /// Adds to each column's hits how many sums are at least as far from zero as its threshold.
    pub(in crate::kernels) fn count_hits(self, sums: &[Lane], thresholds: &Lane, hits: &mut [u64; LANES]) {
        by_instructions!(self, count_hits, sums, thresholds, hits);
    }
}

/// Plain loops. They are inlined into what is compiled for an instruction set, and there become its vectors.
#[expect(clippy::inline_always, reason = "a call would leave the instruction set")]
mod portable {
    use super::{Digit, ENTRIES, LANES, Lane, Table, Tables, Tile};

    pub(super) fn add_tile(tile: Tile<'_>, tables: &mut Tables, sums: &mut [Lane]) {
        tabulate(tile, tables);
        for (sum, positions) in sums.iter_mut().zip(tile.resamples) {
            for (table, position) in tables.iter().zip(positions) {
                add(sum, entry(table, *position));
            }
        }
    }

    #[inline(always)]
    pub(super) fn entry(table: &Table, position: u8) -> &Lane {
        &table[usize::from(position) % ENTRIES]
    }

    #[inline(always)]
    pub(super) fn tabulate(tile: Tile<'_>, tables: &mut Tables) {
        let mut rows = tile.rows.chunks(tile.digit.rows());
        for table in tables {
            fill(tile.digit, rows.next().unwrap_or(&[]), table);
        }
    }

    /// Entry by entry from one whose digit is less by one.
    #[inline(always)]
    fn fill(digit: Digit, rows: &[Lane], table: &mut Table) {
        table[0] = Lane::ZERO;
        if digit == Digit::Sign {
            for row in rows {
                add(&mut table[0], row);
            }
        }
        for place in 0..digit.rows() {
            let row = rows.get(place).unwrap_or(&Lane::ZERO);
            let step = Lane(row.0.map(|x| if digit == Digit::Sign { -2.0 * x } else { x }));
            let first = 1 << (place * digit.bits());
            for entry in first..first << digit.bits() {
                let mut sum = table[entry - first];
                add(&mut sum, &step);
                table[entry] = sum;
            }
        }
    }

    #[inline(always)]
    fn add(sum: &mut Lane, other: &Lane) {
        for lane in 0..LANES {
            sum.0[lane] += other.0[lane];
        }
    }

    #[inline(always)]
    pub(super) fn to_means(strip: &[Lane], more: &[(u32, u32)], added: &Lane, sums: &mut [Lane]) {
        for of_one in more.chunk_by(|(one, _), (other, _)| one == other) {
            let sum = &mut sums[of_one[0].0 as usize];
            let mut total = *sum;
            for &(_, row) in of_one {
                add(&mut total, &strip[row as usize]);
            }
            *sum = total;
        }
        let n = strip.len() as f64;
        for sum in sums {
            for lane in 0..LANES {
                sum.0[lane] = added.0[lane] + sum.0[lane] / n;
            }
        }
    }

    #[inline(always)]
    pub(super) fn count_hits(sums: &[Lane], thresholds: &Lane, hits: &mut [u64; LANES]) {
        for sum in sums {
            for (hits, (sum, threshold)) in hits.iter_mut().zip(sum.0.iter().zip(&thresholds.0)) {
                *hits += u64::from(sum.abs() >= *threshold);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{_mm256_add_pd, _mm256_load_pd, _mm256_store_pd};

    use super::portable::{self, entry, tabulate};
    use super::{LANES, Lane, TILE, Tables, Tile};

    /// The compiler would do eight resamples at a time, and gather their numbers one by one.
    #[target_feature(enable = "avx2")]
    pub(super) fn add_tile(tile: Tile<'_>, tables: &mut Tables, sums: &mut [Lane]) {
        tabulate(tile, tables);
        for (sum, positions) in sums.iter_mut().zip(tile.resamples) {
            let entries: [&Lane; TILE] = std::array::from_fn(|at| entry(&tables[at], positions[at]));
            for half in [0, LANES / 2] {
                // SAFETY: half a lane is one register, and its alignment a multiple of the register's.
                unsafe {
                    let mut total = _mm256_load_pd(sum.0.as_ptr().add(half));
                    for entry in entries {
                        total = _mm256_add_pd(total, _mm256_load_pd(entry.0.as_ptr().add(half)));
                    }
                    _mm256_store_pd(sum.0.as_mut_ptr().add(half), total);
                }
            }
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn to_means(strip: &[Lane], more: &[(u32, u32)], added: &Lane, sums: &mut [Lane]) {
        portable::to_means(strip, more, added, sums);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn count_hits(sums: &[Lane], thresholds: &Lane, hits: &mut [u64; LANES]) {
        portable::count_hits(sums, thresholds, hits);
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{_mm512_add_pd, _mm512_load_pd, _mm512_store_pd};

    use super::portable::{self, entry, tabulate};
    use super::{LANES, Lane, TILE, Tables, Tile};

    #[target_feature(enable = "avx512f")]
    pub(super) fn add_tile(tile: Tile<'_>, tables: &mut Tables, sums: &mut [Lane]) {
        tabulate(tile, tables);
        for (sum, positions) in sums.iter_mut().zip(tile.resamples) {
            // SAFETY: a lane is one register and lies where its alignment says.
            unsafe {
                let mut total = _mm512_load_pd(sum.0.as_ptr());
                for at in 0..TILE {
                    total = _mm512_add_pd(total, _mm512_load_pd(entry(&tables[at], positions[at]).0.as_ptr()));
                }
                _mm512_store_pd(sum.0.as_mut_ptr(), total);
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn to_means(strip: &[Lane], more: &[(u32, u32)], added: &Lane, sums: &mut [Lane]) {
        portable::to_means(strip, more, added, sums);
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn count_hits(sums: &[Lane], thresholds: &Lane, hits: &mut [u64; LANES]) {
        portable::count_hits(sums, thresholds, hits);
    }
}
