//! Texts of at most 64 symbols: one word is the whole column, and the narrower the word the more texts side by side.
//!
//! A block of patterns stands in the lanes; every text that comes before one of them in the order moves along all at
//! once. No carries and no strips. A step waits for the step before it, so two texts go at the same time
//! and fill each other's gaps.

use super::rows::{Recurrence, Rows};
use super::vector::{Element, Vector};

/// Short texts, shortest first.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernels) struct ShortTexts<'a> {
    pub(in crate::kernels) texts: &'a [&'a [u32]],
    /// All symbols are smaller.
    pub(in crate::kernels) bound: usize,
}

/// Calls `found` with two places, the smaller first, and their distance, for every two texts.
#[inline(always)]
pub(super) fn pairs<R: Recurrence, V: Vector>(
    proof: V::Proof,
    group: ShortTexts<'_>,
    found: &mut impl FnMut(usize, usize, usize),
) {
    let mut masks = vec![V::Element::default(); group.bound * V::LANES];
    let mut block = 1;
    while block < group.texts.len() {
        let patterns = &group.texts[block..group.texts.len().min(block + V::LANES)];
        mark::<V>(&mut masks, patterns);
        let columns = block + patterns.len() - 1;
        let mut column = 0;
        while column < columns {
            let second = (column + 1).min(columns - 1);
            let rows = along_two::<R, V>(proof, &masks, [group.texts[column], group.texts[second]]);
            report::<R, V>(rows[0], (column, group.texts[column].len()), (block, patterns), found);
            if second > column {
                report::<R, V>(rows[1], (second, group.texts[second].len()), (block, patterns), found);
            }
            column += 2;
        }
        unmark::<V>(&mut masks, patterns);
        block += V::LANES;
    }
}

fn mark<V: Vector>(masks: &mut [V::Element], patterns: &[&[u32]]) {
    for (lane, pattern) in patterns.iter().enumerate() {
        for (row, &symbol) in pattern.iter().enumerate() {
            let mask = &mut masks[symbol as usize * V::LANES + lane];
            *mask = mask.with(V::Element::bit(row));
        }
    }
}

fn unmark<V: Vector>(masks: &mut [V::Element], patterns: &[&[u32]]) {
    for &symbol in patterns.iter().copied().flatten() {
        masks[symbol as usize * V::LANES..][..V::LANES].fill(V::Element::default());
    }
}

/// Two texts, the shorter first, along the same patterns.
#[inline(always)]
fn along_two<R: Recurrence, V: Vector>(proof: V::Proof, masks: &[V::Element], texts: [&[u32]; 2]) -> [Rows<V>; 2] {
    let load = |symbol: u32| {
        let lanes = &masks[symbol as usize * V::LANES..][..V::LANES];
        // SAFETY: the slice has as many elements as the vector has lanes.
        unsafe { V::load(proof, lanes.as_ptr()) }
    };
    let [mut first, mut second] = [R::fresh::<V>(proof); 2];
    for (&a, &b) in texts[0].iter().zip(texts[1]) {
        R::step(&mut first, load(a));
        R::step(&mut second, load(b));
    }
    for &b in &texts[1][texts[0].len()..] {
        R::step(&mut second, load(b));
    }
    [first, second]
}

/// The distances at the end of a text of `length` symbols.
#[inline(always)]
fn report<R: Recurrence, V: Vector>(
    rows: Rows<V>,
    (column, length): (usize, usize),
    (block, patterns): (usize, &[&[u32]]),
    found: &mut impl FnMut(usize, usize, usize),
) {
    let (mut ups, mut downs) = ([V::Element::default(); 64], [V::Element::default(); 64]);
    let [up, down] = R::differences(rows);
    up.store(&mut ups);
    down.store(&mut downs);
    let first = (column + 1).saturating_sub(block);
    for (lane, pattern) in patterns.iter().enumerate().skip(first) {
        let (up, down) = (ups[lane].count(pattern.len()), downs[lane].count(pattern.len()));
        found(column, block + lane, length + up as usize - down as usize);
    }
}
