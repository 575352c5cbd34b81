//! Reads a curl command line into the request that curl would send, without I/O.
//!
//! [`Command::parse`] splits the line as a shell does (POSIX shells, cmd.exe or PowerShell, see
//! [`Shell`]) and reads curl's options. [`Command::request`] then applies curl's rules: the default
//! method, joined data, content types. It asks its caller for the files that the line names.
//!
//! ```
//! use fluxloop_curl::Command;
//!
//! let line = r#"curl localhost:8000/chat -H "x-api-key: $KEY" --json '{"input": "Hi"}' -s -4"#;
//! let command = Command::parse(line)?;
//! let request = command.request(&mut |_| Err("no file".to_owned()))?;
//!
//! assert_eq!(request.method, "POST");
//! assert_eq!(request.url.literal(), Some("http://localhost:8000/chat"));
//! assert_eq!(request.headers[0].0, "x-api-key");
//! // A variable of the shell stays a variable.
//! assert_eq!(request.headers[0].1.with_variables(|name| format!("<{name}>")), "<KEY>");
//! // What the request does not show is named. `-s` concerns only what curl prints.
//! assert_eq!(command.notes()[0].what, "-4");
//! # Ok::<(), fluxloop_curl::CurlError>(())
//! ```
//!
//! **Invariant:** no I/O: nothing is run, looked up in the environment, or read from a file.
//!
//! **Invariant:** no error and no note quotes a value of the line; a value may be a secret. They
//! quote names of options, of variables and of files.

mod command;
mod data;
mod error;
mod multipart;
mod options;
mod request;
mod shell;
mod text;
mod url;

pub use command::{Command, Note};
pub use error::CurlError;
pub use multipart::FormPart;
pub use request::{Body, Request};
pub use shell::Shell;
pub use text::{Part, Text};
