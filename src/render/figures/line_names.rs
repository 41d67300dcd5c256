//! Names at the right end of lines, one below the other.

use super::lines::{BESIDE, DOT, Frame, LEADING, Panel, shifts};
use super::scale::Scale;
use super::scene::{Anchor, Scene, fit};
use super::theme::{self, Color};

/// Names at the right of a plot, as high as their lines end, moved apart where they would cover each other. What leads to
/// a name begins beyond the last dots: inside the plot it would look like data.
pub(super) fn draw(scene: &mut Scene, panel: &Panel, frame: &Frame, y_scale: &Scale) {
    let steps = panel.steps();
    let end = if steps.len() > 1 { frame.x_axis(&steps)(steps[steps.len() - 1]) } else { frame.to };
    let shifts = shifts(panel, frame, panel.is_dense());
    let beyond = (end + shifts.iter().copied().fold(0.0, f64::max) + DOT + 1.0).min(frame.to);
    let series = panel.series.iter().filter_map(|series| {
        let (step, last) = series.points.last()?;
        let from = if steps.last() == Some(step) { beyond } else { frame.to };
        Some((y_scale.at(last.value), from, series.label.as_str(), series.color))
    });
    let bands =
        panel.bands.iter().map(|band| (y_scale.at(band.level.value), frame.to, band.label.as_str(), band.color));
    let mut names: Vec<(f64, f64, &str, Color)> = series.chain(bands).collect();
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted: Vec<f64> = names.iter().map(|name| name.0).collect();
    let places = spread(&wanted, frame.top + 4.0, frame.top + frame.height);
    for ((y, from, label, color), place) in names.into_iter().zip(places) {
        let label = fit(label, frame.right - BESIDE - 2.0, theme::LABEL, false);
        let at = frame.to + BESIDE;
        // A name that stands away from its line is led to it.
        if (y - place).abs() > 1.0 {
            scene.path(vec![(from, y), (frame.to, y), (at - 3.0, place)], color.faded(0.5), 1.0);
        }
        scene.text((at, place + 4.0), Anchor::Start, theme::LABEL, color, label);
    }
}

/// Moves sorted places apart to [`LEADING`], keeping them between `top` and `bottom` where that is possible.
fn spread(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut places = wanted.to_vec();
    for _ in 0..60 {
        for i in 1..places.len() {
            let lack = LEADING - (places[i] - places[i - 1]);
            if lack > 0.0 {
                places[i - 1] -= lack / 2.0;
                places[i] += lack / 2.0;
            }
        }
        if let Some(first) = places.first_mut() {
            *first = first.max(top);
        }
        if let Some(last) = places.last_mut() {
            *last = last.min(bottom);
        }
    }
    // What the rounds above could not settle, one pass downward and one upward do.
    for i in 1..places.len() {
        places[i] = places[i].max(places[i - 1] + LEADING - 0.5);
    }
    let mut below = bottom + LEADING - 0.5;
    for place in places.iter_mut().rev() {
        *place = place.min(below - LEADING + 0.5);
        below = *place;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_moved_apart_but_not_reordered() {
        let places = spread(&[10.0, 10.5, 11.0, 90.0], 0.0, 100.0);
        for pair in places.windows(2) {
            assert!(pair[1] - pair[0] >= LEADING - 1.0, "{places:?}");
        }
        assert!(places[0] >= 0.0 && places[3] <= 101.0, "{places:?}");
        let places = spread(&[200.0; 14], 4.0, 210.0);
        assert!(places[0] >= 4.0 && places[13] <= 210.0, "{places:?}");
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LEADING - 1.0), "{places:?}");
    }
}
