//! Keeps secrets out of everything shown or stored.
//!
//! A [`Secret`] is a value that must not be seen: it has no `Display`, its `Debug` hides it, and
//! its memory is wiped when it is dropped. A [`Redactor`] knows all secrets of a run; it alone
//! turns raw text into [`Masked`] text, and records, events and messages hold nothing else.
//!
//! Call order: collect the secrets in a [`RedactorBuilder`], build the `Redactor` once, share it,
//! and call [`Redactor::mask`] where a record is made, never later.
//!
//! ```
//! use fluxloop_redact::{Redactor, Secret};
//!
//! let key = Secret::new("sk-live-0123456789");
//! let redactor = Redactor::builder().secret("OPENAI_API_KEY", &key).build();
//!
//! let masked = redactor.mask("the server echoed sk-live-0123456789 back");
//! assert_eq!(masked.as_str(), "the server echoed *** back");
//! assert_eq!(format!("{key:?}"), "Secret(***)");
//! ```
//!
//! A server seldom sends a secret back as it is: it quotes a URL, or wraps an error in JSON. So the
//! redactor looks for the forms that common encoders give it, too, and reads escapes, whichever
//! characters they were chosen for:
//!
//! ```
//! # use fluxloop_redact::{Redactor, Secret};
//! let redactor = Redactor::builder().secret("KEY", &Secret::new("Zm9v+YmFy/==")).build();
//! assert_eq!(redactor.mask("GET /?key=Zm9v%2BYmFy%2F%3D%3D&q=1").as_str(), "GET /?key=***&q=1");
//! ```
//!
//! Text that is shown while it comes goes through a [`MaskedStream`], which holds back what might
//! begin a secret.
//!
//! Secrets and their forms are wiped when they are dropped. The automaton that finds them is not:
//! it holds the forms in memory that is freed as it is.
//!
//! **Invariant:** text becomes [`Masked`] only through a [`Redactor`] (when it is read from a
//! record, too: [`Redactor::reading`]), or when it is a `'static` string of the program itself.
//!
//! **Invariant:** no I/O, no clock, no logging, and no other crate of this workspace.

mod escapes;
mod finder;
mod forms;
mod masked;
pub mod naming;
mod reading;
mod redactor;
mod samples;
mod secret;
mod stream;
mod view;

pub use masked::Masked;
pub use redactor::{MASK, MIN_ANYWHERE_CHARS, Redactor, RedactorBuilder, is_findable};
pub use secret::Secret;
pub use stream::MaskedStream;
