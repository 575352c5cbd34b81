//! Masking: of a secret nothing is shown, whatever an encoder made of it.
//!
//! The input is text: its first line is what is masked, every further line a secret. In the first
//! line `$` stands for a secret: `$b1` is the second one in base64. The letters are those of
//! [`encoders`].

mod encoders;
mod property;

pub(crate) use property::TOKENS;
pub use property::redact;
