//! A figure as a list of marks, before any backend draws it: what SVG and PNG have in common, and what tests look at.
//!
//! Coordinates are pixels from the upper left corner; a text stands on its baseline. Strings are cleaned by whoever
//! puts them here and escaped by the backend.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use super::theme::{self, Color, Paper};
use crate::render::RenderError;
use crate::render::label::wrap;

/// The bundled font, then what a viewer of a lone SVG file is likely to have.
pub(crate) const FAMILY: &str = "Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif";

/// The bundled font of programs and solutions, then whatever has columns of equal width.
pub(crate) const MONO_FAMILY: &str = "JetBrains Mono, Menlo, 'DejaVu Sans Mono', monospace";

pub(crate) type Point = (f64, f64);

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) color: Color,
    pub(crate) width: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) at: Point,
    pub(crate) anchor: Anchor,
    pub(crate) size: f64,
    pub(crate) bold: bool,
    /// Set in columns of equal width, as programs are.
    pub(crate) mono: bool,
    pub(crate) color: Color,
    pub(crate) content: String,
}

impl Text {
    /// The font that it is set in, `scale` times as large.
    pub(crate) fn font(&self, scale: f64) -> FontDesc<'static> {
        if self.mono { mono_font(self.size * scale) } else { font(self.size * scale, self.bold) }
    }

    /// Its width in pixels.
    #[cfg(test)]
    pub(crate) fn width(&self) -> f64 {
        if self.mono { mono_width(&self.content, self.size) } else { text_width(&self.content, self.size, self.bold) }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    Line { from: Point, to: Point, stroke: Stroke },
    Path { points: Vec<Point>, stroke: Stroke },
    Area { points: Vec<Point>, fill: Color },
    Rect { at: Point, size: Point, fill: Color },
    Dot { at: Point, radius: f64, fill: Color },
    Text(Text),
}

/// A figure that knows where everything stands.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) paper: Paper,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) marks: Vec<Mark>,
}

impl Scene {
    pub(crate) fn new(paper: Paper, width: f64) -> Scene {
        Scene { paper, width, height: 0.0, marks: Vec::new() }
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, color: Color, width: f64) {
        self.marks.push(Mark::Line { from, to, stroke: Stroke { color, width } });
    }

    pub(crate) fn path(&mut self, points: Vec<Point>, color: Color, width: f64) {
        self.marks.push(Mark::Path { points, stroke: Stroke { color, width } });
    }

    /// A broken line along a path: `on` pixels drawn, `off` left out.
    pub(crate) fn dashed(&mut self, points: &[Point], color: Color, width: f64, pattern: (f64, f64)) {
        self.dashed_from(points, (color, width), pattern, 0.0);
    }

    /// A broken line whose pattern begins `phase` pixels late, so that lines on the same path can take turns.
    pub(crate) fn dashed_from(
        &mut self,
        points: &[Point],
        (color, width): (Color, f64),
        (on, off): (f64, f64),
        phase: f64,
    ) {
        let mut done = on + off - phase % (on + off);
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let at = |d: f64| (from.0 + (to.0 - from.0) * d / length, from.1 + (to.1 - from.1) * d / length);
            let mut start = 0.0;
            while start < length {
                let phase = (done + start) % (on + off);
                let drawing = phase < on;
                let step = if drawing { on - phase } else { on + off - phase };
                let end = length.min(start + step.max(0.01));
                if drawing {
                    self.line(at(start), at(end), color, width);
                }
                start = end;
            }
            done += length;
        }
    }

    pub(crate) fn area(&mut self, points: Vec<Point>, fill: Color) {
        self.marks.push(Mark::Area { points, fill });
    }

    pub(crate) fn rect(&mut self, at: Point, size: Point, fill: Color) {
        self.marks.push(Mark::Rect { at, size, fill });
    }

    pub(crate) fn dot(&mut self, at: Point, radius: f64, fill: Color) {
        self.marks.push(Mark::Dot { at, radius, fill });
    }

    /// A text on its baseline, in ink of normal weight; change the mark that comes back for anything else.
    #[expect(clippy::too_many_arguments, reason = "the five that say what a text is, and the scene")]
    pub(crate) fn text(&mut self, at: Point, anchor: Anchor, size: f64, color: Color, content: impl Into<String>) {
        self.marks.push(Mark::Text(Text {
            at,
            anchor,
            size,
            bold: false,
            mono: false,
            color,
            content: content.into(),
        }));
    }

    /// A stretch of a program from its left end on.
    pub(crate) fn mono(&mut self, at: Point, size: f64, color: Color, content: impl Into<String>) {
        let content = content.into();
        self.marks.push(Mark::Text(Text { at, anchor: Anchor::Start, size, bold: false, mono: true, color, content }));
    }

    #[expect(clippy::too_many_arguments, reason = "the five that say what a text is, and the scene")]
    pub(crate) fn bold(&mut self, at: Point, anchor: Anchor, size: f64, color: Color, content: impl Into<String>) {
        self.marks.push(Mark::Text(Text { at, anchor, size, bold: true, mono: false, color, content: content.into() }));
    }

    /// Title and explanation at the top of a page; returns where the rest may begin.
    pub(crate) fn head(&mut self, title: &str, subtitle: &str) -> f64 {
        let margin = self.paper.margin();
        if self.paper == Paper::Column {
            return margin;
        }
        let room = self.width - 2.0 * margin;
        let mut y = margin + theme::TITLE;
        self.bold((margin, y), Anchor::Start, theme::TITLE, theme::INK, fit(title, room, theme::TITLE, true));
        y += 5.0;
        for line in wrap(subtitle, room, |text| text_width(text, theme::SUBTITLE, false)) {
            y += 17.0;
            let line = fit(&line, room, theme::SUBTITLE, false);
            self.text((margin, y), Anchor::Start, theme::SUBTITLE, theme::MUTED, line);
        }
        y + 24.0
    }
}

/// The bundled fonts: file, family, style, content. Texts, bold ones, programs.
pub(super) const FONTS: [(&str, &str, FontStyle, &[u8]); 3] = [
    ("inter-regular.otf", FAMILY, FontStyle::Normal, include_bytes!("../../../assets/fonts/inter-regular.otf")),
    ("inter-semibold.otf", FAMILY, FontStyle::Bold, include_bytes!("../../../assets/fonts/inter-semibold.otf")),
    (
        "jetbrains-mono-regular.ttf",
        MONO_FAMILY,
        FontStyle::Normal,
        include_bytes!("../../../assets/fonts/jetbrains-mono-regular.ttf"),
    ),
];
/// The bundled font of programs.
#[cfg(test)]
pub(super) const MONO: &[u8] = FONTS[2].3;

/// Makes the bundled fonts known to plotters, once.
pub(crate) fn load_fonts() -> Result<(), RenderError> {
    static LOADED: OnceLock<Result<(), &'static str>> = OnceLock::new();
    let load = || {
        FONTS
            .into_iter()
            .try_for_each(|(file, family, style, bytes)| register_font(family, style, bytes).map_err(|_| file))
    };
    LOADED.get_or_init(load).map_err(|file| RenderError::Font { file })
}

/// The font in a size that plotters takes: it counts lines of 1.24 em, not ems.
pub(crate) fn font(size: f64, bold: bool) -> FontDesc<'static> {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    FontDesc::new(FontFamily::Name(FAMILY), size * 1.24, style)
}

fn mono_font(size: f64) -> FontDesc<'static> {
    FontDesc::new(FontFamily::Name(MONO_FAMILY), size * 1.24, FontStyle::Normal)
}

/// Width of a stretch of a program: columns of 0.6 em, as the font has them.
pub(crate) fn mono_width(text: &str, size: f64) -> f64 {
    0.6 * size * text.chars().count() as f64
}

/// Width of a text in pixels. Measured large, so that rounding to whole pixels does not matter.
pub(crate) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    match font(1000.0, bold).layout_box(text) {
        Ok(((left, _), (right, _))) => f64::from(right - left) * size / 1000.0,
        // Without a font nothing can be drawn either; the painter says so.
        Err(_) => 0.6 * size * text.chars().count() as f64,
    }
}

/// Shortens a text in its middle until it is no wider than `max` pixels.
pub(crate) fn fit(text: &str, max: f64, size: f64, bold: bool) -> String {
    if text_width(text, size, bold) <= max {
        return text.to_owned();
    }
    let columns = crate::render::label::width(text);
    (1..columns)
        .rev()
        .map(|columns| crate::render::label::elide(text, columns))
        .find(|text| text_width(text, size, bold) <= max)
        .unwrap_or_else(|| "…".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_fitted_text_fits() {
        load_fonts().unwrap();
        let long = "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B-Instruct";
        let short = fit(long, 120.0, 12.0, false);
        assert!(text_width(&short, 12.0, false) <= 120.0);
        assert!(short.starts_with("deep") && short.contains('…') && short.ends_with("ruct"), "{short}");
        assert_eq!(fit("short", 120.0, 12.0, true), "short");
    }

    #[test]
    fn columns_of_a_program_are_as_wide_as_the_font_has_them() {
        load_fonts().unwrap();
        let ((left, _), (right, _)) = mono_font(1000.0).layout_box("def f(x): return x²").unwrap();
        assert!((f64::from(right - left) - mono_width("def f(x): return x²", 1000.0)).abs() <= 20.0, "{left} {right}");
    }

    #[test]
    fn dashes_cover_their_share_of_the_line() {
        let mut scene = Scene::new(Paper::Page, 100.0);
        scene.dashed(&[(0.0, 0.0), (30.0, 0.0), (100.0, 0.0)], theme::INK, 1.0, (6.0, 4.0));
        let drawn: f64 = scene
            .marks
            .iter()
            .map(|mark| match mark {
                Mark::Line { from, to, .. } => to.0 - from.0,
                _ => 0.0,
            })
            .sum();
        assert!((drawn - 60.0).abs() < 1e-6, "{drawn}");
    }
}
