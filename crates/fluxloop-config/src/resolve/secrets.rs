//! Collects the secrets of a run.

use std::collections::BTreeSet;
use std::ops::Range;

use base64::Engine as _;
use base64::prelude::{
    BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD,
};
use fluxloop_redact::{MASK, Redactor, Secret, is_findable};

use super::Reader;
use super::expand::Expanded;
use super::secret_parts::secret_parts;
use crate::Origin;
use crate::error::{Fault, Oddity};
use crate::variables::{is_secret_name, without_scheme};
use crate::yaml::Node;

/// The secrets that were met while reading.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    /// Values of variables in sensitive places, and defaults of variables with secret names.
    of_variables: Vec<(String, Secret)>,
    /// Values in sensitive places as a whole, under their keys.
    of_keys: Vec<(String, Secret)>,
    /// Whether anything secret is sent.
    pub(crate) travels: bool,
    /// `security.unmask`.
    unmask: BTreeSet<String>,
    /// `security.mask`.
    mask: Vec<(String, Secret)>,
}

impl Secrets {
    /// A default that holds in place of a variable: a secret, if the name says so.
    pub(crate) fn default_value(&mut self, name: &str, value: &Secret) {
        if is_secret_name(name) {
            self.of_variables.push((name.to_owned(), value.clone()));
        }
    }

    /// What a variable brings into the user or password of a URL.
    pub(crate) fn of_url(&mut self, name: &str, value: &str) {
        self.of_variables.push((name.to_owned(), Secret::new(value)));
    }

    /// What the client makes of user and password, joined by a colon: as they are, and as a header
    /// carries them.
    pub(crate) fn of_credentials(&mut self, key: &str, credentials: &[u8]) {
        let plain = String::from_utf8_lossy(credentials).into_owned();
        let encoded =
            [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|alphabet| alphabet.encode(credentials));
        for value in encoded.into_iter().chain([plain]).filter(|value| is_findable(value)) {
            self.of_keys.push((key.to_owned(), Secret::new(value)));
        }
    }

    /// Whether `security.mask` names a variable.
    pub(super) fn is_to_be_masked(&self, name: &str) -> bool {
        self.mask.iter().any(|(masked, _)| masked == name)
    }

    /// Whether a variable is declared harmless.
    pub(super) fn is_harmless(&self, name: &str) -> bool {
        self.unmask.contains(name)
    }
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
    /// Reads `security`, before anything else can meet a secret.
    pub(crate) fn read_security(&mut self) {
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
                self.secrets.mask.push((name, value));
            }
        }
        self.secrets.unmask = unmask.into_iter().collect();
    }

    /// Takes a value in a sensitive place into custody. A literal one draws a warning.
    pub(crate) fn sensitive(&mut self, node: &Node, key: &str, expanded: &Expanded) {
        let secret = without_scheme(&expanded.text);
        if secret.is_empty() {
            return;
        }
        if is_masked(expanded) {
            if !self.fills_undefined {
                self.fault(node, key, Fault::Masked);
            }
            return;
        }
        let filled_in = self.variables.filled_in();
        // `<NAME>` is no secret that could be overheard.
        self.secrets.travels |=
            !expanded.variables.iter().any(|(name, _)| filled_in.contains(name));
        for (name, range) in &expanded.variables {
            let value = without_scheme(&expanded.text[range.clone()]);
            if !filled_in.contains(name) {
                self.secrets.of_variables.push((name.clone(), Secret::new(value)));
            }
        }
        if expanded.variables.is_empty() {
            match node.origin {
                // What the environment overrides is where it belongs.
                Origin::Variable(_) => {}
                Origin::Set(_) => self.warn(node, key, Oddity::SecretArgument),
                _ => self.warn(node, key, Oddity::LiteralSecret),
            }
        }
        let harmless =
            |(name, _): &(String, _)| self.secrets.is_harmless(name) || filled_in.contains(name);
        if !expanded.variables.iter().any(harmless) {
            self.secrets.of_keys.push((key.to_owned(), Secret::new(secret)));
        }
    }

    /// Builds the redactor, and warns about secrets that are too short for it.
    pub(crate) fn redactor(&mut self) -> Redactor {
        let mut known: Vec<Secret> = Vec::new();
        let mut builder = Redactor::builder();
        for (name, secret) in self.all_secrets() {
            let whole = without_scheme(secret.expose());
            let values = std::iter::once(whole.to_owned()).chain(secret_parts(whole));
            for value in values.map(Secret::new) {
                if !value.expose().is_empty() && !known.contains(&value) {
                    builder = builder.secret(name.as_str(), &value);
                    known.push(value);
                }
            }
        }
        let redactor = builder.build();
        for name in redactor.short_names() {
            // A variable of `.env` that nothing uses is nobody's concern here.
            let is_key = name.contains('.');
            if is_key || self.variables.is_used(name) || self.secrets.is_to_be_masked(name) {
                self.report.warn_all(Oddity::ShortSecret(name.clone()));
            }
        }
        redactor
    }

    /// The text of a path as it may be shown: with the name of a variable in place of a secret.
    pub(crate) fn without_secrets(&self, path: &Expanded) -> String {
        let secrets = self.all_secrets();
        let mut shown = path.text.clone();
        for (name, range) in path.variables.iter().rev() {
            let value = &path.text[range.clone()];
            if secrets.iter().any(|(known, secret)| known == name || secret.expose() == value) {
                shown.replace_range(range.clone(), &format!("${{{name}}}"));
            }
        }
        shown
    }

    /// All secrets by the names of their variables or keys, and what those of `.env` are made of, but
    /// for harmless variables.
    fn all_secrets(&self) -> Vec<(String, Secret)> {
        let mut secrets = self.named_secrets();
        let mut next = 0;
        while let Some((name, _)) = secrets.get(next) {
            let new = self.variables.ingredients(name).filter(|(name, value)| {
                let is_known = secrets.iter().any(|known| known.0 == *name && known.1 == **value);
                is_findable(value.expose()) && !is_known && !self.secrets.is_harmless(name)
            });
            let new: Vec<_> = new.map(|(name, value)| (name.to_owned(), value.clone())).collect();
            secrets.extend(new);
            next += 1;
        }
        secrets
    }

    /// All secrets by the names of their variables or keys, but for harmless variables.
    fn named_secrets(&self) -> Vec<(String, Secret)> {
        let by_name = self.variables.secret_by_name();
        let by_name = by_name.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone()));
        by_name
            .chain(self.secrets.of_variables.iter().cloned())
            .chain(self.secrets.mask.iter().cloned())
            .filter(|(name, _)| !self.secrets.is_harmless(name))
            .chain(self.secrets.of_keys.iter().cloned())
            .collect()
    }
}
