//! From marks to bytes: one painter, generic over the plotters backend, for SVG and for PNG.

use plotters::prelude::{BitMapBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, RGBColor, ShapeStyle, TextStyle};
use plotters_backend::{BackendColor, DrawingBackend, DrawingErrorKind};

use super::scene::{Anchor, Mark, Point, Scene, Text, load_fonts};
use super::theme::{self, Color};
use crate::render::RenderError;

/// Backends count in whole units. Four to a pixel place SVG marks finely and let PNG be drawn twice as large as it is
/// kept, which smooths every edge.
const UNITS: f64 = 4.0;
/// Pixels of the PNG per pixel of the scene, a side.
const PNG_SCALE: usize = 2;
/// Units of the drawing per pixel of the PNG, a side.
const SHRINK: usize = 2;

/// A plotters backend with what plotters does not tell about it.
trait Surface: DrawingBackend {
    /// Ems from the top anchor of a text down to its baseline: `dy` in plotters-svg, half a line of 1.24 em in `ab_glyph`.
    const TOP_TO_BASELINE: f64;
}

impl Surface for SVGBackend<'_> {
    const TOP_TO_BASELINE: f64 = 0.76;
}

impl Surface for BitMapBackend<'_> {
    const TOP_TO_BASELINE: f64 = 0.62;
}

/// Draws a scene as SVG with a title and a description that screen readers speak.
pub(crate) fn svg(scene: &Scene, id: &str, title: &str, description: &str) -> Result<String, RenderError> {
    let mut body = String::new();
    let (width, height) = (units(scene.width), units(scene.height));
    let mut surface = SVGBackend::with_string(&mut body, (unsigned(width), unsigned(height)));
    paint(scene, &mut surface).map_err(|message| failed(id, message))?;
    drop(surface);
    // plotters writes its own opening tag on the first line; ours names the figure.
    let body = body.split_once('\n').map_or("", |(_, rest)| rest);
    let size = (scene.width.to_string(), scene.height.to_string());
    Ok(format!("{}{body}", opening(&size, (width, height), id, (title, description))))
}

/// Width of a column of a two-column paper (IEEE, ACM, ICML: 3.25 to 3.5 inches).
const COLUMN_INCHES: f64 = 3.5;

/// Draws a scene as SVG of a paper's column, its texts as outlines.
pub(crate) fn outlined(scene: &Scene, id: &str, title: &str, description: &str) -> Result<String, RenderError> {
    let mut body = String::new();
    for marks in scene.marks.chunk_by(|one, other| is_text(one) == is_text(other)) {
        if marks.first().is_some_and(is_text) {
            for mark in marks {
                push_outlined(&mut body, mark);
            }
        } else {
            body.push_str(&shapes(scene, marks).map_err(|message| failed(id, message))?);
        }
    }
    let (width, height) = (units(scene.width), units(scene.height));
    let inches = |pixels: f64| format!("{:.4}in", COLUMN_INCHES * pixels / scene.width);
    let size = (inches(scene.width), inches(scene.height));
    let open = opening(&size, (width, height), &format!("{id}-column"), (title, description));
    Ok(format!("{open}<rect width=\"{width}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n{body}</svg>\n"))
}

fn is_text(mark: &Mark) -> bool {
    matches!(mark, Mark::Text(_))
}

fn push_outlined(body: &mut String, mark: &Mark) {
    let Mark::Text(text) = mark else { return };
    let (r, g, b) = text.color.rgb;
    let data = super::outline::path(text, UNITS);
    if !data.is_empty() {
        let opacity =
            if text.color.alpha < 1.0 { format!(" fill-opacity=\"{}\"", text.color.alpha) } else { String::new() };
        body.push_str(&format!("<path fill=\"#{r:02X}{g:02X}{b:02X}\"{opacity} d=\"{data}\"/>\n"));
    }
}

/// Marks that are no text, as SVG elements.
fn shapes(scene: &Scene, marks: &[Mark]) -> Result<String, String> {
    let mut drawn = String::new();
    let size = (unsigned(units(scene.width)), unsigned(units(scene.height)));
    let mut surface = SVGBackend::with_string(&mut drawn, size);
    let mut draw = || -> Result<(), DrawingErrorKind<_>> {
        marks.iter().try_for_each(|mark| paint_mark(mark, &mut surface))?;
        surface.present()
    };
    draw().map_err(|error| error.to_string())?;
    drop(surface);
    let elements = drawn.split_once('\n').map_or("", |(_, rest)| rest);
    Ok(elements.trim_end().trim_end_matches("</svg>").to_owned())
}

/// The opening tag, which counts in pixels or inches and names the figure, with its title and description.
fn opening(
    size: &(String, String),
    (width, height): (i32, i32),
    id: &str,
    (title, description): (&str, &str),
) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n<title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        size.0,
        size.1,
        escape(title),
        escape(description),
    )
}

/// Draws a scene as PNG, two pixels to one.
pub(crate) fn png(scene: &Scene, id: &str) -> Result<Vec<u8>, RenderError> {
    let (width, height) = (unsigned(units(scene.width)), unsigned(units(scene.height)));
    let mut large = vec![255_u8; width as usize * height as usize * 3];
    let mut surface =
        BitMapBackend::with_buffer_and_format(&mut large, (width, height)).map_err(|e| failed(id, e.to_string()))?;
    paint(scene, &mut surface).map_err(|message| failed(id, message))?;
    drop(surface);
    let (small, width, height) = shrink(&large, width as usize, height as usize);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // 96 dots per inch times the scale: programs that heed it show the size of the SVG.
    let per_meter = 3780 * u32::try_from(PNG_SCALE).unwrap_or(1);
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_meter, yppu: per_meter, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&small)?;
    writer.finish()?;
    Ok(bytes)
}

fn failed(figure: &str, message: String) -> RenderError {
    RenderError::Draw { figure: figure.to_owned(), message }
}

/// Averages squares of pixels.
fn shrink(large: &[u8], width: usize, height: usize) -> (Vec<u8>, u32, u32) {
    let (w, h) = (width / SHRINK, height / SHRINK);
    let mut small = Vec::with_capacity(w * h * 3);
    for y in 0..h {
        for x in 0..w {
            for channel in 0..3 {
                let mut sum = 0_u32;
                for dy in 0..SHRINK {
                    for dx in 0..SHRINK {
                        let at = ((y * SHRINK + dy) * width + x * SHRINK + dx) * 3 + channel;
                        sum += u32::from(large.get(at).copied().unwrap_or(255));
                    }
                }
                let mean = (sum + 2) / 4;
                small.push(u8::try_from(mean).unwrap_or(u8::MAX));
            }
        }
    }
    (small, u32::try_from(w).unwrap_or(0), u32::try_from(h).unwrap_or(0))
}

#[expect(clippy::cast_possible_truncation, reason = "figures are some thousand units wide")]
fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}

fn unsigned(units: i32) -> u32 {
    u32::try_from(units).unwrap_or(0)
}

fn at(point: Point) -> (i32, i32) {
    (units(point.0), units(point.1))
}

fn color(color: Color) -> BackendColor {
    BackendColor { alpha: color.alpha, rgb: color.rgb }
}

fn stroke(color: Color, width: f64) -> ShapeStyle {
    let (r, g, b) = color.rgb;
    RGBColor(r, g, b).mix(color.alpha).stroke_width(unsigned(units(width)).max(1))
}

/// Draws every mark in order on a white ground.
fn paint<S: Surface>(scene: &Scene, surface: &mut S) -> Result<(), String> {
    load_fonts().map_err(|error| error.to_string())?;
    let mut draw = || -> Result<(), DrawingErrorKind<S::ErrorType>> {
        let corner = at((scene.width, scene.height));
        surface.draw_rect((0, 0), corner, &color(theme::PAPER), true)?;
        for mark in &scene.marks {
            paint_mark(mark, surface)?;
        }
        surface.present()
    };
    draw().map_err(|error| error.to_string())
}

fn paint_mark<S: Surface>(mark: &Mark, surface: &mut S) -> Result<(), DrawingErrorKind<S::ErrorType>> {
    match mark {
        Mark::Line { from, to, stroke: s } if from.0 == to.0 || from.1 == to.1 => {
            // Upright and level lines as rectangles: sharp on every backend.
            let half = s.width / 2.0;
            let (left, right) = if from.0 == to.0 { (from.0 - half, from.0 + half) } else { ordered(from.0, to.0) };
            let (top, bottom) = if from.1 == to.1 { (from.1 - half, from.1 + half) } else { ordered(from.1, to.1) };
            fill_rect((left, top), (right, bottom), s.color, surface)
        }
        Mark::Line { from, to, stroke: s } => surface.draw_path([at(*from), at(*to)], &stroke(s.color, s.width)),
        Mark::Path { points, stroke: s } => {
            surface.draw_path(points.iter().copied().map(at), &stroke(s.color, s.width))
        }
        Mark::Area { points, fill } => surface.fill_polygon(points.iter().copied().map(at), &color(*fill)),
        Mark::Rect { at: corner, size, fill } => {
            fill_rect(*corner, (corner.0 + size.0, corner.1 + size.1), *fill, surface)
        }
        Mark::Dot { at: center, radius, fill } => {
            surface.draw_circle(at(*center), unsigned(units(*radius)), &color(*fill), true)
        }
        Mark::Text(text) => paint_text(text, surface),
    }
}

fn ordered(a: f64, b: f64) -> (f64, f64) {
    (a.min(b), a.max(b))
}

fn fill_rect<S: Surface>(
    upper_left: Point,
    lower_right: Point,
    fill: Color,
    surface: &mut S,
) -> Result<(), DrawingErrorKind<S::ErrorType>> {
    surface.draw_rect(at(upper_left), at(lower_right), &color(fill), true)
}

fn paint_text<S: Surface>(text: &Text, surface: &mut S) -> Result<(), DrawingErrorKind<S::ErrorType>> {
    let h_pos = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let (r, g, b) = text.color.rgb;
    let ink = RGBColor(r, g, b).mix(text.color.alpha);
    let style = TextStyle::from(text.font(UNITS)).color(&ink).pos(Pos::new(h_pos, VPos::Top));
    let top = text.at.1 - S::TOP_TO_BASELINE * text.size;
    surface.draw_text(&text.content, &style, at((text.at.0, top)))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
