//! What the end-to-end tests share.

mod background;
mod collector;
mod content;
mod finished;
mod project;
mod python;
mod runs;
mod said;
mod server;
#[cfg(unix)]
mod signal;
mod terminal;

pub(crate) use background::{Background, Shared};
pub(crate) use collector::Collector;
pub(crate) use content::{content, page_content};
pub(crate) use finished::Finished;
pub(crate) use project::Project;
pub(crate) use python::{Venv, fixtures};
pub(crate) use runs::{Written, WrittenRun};
pub(crate) use said::Said;
pub(crate) use server::Server;
#[cfg(unix)]
pub(crate) use signal::signal;
pub(crate) use terminal::{on_terminal, terminal};
