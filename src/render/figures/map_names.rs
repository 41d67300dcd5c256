//! Names of questions on a map of all: beside the place where a question is by itself, over no dot where that is possible.

use super::scene::{Anchor, Point, Scene, fit, text_width};
use super::theme;
use crate::render::label::clean;

/// Points no farther apart than this are neighbors: some dots wide.
const NEAR: f64 = 30.0;
/// A place belongs to a question that has at least this share of the points there; elsewhere a name would be a guess.
const OWN: f64 = 0.75;
/// A name stands no farther than this from the points that it names.
const REACH: f64 = 40.0;
/// What a dot takes around its middle.
const DOT: f64 = 4.0;
/// A name with no free place covers at most so many dots, or is left out.
const COVERED: usize = 2;
/// Half of a name's height.
const HALF: f64 = 8.0;
/// At most so many points of a question are asked for their neighbors: enough to find the thick of it.
const ASKED: usize = 400;

/// Upper left and lower right corner.
type Area = (Point, Point);

/// A question and where its points are, in pixels.
pub(super) struct Named<'a> {
    pub(super) question: &'a str,
    pub(super) points: Vec<Point>,
}

/// Names those questions that have a place of their own.
pub(super) fn draw(scene: &mut Scene, questions: &[Named<'_>], (corner, size): (Point, Point)) {
    let frame = (corner, (corner.0 + size.0, corner.1 + size.1));
    let all: Vec<Point> = questions.iter().flat_map(|named| named.points.iter().copied()).collect();
    let mut taken: Vec<Area> = Vec::new();
    for named in questions {
        let Some(home) = home(&named.points, &all) else { continue };
        let label = fit(&clean(named.question), 110.0, theme::LABEL, true);
        let half = text_width(&label, theme::LABEL, true) / 2.0 + 3.0;
        let Some(middle) = place(home, half, (&all, &taken), frame) else { continue };
        let (a, b) = area(middle, half);
        scene.rect(a, (b.0 - a.0, b.1 - a.1), theme::PAPER.faded(0.72));
        scene.bold((middle.0, middle.1 + 4.0), Anchor::Middle, theme::LABEL, theme::INK, label);
        taken.push((a, b));
    }
}

fn near(a: &Point, b: &Point) -> bool {
    (a.0 - b.0).hypot(a.1 - b.1) <= NEAR
}

/// What the thickest knot of a question's points covers, among those that it does not share with others.
fn home(points: &[Point], all: &[Point]) -> Option<Area> {
    let mut best: Option<(usize, &Point)> = None;
    for point in points.iter().step_by(points.len().div_ceil(ASKED).max(1)) {
        let own = points.iter().filter(|other| near(point, other)).count();
        if best.is_some_and(|(most, _)| own <= most) {
            continue;
        }
        let around = all.iter().filter(|other| near(point, other)).count();
        if own as f64 >= OWN * around as f64 {
            best = Some((own, point));
        }
    }
    let (_, middle) = best?;
    let knot = points.iter().filter(|point| near(middle, point));
    Some(knot.fold((*middle, *middle), |(low, high), point| {
        ((low.0.min(point.0), low.1.min(point.1)), (high.0.max(point.0), high.1.max(point.1)))
    }))
}

fn area(middle: Point, half: f64) -> Area {
    ((middle.0 - half, middle.1 - HALF), (middle.0 + half, middle.1 + HALF))
}

/// The first place around a knot that is free, else the one that covers the fewest dots, if they are few.
fn place(home: Area, half: f64, (dots, taken): (&[Point], &[Area]), frame: Area) -> Option<Point> {
    let mut best: Option<(usize, Point)> = None;
    for middle in around(home, half) {
        let (a, b) = area(middle, half);
        let inside = a.0 >= frame.0.0 && a.1 >= frame.0.1 && b.0 <= frame.1.0 && b.1 <= frame.1.1;
        if !inside || taken.iter().any(|(c, d)| a.0 < d.0 && c.0 < b.0 && a.1 < d.1 && c.1 < b.1) {
            continue;
        }
        let covered =
            |dot: &&Point| (a.0 - DOT..=b.0 + DOT).contains(&dot.0) && (a.1 - DOT..=b.1 + DOT).contains(&dot.1);
        let covered = dots.iter().filter(covered).count();
        if covered == 0 {
            return Some(middle);
        }
        if best.is_none_or(|(fewest, _)| covered < fewest) {
            best = Some((covered, middle));
        }
    }
    best.filter(|(covered, _)| *covered <= COVERED).map(|(_, middle)| middle)
}

/// Middles of a name above, below and beside a knot, the closest first.
fn around((low, high): Area, half: f64) -> Vec<Point> {
    const STEP: f64 = 8.0;
    let middle = (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1));
    let mut places = Vec::new();
    let mut away = DOT + 1.0;
    while away <= REACH {
        for aside in [0.0, -half, half] {
            places.push((middle.0 + aside, low.1 - HALF - away));
            places.push((middle.0 + aside, high.1 + HALF + away));
        }
        for up in [0.0, -2.0 * HALF, 2.0 * HALF] {
            places.push((high.0 + half + away, middle.1 + up));
            places.push((low.0 - half - away, middle.1 + up));
        }
        away += STEP;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knot(middle: Point, n: i32) -> Vec<Point> {
        (0..n).map(|i| (middle.0 + f64::from(i % 4) * 3.0, middle.1 + f64::from(i / 4) * 3.0)).collect()
    }

    #[test]
    fn a_name_stands_at_its_own_knot_and_over_no_dot() {
        // More of them lie in a clump that another question shares, fewer by themselves.
        let points = [knot((100.0, 100.0), 12), knot((300.0, 200.0), 6)].concat();
        let all = [points.clone(), knot((104.0, 104.0), 12)].concat();
        let found = home(&points, &all);
        assert!(found.is_some_and(|(low, _)| low.0 >= 300.0), "{found:?}");
        let frame = ((0.0, 0.0), (500.0, 400.0));
        let placed = found.and_then(|home| place(home, 20.0, (&all, &[]), frame));
        let (a, b) = area(placed.unwrap_or_default(), 20.0);
        assert!(placed.is_some());
        assert!(all.iter().all(|dot| !((a.0..=b.0).contains(&dot.0) && (a.1..=b.1).contains(&dot.1))));
    }

    #[test]
    fn a_question_without_a_place_of_its_own_has_no_name() {
        let points = knot((100.0, 100.0), 8);
        let all = [points.clone(), knot((101.0, 101.0), 8)].concat();
        assert_eq!(home(&points, &all), None);
    }
}
