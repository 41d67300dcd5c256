//! What colors stand for, in a row above the panels that wraps where it must.

use super::lines::dashes;
use super::scene::{Anchor, Scene, fit, text_width};
use super::theme::{self, Color};

/// How a key is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sign {
    /// A line; those of one color are told apart by their dashes.
    Line(usize),
    /// A tile.
    Tile,
    /// A place where nothing is drawn.
    Empty,
}

pub(super) struct Key {
    pub(super) label: String,
    pub(super) color: Color,
    pub(super) sign: Sign,
}

const LEADING: f64 = 18.0;
const BETWEEN: f64 = 18.0;
/// Names longer than this are shortened.
const LONGEST: f64 = 220.0;

/// Draws keys from `top` on; returns where the rest may begin.
pub(super) fn draw(scene: &mut Scene, keys: &[Key], top: f64) -> f64 {
    let margin = scene.paper.margin();
    let (mut x, mut y) = (margin, top + 8.0);
    for key in keys {
        let mark = if matches!(key.sign, Sign::Line(_)) { 22.0 } else { 12.0 } + 6.0;
        let label = fit(&key.label, LONGEST, theme::LABEL, false);
        let width = mark + text_width(&label, theme::LABEL, false);
        if x > margin && x + width > scene.width - margin {
            (x, y) = (margin, y + LEADING);
        }
        sign(scene, key, (x, y));
        scene.text((x + mark, y), Anchor::Start, theme::LABEL, theme::INK, label);
        x += width + BETWEEN;
    }
    y + 16.0
}

fn sign(scene: &mut Scene, key: &Key, (x, y): (f64, f64)) {
    match key.sign {
        Sign::Line(variant) => {
            let points = [(x, y - 4.0), (x + 22.0, y - 4.0)];
            match dashes(variant) {
                None => scene.line(points[0], points[1], key.color, 2.5),
                Some(pattern) => scene.dashed(&points, key.color, 2.5, pattern),
            }
        }
        Sign::Tile => scene.rect((x, y - 10.0), (12.0, 12.0), key.color),
        Sign::Empty => {
            scene.rect((x, y - 10.0), (12.0, 12.0), key.color);
            scene.rect((x + 1.0, y - 9.0), (10.0, 10.0), theme::PAPER);
        }
    }
}
