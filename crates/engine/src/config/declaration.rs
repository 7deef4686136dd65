//! The declaration of a setting, and the macro that makes the table and the typed values from the declarations.

use super::{
    found::{Found, Mistake},
    saved::Saved,
    settings::{Given, Values},
};

/// A setting that the administrator can give and lock.
#[derive(Debug)]
pub struct Setting {
    /// The name in files and in `locked`: table and key.
    pub key: &'static str,
    pub shape: Shape,
    /// As a flag has it; the elements of a list are separated by commas. Empty: not set.
    pub default: &'static str,
    pub flag: Option<Flag>,
    /// The environment variable.
    pub variable: Option<&'static str>,
    pub english: &'static str,
    pub chinese: &'static str,
    /// Reads the value into its field.
    pub(super) read: fn(&mut Given, &Found<'_>) -> Result<(), Mistake>,
    pub(super) is_given: fn(&Given) -> bool,
    /// Moves the value of a source to the values of this run.
    pub(super) take: fn(&mut Values, &mut Given),
    /// The value as a flag has it; empty: not set. A secret is not shown.
    pub(super) written: fn(&Values) -> Vec<String>,
    /// Copies the value in the saved state to the values. `None`: as `save`.
    pub(super) load: Option<fn(&mut Values, &Saved<'_>)>,
    /// Copies the value to the saved state. `None`: the user cannot change this setting in the app.
    pub(super) save: Option<fn(&Values, &mut Saved<'_>)>,
}

#[derive(Debug)]
pub struct Flag {
    /// Without the hyphens before it.
    pub name: &'static str,
    /// The value's name in `--help`.
    pub value: &'static str,
}

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Text {
        example: &'static str,
    },
    /// A text that no flag gives, since other programs can read a command line.
    Secret {
        example: &'static str,
    },
    Choice(&'static [&'static str]),
    Switch,
    Whole {
        least: u32,
        most: u32,
    },
    Decimal {
        least: f64,
        most: f64,
    },
    List {
        /// Of an element.
        example: &'static str,
    },
    /// Reasons for a break: in a file tables with `name` and `minutes`, elsewhere `NAME[=MINUTES]`.
    Breaks {
        example: &'static str,
    },
}

impl Setting {
    /// Whether the value has any number of elements.
    pub fn is_list(&self) -> bool {
        matches!(self.shape, Shape::List { .. } | Shape::Breaks { .. })
    }

    /// Whether the user can change this setting in the app.
    pub fn is_saved(&self) -> bool {
        self.save.is_some()
    }

    /// A value other than the default, as a flag has it; of a list, one element.
    pub fn example(&self) -> String {
        match self.shape {
            Shape::Text { example } | Shape::Secret { example } | Shape::List { example } | Shape::Breaks { example } => example.to_owned(),
            Shape::Choice(choices) => choices.last().copied().unwrap_or_default().to_owned(),
            Shape::Switch => (self.default != "true").to_string(),
            Shape::Whole { most, .. } => most.to_string(),
            Shape::Decimal { most, .. } => most.to_string(),
        }
    }

    /// Whether a flag or a variable may have this value; of a list, whether it may have this element.
    ///
    /// # Errors
    /// The expected value. Does not quote the text.
    pub fn check(&self, text: &str) -> Result<(), String> {
        Given::default().give(self, &[text])
    }
}

impl Given {
    /// Sets the value that a flag or a variable has: one text, or the elements of a list.
    ///
    /// # Errors
    /// As [`Setting::check`].
    pub fn give(&mut self, setting: &Setting, texts: &[&str]) -> Result<(), String> {
        (setting.read)(self, &Found::Texts(texts)).map_err(|mistake| mistake.message)
    }
}

/// Makes [`SETTINGS`](super::SETTINGS), [`Given`] and [`Values`] from the declarations.
///
/// `read` names a method of [`Found`]. The word before the default sets the field of [`Values`] if there is no value: with `default`, the
/// default; with `unset`, `None`, and the code that uses the value applies the default.
macro_rules! settings {
    ($($field:ident: $type:ty {
        key: $key:literal, read: $read:ident($($argument:tt)*), $without:ident: $default:tt,
        $(flag: $flag:literal $value:literal,)? $(variable: $variable:literal,)? $(saved: $($saved:ident).+,)?
        english: $english:literal,
        chinese: $chinese:literal,
    })+) => {
        /// Every setting, in the order of the documentation.
        pub static SETTINGS: &[Setting] = &[$(Setting {
            key: $key,
            shape: shape!($read $($argument)*),
            default: $default,
            flag: optional!($(Flag { name: $flag, value: $value })?),
            variable: optional!($($variable)?),
            english: $english,
            chinese: $chinese,
            read: |given, found| {
                given.$field = read!(found, $read $($argument)*)?;
                Ok(())
            },
            is_given: |given| given.$field.is_some(),
            take: |values, given| {
                if let Some(value) = given.$field.take() {
                    values.$field = value.into();
                }
            },
            written: |values| {
                let value: Option<$type> = values.$field.clone().into();
                written!(value, $read $($argument)*)
            },
            load: optional!($(|values, saved| values.$field.clone_from(&saved.$($saved).+))?),
            save: optional!($(|values, saved| saved.$($saved).+.clone_from(&values.$field))?),
        }),+];

        /// The values of one source. `None`: the source does not set this key.
        #[derive(Clone, Debug, Default)]
        pub struct Given { $(#[doc = $english] pub $field: Option<$type>,)+ }

        /// The values of this run.
        #[derive(Clone, Debug)]
        pub struct Values { $(#[doc = $english] pub $field: field!($without $type),)+ }

        impl Default for Values {
            fn default() -> Self {
                Self { $($field: initial!($without $default, $read $($argument)*),)+ }
            }
        }
    };
}

macro_rules! optional {
    () => { None };
    ($($value:tt)+) => { Some($($value)+) };
}

macro_rules! field {
    (default $type:ty) => { $type };
    (unset $type:ty) => { Option<$type> };
}

macro_rules! initial {
    (unset $default:tt, $($read:tt)+) => { None };
    (default "", $($read:tt)+) => { Default::default() };
    (default $default:tt, $($read:tt)+) => {
        declared(read!(Found::Texts(&$default.split(',').collect::<Vec<_>>()), $($read)+))
    };
}

macro_rules! written {
    ($value:expr, choice $($name:literal => $choice:expr),+) => {
        [$(($name, $choice)),+].iter().filter(|(_, choice)| $value.as_ref() == Some(choice)).map(|(name, _)| (*name).to_owned()).collect()
    };
    ($value:expr, $($read:tt)+) => { $value.iter().flat_map(Written::written).collect() };
}

macro_rules! shape {
    (text $example:literal, $parse:expr) => { Shape::Text { example: $example } };
    (number_or_text $example:literal, $parse:expr) => { Shape::Text { example: $example } };
    (secret $example:literal) => { Shape::Secret { example: $example } };
    (choice $($name:literal => $value:expr),+) => { Shape::Choice(&[$($name),+]) };
    (switch) => { Shape::Switch };
    (whole $least:expr, $most:expr) => { Shape::Whole { least: $least, most: $most } };
    (decimal $least:expr, $most:expr) => { Shape::Decimal { least: $least, most: $most } };
    (list $example:literal, $parse:expr) => { Shape::List { example: $example } };
    (breaks $example:literal) => { Shape::Breaks { example: $example } };
}

macro_rules! read {
    ($found:expr, choice $($name:literal => $value:expr),+) => { $found.choice(&[$(($name, $value)),+]) };
    ($found:expr, switch) => { $found.switch() };
    ($found:expr, whole $least:expr, $most:expr) => { $found.whole($least, $most) };
    ($found:expr, decimal $least:expr, $most:expr) => { $found.decimal($least, $most) };
    ($found:expr, secret $example:literal) => { $found.text(parse::secret) };
    ($found:expr, breaks $example:literal) => { $found.breaks() };
    ($found:expr, $read:ident $example:literal, $parse:expr) => { $found.$read($parse) };
}

/// A declared default, which the tests read.
pub(super) fn declared<T>(read: Result<Option<T>, Mistake>) -> T {
    match read {
        Ok(Some(value)) => value,
        _ => unreachable!("each declared default can be read"),
    }
}
