//! The JSON Schemas of what a run writes.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{
    Amount, CaseId, MaskedJson, Metric, Milliseconds, Quoted, RecordVersion, SummaryFile,
    TimedEvent, TokensPerSecond, Trace, Versions,
};

/// The schemas of a line of `traces.jsonl`, of `summary.json`, and of an event, in the form in which
/// they are written.
pub fn schemas() -> [(&'static str, Schema); 3] {
    let generator = || SchemaSettings::default().for_serialize().into_generator();
    [
        ("trace", generator().into_root_schema_for::<Trace>()),
        ("summary", generator().into_root_schema_for::<SummaryFile>()),
        ("event", generator().into_root_schema_for::<TimedEvent>()),
    ]
}

/// Values that have a form of their own in JSON.
macro_rules! json_schemas {
    ($($type:ident $schema:tt)+) => {
        $(impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        })+
    };
}

json_schemas! {
    Amount { "type": "number", "minimum": 0 }
    CaseId { "type": "string" }
    MaskedJson {}
    Metric { "type": "string" }
    Milliseconds { "type": "number", "minimum": 0 }
    Quoted { "type": "string" }
    RecordVersion { "const": Versions::ARTIFACTS }
    TokensPerSecond { "type": "number", "minimum": 0 }
}
