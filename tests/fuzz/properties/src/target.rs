//! The properties by name, with what helps to find inputs for them.

/// A property, and what helps to find inputs for it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the fuzz target, and of the folder of its corpus.
    pub name: &'static str,
    /// The property; panics if the bytes break it.
    pub check: fn(&[u8]),
    /// Pieces of input that have a meaning.
    pub tokens: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "sse", check: crate::sse, tokens: crate::sse::TOKENS },
    Target { name: "jsonpath", check: crate::jsonpath, tokens: crate::jsonpath::TOKENS },
    Target { name: "redact", check: crate::redact, tokens: crate::redact::TOKENS },
    Target { name: "config", check: crate::config, tokens: crate::config::TOKENS },
    Target { name: "retry_after", check: crate::retry_after, tokens: crate::retry_after::TOKENS },
    Target { name: "resume", check: crate::resume, tokens: crate::resume::TOKENS },
    Target { name: "schema", check: crate::schema, tokens: crate::schema::TOKENS },
    Target { name: "jsonl", check: crate::jsonl, tokens: crate::frames::TOKENS },
    Target { name: "json", check: crate::json, tokens: crate::frames::TOKENS },
    Target { name: "text", check: crate::text, tokens: crate::frames::TOKENS },
    Target { name: "sniff", check: crate::sniff, tokens: crate::frames::TOKENS },
];
