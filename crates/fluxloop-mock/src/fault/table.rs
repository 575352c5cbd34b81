//! One table for all that is known of a fault: its type, its reader and its manual come from it.

use super::grammar::{Arguments, Read};
use super::unit::Unit;

/// The type of a fault's field, which is read from arguments of this unit.
pub(super) trait Field<T>: Sized {
    /// Whether the argument has to be given, if its unit has no default.
    const REQUIRED: bool = false;
    /// Whether the argument can be given more than once.
    const REPEATS: bool = false;

    fn take(given: &mut Arguments<'_>, key: &'static str, unit: &Unit<T>) -> Read<Self>;
}

impl<T> Field<T> for T {
    const REQUIRED: bool = true;

    fn take(given: &mut Arguments<'_>, key: &'static str, unit: &Unit<T>) -> Read<T> {
        let value = given.take(key, unit)?.or_else(|| unit.default.map(|default| default()));
        value.ok_or_else(|| format!("`{}` needs {}", given.shown(key), unit.expected()))
    }
}

impl<T> Field<T> for Option<T> {
    fn take(given: &mut Arguments<'_>, key: &'static str, unit: &Unit<T>) -> Read<Self> {
        given.take(key, unit)
    }
}

impl<T> Field<T> for Vec<T> {
    const REPEATS: bool = true;

    fn take(given: &mut Arguments<'_>, key: &'static str, unit: &Unit<T>) -> Read<Self> {
        std::iter::from_fn(|| given.take(key, unit).transpose()).collect()
    }
}

impl Field<()> for bool {
    fn take(given: &mut Arguments<'_>, key: &'static str, unit: &Unit<()>) -> Read<Self> {
        Ok(given.take(key, unit)?.is_some())
    }
}

/// What the manual says of one argument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Argument {
    /// Empty for the value directly after the fault's name.
    key: &'static str,
    value: &'static str,
    required: bool,
    repeats: bool,
}

impl Argument {
    pub(super) const fn new<T, F: Field<T>>(key: &'static str, unit: &Unit<T>) -> Self {
        let required = F::REQUIRED && unit.default.is_none();
        Self { key, value: unit.value, required, repeats: F::REPEATS }
    }
}

/// What one fault is called, takes and means.
#[derive(Clone, Copy, Debug)]
pub struct FaultDoc {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Its own arguments, and those that it has in common with others.
    pub(super) arguments: [&'static [Argument]; 2],
}

impl FaultDoc {
    /// How it is written, with all its arguments.
    pub fn usage(&self) -> String {
        let mut usage = self.name.to_owned();
        for (index, argument) in self.arguments.iter().copied().flatten().enumerate() {
            let Argument { key, value, required, repeats } = *argument;
            let before = match index {
                _ if key.is_empty() => "",
                0 => ":",
                _ => ",",
            };
            let equals = if value.is_empty() { "" } else { "=" };
            let (open, close) = if required { ("", "") } else { ("[", "]") };
            let more = if repeats { "…" } else { "" };
            usage.extend([open, before, key, equals, value, close, more]);
        }
        usage
    }
}

/// Defines faults. A line has the variant, the name, what it does, and its arguments: the field,
/// its key (the value directly after the name has no key), its type and its unit. Each of them
/// also takes the arguments after `with`, which are read elsewhere.
macro_rules! faults {
    ($(#[$about:meta])* $Type:ident with $common:expr; $(
        $(#[$more:meta])*
        $Variant:ident $name:literal $meaning:literal
        $({ $($field:ident $($key:literal)?: $ty:ty = $unit:expr;)* })?
    )*
    $(+ { $($others:tt)* })?) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $Type {
            $(
                #[doc = concat!("`", $name, "`: ", $meaning, ".")]
                $(#[$more])*
                $Variant $({ $(#[doc = crate::fault::table::about!($($key)?)] $field: $ty,)* })?,
            )*
            $($($others)*)?
        }

        impl $Type {
            pub(super) const DOCS: &[FaultDoc] = &[$(FaultDoc {
                name: $name,
                meaning: $meaning,
                arguments: [
                    &[$($(Argument::new::<_, $ty>(concat!($($key)?), &$unit)),*)?],
                    $common,
                ],
            }),*];

            /// The fault of this name, if it is one of these.
            fn take(given: &mut Arguments<'_>) -> Read<Option<Self>> {
                Ok(Some(match given.name {
                    $($name => Self::$Variant $({
                        $($field: Field::take(given, concat!($($key)?), &$unit)?,)*
                    })?,)*
                    _ => return Ok(None),
                }))
            }
        }
    };
}
pub(super) use faults;

/// What the documentation says of a field.
macro_rules! about {
    () => {
        "The value directly after the name."
    };
    ($key:literal) => {
        concat!("The argument `", $key, "`.")
    };
}
pub(super) use about;
