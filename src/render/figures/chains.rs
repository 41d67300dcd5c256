//! Which modes have an order: their groups are chains. Draws without a chain have none, whatever their mode is called.

use std::collections::BTreeSet;

use super::{NotDrawn, similarities};
use crate::model::Cell;
use crate::render::ReportData;
use crate::render::modes::ModeKey;

/// The cells whose groups are chains, and those that are known at all.
pub(super) struct Chains<'a> {
    chains: BTreeSet<CellKey<'a>>,
    known: BTreeSet<CellKey<'a>>,
}

type CellKey<'a> = (&'a str, &'a str, &'a str, &'a str, Option<&'a str>);

impl<'a> Chains<'a> {
    pub(super) fn new(data: &ReportData<'a>) -> Self {
        let mut chains = BTreeSet::new();
        let mut known = BTreeSet::new();
        for group in data.groups {
            let key = &group.key;
            let cell = (&*key.dataset, &*key.domain, &*key.model, &*key.mode, key.feedback.as_deref());
            known.insert(cell);
            if key.chain.is_some() {
                chains.insert(cell);
            }
        }
        Chains { chains, known }
    }

    /// Whether the cell's rounds have an order. Without groups to ask, all modes but the baseline count as chains.
    pub(super) fn holds(&self, cell: &Cell) -> bool {
        let key: CellKey<'_> = (&cell.dataset, &cell.domain, &cell.model, &cell.mode, cell.feedback.as_deref());
        if self.known.contains(&key) { self.chains.contains(&key) } else { !ModeKey::of(cell).is_baseline() }
    }

    /// The similarities of solutions of a chain that a figure shows, with their spaces; each row tells its cell, its metric
    /// and its space.
    pub(super) fn similarities<'r>(
        &self,
        figure: &'static str,
        rows: impl Iterator<Item = (&'r Cell, &'r str, &'r str)>,
    ) -> Result<Vec<(String, String)>, NotDrawn> {
        let of_chains = rows.filter(|(cell, ..)| self.holds(cell));
        let found = similarities(of_chains.map(|(_, metric, space)| (metric, space)));
        if found.is_empty() {
            return Err(NotDrawn { figure, reason: "no chain with two rounds to compare".to_owned() });
        }
        Ok(found)
    }
}
