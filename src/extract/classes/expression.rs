//! An expression goes in, in the normal form of `normalize`, its value comes out; nothing where it is no expression.
//!
//! Products may be written without a sign, `1\frac{1}{2}` and `1 1/2` are mixed numbers, `x^10` has the exponent 10 (TeX has 1).
//! Letters are variables, but for `e`, `i` and `π`. Letters side by side are a product only in company of digits and
//! signs, and three at most: "cat" is a word. The value is that at a fixed pseudo-random point.

use std::collections::BTreeSet;

use super::field::Element;
use super::value::{Value, opaque};

/// Brackets and arguments within each other; deeper answers are texts.
const DEEPEST: usize = 64;

/// Functions, by the names that TeX and people use. What is not computed from others is opaque.
const FUNCTIONS: [&str; 24] = [
    "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "ln", "log", "lg",
    "exp", "gcd", "lcm", "max", "min", "arg", "deg", "det", "sgn",
];

/// Words as short as a product that stand beside numbers.
const WORDS: [&str; 16] =
    ["am", "pm", "and", "or", "if", "is", "no", "not", "yes", "of", "to", "the", "all", "th", "st", "nd"];

/// Letters side by side that may be a product.
const LONGEST_PRODUCT: usize = 3;

/// What an expression is worth.
pub(super) struct Evaluated {
    pub(super) value: Value,
    /// The variable or constant that it is equal to, if it is.
    pub(super) name: Option<String>,
}

/// Evaluates at one of several points.
pub(super) fn evaluate(text: &str, point: u8) -> Option<Evaluated> {
    let chars: Vec<char> = text.chars().collect();
    let is_formula = text.contains(|c: char| c.is_ascii_digit() || "\\+*/^=_".contains(c));
    let mut parser = Parser { chars, at: 0, depth: 0, bars: 0, point, is_formula, names: BTreeSet::new() };
    let value = parser.sum()?;
    if parser.peek().is_some() {
        return None;
    }
    let name = parser.names.iter().find(|name| parser.named(name) == value).cloned();
    Some(Evaluated { value, name })
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    /// How many `|` are open.
    bars: usize,
    point: u8,
    is_formula: bool,
    names: BTreeSet<String>,
}

impl Parser {
    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at) == Some(&' ') {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, expected: char) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    fn sum(&mut self) -> Option<Value> {
        let mut total = self.product()?;
        loop {
            total = match self.peek() {
                Some('+') => {
                    self.at += 1;
                    total.add(self.product()?)
                }
                Some('-') => {
                    self.at += 1;
                    total.add(self.product()?.negated())
                }
                _ => return Some(total),
            }
        }
    }

    fn product(&mut self) -> Option<Value> {
        let mut total = self.signed()?;
        loop {
            total = match self.peek() {
                Some('*') => {
                    self.at += 1;
                    total.mul(self.signed()?)
                }
                Some('/') => {
                    self.at += 1;
                    total.mul(self.signed()?.inverse()?)
                }
                // Two numbers side by side are no product.
                Some(c) if self.begins_factor(c) && !c.is_ascii_digit() => total.mul(self.power()?),
                _ => return Some(total),
            }
        }
    }

    fn begins_factor(&self, c: char) -> bool {
        c.is_alphanumeric() || "([{\\.∞".contains(c) || c == '|' && self.bars == 0
    }

    fn signed(&mut self) -> Option<Value> {
        let mut negative = false;
        while let Some(sign @ ('+' | '-')) = self.peek() {
            negative ^= sign == '-';
            self.at += 1;
        }
        let value = self.power()?;
        Some(if negative { value.negated() } else { value })
    }

    fn power(&mut self) -> Option<Value> {
        let mut base = self.atom()?;
        while let Some('!') = self.peek() {
            self.at += 1;
            base = base.factorial();
        }
        if self.eat('^').is_none() {
            return Some(base);
        }
        base.power(self.exponent()?)
    }

    /// What follows `^`. A tower without braces is ambiguous and no expression.
    fn exponent(&mut self) -> Option<Value> {
        let negative = self.eat('-').is_some();
        let exponent = self.atom()?;
        let is_tower = self.peek() == Some('^');
        (!is_tower).then(|| if negative { exponent.negated() } else { exponent })
    }

    fn atom(&mut self) -> Option<Value> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = match self.peek()? {
            '(' => self.bracketed('(', ')'),
            '[' => self.bracketed('[', ']'),
            '{' => self.bracketed('{', '}'),
            '|' => {
                self.bars += 1;
                let inside = self.bracketed('|', '|');
                self.bars -= 1;
                inside.map(Value::magnitude)
            }
            '\\' => self.command(),
            '∞' => {
                self.at += 1;
                Some(self.mention("∞".to_owned()))
            }
            c if c.is_ascii_digit() || c == '.' => self.number(),
            c if c.is_alphabetic() => self.letter(),
            _ => None,
        }?;
        self.depth -= 1;
        Some(value)
    }

    fn bracketed(&mut self, open: char, close: char) -> Option<Value> {
        self.eat(open)?;
        let inside = self.sum()?;
        self.eat(close)?;
        Some(inside)
    }

    fn command(&mut self) -> Option<Value> {
        self.eat('\\')?;
        let name = self.run(char::is_alphabetic);
        match name.as_str() {
            "frac" => {
                let numerator = self.argument()?;
                Some(numerator.mul(self.argument()?.inverse()?))
            }
            "binom" => {
                let n = self.argument()?;
                n.binomial(self.argument()?)
            }
            "sqrt" => self.root(Self::argument),
            "root" => self.root(Self::atom),
            name if FUNCTIONS.contains(&name) => self.function(name),
            _ => None,
        }
    }

    /// What TeX takes as an argument: a group, or one digit, letter or command.
    fn argument(&mut self) -> Option<Value> {
        match self.peek()?.to_digit(10) {
            Some(digit) => {
                self.at += 1;
                Some(Value::whole(digit.into()))
            }
            None => self.atom(),
        }
    }

    fn root(&mut self, radicand: fn(&mut Self) -> Option<Value>) -> Option<Value> {
        let degree = match self.peek()? {
            '[' => self.bracketed('[', ']')?,
            _ => Value::whole(2),
        };
        let radicand = radicand(self)?;
        let Value::Exact(degree) = degree else { return Some(opaque("root", &[degree, radicand])) };
        radicand.root(u32::try_from(degree.whole()?).ok().filter(|degree| (1..=64).contains(degree))?)
    }

    /// A function behind its name: `\sin^2 2x`, `\log_2(8)`. Without brackets it takes the factors up to the next sign,
    /// bracket or function.
    fn function(&mut self, name: &str) -> Option<Value> {
        let base = if self.eat('_').is_some() { Some(self.argument()?) } else { None };
        let exponent = if self.eat('^').is_some() { Some(self.exponent()?) } else { None };
        let mut arguments: Vec<Value> = base.into_iter().collect();
        if self.peek()? == '(' {
            self.at += 1;
            arguments.push(self.sum()?);
            while self.eat(',').is_some() {
                arguments.push(self.sum()?);
            }
            self.eat(')')?;
        } else {
            let mut argument = self.power()?;
            while self.peek().is_some_and(|c| self.begins_factor(c) && !"([|".contains(c) && !self.at_function()) {
                argument = argument.mul(self.power()?);
            }
            arguments.push(argument);
        }
        let of = |function: &str| opaque(function, &arguments);
        let is_inverse = exponent == Some(Value::whole(-1));
        let value = match name {
            "tan" if !is_inverse => of("sin").mul(of("cos").inverse()?),
            "cot" => of("cos").mul(of("sin").inverse()?),
            "sec" => of("cos").inverse()?,
            "csc" => of("sin").inverse()?,
            "exp" => self.mention("e".to_owned()).power(*arguments.first()?)?,
            "ln" => opaque("log", &[self.named("e"), *arguments.first()?]),
            // `\sin^{-1}` is no reciprocal.
            _ if is_inverse => return Some(of(&format!("arc{name}"))),
            _ => of(name),
        };
        exponent.map_or(Some(value), |exponent| value.power(exponent))
    }

    fn at_function(&self) -> bool {
        let start = if self.chars.get(self.at) == Some(&'\\') { self.at + 1 } else { self.at };
        let name: String = self.chars[start..].iter().take_while(|c| c.is_ascii_alphabetic()).collect();
        FUNCTIONS.contains(&name.as_str())
    }

    fn letter(&mut self) -> Option<Value> {
        let start = self.at;
        let word = self.run(char::is_alphabetic);
        match word.as_str() {
            "sqrt" => return self.root(Self::atom),
            "pi" => return Some(self.mention("π".to_owned())),
            name if FUNCTIONS.contains(&name) => return self.function(name),
            _ => {}
        }
        let length = word.chars().count();
        let is_word = WORDS.contains(&word.to_lowercase().as_str());
        if length > 1 && (is_word || length > LONGEST_PRODUCT || !self.is_formula) {
            return None;
        }
        self.at = start + 1;
        let mut name = self.chars[start].to_string();
        if self.eat('_').is_some() {
            let index = match self.peek()? {
                '{' => self.group()?,
                c => {
                    self.at += 1;
                    c.to_string()
                }
            };
            name = format!("{name}_{index}");
        }
        name.push_str(&self.run(|c| c == '\''));
        Some(self.mention(name))
    }

    /// What is in braces, as it is written.
    fn group(&mut self) -> Option<String> {
        self.eat('{')?;
        let inside = self.run(|c| c != '{' && c != '}');
        self.eat('}')?;
        Some(inside.replace(' ', ""))
    }

    fn mention(&mut self, name: String) -> Value {
        let value = self.named(&name);
        self.names.insert(name);
        value
    }

    /// Variables have another value at another point, constants do not.
    fn named(&self, name: &str) -> Value {
        Value::Beyond(match name {
            "i" => Element::I,
            "e" | "π" | "∞" => Element::of_words(&[b"constant", name.as_bytes()]),
            _ => Element::of_words(&[b"variable", name.as_bytes(), &[self.point]]),
        })
    }

    fn number(&mut self) -> Option<Value> {
        let whole = self.digits();
        let mut value = Value::decimal(&whole, 0)?;
        if self.chars.get(self.at) == Some(&'.') {
            self.at += 1;
            let decimals = self.digits();
            let n_decimals = i64::try_from(decimals.len()).ok()?;
            value = Value::decimal(&format!("{whole}{decimals}"), -n_decimals)?;
            if let Some(period) = self.period() {
                // 0.\overline{3}: three ninths, moved behind the decimals that do not repeat.
                let nines = Value::decimal(&"9".repeat(period.len()), 0)?;
                let fraction = Value::decimal(&period, 0)?.mul(nines.inverse()?);
                value = value.add(fraction.mul(Value::decimal("1", -n_decimals)?));
            } else if decimals.is_empty() {
                return None;
            }
        } else if let Some(fraction) = self.rest_of_mixed_number() {
            return Some(value.add(fraction));
        }
        if let Some(exponent) = self.power_of_ten() {
            value = value.mul(Value::decimal("1", exponent)?);
        }
        // A number with an index is written in another base, or is the name of something.
        (self.peek() != Some('_')).then_some(value)
    }

    fn digits(&mut self) -> String {
        self.run(|c| c.is_ascii_digit())
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let run: String = self.chars[self.at..].iter().take_while(|c| belongs(**c)).collect();
        self.at += run.chars().count();
        run
    }

    /// `\overline{3}`
    fn period(&mut self) -> Option<String> {
        self.attempt(|parser| {
            parser.literally("\\overline{")?;
            let period = parser.digits();
            parser.literally("}")?;
            (!period.is_empty()).then_some(period)
        })
    }

    /// `e-3` behind a number.
    fn power_of_ten(&mut self) -> Option<i64> {
        self.attempt(|parser| {
            parser.literally("e").or_else(|| parser.literally("E"))?;
            let sign = if parser.literally("-").is_some() { -1 } else { 1 };
            let _ = parser.literally("+");
            Some(sign * parser.digits().parse::<i64>().ok()?)
        })
    }

    /// `\frac{1}{2}` or ` 1/2` behind a whole number.
    fn rest_of_mixed_number(&mut self) -> Option<Value> {
        self.attempt(|parser| {
            let (numerator, denominator);
            if parser.peek()? == '\\' {
                parser.literally("\\frac")?;
                (numerator, denominator) = (parser.digit_argument()?, parser.digit_argument()?);
            } else {
                // Without a space, it would be one number.
                numerator = parser.digits();
                parser.literally("/")?;
                denominator = parser.digits();
            }
            if numerator.is_empty() || denominator.is_empty() {
                return None;
            }
            let (numerator, denominator) = (Value::decimal(&numerator, 0)?, Value::decimal(&denominator, 0)?);
            Some(numerator.mul(denominator.inverse()?))
        })
    }

    fn digit_argument(&mut self) -> Option<String> {
        let digits = match self.peek()? {
            '{' => self.group()?,
            digit => {
                self.at += 1;
                digit.to_string()
            }
        };
        digits.chars().all(|c| c.is_ascii_digit()).then_some(digits)
    }

    fn literally(&mut self, expected: &str) -> Option<()> {
        let found = self.chars[self.at..].iter().copied().take(expected.len()).eq(expected.chars());
        found.then(|| self.at += expected.len())
    }

    /// Goes back where nothing was found.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.at;
        let found = read(self);
        if found.is_none() {
            self.at = start;
        }
        found
    }
}
