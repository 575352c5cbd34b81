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
//! ```
//! use std::sync::Arc;
//!
//! use fluxloop_aggregate::AnswerRules;
//! use fluxloop_plan::{
//!     BodyKind, BodyTemplate, Case, Input, LiteralText, RequestTemplate, ValueTemplate,
//! };
//! use fluxloop_schema::{Schema, StreamKind};
//! use http::{HeaderMap, Method};
//!
//! let mapping = serde_json::json!({"model": "gpt-4", "messages": [{"content": "$.input"}]});
//! let literal = &mut |literal: LiteralText<'_>| literal.text.to_owned();
//! let (mapping, warnings) = ValueTemplate::compile(&mapping.into(), literal).unwrap();
//! assert!(warnings.is_empty());
//!
//! let template = RequestTemplate {
//!     method: Method::POST,
//!     url: "http://localhost:8000/chat".parse().unwrap(),
//!     url_template: None,
//!     query: Vec::new(),
//!     headers: HeaderMap::new(),
//!     header_templates: Vec::new(),
//!     body: Some(BodyTemplate::new(BodyKind::Json, mapping).unwrap()),
//! };
//! let input = Arc::new(Input { input: "Hi".to_owned(), ..Input::default() });
//! let case = Case { index: 0, iteration: 0, input };
//! let rules = AnswerRules::new(StreamKind::Sse, Schema::auto());
//! let request = template.render(&case, &rules)?;
//! assert_eq!(request.body.unwrap(), r#"{"model":"gpt-4","messages":[{"content":"Hi"}]}"#);
//! assert_eq!(request.headers["accept"], "text/event-stream");
//! # Ok::<(), fluxloop_plan::TemplateError>(())
//! ```
//!
//! **Invariant:** no file, no environment, no clock, no network; nothing here can fail because of
//! how a plan was written, only because an input lacks what the template takes from it.

mod case;
mod connection;
mod fingerprint;
mod limits;
mod pace;
mod plan;
mod request;
mod retry;
mod stop;
mod template;
mod units;

pub use case::{Case, Input, cases};
pub use connection::{Clocks, Connection, HttpVersion, ProxyUrl, Redirects, Tls};
pub use fingerprint::{Fingerprint, is_sealed, sealed};
pub use limits::{Guards, Limits};
pub use pace::{Arrival, Pace, Rate, RateUnit};
pub use plan::{Plan, RecordMode};
pub use request::{
    BodyKind, BodyTemplate, InputPlace, MAX_URL_BYTES, RequestPrints, RequestSpec, RequestTemplate,
    UrlTemplate,
};
pub use retry::{OnPartial, RetryBudget, RetryPolicy};
pub use stop::{FailureLimit, StopLimits};
pub use template::{
    FaultKind, KeyStep, LiteralText, NotFilled, TemplateError, TemplateFault, TemplateScope,
    TemplateSource, TemplateWarning, TextPiece, TextPosition, ValueTemplate,
};
pub use units::{parse_duration, parse_share, seconds};
