//! End-to-end tests on the built binary: what a user does, and what a user sees.
//!
//! Servers are the mock on a loopback port; [`third_party`] has the tests with other
//! people's programs.

mod support;

mod artifacts;
mod attack;
mod canary;
mod classes;
mod compare;
mod config_command;
mod configs;
mod connection;
mod decode;
mod display;
mod docs;
mod doctor;
mod ending_early;
mod endings;
mod failures;
mod init;
mod inputs;
mod inspect;
mod judge;
mod judging;
mod matrix;
mod mistakes;
mod mock_mode;
mod page;
mod partial;
mod presets;
mod rate;
mod recording;
mod report;
mod request;
mod resume;
mod scale;
mod schema;
mod show;
mod stopping;
mod third_party;
mod travel;
mod wrong_use;
