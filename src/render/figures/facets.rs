//! Small multiples: which panels a figure has, what they are called and where they stand.

use std::collections::BTreeSet;

use super::scene::{Anchor, Scene, fit, text_width};
use super::theme::{self, Paper};
use crate::model::Cell;
use crate::render::label::{clean, place};
use crate::render::words;

/// More panels than this are not drawn; the caption says so.
pub(crate) const MOST: usize = 12;

/// What a panel shows: a model on a dataset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Facet {
    pub(crate) domain: String,
    pub(crate) dataset: String,
    pub(crate) model: String,
}

impl Facet {
    pub(crate) fn of(cell: &Cell) -> Facet {
        Facet { domain: cell.domain.clone(), dataset: cell.dataset.clone(), model: cell.model.clone() }
    }

    pub(crate) fn holds(&self, cell: &Cell) -> bool {
        self.dataset == cell.dataset && self.model == cell.model && self.domain == cell.domain
    }

    /// The dataset and the domain.
    pub(crate) fn place(&self) -> String {
        place(&self.dataset, &self.domain)
    }

    /// For a sentence: `model on dataset`.
    pub(crate) fn words(&self) -> String {
        format!("{} on {}", clean(&self.model), self.place())
    }
}

/// The panels of a figure, the first [`MOST`] by name.
pub(crate) struct Facets {
    pub(crate) shown: Vec<Facet>,
    pub(crate) left_out: usize,
}

impl Facets {
    pub(crate) fn new<'a>(cells: impl Iterator<Item = &'a Cell>) -> Facets {
        let all: BTreeSet<Facet> = cells.map(Facet::of).collect();
        let n = all.len();
        Facets { shown: all.into_iter().take(MOST).collect(), left_out: n.saturating_sub(MOST) }
    }

    /// A sentence for the caption where panels were left out.
    pub(crate) fn remark(&self) -> String {
        if self.left_out == 0 {
            return String::new();
        }
        let all = words::count(self.shown.len() + self.left_out, "panel");
        format!(" Of {all} the first {} by name are drawn; the tables have all.", self.shown.len())
    }
}

/// Where panels stand: columns of equal width, rows as high as their highest panel.
pub(crate) struct Grid {
    columns: usize,
    panel: f64,
    paper: Paper,
}

impl Grid {
    /// One column of panels for one panel, else up to `most` columns.
    pub(crate) fn new(panels: usize, most: usize, paper: Paper) -> Grid {
        let columns = panels.clamp(1, paper.columns(most));
        let gutters = (columns - 1) as f64 * theme::GUTTER;
        let panel = (paper.width(columns) - 2.0 * paper.margin() - gutters) / columns as f64;
        Grid { columns, panel, paper }
    }

    pub(crate) fn width(&self) -> f64 {
        self.paper.width(self.columns)
    }

    pub(crate) fn panel_width(&self) -> f64 {
        self.panel
    }

    /// Upper left corners of panels of the given heights from `top` on, and where the last row ends.
    pub(crate) fn place(&self, top: f64, heights: &[f64]) -> (Vec<(f64, f64)>, f64) {
        let mut corners = Vec::new();
        let mut y = top;
        for row in heights.chunks(self.columns) {
            for column in 0..row.len() {
                corners.push((self.paper.margin() + column as f64 * (self.panel + theme::GUTTER), y));
            }
            y += row.iter().copied().fold(0.0, f64::max);
        }
        (corners, y)
    }
}

/// Height of what [`panel_head`] draws.
pub(crate) const PANEL_HEAD: f64 = 40.0;

/// Model and dataset above a panel, no wider than `room`.
pub(crate) fn panel_head(scene: &mut Scene, facet: &Facet, (x, y): (f64, f64), room: f64) {
    let model = fit(&clean(&facet.model), room, theme::HEADING, true);
    scene.bold((x, y + theme::HEADING), Anchor::Start, theme::HEADING, theme::INK, model);
    let place = fit(&facet.place(), room, theme::TICK, false);
    scene.text((x, y + theme::HEADING + 15.0), Anchor::Start, theme::TICK, theme::MUTED, place);
}

/// The widest of some texts.
pub(crate) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts.into_iter().map(|text| text_width(text, size, false)).fold(0.0, f64::max)
}
