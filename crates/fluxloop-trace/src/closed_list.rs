//! Lists of names that are stable and closed.

/// Declares such a list once: variant, stable name, meaning. Records, schemas and the generated
/// reference read it.
macro_rules! closed_list {
    ($(#[$about:meta])* $list:ident { $($variant:ident $name:literal $meaning:literal)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[derive(serde::Deserialize, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $list {
            $(#[doc = $meaning] #[serde(rename = $name)] $variant,)+
        }

        impl $list {
            /// Every value, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The names of all values, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// The stable name, as records spell it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means, in one or two sentences.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }

        impl std::fmt::Display for $list {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

pub(crate) use closed_list;
