//! Makes a plan of the merged configuration: every value is read, checked and filled in here.

mod answer;
mod beside;
mod connection;
mod custody;
mod expand;
mod foreign;
mod headers;
mod judge;
mod judging;
mod pace;
mod plan;
mod proxy;
mod reader;
mod request;
mod retry;
mod scalars;
mod schema;
mod stop;
mod template;
mod url;
mod url_places;
mod url_template;
mod withdraw;

pub(crate) use custody::{Hidden, without_block};
pub(crate) use judge::{AsRun, way_to};
pub(crate) use plan::plan;
pub use proxy::{ProxyReport, ProxyRoute};
pub(crate) use reader::{NamedFile, Reader};
pub use scalars::parse_duration;
pub(crate) use schema::SCHEMA;
pub(crate) use template::source as template_source;
pub(crate) use withdraw::{withdraw_tls_files, withdraw_undefined};
