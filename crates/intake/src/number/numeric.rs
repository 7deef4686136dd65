//! Texts that a spreadsheet or a program made of a telephone number that it took for an amount.

/// Excel shows at most six digits before an exponent; more digits come from a program that writes all of them.
const SHOWN: usize = 6;
/// A spreadsheet keeps so many digits of an amount, and makes the others 0.
pub(crate) const KEPT: usize = 15;
/// From so many digits on, what stands after a dot is a fraction and not a group of digits.
const WHOLE: usize = 10;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// All digits are there.
    Whole(String),
    /// The last digits may be rounded; these are the known ones, filled with 0.
    Rounded(String),
    /// Digits are lost for certain.
    Spoilt,
    /// A fraction after these digits.
    Fraction(String),
}

/// The amount that this text is written as: with an exponent, with a fraction, or with marks between the thousands.
pub(crate) fn amount(text: &str) -> Option<Amount> {
    exponent(text).or_else(|| grouped(text)).or_else(|| fraction(text))
}

fn exponent(text: &str) -> Option<Amount> {
    let (mantissa, power) = text.split_once(['e', 'E'])?;
    let power: usize = digits(power.strip_prefix('+').unwrap_or(power))?.parse().ok().filter(|power| *power <= 40)?;
    let mantissa = mantissa.strip_prefix('+').unwrap_or(mantissa);
    let (whole, after) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    digits(whole).filter(|whole| whole.len() == 1)?;
    if !after.is_empty() {
        digits(after)?;
    }
    let known = format!("{whole}{after}");
    let length = power + 1;
    if known.len() > length {
        let (number, rest) = known.split_at(length);
        let whole = rest.bytes().all(|digit| digit == b'0');
        return Some(if whole { Amount::Whole(number.to_owned()) } else { Amount::Fraction(number.to_owned()) });
    }
    if length > KEPT {
        return Some(Amount::Spoilt);
    }
    let filled = format!("{known:0<length$}");
    Some(if known.len() == length || known.len() > SHOWN { Amount::Whole(filled) } else { Amount::Rounded(filled) })
}

/// «13,800,138,000», also with zeros after a dot.
fn grouped(text: &str) -> Option<Amount> {
    let (whole, after) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next().and_then(digits).filter(|first| first.len() <= 3)?;
    let rest: Vec<&str> = groups.map(|group| digits(group).filter(|group| group.len() == 3)).collect::<Option<_>>()?;
    (rest.len() >= 2 && after.bytes().all(|digit| digit == b'0')).then(|| Amount::Whole(format!("{first}{}", rest.concat())))
}

fn fraction(text: &str) -> Option<Amount> {
    let (whole, after) = text.split_once('.')?;
    let (whole, after) = (digits(whole).filter(|whole| whole.len() >= 3)?, digits(after)?);
    if after.len() > 2 && whole.len() < WHOLE {
        return None;
    }
    let zeros = after.bytes().all(|digit| digit == b'0');
    Some(if zeros { Amount::Whole(whole.to_owned()) } else { Amount::Fraction(whole.to_owned()) })
}

/// The text, if it consists of digits.
fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{Amount::*, *};

    #[test]
    fn an_exponent_is_undone_if_all_digits_are_there() {
        for (text, number) in [
            ("1.3800138E+10", "13800138000"),
            ("1.3800138e10", "13800138000"),
            ("1.3800138000E+10", "13800138000"),
            ("1,3800138E+10", "13800138000"),
            ("1.38001380000E+010", "13800138000"),
            ("5E+0", "5"),
            ("1.234567E+06", "1234567"),
        ] {
            assert_eq!(amount(text), Some(Whole(number.to_owned())), "{text}");
        }
        for (text, number) in [("1.38E+10", "13800000000"), ("1.38001E+10", "13800100000"), ("1E+10", "10000000000")] {
            assert_eq!(amount(text), Some(Rounded(number.to_owned())), "{text}");
        }
        for text in ["8.61380013800E+17", "1E+15", "1.23456789012345E+17"] {
            assert_eq!(amount(text), Some(Spoilt), "{text}");
        }
        assert_eq!(amount("1.38001380005E+10"), Some(Fraction("13800138000".to_owned())));
        for text in ["E10", "1.38E", "1.38E-10", "13.8E+9", "1.38E+99", "1e", "x1E5", "1.E.5"] {
            assert_eq!(exponent(text), None, "{text}");
        }
    }

    #[test]
    fn a_fraction_of_zeros_is_dropped_and_other_fractions_are_told() {
        for text in ["13800138000.0", "13800138000.00", "13800138000.000000", "13,800,138,000", "13,800,138,000.00"] {
            assert_eq!(amount(text), Some(Whole("13800138000".to_owned())), "{text}");
        }
        assert_eq!(amount("13800138000.5"), Some(Fraction("13800138000".to_owned())));
        assert_eq!(amount("13800138000.1234"), Some(Fraction("13800138000".to_owned())));
        for text in ["138.0013.8000", "020.79460958", "138.0013", "01.02", "13,800", "13,80,138", "138", ".5", "5."] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
