//! Describes a run in values that are valid by construction.
//!
//! A [`Plan`] says what to send, how to read the answer, when to try again and when to stop. It
//! holds no text that still has to be parsed: a path is a
//! [`JsonPath`](fluxloop_jsonpath::JsonPath), a header a header. A [`Case`] is one input of one
//! iteration, and [`RequestTemplate::render`] makes the request of it.
//!
//! Call order: build a `Plan` (fluxloop-config does it from files), make a `Case` of each input,
//! render its [`RequestSpec`], hand it to a transport.
//!
//! **Invariant:** no file, no environment, no clock, no network; nothing here can fail because of
//! how a plan was written, only because an input lacks what the template takes from it.

mod case;
mod connection;
mod limits;
mod plan;
mod request;
mod response;
mod retry;
mod template;

pub use case::{Case, Input};
pub use connection::{Clocks, Connection, HttpVersion, ProxyRules, Redirects, Tls};
pub use limits::{Guards, Limits};
pub use plan::Plan;
pub use request::{BodyKind, BodyTemplate, InputPlace, RequestSpec, RequestTemplate};
pub use response::{Completion, EventFilter, PlainRules, ResponseRules, StreamRules, TextPath};
pub use retry::{OnPartial, RetryBudget, RetryPolicy};
pub use template::{
    FaultKind, KeyStep, TemplateError, TemplateFault, TemplateSource, TemplateWarning,
    TextPosition, ValueTemplate,
};
