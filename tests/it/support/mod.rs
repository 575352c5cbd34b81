//! What the end-to-end tests share.

mod finished;
mod project;
mod server;

pub(crate) use finished::Finished;
pub(crate) use project::Project;
pub(crate) use server::Server;
