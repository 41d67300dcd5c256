//! One look for all figures: colors that color-blind readers can tell apart, sizes, gaps.

use crate::model::AnswerState;
use crate::render::modes::{COLORS, ModeKey, ModeLabels};

/// A color with its opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Color {
    pub(crate) rgb: (u8, u8, u8),
    pub(crate) alpha: f64,
}

impl Color {
    const fn rgb(r: u8, g: u8, b: u8) -> Color {
        Color { rgb: (r, g, b), alpha: 1.0 }
    }

    /// The same color, partly transparent.
    pub(crate) fn faded(self, alpha: f64) -> Color {
        Color { alpha, ..self }
    }
}

/// The ground. Figures stay on white, in dark pages too, so that colors keep their contrast.
pub(crate) const PAPER: Color = Color::rgb(255, 255, 255);
/// Titles and numbers.
pub(crate) const INK: Color = Color::rgb(28, 30, 33);
/// Everything that explains: axis titles, ticks, notes.
pub(crate) const MUTED: Color = Color::rgb(92, 97, 105);
/// Grid lines.
pub(crate) const GRID: Color = Color::rgb(228, 230, 233);
/// Axis lines and outlines of empty tiles.
pub(crate) const AXIS: Color = Color::rgb(176, 180, 186);

/// Font sizes in pixels.
pub(crate) const TITLE: f64 = 16.0;
pub(crate) const SUBTITLE: f64 = 12.5;
pub(crate) const HEADING: f64 = 13.0;
pub(crate) const LABEL: f64 = 12.0;
pub(crate) const TICK: f64 = 11.0;

/// Blank between panels.
pub(crate) const GUTTER: f64 = 36.0;

/// How far a tile reaches under its neighbor where no white lies between them, so that no seam shows at any scale.
pub(crate) const UNDER: f64 = 1.25;

/// What a figure is laid out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paper {
    /// The report's page: a title and an explanation above the panels, panels beside one another.
    Page,
    /// One column of a two-column paper: panels below one another, no title, for the caption is the paper's own.
    Column,
}

impl Paper {
    /// Width of a figure with one column of panels, and with several, in pixels.
    pub(crate) fn width(self, columns: usize) -> f64 {
        match (self, columns) {
            (Paper::Page, 0 | 1) => 760.0,
            (Paper::Page, _) => 1000.0,
            // At 3.5 inches, 336 pixels, texts of 11 pixels come out at 7.3 points.
            (Paper::Column, _) => 380.0,
        }
    }

    /// Most columns of panels of a figure that would have `most` on a page.
    pub(crate) fn columns(self, most: usize) -> usize {
        match self {
            Paper::Page => most.max(1),
            Paper::Column => 1,
        }
    }

    /// Blank margin around everything.
    pub(crate) fn margin(self) -> f64 {
        match self {
            Paper::Page => 20.0,
            Paper::Column => 4.0,
        }
    }
}

// Okabe and Ito, "Color Universal Design" (2008): distinguishable with every common kind of color blindness.
const BLUE: Color = Color::rgb(0, 114, 178);
const VERMILION: Color = Color::rgb(213, 94, 0);
const GREEN: Color = Color::rgb(0, 140, 105);
const PURPLE: Color = Color::rgb(185, 85, 145);

/// For modes without a fixed color, in the order of their names; those beyond the last begin anew and are told apart by
/// [`ModeLabels::variant`].
const OTHERS: [Color; COLORS] = [
    Color::rgb(190, 130, 0),
    Color::rgb(60, 150, 205),
    Color::rgb(110, 75, 160),
    Color::rgb(125, 90, 50),
    Color::rgb(80, 90, 100),
    Color::rgb(165, 40, 60),
];

/// A mode's color: the same in every figure of every run for the modes that the project names.
pub(crate) fn mode_color(key: &ModeKey, labels: &ModeLabels) -> Color {
    match key.mode.as_str() {
        "parallel" => BLUE,
        "markov" => VERMILION,
        "autoregressive" => GREEN,
        "parallel_after_rounds" => PURPLE,
        other => {
            let position = labels.others().iter().position(|mode| *mode == other).unwrap_or(0);
            OTHERS[position % OTHERS.len()]
        }
    }
}

/// A state's color. States are told apart by lightness, which every reader sees, and all are duller than the modes: dark
/// where the answer is right or the chain's own first one, pale where there is none.
pub(crate) fn state_color(state: AnswerState) -> Color {
    match state {
        AnswerState::Correct => Color::rgb(16, 78, 98),
        AnswerState::Incorrect => Color::rgb(222, 170, 118),
        AnswerState::First => Color::rgb(84, 80, 122),
        AnswerState::Other => Color::rgb(176, 170, 208),
        AnswerState::Unknown => Color::rgb(212, 215, 219),
    }
}

/// Light to dark blue in five steps of about equal lightness (after `ColorBrewer`'s sequential Blues).
const RAMP: [(f64, f64, f64); 5] =
    [(239.0, 245.0, 252.0), (198.0, 219.0, 239.0), (128.0, 178.0, 216.0), (52.0, 126.0, 186.0), (8.0, 62.0, 122.0)];

/// A tile's color for a share of the scale in [0, 1].
pub(crate) fn ramp(share: f64) -> Color {
    let place = share.clamp(0.0, 1.0) * (RAMP.len() - 1) as f64;
    let step = (0..RAMP.len() - 1).rev().find(|step| place >= *step as f64).unwrap_or(0);
    let (low, high) = (RAMP[step], RAMP[step + 1]);
    let rest = place - step as f64;
    let mix = |a: f64, b: f64| channel(a + (b - a) * rest);
    Color::rgb(mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a byte holds")]
fn channel(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// The ink that can be read on a tile of that share: white from where it has the better contrast.
pub(crate) fn on_ramp(share: f64) -> Color {
    if share > 0.75 { PAPER } else { INK }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cell;

    fn cells(modes: &[&str]) -> Vec<Cell> {
        let cell = |mode: &&str| Cell {
            dataset: String::new(),
            domain: String::new(),
            model: String::new(),
            mode: (*mode).to_owned(),
            feedback: None,
        };
        modes.iter().map(cell).collect()
    }

    #[test]
    fn named_modes_keep_their_colors_and_others_differ() {
        let cells = cells(&["parallel", "t=0.0", "t=0.7", "t=1.0"]);
        let labels = ModeLabels::new(cells.iter());
        let colors: Vec<Color> = cells.iter().map(|cell| mode_color(&ModeKey::of(cell), &labels)).collect();
        assert_eq!(colors[0], BLUE);
        for (i, color) in colors.iter().enumerate() {
            assert!(colors[..i].iter().all(|other| other != color), "{color:?} twice");
        }
    }

    #[test]
    fn fourteen_modes_are_told_apart() {
        let hot: Vec<String> = (0..10).map(|i| format!("t={}.{}", i / 10, i % 10)).collect();
        let named = ["parallel", "markov", "autoregressive", "parallel_after_rounds"];
        let names: Vec<&str> = named.into_iter().chain(hot.iter().map(String::as_str)).collect();
        let mut cells = cells(&names);
        // One of them with two feedbacks, before another one of its color.
        cells.push(Cell { feedback: Some("re-answer".to_owned()), ..cells[4].clone() });
        let labels = ModeLabels::new(cells.iter());
        let of = |cell: &Cell| (mode_color(&ModeKey::of(cell), &labels), labels.variant(&ModeKey::of(cell)));
        let drawn: Vec<(Color, usize)> = cells.iter().map(of).collect();
        for (i, look) in drawn.iter().enumerate() {
            assert!(!drawn[..i].contains(look), "{look:?} twice");
        }
    }

    #[test]
    fn the_ramp_ends_where_it_should() {
        assert_eq!(ramp(0.0).rgb, (239, 245, 252));
        assert_eq!(ramp(1.0).rgb, (8, 62, 122));
        assert_eq!(ramp(0.5).rgb, (128, 178, 216));
        assert_eq!(ramp(7.0).rgb, (8, 62, 122));
    }
}
