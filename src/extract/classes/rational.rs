//! Exact fractions: whole numbers go in, fractions in lowest terms come out, or nothing where 128 bits do not hold them.

use std::fmt;

/// A fraction in lowest terms whose denominator is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rational {
    numerator: i128,
    denominator: i128,
}

impl Rational {
    pub(super) const ONE: Self = Rational { numerator: 1, denominator: 1 };

    /// None for a denominator of zero, or beyond 128 bits.
    pub(super) fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).ok().filter(|_| denominator != 0)?;
        let (numerator, denominator) = (numerator / divisor, denominator / divisor);
        let sign = denominator.signum();
        Some(Rational { numerator: numerator.checked_mul(sign)?, denominator: denominator.checked_mul(sign)? })
    }

    pub(super) fn numerator(self) -> i128 {
        self.numerator
    }

    pub(super) fn denominator(self) -> i128 {
        self.denominator
    }

    /// The number itself if it is whole.
    pub(super) fn whole(self) -> Option<i128> {
        (self.denominator == 1).then_some(self.numerator)
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::new(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    pub(super) fn mul(self, other: Self) -> Option<Self> {
        // Crosswise in lowest terms first, so that nothing overflows but what must.
        let (left, right) =
            (Self::new(self.numerator, other.denominator)?, Self::new(other.numerator, self.denominator)?);
        Some(Rational {
            numerator: left.numerator.checked_mul(right.numerator)?,
            denominator: left.denominator.checked_mul(right.denominator)?,
        })
    }

    pub(super) fn inverse(self) -> Option<Self> {
        Self::new(self.denominator, self.numerator)
    }

    pub(super) fn power(self, exponent: u32) -> Option<Self> {
        Some(Rational {
            numerator: self.numerator.checked_pow(exponent)?,
            denominator: self.denominator.checked_pow(exponent)?,
        })
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whole() {
            Some(whole) => write!(formatter, "{whole}"),
            None => write!(formatter, "{}/{}", self.numerator, self.denominator),
        }
    }
}

/// The greatest common divisor; 1 of two zeros, by which everything can be divided.
pub(super) fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_in_lowest_terms() {
        for (numerator, denominator, expected) in [
            (2, 4, "1/2"),
            (-2, 4, "-1/2"),
            (2, -4, "-1/2"),
            (4, 2, "2"),
            (0, -3, "0"),
            (i128::MAX, 1, &i128::MAX.to_string()),
        ] {
            assert_eq!(Rational::new(numerator, denominator).unwrap().to_string(), *expected);
        }
        assert_eq!(Rational::new(1, 0), None);
        assert_eq!(Rational::new(i128::MIN, -1), None);
    }

    #[test]
    fn what_128_bits_do_not_hold_is_none() {
        let large = Rational::new(i128::MAX, 2).unwrap();
        assert_eq!(large.add(large), None);
        assert_eq!(large.mul(large), None);
        assert_eq!(large.mul(large.inverse().unwrap()), Some(Rational::ONE));
        assert_eq!(large.power(2), None);
    }
}
