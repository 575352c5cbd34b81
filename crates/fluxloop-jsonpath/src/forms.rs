//! The forms of JSONPath as data, for documentation that cannot go stale.

/// A form of JSONPath, with an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// What the form is called, as a fragment for a list or table.
    pub name: &'static str,
    /// A path of this form.
    pub example: &'static str,
    /// What to write instead of a refused form; for an accepted one, what the example finds.
    pub note: &'static str,
}

const fn form(name: &'static str, example: &'static str, note: &'static str) -> Form {
    Form { name, example, note }
}

/// Every form that is accepted. They mean what RFC 9535 says; a leading `$` may be left out.
pub const ACCEPTED_FORMS: &[Form] = &[
    form("the whole document", "$", "the document itself"),
    form("name", "$.delta.text", "the member `text` of the member `delta`"),
    form("path without `$`", "choices[0].delta.content", "the same as with `$.` before it"),
    form("quoted name", "$['my key']", "the member `my key`; double quotes work too"),
    form("index", "$.choices[0]", "the first element"),
    form("index from the end", "$.messages[-1].content", "`content` of the last element"),
    form("everything", "$.choices[*].text", "`text` of every element or member"),
    form("slice", "$.messages[1:5:2]", "the elements 1 and 3"),
    form("slice from the end", "$.messages[::-1]", "all elements, the last one first"),
    form("descendants", "$..text", "every member `text`, however deep"),
    form("several names or indices", "$['a', 'b']", "the members `a` and `b`"),
    form("filter that tests", "$.output[?@.text]", "the elements that have a `text`"),
    form("filter that compares", "$.output[?(@.type == 'message')]", "the elements of a type"),
    form("filter that combines", "$[?@.a > 1 && !(@.b || @.c)]", "`&&`, `||`, `!`, `( )`"),
];

/// The forms of RFC 9535, or of its forerunners, that are refused when a path is parsed.
pub const REFUSED_FORMS: &[Form] = &[
    form("function", "$[?length(@.a) > 1]", "compare a value, or test that it is there"),
    form("comparison of two values", "$[?@.a == @.b]", "compare with a literal"),
    form("`$` inside a filter", "$[?@.a == $.b]", "compare with a literal"),
    form("several values inside a filter", "$[?@.a[*]]", "names and indices after `@`"),
    form("selectors that may overlap", "$[0, -1]", "two paths"),
    form("slice with step 0", "$[0:9:0]", "it never selects anything"),
    form("script", "$[(@.length-1)]", "`$[-1]`"),
    form("regular expression", "$[?(@.a =~ /b/)]", "compare with a literal"),
    form("name without quotes in brackets", "$[name]", "`$['name']`"),
    form("name with other characters", "$.my-key", "`$['my-key']`"),
];
