//! Texts as outlines: a text goes in, the shapes of its letters come out. What is set so looks the same in every viewer and every
//! converter to PDF, whatever fonts they have.

use ab_glyph::{Font, FontRef, Glyph, OutlineCurve, PxScale, ScaleFont, point};

use super::scene::{Anchor, FONTS, Text};

/// The letters of a text as the data of one SVG path, in units of `1 / scale` pixels; empty without a font.
pub(super) fn path(text: &Text, scale: f64) -> String {
    let Ok(font) = FontRef::try_from_slice(FONTS[usize::from(text.bold) + 2 * usize::from(text.mono)].3) else {
        return String::new();
    };
    #[expect(clippy::cast_possible_truncation, reason = "sizes of letters, in pixels")]
    let size = (text.size * scale) as f32;
    // The bundled fonts' lines are 1.24 em high, which is what the crate scales by.
    let scaled = font.as_scaled(PxScale::from(size * 1.24));
    let mut glyphs: Vec<Glyph> = Vec::new();
    let mut x = 0.0;
    for letter in text.content.chars() {
        let id = font.glyph_id(letter);
        if let Some(last) = glyphs.last() {
            x += scaled.kern(last.id, id);
        }
        glyphs.push(id.with_scale_and_position(scaled.scale(), point(x, 0.0)));
        x += scaled.h_advance(id);
    }
    let (left, baseline) = (text.at.0 * scale, text.at.1 * scale);
    let left = match text.anchor {
        Anchor::Start => left,
        Anchor::Middle => left - f64::from(x) / 2.0,
        Anchor::End => left - f64::from(x),
    };
    let per_unit = scaled.h_scale_factor();
    let mut data = String::new();
    for glyph in glyphs {
        let Some(outline) = font.outline(glyph.id) else { continue };
        let place = |at: ab_glyph::Point| {
            let (x, y) = (f64::from(glyph.position.x + at.x * per_unit), f64::from(at.y * per_unit));
            format!("{} {}", tenths(left + x), tenths(baseline - y))
        };
        push_outline(&mut data, &outline.curves, place);
    }
    data
}

/// Adds closed contours; a curve that does not begin where the last one ended begins a contour.
fn push_outline(data: &mut String, curves: &[OutlineCurve], place: impl Fn(ab_glyph::Point) -> String) {
    let mut pen = None;
    for curve in curves {
        let (from, to) = match curve {
            OutlineCurve::Line(from, to) | OutlineCurve::Quad(from, _, to) | OutlineCurve::Cubic(from, _, _, to) => {
                (*from, *to)
            }
        };
        if pen != Some(from) {
            data.push_str(if pen.is_some() { "ZM" } else { "M" });
            data.push_str(&place(from));
        }
        match curve {
            OutlineCurve::Line(..) => data.push_str(&format!("L{}", place(to))),
            OutlineCurve::Quad(_, bend, _) => data.push_str(&format!("Q{} {}", place(*bend), place(to))),
            OutlineCurve::Cubic(_, first, second, _) => {
                data.push_str(&format!("C{} {} {}", place(*first), place(*second), place(to)));
            }
        }
        pen = Some(to);
    }
    if pen.is_some() {
        data.push('Z');
    }
}

/// A coordinate to a tenth, without needless zeros.
fn tenths(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // Minus zero is zero.
    format!("{}", rounded + 0.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::render::figures::scene::{load_fonts, text_width};
    use crate::render::figures::theme;

    fn extent(anchor: Anchor) -> (f64, f64) {
        let text = Text {
            at: (100.0, 50.0),
            anchor,
            size: 12.0,
            bold: false,
            mono: false,
            color: theme::INK,
            content: "Hamburgefonts 0.95".into(),
        };
        let data = path(&text, 4.0);
        let numbers = data.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).filter(|n| !n.is_empty());
        let xs: Vec<f64> = numbers.step_by(2).map(|n| n.parse().unwrap_or(f64::NAN) / 4.0).collect();
        (xs.iter().copied().fold(f64::INFINITY, f64::min), xs.iter().copied().fold(0.0, f64::max))
    }

    #[test]
    fn outlines_are_as_wide_as_the_text_was_measured() {
        load_fonts().unwrap();
        let width = text_width("Hamburgefonts 0.95", 12.0, false);
        for (anchor, left) in
            [(Anchor::Start, 100.0), (Anchor::Middle, 100.0 - width / 2.0), (Anchor::End, 100.0 - width)]
        {
            let (from, to) = extent(anchor);
            assert!((from - left).abs() < 1.5 && (to - left - width).abs() < 1.5, "{from} {to}: {left} + {width}");
        }
    }
}
