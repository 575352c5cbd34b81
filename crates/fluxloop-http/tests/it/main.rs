//! One exchange against servers that write their bytes by hand.

#![expect(clippy::unwrap_used, reason = "what the tests themselves set up must work")]

mod answers;
mod compression;
mod connections;
mod faults;
mod http2;
mod progress;
mod proxies;
mod reach;
mod redirects;
mod request;
mod server;
mod tls;
mod tls_redirects;
