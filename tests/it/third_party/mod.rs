//! Programs that this project did not write: servers and clients from `PyPI`, in virtual environments
//! that the tests make below the target folder.
//!
//! `cargo xtask ci` leaves these tests out by the name of this module, `cargo xtask real` runs them.

mod clients;
mod fastapi;
mod fluxloop_parse;
