//! Says what the frames of an answer mean, as data: schemas, presets and their pages.
//!
//! A [`Schema`] says which frames of a stream carry text, reasoning or calls of tools, and which end
//! the answer or fail it. It is written in YAML or JSON; [`load`] reads it, merges it with the
//! schemas that it extends, and reports everything that is wrong with it at once.
//!
//! ```
//! use fluxloop_schema::load;
//! use serde_json::json;
//!
//! let mine = json!({"text": {"when": "chunk", "path": "delta"}, "end": [{"when": "finished"}]});
//! let loaded = load(&mine, "mine", &mut |_, _| None).expect("a sound schema");
//! assert_eq!(loaded.schema.text.rules.len(), 1);
//! // It extends `auto`, the preset with what is known of all protocols.
//! assert_eq!(loaded.schema.text.layer, 1);
//!
//! let wrong = json!({"text": {"when": "chunk", "pth": "delta"}});
//! let faults = load(&wrong, "mine", &mut |_, _| None).unwrap_err();
//! assert_eq!(faults[0].to_string(), "text.pth: unknown key; did you mean `path`?");
//! ```
//!
//! The [presets](PRESETS) are schemas of known protocols. Each has a [`Page`], a text about the
//! protocol with streams and what has to come of them.
//!
//! **Invariant:** no I/O, no clock. The caller reads files.
//!
//! **Invariant:** what is accepted is bounded: at most 1,024 rules, paths and types.

mod chain;
mod fault;
mod language;
mod load;
mod model;
mod nearest;
mod page;
mod presets;
mod read;

pub use chain::{Open, is_file, shape_of};
pub use fault::{SchemaFault, SchemaFaultKind, SchemaWarning, key};
pub use language::definitions;
pub use load::{Loaded, load};
pub use model::{
    CallPath, CallRule, Channel, Condition, Count, CountAgain, EndRule, EndsAs, ErrorKind,
    ErrorParts, ErrorRule, ExpectedEnd, Join, ResetRule, Schema, StreamKind, Test, TextRule,
    TimingRule, TypePattern, TypePlaces, UsageRules, ValueRule,
};
pub use nearest::nearest;
pub use page::{Fence, Page, PageCase, PageError, PagePlay, PlayBlock, PlayWhen, Status};
pub use presets::{AUTO, PRESETS, Preset, preset};
pub use read::regex_fault;
