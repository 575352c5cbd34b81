//! Finds everything in a configuration that must not be seen: by its place, by the name that it
//! stands under, and by its shape.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::ops::Range;

use base64::Engine as _;
use base64::prelude::{
    BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD,
};
use fluxloop_plan::ValueTemplate;
use fluxloop_redact::naming::{
    Secrecy, evident, is_open, is_open_data, is_open_member, is_secret_name, is_secret_parameter,
    is_sensitive_header, looks_random, secrecy_of, secrecy_of_data, secrecy_of_path, secret_parts,
    secret_ranges, secret_texts, without_scheme,
};
use fluxloop_redact::{MASK, Redactor, Secret, is_findable};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use super::beside::secrets_beside_values;
use super::expand::MAX_BROUGHT_MIB;
use super::judge::way_to;
use super::proxy::PROXY;
use super::url_places::{guarded, stood_in, user_range, userinfo_values};
use super::{Reader, template_source};
use crate::error::{Fault, Oddity};
use crate::keys::is_foreign;
use crate::report::Report;
use crate::survey::WhySecret;
use crate::variables::{Expanded, Otherwise, Placeholder, Variables, foreign, replaced};
use crate::yaml::{Entry, Node, Shape, Text};
use crate::{Inputs, Origin};

/// How many inputs are searched for secrets: each is read for it once more.
const MAX_INPUTS: usize = 10_000;
/// What a body of the `OpenAI` API says to the model.
const SAID: [&str; 4] = ["messages", "input", "prompt", "instructions"];
/// How many secrets of inputs are looked for in what comes back.
const MAX_SECRETS: usize = 1_000;

/// What is secret in a text at a place of the configuration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hidden {
    /// All of it, but for a scheme.
    Whole(Secrecy),
    /// What stands beside values of the case, which are secrets of the case.
    BesideValues(Secrecy),
    /// The secrets of a URL, and what has the shape of a secret.
    Url,
    /// What has the shape of a secret.
    Parts,
    /// Nothing: it is what the agent is asked.
    Nothing,
}

impl Hidden {
    /// What is secret in a text that stands at this path.
    pub(crate) fn at(path: &[&str], text: &str) -> Self {
        let takes_values = takes_values(text);
        let member = |names: &[&str]| match secrecy_of_path(names) {
            secrecy if takes_values && secrecy != Secrecy::Open => Self::BesideValues(secrecy),
            secrecy if is_open_member(text, secrecy) => Self::Parts,
            secrecy => Self::Whole(secrecy),
        };
        match path {
            ["runner", "http", "headers", name] if is_sensitive_header(name) && takes_values => {
                Self::BesideValues(secrecy_of(name))
            }
            ["runner", "http", "headers", name] if is_sensitive_header(name) => {
                Self::Whole(secrecy_of(name))
            }
            ["runner", "http", "query", name]
                if is_secret_parameter(name, text) && takes_values =>
            {
                Self::BesideValues(secrecy_of(name))
            }
            ["runner", "http", "query", name]
                if is_secret_parameter(name, text) && !is_open(text) =>
            {
                Self::Whole(secrecy_of(name))
            }
            ["input_template" | "base_inputs"]
            | ["personas", ..]
            | ["base_inputs", "input" | "messages" | "id" | "persona", ..] => Self::Nothing,
            ["runner", "http", "body_template", "mapping", names @ ..]
            | ["runner", "http", "query", names @ ..]
            | ["metadata", names @ ..] => member(names),
            ["base_inputs", names @ ..] => {
                match names.iter().map(|name| secrecy_of_data(name)).max().unwrap_or_default() {
                    secrecy if is_open_data(text, secrecy) => Self::Parts,
                    secrecy => Self::Whole(secrecy),
                }
            }
            ["runner", "http", "url" | "proxy"] => Self::Url,
            _ => Self::Parts,
        }
    }

    /// Where the secrets of a text are.
    pub(crate) fn ranges(self, text: &str) -> Vec<Range<usize>> {
        match self {
            Self::Whole(_) => {
                let whole = without_scheme(text);
                let start = text.trim_end().len() - whole.len();
                iter::once(start..start + whole.len()).collect()
            }
            Self::Nothing => Vec::new(),
            Self::Parts => evident(text),
            Self::BesideValues(secrecy) => with_evident(secrets_beside_values(text, secrecy), text),
            Self::Url => {
                let taken = ValueTemplate::places(text);
                let ranges = secret_ranges(text).into_iter().flat_map(|range| {
                    if !taken.iter().any(|it| overlaps(it, &range)) {
                        return vec![range];
                    }
                    let beside = secrets_beside_values(&text[range.clone()], Secrecy::Password);
                    let moved = |it: Range<usize>| range.start + it.start..range.start + it.end;
                    beside.into_iter().map(moved).collect()
                });
                with_evident(ranges.collect(), text)
            }
        }
    }
}

fn overlaps(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// The ranges, and those of what has the shape of a secret elsewhere, in their order.
fn with_evident(mut ranges: Vec<Range<usize>>, text: &str) -> Vec<Range<usize>> {
    for range in evident(text) {
        if !ranges.iter().any(|known| overlaps(known, &range)) {
            ranges.push(range);
        }
    }
    ranges.sort_by_key(|range| range.start);
    ranges
}

/// The secrets of a run, but for variables that are secret by their names.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts of their own")]
pub(crate) struct Custody {
    /// What variables bring into sensitive places, and defaults of variables with secret names.
    of_variables: Vec<(String, Secret)>,
    /// Values in sensitive places, under their keys.
    of_keys: Vec<(String, Secret)>,
    /// Whether anything secret is sent to the server.
    pub(crate) to_server: bool,
    /// Whether only the judge is asked, so that its secrets have to be there.
    pub(crate) asks_judge: bool,
    /// Whether anything secret is sent to the judge.
    pub(crate) to_judge: bool,
    /// Whether anything secret is sent to a proxy.
    pub(crate) to_proxy: bool,
    /// `security.unmask`.
    unmask: BTreeSet<String>,
    /// `security.mask`.
    mask: Vec<(String, Secret)>,
}

impl Custody {
    pub(crate) fn of(asks_judge: bool) -> Self {
        Self { asks_judge, ..Self::default() }
    }

    fn is_to_be_masked(&self, name: &str) -> bool {
        self.mask.iter().any(|(masked, _)| masked == name)
    }

    fn is_harmless(&self, name: &str) -> bool {
        self.unmask.contains(name)
    }
}

/// Takes the secrets of a configuration into custody.
pub(crate) struct Collector<'c> {
    custody: &'c mut Custody,
    pub(super) variables: &'c Variables,
    pub(super) report: &'c mut Report,
    /// Undefined variables that became `<NAME>`.
    filled: BTreeSet<String>,
    /// What variables brought so far, in bytes.
    brought: usize,
}

impl Collector<'_> {
    /// Looks at every text of a tree.
    pub(crate) fn tree(&mut self, node: &Node, path: &[&str], key: &str) {
        match &node.shape {
            Shape::Map(entries) => {
                for Entry { key: name, node, .. } in entries {
                    if !is_foreign(&path.join("."), name) {
                        let dot = if key.is_empty() { "" } else { "." };
                        self.tree(node, &way_to(path, name), &format!("{key}{dot}{name}"));
                    }
                }
            }
            Shape::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.tree(item, path, &format!("{key}[{index}]"));
                }
            }
            Shape::Text(text) => match without_block(node, path) {
                Some(structure) => self.tree(&structure, path, key),
                None => self.text(node, &text.text, path, key),
            },
            Shape::Number(_, raw) if matches!(path, ["runner", "http", "headers" | "query", _]) => {
                self.text(node, raw, path, key);
            }
            Shape::Null | Shape::Bool(_) | Shape::Number(..) => {}
        }
    }

    fn text(&mut self, node: &Node, text: &str, path: &[&str], key: &str) {
        // Nothing is replaced in these.
        if matches!(path, ["base_inputs" | "input_template" | "personas", ..]) {
            return;
        }
        let hidden = Hidden::at(path, text);
        let Some(expanded) = self.expand(text) else { return };
        if hidden == Hidden::Url {
            return self.url(node, key, &expanded);
        }
        if let ["runner", "http", place @ ("headers" | "query"), name] = path
            && takes_values(text)
            && (*place == "headers" && is_sensitive_header(name) || is_secret_parameter(name, text))
        {
            self.beside_values(&expanded);
        }
        let ranges = hidden.ranges(&expanded.text);
        for range in ranges.clone() {
            self.sensitive(node, key, &expanded.slice(range));
        }
        let is_sent = matches!(path, ["runner", "http", "headers" | "query" | "body_template", ..]);
        let is_known = |(name, _): &(String, _)| {
            is_secret_name(name)
                || self.custody.is_harmless(name)
                || self.custody.is_to_be_masked(name)
                || self.filled.contains(name)
        };
        if is_sent
            && ranges.is_empty()
            && looks_random(without_scheme(&expanded.text))
            && !expanded.variables.iter().any(is_known)
        {
            self.report.warn(&node.origin, key, Oddity::LooksSecret);
        }
    }

    /// A text with its placeholders replaced. What lacks a value is reported where it is read.
    fn expand(&mut self, text: &str) -> Option<Expanded> {
        let nothing = || Err(Fault::LargeExpansion { mebibytes: MAX_BROUGHT_MIB });
        let expanded = replaced(text, |&Placeholder { name, otherwise, .. }| {
            let is_enough = |value: &&Secret| {
                matches!(otherwise, Otherwise::Fault) || !value.expose().is_empty()
            };
            let value = match (self.variables.get(name).filter(is_enough), otherwise) {
                (Some(value), _) => value.clone(),
                (None, Otherwise::Default(default)) => {
                    let default = Secret::new(default);
                    if is_secret_name(name) {
                        self.custody.of_variables.push((name.to_owned(), default.clone()));
                    }
                    default
                }
                (None, _) if self.variables.fills_undefined => {
                    self.filled.insert(name.to_owned());
                    Secret::new(format!("<{name}>"))
                }
                _ => return nothing(),
            };
            self.brought += value.expose().len();
            if self.brought > MAX_BROUGHT_MIB << 20 { nothing() } else { Ok(value) }
        });
        expanded.ok()
    }

    /// Takes variables into custody that stand at a sensitive place, beside a value of the case, which
    /// is a secret, too.
    fn beside_values(&mut self, expanded: &Expanded) {
        self.custody.to_server = true;
        for (name, range) in &expanded.variables {
            if !self.filled.contains(name) {
                let value = Secret::new(without_scheme(&expanded.text[range.clone()]));
                self.custody.of_variables.push((name.clone(), value));
            }
        }
    }

    /// Takes the secrets of a URL into custody.
    pub(super) fn url(&mut self, node: &Node, key: &str, written: &Expanded) {
        // The value itself is the secret, however the URL spells it.
        let of_userinfo = userinfo_values(written);
        let has_own_variable = !of_userinfo.is_empty();
        let mut is_open = false;
        for (name, value) in of_userinfo {
            let is_filled = self.filled.contains(&name);
            is_open |= is_filled || self.custody.is_harmless(&name);
            if !is_filled {
                self.custody.of_variables.push((name, Secret::new(value)));
            }
        }
        let expanded = guarded(written);
        let text = expanded.text.as_str();
        for range in Hidden::Url.ranges(text) {
            self.sensitive(node, key, &expanded.slice(range));
        }
        // A user name without a password is a secret only if it comes from a variable. If the
        // variable holds the whole URL, no warning says that the name is too short.
        if let Some(user) = user_range(text).map(|range| expanded.slice(range))
            && !user.variables.is_empty()
            && (has_own_variable || is_findable(&user.text))
        {
            self.sensitive(node, key, &user);
        }
        let stood_in = stood_in(&expanded, |name| self.filled.contains(name));
        if let Some(url) = Url::parse(&stood_in.text).ok().filter(|_| !is_open) {
            self.credentials(&url, key);
        }
    }

    /// Takes user and password of a URL into custody as the client sends them (RFC 7617): joined by a
    /// colon, as they are and in base64. A server that echoes the header shows a password that is too
    /// short to be found by itself.
    fn credentials(&mut self, url: &Url, key: &str) {
        let user = (url.username(), url.password());
        if user == ("", None) {
            return;
        }
        let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
        let credentials = [decoded(user.0), decoded(user.1.unwrap_or_default())].join(&b':');
        let plain = String::from_utf8_lossy(&credentials).into_owned();
        let encoded =
            [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|alphabet| alphabet.encode(&credentials));
        for value in encoded.into_iter().chain([plain]).filter(|value| is_findable(value)) {
            self.custody.of_keys.push((key.to_owned(), Secret::new(value)));
        }
    }

    /// Takes a secret into custody. A literal one draws a warning.
    fn sensitive(&mut self, node: &Node, key: &str, expanded: &Expanded) {
        let secret = without_scheme(&expanded.text);
        if secret.is_empty() {
            return;
        }
        if is_masked(expanded) {
            let is_sent = self.custody.asks_judge && key.starts_with("judge.");
            if !self.variables.fills_undefined || is_sent {
                self.report.fault(&node.origin, key, Fault::Masked);
            }
            return;
        }
        // `<NAME>` stands for a variable that is not defined, so it reveals nothing.
        let is_filled = |name: &str| self.filled.contains(name);
        if !expanded.variables.iter().any(|(name, _)| is_filled(name)) {
            let is_proxy = key == PROXY;
            self.custody.to_proxy |= is_proxy;
            self.custody.to_server |= key.starts_with("runner.http.") && !is_proxy;
            self.custody.to_judge |= key.starts_with("judge.http.") && key != "judge.http.proxy";
        }
        for (name, range) in &expanded.variables {
            let value = without_scheme(&expanded.text[range.clone()]);
            if !is_filled(name) {
                self.custody.of_variables.push((name.clone(), Secret::new(value)));
            }
        }
        // A placeholder of another program is reported as such.
        if expanded.variables.is_empty() && foreign(&expanded.text).is_none() {
            match node.origin {
                // What the environment overrides is where it belongs.
                Origin::Variable(_) => {}
                Origin::Set(_) => self.report.warn(&node.origin, key, Oddity::SecretArgument),
                _ => self.report.warn(&node.origin, key, Oddity::LiteralSecret),
            }
        }
        let is_open = |(name, _): &(String, _)| self.custody.is_harmless(name) || is_filled(name);
        if !expanded.variables.iter().any(is_open) {
            self.custody.of_keys.push((key.to_owned(), Secret::new(secret)));
        }
    }
}

/// Whether a text takes values of the case.
fn takes_values(text: &str) -> bool {
    !ValueTemplate::places(text).is_empty()
}

/// Whether a mask stands where no variable brought it, or is all that one brought, as its default: a
/// secret was there before the file was written.
fn is_masked(expanded: &Expanded) -> bool {
    let mut literal = expanded.text.clone();
    for (_, range) in expanded.variables.iter().rev() {
        literal.replace_range(range.clone(), "");
    }
    let is_mask = |(_, range): &(String, Range<usize>)| expanded.text[range.clone()] == *MASK;
    literal.contains(MASK) || expanded.variables.iter().any(is_mask)
}

impl Reader<'_> {
    /// Reads `security`, and takes all secrets of the configuration into custody.
    pub(crate) fn take_custody(&mut self) {
        let mask = self.texts("security.mask", false).unwrap_or_default();
        let unmask = self.texts("security.unmask", false).unwrap_or_default();
        for (path, names) in [("security.mask", &mask), ("security.unmask", &unmask)] {
            for name in names {
                if self.variables.get(name).is_none()
                    && let Some(node) = self.node(path)
                {
                    self.warn(node, path, Oddity::UnknownVariable(name.clone()));
                }
            }
        }
        for name in mask {
            if let Some(value) = self.variables.get(&name).cloned() {
                self.custody.mask.push((name, value));
            }
        }
        self.custody.unmask = unmask.into_iter().collect();
        let root = self.root;
        self.collector().tree(root, &[], "");
    }

    pub(crate) fn collector(&mut self) -> Collector<'_> {
        Collector {
            custody: &mut self.custody,
            variables: &self.variables,
            report: &mut self.report,
            filled: BTreeSet::new(),
            brought: 0,
        }
    }

    /// Takes the secrets of the first inputs into custody, and gives the redactor that knows them. What
    /// an input says to the agent is not looked at: it may speak of keys.
    pub(crate) fn redactor_with_inputs(&mut self, inputs: &Inputs) -> Option<Redactor> {
        let mut found = BTreeSet::new();
        let mut is_whole = inputs.total() <= MAX_INPUTS as u64;
        for input in inputs.iter().take(MAX_INPUTS).filter_map(Result::ok) {
            let mut texts = Vec::new();
            for (name, value) in &input.metadata {
                secret_texts(value, secrecy_of_data(name), &mut texts);
            }
            let parts = [&input.context, &input.expected, &input.expect];
            for part in parts.into_iter().flatten() {
                secret_texts(part, Secrecy::Open, &mut texts);
            }
            let body = input.body.as_ref().and_then(Value::as_object).into_iter().flatten();
            for (name, value) in body.filter(|(name, _)| !SAID.contains(&name.as_str())) {
                secret_texts(value, secrecy_of_data(name), &mut texts);
            }
            found.extend(texts.into_iter().map(str::to_owned));
            if found.len() > MAX_SECRETS {
                is_whole = false;
                break;
            }
        }
        if found.is_empty() {
            return None;
        }
        if !is_whole {
            self.report.warn_all(Oddity::ManyInputs);
        }
        let found = found.into_iter().map(|text| ("inputs.metadata".to_owned(), Secret::new(text)));
        self.custody.of_keys.extend(found);
        Some(self.redactor())
    }

    /// Whether anything secret is sent to the server.
    pub(super) fn secret_travels(&self) -> bool {
        let is_masked = |name: &str| self.custody.is_to_be_masked(name);
        self.custody.to_server || self.variables.uses_secret(is_masked)
    }

    /// Builds the redactor, and warns about secrets that are too short for it.
    pub(crate) fn redactor(&mut self) -> Redactor {
        let mut values = Vec::new();
        for (name, secret) in self.all_secrets() {
            let whole = without_scheme(secret.expose());
            let parts = secret_parts(whole).into_iter().map(Secret::new);
            values.extend(parts.map(|part| (name.clone(), part)));
            values.push((name, Secret::new(whole)));
        }
        let mut known = BTreeSet::from([""]);
        let mut builder = Redactor::builder();
        for (name, value) in values.iter().filter(|(_, value)| known.insert(value.expose())) {
            builder = builder.secret(name.as_str(), value);
        }
        let redactor = builder.build();
        for name in redactor.short_names() {
            // A variable of `.env` that nothing uses is nobody's concern here.
            let is_key = name.contains('.');
            if is_key || self.variables.is_used(name) || self.custody.is_to_be_masked(name) {
                self.report.warn_all(Oddity::ShortSecret(name.clone()));
            }
        }
        redactor
    }

    /// The text of a path as it may be shown: with the name of a variable in place of a secret.
    pub(crate) fn without_secrets(&self, path: &Expanded) -> String {
        let mut shown = path.text.clone();
        if path.variables.is_empty() {
            return shown;
        }
        let secrets = self.all_secrets();
        for (name, range) in path.variables.iter().rev() {
            let value = &path.text[range.clone()];
            if secrets.iter().any(|(known, secret)| known == name || secret.expose() == value) {
                shown.replace_range(range.clone(), &format!("${{{name}}}"));
            }
        }
        shown
    }

    /// Why the values of variables are secrets, by name. Keys with secrets are in it too.
    pub(crate) fn secret_variables(&self) -> BTreeMap<String, WhySecret> {
        let custody = &self.custody;
        let by_shape: Vec<_> = self.variables.secrets();
        let has = |of: &[(String, Secret)], name: &str| of.iter().any(|(known, _)| known == name);
        let why = |name: &str| match name {
            name if custody.is_to_be_masked(name) => WhySecret::Mask,
            name if is_secret_name(name) => WhySecret::Name,
            name if has(&custody.of_variables, name) => WhySecret::Place,
            name if has(&by_shape, name) => WhySecret::Shape,
            _ => WhySecret::Part,
        };
        let secrets = self.all_secrets().into_iter();
        secrets.map(|(name, _)| (why(&name), name)).map(|(why, name)| (name, why)).collect()
    }

    /// Whether `security.unmask` names a variable.
    pub(crate) fn is_unmasked(&self, name: &str) -> bool {
        self.custody.is_harmless(name)
    }

    /// All secrets by the names of their variables or keys, and what those of `.env` are made of, but
    /// for harmless variables.
    fn all_secrets(&self) -> Vec<(String, Secret)> {
        let custody = &self.custody;
        let mut secrets: Vec<_> = self.variables.secrets();
        secrets.extend(custody.of_variables.iter().chain(&custody.mask).cloned());
        secrets.retain(|(name, _)| !custody.is_harmless(name));
        let (mut next, mut known) = (0, BTreeSet::new());
        while let Some((name, _)) = secrets.get(next) {
            let ingredients = self.variables.ingredients(name);
            let new: Vec<_> = ingredients
                .filter(|(name, value)| is_findable(value.expose()) && !custody.is_harmless(name))
                .filter(|(name, _)| known.insert(name.to_string()))
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect();
            secrets.extend(new);
            next += 1;
        }
        secrets.extend(custody.of_keys.iter().cloned());
        secrets
    }
}

/// What the block JSON of a template stands for.
pub(crate) fn without_block(node: &Node, path: &[&str]) -> Option<Node> {
    let is_template = matches!(
        path,
        ["runner", "http", "body_template", "mapping", ..] | ["runner", "http", "query", _, ..]
    );
    let Shape::Text(text) = &node.shape else { return None };
    if !text.is_block() || !is_template {
        return None;
    }
    Some(of_json(template_source(node).without_blocks().into(), &node.origin))
}

/// A JSON value whose members are all at one place.
fn of_json(value: Value, origin: &Origin) -> Node {
    let shape = match value {
        Value::Null => Shape::Null,
        Value::Bool(value) => Shape::Bool(value),
        Value::Number(number) => Shape::Number(number.clone(), number.to_string()),
        Value::String(text) => Shape::Text(Text::new(text)),
        Value::Array(items) => {
            Shape::List(items.into_iter().map(|item| of_json(item, origin)).collect())
        }
        Value::Object(members) => {
            let entry = |(key, member): (String, Value)| {
                let node = of_json(member, origin);
                Entry { key, origin: origin.clone(), node }
            };
            Shape::Map(members.into_iter().map(entry).collect())
        }
    };
    Node { origin: origin.clone(), shape }
}
