//! From data to pixels, with round numbers for ticks.

/// An axis: a stretch of data laid over a stretch of pixels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    /// Whether equal stretches are equal ratios; the ends are then kept as powers of ten.
    log: bool,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    step: f64,
}

impl Scale {
    /// An axis that holds all `values`, begins and ends at round numbers and has about `ticks` of them.
    pub(crate) fn new(values: impl IntoIterator<Item = f64>, ticks: usize) -> Scale {
        let (mut low, mut high) = values
            .into_iter()
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        // One value alone needs room around it.
        let least = (0.02 * low.abs().max(high.abs())).max(1e-3);
        if high - low < least {
            let middle = f64::midpoint(low, high);
            (low, high) = (middle - least / 2.0, middle + least / 2.0);
        }
        let step = round_step((high - low) / ticks.max(1) as f64);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Scale { log: false, low, high, from: 0.0, to: 1.0, step }
    }

    /// An axis of equal ratios that holds all `values` from 1 on, between ends of 1, 2 or 5 times a power of ten. What is
    /// smaller than 1 stands at its low end.
    pub(crate) fn log(values: impl IntoIterator<Item = f64>) -> Scale {
        let (low, high) = values
            .into_iter()
            .filter(|value| value.is_finite())
            .map(|value| value.max(1.0))
            .fold((f64::INFINITY, 1.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let low = if low > high { 1.0 } else { low };
        let ticks = log_ticks(low.log10().floor(), high.log10().floor() + 1.0);
        let below = ticks.iter().rev().copied().find(|tick| *tick <= low).unwrap_or(1.0);
        let above = ticks.iter().copied().find(|tick| *tick >= high && *tick > below).unwrap_or(10.0 * below);
        Scale { log: true, low: below.log10(), high: above.log10(), from: 0.0, to: 1.0, step: 1.0 }
    }

    /// The same axis over other pixels.
    pub(crate) fn over(&self, from: f64, to: f64) -> Scale {
        Scale { from, to, ..self.clone() }
    }

    pub(crate) fn at(&self, value: f64) -> f64 {
        self.from + self.share(value) * (self.to - self.from)
    }

    /// Where a value lies between the ends, from 0 to 1.
    pub(crate) fn share(&self, value: f64) -> f64 {
        let value = if self.log { value.max(1.0).log10().max(self.low) } else { value };
        (value - self.low) / (self.high - self.low)
    }

    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.from, self.to)
    }

    /// The data at both ends; logarithms where equal stretches are equal ratios.
    pub(crate) fn values(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Round numbers from end to end.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        if self.log {
            let inside = |tick: &f64| (self.low - 1e-9..=self.high + 1e-9).contains(&tick.log10());
            return log_ticks(self.low.floor(), self.high.ceil()).into_iter().filter(inside).collect();
        }
        let n = ((self.high - self.low) / self.step).round();
        let mut ticks = Vec::new();
        let mut i = 0.0;
        while i <= n {
            ticks.push(self.low + i * self.step);
            i += 1.0;
        }
        ticks
    }

    /// Decimals that tell neighboring ticks apart.
    pub(crate) fn decimals(&self) -> usize {
        decimals(self.step)
    }
}

/// Decimals that tell multiples of a step apart.
pub(crate) fn decimals(step: f64) -> usize {
    (0..6)
        .find(|decimals| {
            let scaled = step * 10_f64.powi(*decimals);
            (scaled - scaled.round()).abs() < 1e-6
        })
        .map_or(6, |decimals| usize::try_from(decimals).unwrap_or(6))
}

/// 1, 2 and 5 times the powers of ten from one to another.
fn log_ticks(from: f64, to: f64) -> Vec<f64> {
    let mut ticks = Vec::new();
    let mut power = from;
    while power < to {
        ticks.extend([1.0, 2.0, 5.0].map(|factor| factor * 10_f64.powf(power)));
        power += 1.0;
    }
    ticks.push(10_f64.powf(to));
    ticks
}

/// The smallest of 1, 2, 2.5, 5, 10 × a power of ten that is not below `rough`.
pub(crate) fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= rough * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_the_data() {
        let scale = Scale::new([0.813, 0.966], 5);
        assert_eq!(scale.ticks().len(), 5);
        assert!((scale.ticks()[0] - 0.80).abs() < 1e-9 && (scale.ticks()[4] - 1.0).abs() < 1e-9, "{:?}", scale.ticks());
        assert_eq!(scale.decimals(), 2);
        let scale = scale.over(100.0, 300.0);
        assert!((scale.at(0.9) - 200.0).abs() < 1e-9);
    }

    #[test]
    fn one_value_or_none_still_makes_an_axis() {
        for values in [vec![], vec![0.947], vec![0.0], vec![f64::NAN], vec![-3.0, -3.0]] {
            let scale = Scale::new(values.clone(), 5);
            assert!(scale.ticks().len() >= 2, "{values:?}: {:?}", scale.ticks());
            assert!(scale.at(scale.ticks()[0]).is_finite());
        }
    }
    #[test]
    fn an_axis_of_ratios_ends_at_round_numbers() {
        let scale = Scale::log([30.0, 900.0, 4000.0]).over(0.0, 100.0);
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        let ticks = scale.ticks();
        let wanted = [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0];
        assert!(ticks.len() == 8 && ticks.iter().zip(wanted).all(|(a, b)| close(*a, b)), "{ticks:?}");
        assert!(close(scale.at(200.0) - scale.at(20.0), scale.at(2000.0) - scale.at(200.0)));
        assert!(scale.at(0.0).abs() < 1e-9, "what has no logarithm stands at the low end");
        for values in [vec![], vec![0.0], vec![1.0], vec![10.0], vec![f64::NAN]] {
            let scale = Scale::log(values.clone());
            assert!(scale.ticks().len() >= 2 && scale.at(5.0).is_finite(), "{values:?}: {:?}", scale.ticks());
        }
    }
}
