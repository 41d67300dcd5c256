//! Numbers of an answer: exact as long as they are fractions that fit, elements of the field beyond.
//!
//! Operations give nothing where mathematics does (1/0, 0^0). What the field cannot compute (a sine, a root of a sum) is
//! opaque: a pseudo-random element that depends on the function and its arguments, so that equal things stay equal.

use super::field::Element;
use super::rational::{Rational, gcd};

/// Primes up to here are found in a number under a root; what is left then counts as a prime.
const LARGEST_PRIME: u128 = 10_000;

/// Products of more factors are opaque, so that an answer of few characters cannot cost much.
const MOST_FACTORS: i128 = 1000;

/// Roots of a higher degree are opaque.
const HIGHEST_DEGREE: i128 = 64;

/// A number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Exact(Rational),
    Beyond(Element),
}

use Value::{Beyond, Exact};

impl Value {
    pub(super) fn whole(number: i128) -> Self {
        Rational::new(number, 1).map_or(Beyond(Element::of_whole(number)), Exact)
    }

    /// `digits` × 10^`exponent`.
    pub(super) fn decimal(digits: &str, exponent: i64) -> Option<Self> {
        let numbers = || digits.chars().filter_map(|digit| digit.to_digit(10));
        let add = |total: i128, digit: u32| total.checked_mul(10)?.checked_add(i128::from(digit));
        let mantissa = match numbers().try_fold(0, add) {
            Some(whole) => Value::whole(whole),
            None => Beyond(Element::of_digits(numbers())),
        };
        Some(mantissa.mul(Value::whole(10).to_the(i128::from(exponent))?))
    }

    pub(super) fn element(self) -> Element {
        match self {
            Beyond(element) => element,
            Exact(fraction) => {
                let denominator = Element::of_whole(fraction.denominator());
                // Only multiples of p have no inverse; a denominator that is one counts as 1.
                let inverse = denominator.inverse().unwrap_or(Element::ONE);
                Element::of_whole(fraction.numerator()).mul(inverse)
            }
        }
    }

    /// Exact if it is surely a fraction.
    pub(super) fn settled(self) -> Self {
        let Beyond(element) = self else { return self };
        let fraction = element.as_small_fraction().and_then(|(n, d)| Rational::new(n, d));
        fraction.map_or(self, Exact)
    }

    pub(super) fn add(self, other: Self) -> Self {
        if let (Exact(a), Exact(b)) = (self, other)
            && let Some(sum) = a.add(b)
        {
            return Exact(sum);
        }
        Beyond(self.element().add(other.element()))
    }

    pub(super) fn mul(self, other: Self) -> Self {
        if let (Exact(a), Exact(b)) = (self, other)
            && let Some(product) = a.mul(b)
        {
            return Exact(product);
        }
        Beyond(self.element().mul(other.element()))
    }

    pub(super) fn negated(self) -> Self {
        self.mul(Value::whole(-1))
    }

    pub(super) fn inverse(self) -> Option<Self> {
        match self {
            Exact(fraction) => fraction.inverse().map(Exact),
            Beyond(element) => element.inverse().map(Beyond),
        }
    }

    pub(super) fn power(self, exponent: Self) -> Option<Self> {
        match exponent.settled() {
            Exact(exponent) if exponent.denominator() <= HIGHEST_DEGREE => {
                let degree = u32::try_from(exponent.denominator()).ok()?;
                self.root(degree)?.to_the(exponent.numerator())
            }
            exponent => Some(opaque("^", &[self, exponent])),
        }
    }

    fn to_the(self, exponent: i128) -> Option<Self> {
        if self.element() == Element::ZERO {
            return (exponent > 0).then_some(self);
        }
        let base = if exponent < 0 { self.inverse()? } else { self };
        let exponent = exponent.unsigned_abs();
        if let (Exact(fraction), Ok(exponent)) = (base, u32::try_from(exponent))
            && let Some(power) = fraction.power(exponent)
        {
            return Some(Exact(power));
        }
        Some(Beyond(base.element().power(exponent)))
    }

    /// The principal root.
    pub(super) fn root(self, degree: u32) -> Option<Self> {
        let value = self.settled();
        let Exact(fraction) = value else {
            return Some(if degree == 1 { value } else { opaque("root", &[Value::whole(degree.into()), value]) });
        };
        match (fraction.numerator(), degree) {
            (_, 0) => None,
            (0, _) | (_, 1) => Some(value),
            (1.., _) => {
                let denominator = root_of_whole(fraction.denominator().unsigned_abs(), degree);
                Some(root_of_whole(fraction.numerator().unsigned_abs(), degree).mul(denominator.inverse()?))
            }
            (_, 2) => Some(value.negated().root(degree)?.mul(Beyond(Element::I))),
            (_, odd) if odd % 2 == 1 => Some(value.negated().root(degree)?.negated()),
            _ => Some(opaque("root", &[Value::whole(degree.into()), value])),
        }
    }

    pub(super) fn magnitude(self) -> Self {
        match self.settled() {
            Exact(fraction) if fraction.numerator() < 0 => Exact(fraction).negated(),
            Exact(fraction) => Exact(fraction),
            other @ Beyond(_) => opaque("abs", &[other]),
        }
    }

    pub(super) fn factorial(self) -> Self {
        match self.settled() {
            Exact(n) if n.whole().is_some_and(|n| (0..=MOST_FACTORS).contains(&n)) => {
                (1..=n.numerator()).fold(Exact(Rational::ONE), |product, factor| product.mul(Value::whole(factor)))
            }
            other => opaque("!", &[other]),
        }
    }

    pub(super) fn binomial(self, k: Self) -> Option<Self> {
        let (n, k) = (self.settled(), k.settled());
        match k {
            Exact(whole) if whole.whole().is_some_and(|k| (0..=MOST_FACTORS).contains(&k)) => {
                let factor = |i: i128| Some(n.add(Value::whole(-i)).mul(Value::whole(i + 1).inverse()?));
                (0..whole.numerator()).try_fold(Exact(Rational::ONE), |product, i| Some(product.mul(factor(i)?)))
            }
            k => Some(opaque("binomial", &[n, k])),
        }
    }
}

/// A function that is not computed.
pub(super) fn opaque(function: &str, arguments: &[Value]) -> Value {
    let arguments: Vec<[u8; 16]> = arguments.iter().map(|argument| argument.element().bytes()).collect();
    let mut words: Vec<&[u8]> = vec![b"function", function.as_bytes()];
    words.extend(arguments.iter().map(<[u8; 16]>::as_slice));
    Beyond(Element::of_words(&words))
}

/// The root of a positive whole number, by its primes: √(ab) = √a·√b.
fn root_of_whole(number: u128, degree: u32) -> Value {
    let mut root = Exact(Rational::ONE);
    let mut rest = number;
    let mut take = |prime: u128, times: u32| {
        let outside = i128::try_from(prime).map_or(Beyond(Element::ZERO), Value::whole);
        for _ in 0..times / degree {
            root = root.mul(outside);
        }
        let inside = times % degree;
        if inside > 0 {
            let shared = u32::try_from(gcd(inside.into(), degree.into())).unwrap_or(1);
            let irrational = Element::root_of(prime, degree / shared).map(|root| root.power((inside / shared).into()));
            let whole = |number: u32| Value::whole(number.into());
            root =
                root.mul(irrational.map_or_else(|| opaque("root", &[whole(degree), whole(inside), outside]), Beyond));
        }
    };
    let mut prime = 2;
    while prime <= LARGEST_PRIME && prime * prime <= rest {
        let mut times = 0;
        while rest.is_multiple_of(prime) {
            rest /= prime;
            times += 1;
        }
        if times > 0 {
            take(prime, times);
        }
        prime += if prime == 2 { 1 } else { 2 };
    }
    let half = rest.isqrt();
    match rest {
        1 => {}
        _ if half * half == rest => take(half, 2),
        _ => take(rest, 1),
    }
    root
}
