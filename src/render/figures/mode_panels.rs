//! Panels that show one mode of a model on a dataset each, the modes of a model side by side.

use std::collections::BTreeSet;

use super::facets::{Facet, PANEL_HEAD, panel_head};
use super::scene::{Anchor, Point, Scene, fit};
use super::theme;
use crate::render::modes::{ModeKey, ModeLabels};

/// Height of what [`head`] draws.
pub(super) const HEAD: f64 = PANEL_HEAD + 14.0;

/// Columns of panels on a page: the modes of a model side by side, two models in a row where there are many panels.
pub(super) fn columns<'a>(keys: impl Iterator<Item = &'a ModeKey>) -> usize {
    let keys: Vec<&ModeKey> = keys.collect();
    let modes: BTreeSet<&ModeKey> = keys.iter().copied().collect();
    match (modes.len(), keys.len()) {
        (0 | 1, n) => n.clamp(1, 3),
        (2, 0..=6) => 2,
        (2 | 4, _) => 4,
        _ => 3,
    }
}

/// Model, dataset and mode above a panel, no wider than `width`.
pub(super) fn head(
    scene: &mut Scene,
    (facet, key): (&Facet, &ModeKey),
    labels: &ModeLabels,
    (x, y): Point,
    width: f64,
) {
    panel_head(scene, facet, (x, y), width);
    let mode = fit(&labels.label(key), width, theme::LABEL, true);
    let color = theme::mode_color(key, labels);
    scene.bold((x, y + PANEL_HEAD + 8.0), Anchor::Start, theme::LABEL, color, mode);
}
