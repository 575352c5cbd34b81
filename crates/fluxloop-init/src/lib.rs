//! Proposes a project: from a preset, a curl command line or a promptfoo file.
//!
//! A [`Proposal`] is what would be written: the configuration, sample inputs, the variables that it
//! needs, and the secrets that go to `.env` and nowhere else.
//!
//! ```
//! use fluxloop_init::{Options, from_curl};
//!
//! let line = r#"curl https://api.example/ask -H 'x-api-key: K-4711' --json '{"question": "Hi"}'"#;
//! let proposal = from_curl(line, &Options::new("example"), &mut |_| Err(String::new()))?;
//!
//! let configuration = &proposal.files[0].content;
//! assert!(configuration.contains("x-api-key: ${API_KEY}"));
//! assert!(configuration.contains("question: $.input"));
//! assert_eq!(proposal.secrets[0].name, "API_KEY");
//! # Ok::<(), fluxloop_init::InitError>(())
//! ```
//!
//! **Invariant:** no I/O. The caller reads and writes files.
//!
//! **Invariant:** no file of a proposal and no remark holds a secret: by the rules of
//! [`fluxloop_redact::naming`], it has become a variable, wherever and in whatever form it stands.
//! Where no variable can stand for it, there is no proposal.
//!
//! **Invariant:** nothing that a source gives as it is, is read as a variable or as a value of the
//! case: until they are written, texts keep both apart from what is literal.

mod curl;
mod dotenv;
mod error;
mod files;
mod http;
mod input;
mod named;
mod preset;
mod promptfoo;
mod proposal;
mod recognize;
mod template;
mod vault;
mod yaml;

pub use curl::from_curl;
pub use dotenv::line as dotenv_line;
pub use error::InitError;
pub use preset::{from_preset, names as preset_names};
pub use promptfoo::from_promptfoo;
pub use proposal::{
    CONFIGURATION, IGNORED, Options, Proposal, ProposedFile, Remark, SCHEMA_FILE, StoredSecret,
};
