//! What goes wrong, and for whom.
//!
//! The names are [toxiproxy](https://github.com/Shopify/toxiproxy)'s where it has one (`latency`,
//! `bandwidth`, `slow_close`, `timeout`, `reset_peer`, `slicer`, `limit_data`). A [`Fault`] is what
//! goes wrong with one answer, a [`Rule`] says with which one, [`Faults`] are all rules of a mock.
//!
//! All have one way to be written, in `--fault`, in scripts and in requests:
//!
//! ```text
//! RULE  = FAULT *( "+" FAULT ) [ "@" WHEN ]   these together, for some requests
//! FAULT = NAME [ "=" VALUE / ":" ARG ] *( "," ARG )
//! ARG   = KEY [ "=" VALUE ]
//! WHEN  = P "%" / N [ "-" M ]                 by chance; the Nth request, or the Nth to the Mth
//! ```
//!
//! A value with a blank, `,`, `+`, `@` or `"` in it stands in double quotes, with `\"`, `\\`,
//! `\n`, `\r`, `\t` and `\xNN` for what cannot be written. Durations are written as `250ms`,
//! `1.5s` or `2m`, at most a year; sizes as bytes, `64KiB` or `8MiB`, at most 16 MiB where the mock
//! has to make so many.

mod doc;
mod grammar;
mod kind;
mod rules;
#[cfg(test)]
mod tests;
mod unit;

pub use doc::FaultDoc;
pub use kind::{At, Break, Coding, Endless, Fault, FaultKind, LineEnd, Malformed, Packing};
pub use rules::{Faults, Rule, When};
#[cfg(test)]
pub(crate) use tests::examples;
pub(crate) use unit::{MAX_SIZE, duration};
