//! The JSON Schema of values that have a form of their own in JSON.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{CaseId, MaskedJson, Milliseconds, Quoted, RecordVersion, TokensPerSecond, Versions};

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
    CaseId { "type": "string" }
    MaskedJson {}
    Milliseconds { "type": "number", "minimum": 0 }
    Quoted { "type": "string" }
    RecordVersion { "const": Versions::ARTIFACTS }
    TokensPerSecond { "type": "number", "minimum": 0 }
}
