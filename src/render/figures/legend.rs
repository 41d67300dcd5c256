//! What colors and shapes stand for: entries beside one another, in as many lines as they need.

use super::lines::dashes;
use super::scene::{Anchor, Point, Scene, fit, text_width};
use super::theme::{self, Color};
use crate::render::modes::{ModeKey, ModeLabels};

/// The mark before an entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Key {
    Dot(Color),
    Ring(Color),
    Square(Color),
    /// A line with a dot on it.
    Line(Color),
    /// A line whose dashes tell it from others of its color.
    Dashed(Color, usize),
    /// A tile, or a tinted ground.
    Tile(Color),
    /// A place where nothing is drawn.
    Empty(Color),
}

/// From one line of entries to the next.
const LEADING: f64 = 17.0;
/// Between two entries.
const GAP: f64 = 18.0;
const KEY: f64 = 20.0;

/// Draws entries from `top` on, as wide as the figure; returns where they end.
pub(super) fn legend(scene: &mut Scene, entries: &[(Key, String)], top: f64) -> f64 {
    if entries.is_empty() {
        return top;
    }
    let (left, right) = (scene.paper.margin(), scene.width - scene.paper.margin());
    let (mut x, mut y) = (left, top + 10.0);
    for (key, label) in entries {
        let label = fit(label, right - left - KEY, theme::TICK, false);
        let width = KEY + text_width(&label, theme::TICK, false);
        if x > left && x + width > right {
            (x, y) = (left, y + LEADING);
        }
        draw_key(scene, *key, (x, y - 4.0));
        scene.text((x + KEY, y), Anchor::Start, theme::TICK, theme::INK, label);
        x += width + GAP;
    }
    y + 8.0
}

fn draw_key(scene: &mut Scene, key: Key, (x, y): Point) {
    let middle = x + 8.0;
    match key {
        Key::Dot(color) => scene.dot((middle, y), 4.0, color),
        Key::Ring(color) => ring(scene, (middle, y), 4.0, color),
        Key::Square(color) => square(scene, (middle, y), 3.5, color),
        Key::Line(color) => {
            scene.line((x, y), (x + 16.0, y), color, 1.75);
            scene.dot((middle, y), 3.5, color);
        }
        Key::Dashed(color, variant) => {
            let points = [(x, y), (x + 17.0, y)];
            match dashes(variant) {
                None => scene.line(points[0], points[1], color, 2.5),
                Some(pattern) => scene.dashed(&points, color, 2.5, pattern),
            }
        }
        Key::Tile(color) => scene.rect((x + 2.0, y - 6.0), (13.0, 12.0), color),
        Key::Empty(color) => {
            scene.rect((x + 2.0, y - 6.0), (13.0, 12.0), color);
            scene.rect((x + 3.0, y - 5.0), (11.0, 10.0), theme::PAPER);
        }
    }
}

/// A hollow dot.
pub(super) fn ring(scene: &mut Scene, at: Point, radius: f64, color: Color) {
    scene.dot(at, radius, color);
    scene.dot(at, (radius - 1.5).max(0.5), theme::PAPER);
}

/// A square around a point, of half the given side.
pub(super) fn square(scene: &mut Scene, at: Point, half: f64, color: Color) {
    scene.rect((at.0 - half, at.1 - half), (2.0 * half, 2.0 * half), color);
}

/// A mode's color where shapes mean something else: lighter or darker where a mode occurs with several feedbacks.
pub(super) fn shade(key: &ModeKey, labels: &ModeLabels) -> Color {
    let color = theme::mode_color(key, labels);
    match labels.variant(key) % 3 {
        0 => color,
        1 => mixed(color, theme::PAPER),
        _ => mixed(color, theme::INK),
    }
}

/// Halfway between two colors.
fn mixed(color: Color, other: Color) -> Color {
    let middle = |a: u8, b: u8| a.midpoint(b);
    let (a, b) = (color.rgb, other.rgb);
    Color { rgb: (middle(a.0, b.0), middle(a.1, b.1), middle(a.2, b.2)), alpha: color.alpha }
}
