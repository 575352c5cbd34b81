//! Reads what the user wrote, configuration and inputs, and resolves it to a plan.
//!
//! A configuration comes in layers: built-in defaults, `project.yaml`, `input.yaml`,
//! `simulation.yaml`, the environment, the command line. They are merged; every value keeps its
//! [`Origin`]. `${…}` is replaced from the environment and `.env`, every value is checked, and
//! whatever is wrong is reported at once.
//!
//! Call order: fill in [`LoadOptions`], call [`load`], show [`Loaded::warnings`], run
//! [`Loaded::plan`] over [`Inputs::iter`]. [`keys`] is the table that all of this is driven by.
//!
//! [`survey`] looks at a configuration that need not be valid: what each layer wrote, which variables
//! are used. [`explain`] says what a key means, and [`configuration_schema`] is the JSON Schema for
//! editors.
//!
//! ```
//! use fluxloop_config::{LoadOptions, load};
//!
//! let folder = tempfile::tempdir()?;
//! let config = folder.path().join("agent.yaml");
//! std::fs::write(
//!     &config,
//!     "runner: {http: {url: 'http://localhost:8000/chat', timeout: 5s}}\nbase_inputs: [Hello]\n",
//! )?;
//! let options = LoadOptions { config: Some(config), ..LoadOptions::default() };
//!
//! let loaded = load(&options)?;
//! assert_eq!(loaded.plan.clocks.attempt.as_secs(), 5);
//! assert_eq!(loaded.inputs.total(), 1);
//!
//! let options = LoadOptions { set: vec!["runner.http.tiemout=1s".into()], ..options };
//! let errors = load(&options).unwrap_err().to_string();
//! assert_eq!(
//!     errors,
//!     "--set runner.http.tiemout: unknown key; did you mean `timeout`?"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Invariant:** no other crate of this workspace reads a configuration file or the environment;
//! in this one, the environment is read in one place, and [`load`] reads what it is given.
//!
//! **Invariant:** the words of errors and warnings hold no value that was configured, but for the
//! path of a file, numbers below `inputs` and a placeholder of another program. A [`Finding`] quotes the line of a
//! configuration only if no value in it is a secret, becomes part of one or follows one, if it has
//! neither a URL with a user or a query nor a word of more than 20 characters, and without its
//! comment. Both are masked, with all secrets that were known when they came about.
//!
//! **Invariant:** inputs, personas and `input_template` are text: nothing in them is replaced.
//!
//! **Invariant:** nothing is printed, nothing is sent, no file is written.

mod edit;
mod editor_schema;
mod environment;
mod error;
mod inputs;
mod keys;
mod layers;
mod load;
mod options;
mod origin;
mod quote;
mod report;
mod resolve;
mod settings;
mod survey;
mod variables;
mod waiting;
mod yaml;

pub use edit::{Edit, Edited, NotEditable, edit};
pub use editor_schema::configuration_schema;
pub use environment::Environment;
pub use error::{ConfigErrors, ConfigWarning, Finding, Oddity, Quote};
pub use inputs::{InputError, InputFault, InputIter, Inputs, NotFound};
pub use keys::{Key, KeyKind, keys};
pub use load::{Loaded, ShownSchema, find_output_directory, load, show_schema};
pub use options::LoadOptions;
pub use origin::{Origin, Position};
pub use resolve::parse_duration;
pub use settings::{Settings, to_yaml};
pub use survey::{
    Explanation, FileIgnored, FileRead, KeyRole, Override, ProxyReport, ProxyRoute, Survey,
    UnknownKey, UsedVariable, VariableSource, WhySecret, Written, explain, survey,
};
pub use variables::is_ignored_by_git;
pub use waiting::Waiting;

#[cfg(test)]
mod tests;
