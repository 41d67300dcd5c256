//! Arithmetic in a finite field: where expressions are evaluated to see whether they are the same.
//!
//! Two expressions are equal as rational functions only if they are at a random point; if they are not equal, a random
//! point shows so but for a chance of at most degree / field size (J. T. Schwartz, "Fast probabilistic algorithms for
//! verification of polynomial identities", JACM 27(4), 1980; R. Zippel, 1979). The field is `F_p(i)` with i² = -1, of
//! about 2^126 elements. p is a prime of 63 bits with these properties:
//!
//! - (p - 1)/2 is prime, too. Then every odd root exists and is unique, and small powers of small numbers are all
//!   different. A Mersenne prime would be faster, but modulo 2^61 - 1 the numbers 2^61 and 1 are the same, and answers
//!   such as 2^{2023} do occur.
//! - p = 3 modulo 4, so that -1 has no root among the whole numbers modulo p, but each of them has a square root in
//!   the field, and i may be i.
//! - 2, 3, 5, 7, 11 and 13 are squares, so that their roots of any degree are at hand.
//!
//! It is the first such prime above π·2^61, so that nobody has chosen it.

/// The prime. Found by trial with `sympy.isprime`.
const P: u64 = 7_244_019_458_077_281_239;

/// An element of the field: `re + im·i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    re: u64,
    im: u64,
}

impl Element {
    pub(super) const ZERO: Self = Element { re: 0, im: 0 };
    pub(super) const ONE: Self = Element { re: 1, im: 0 };
    pub(super) const I: Self = Element { re: 0, im: 1 };

    pub(super) fn of_whole(number: i128) -> Self {
        Element { re: low(number.rem_euclid(i128::from(P)).unsigned_abs()), im: 0 }
    }

    /// A number with as many decimal digits as one likes.
    pub(super) fn of_digits(digits: impl Iterator<Item = u32>) -> Self {
        let re = digits.fold(0, |number, digit| low((u128::from(number) * 10 + u128::from(digit)) % u128::from(P)));
        Element { re, im: 0 }
    }

    /// A pseudo-random element that is always the same for the same words. Lengths are hashed, too, so that no two
    /// lists of words are alike.
    pub(super) fn of_words(words: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("breadth extract/classes 1: points");
        for word in words {
            hasher.update(&(word.len() as u64).to_le_bytes());
            hasher.update(word);
        }
        let mut bytes = [0; 32];
        hasher.finalize_xof().fill(&mut bytes);
        let part = |bytes: &[u8]| {
            let number = bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
            low(number % u128::from(P))
        };
        Element { re: part(&bytes[..16]), im: part(&bytes[16..]) }
    }

    pub(super) fn bytes(self) -> [u8; 16] {
        (u128::from(self.re) << 64 | u128::from(self.im)).to_le_bytes()
    }

    pub(super) fn add(self, other: Self) -> Self {
        Element { re: add(self.re, other.re), im: add(self.im, other.im) }
    }

    pub(super) fn mul(self, other: Self) -> Self {
        Element {
            re: add(mul(self.re, other.re), P - mul(self.im, other.im)),
            im: add(mul(self.re, other.im), mul(self.im, other.re)),
        }
    }

    /// None of zero.
    pub(super) fn inverse(self) -> Option<Self> {
        let norm = add(mul(self.re, self.re), mul(self.im, self.im));
        let scale = power(norm, P - 2, P);
        let conjugate = Element { re: self.re, im: add(P - self.im, 0) };
        (self != Self::ZERO).then(|| conjugate.mul(Element { re: scale, im: 0 }))
    }

    pub(super) fn power(self, mut exponent: u128) -> Self {
        let (mut base, mut total) = (self, Self::ONE);
        while exponent > 0 {
            if exponent & 1 == 1 {
                total = total.mul(base);
            }
            base = base.mul(base);
            exponent >>= 1;
        }
        total
    }

    /// The root of a prime number. It is chosen so that roots of one number multiply as roots do: the sixth root cubed
    /// is the square root. None where the field has no such root: a fourth root of a number that is no square.
    pub(super) fn root_of(prime: u128, degree: u32) -> Option<Self> {
        let number = low(prime % u128::from(P));
        let halvings = degree.trailing_zeros();
        let odd = u64::from(degree >> halvings);
        // Every odd root of F_p is a power, because no odd number but (p - 1)/2 shares a factor with p - 1: Fermat's
        // little theorem modulo (p - 1)/2 gives the inverse of the degree.
        let odd_root = |number: u64| power(number, power(odd, (P - 1) / 2 - 2, P - 1), P);
        // A square root of a square, which is a square itself.
        let square_root = |number: u64| power(number, P.div_ceil(4), P);
        let is_square = power(number, (P - 1) / 2, P) == 1;
        match halvings {
            0 => Some(Element { re: odd_root(number), im: 0 }),
            _ if is_square => {
                let root = (0..halvings).fold(number, |number, _| square_root(number));
                Some(Element { re: odd_root(root), im: 0 })
            }
            // The number is -s, its root i·√s; the odd root of i is i or -i.
            1 => {
                let root = odd_root(square_root(P - number));
                Some(Element { re: 0, im: if odd % 4 == 1 { root } else { P - root } })
            }
            _ => None,
        }
    }

    /// The fraction that an element surely is: among all n/d with |n|·d up to 2^20 there are 2^25, so that another real
    /// number passes for one of them with a chance of 2^-38. What has a variable in it is not real, but for 2^-63.
    pub(super) fn as_small_fraction(self) -> Option<(i128, i128)> {
        const LARGEST: u128 = 1 << 20;
        if self.im != 0 {
            return None;
        }
        // The remainders r and factors t of Euclid's algorithm on p and the element satisfy r = t·element modulo p.
        let (mut above, mut below) = ((i128::from(P), 0_i128), (i128::from(self.re), 1_i128));
        loop {
            if below.0.unsigned_abs() * below.1.unsigned_abs() <= LARGEST {
                return Some(below);
            }
            // The last remainder is 0, which is small.
            let quotient = above.0 / below.0;
            (above, below) = (below, (above.0 - quotient * below.0, above.1 - quotient * below.1));
            if below.0 == 0 {
                return None;
            }
        }
    }
}

/// What is below P fits.
fn low(number: u128) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn add(a: u64, b: u64) -> u64 {
    low((u128::from(a) + u128::from(b)) % u128::from(P))
}

fn mul(a: u64, b: u64) -> u64 {
    low(u128::from(a) * u128::from(b) % u128::from(P))
}

fn power(base: u64, exponent: u64, modulus: u64) -> u64 {
    let (mut base, mut exponent, mut total) = (u128::from(base), exponent, 1_u128);
    let modulus = u128::from(modulus);
    while exponent > 0 {
        if exponent & 1 == 1 {
            total = total * base % modulus;
        }
        base = base * base % modulus;
        exponent >>= 1;
    }
    low(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn element() -> impl Strategy<Value = Element> {
        (0..P, 0..P).prop_map(|(re, im)| Element { re, im })
    }

    #[test]
    fn the_prime_is_what_it_is_said_to_be() {
        // Miller and Rabin's test with these bases decides for all numbers of 64 bits (Jaeschke 1993; Sorenson and
        // Webster 2015).
        let is_prime = |n: u64| {
            let twos = (n - 1).trailing_zeros();
            [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37].iter().all(|&base| {
                let mut x = power(base, (n - 1) >> twos, n);
                let mut passes = x == 1;
                for _ in 0..twos {
                    passes |= x == n - 1;
                    x = power(x, 2, n);
                }
                passes
            })
        };
        assert!(is_prime(P) && is_prime((P - 1) / 2) && P % 4 == 3);
        for square in [2, 3, 5, 7, 11, 13] {
            assert_eq!(power(square, (P - 1) / 2, P), 1);
        }
        assert!((P as f64 / 2_f64.powi(61) - std::f64::consts::PI).abs() < 1e-12);
    }

    #[test]
    fn roots_are_roots_and_multiply_as_roots_do() {
        for prime in [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 101, 9973] {
            let whole = Element::of_whole(i128::try_from(prime).unwrap());
            for degree in 1..=30 {
                let Some(root) = Element::root_of(prime, degree) else {
                    assert!(degree % 4 == 0 && prime > 13);
                    continue;
                };
                assert_eq!(root.power(u128::from(degree)), whole, "{prime} {degree}");
                for factor in (1..=degree).filter(|factor| degree % factor == 0) {
                    if let Some(coarser) = Element::root_of(prime, degree / factor) {
                        assert_eq!(root.power(u128::from(factor)), coarser, "{prime} {degree} {factor}");
                    }
                }
            }
        }
        assert_eq!(Element::I.mul(Element::I), Element::of_whole(-1));
    }

    #[test]
    fn small_fractions_are_recognized() {
        for (n, d) in [(0, 1), (1, 1), (-1, 1), (3, 4), (-355, 113), (1_000_000, 1), (1, 999_983)] {
            let element = Element::of_whole(n).mul(Element::of_whole(d).inverse().unwrap());
            let (found_n, found_d) = element.as_small_fraction().unwrap();
            assert_eq!(found_n * d, n * found_d, "{n}/{d}");
        }
        assert_eq!(Element::of_words(&[b"x"]).as_small_fraction(), None);
        assert_eq!(Element::root_of(2, 2).unwrap().as_small_fraction(), None);
    }

    proptest! {
        #[test]
        fn it_is_a_field(a in element(), b in element(), c in element()) {
            prop_assert_eq!(a.add(b).mul(c), a.mul(c).add(b.mul(c)));
            prop_assert_eq!(a.mul(b).mul(c), c.mul(b).mul(a));
            prop_assert_eq!(a.add(a.mul(Element::of_whole(-1))), Element::ZERO);
            if a != Element::ZERO {
                prop_assert_eq!(a.mul(a.inverse().unwrap()), Element::ONE);
            }
            prop_assert_eq!(a.power(5), a.mul(a).mul(a).mul(a).mul(a));
        }
    }
}
