//! Turns secrets into variables.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use fluxloop_curl::{Part, Text};
use fluxloop_redact::naming::{
    Secrecy, evident, is_plain_word, is_secret_name, secret_fields, secret_parts,
};
use fluxloop_redact::{MASK, Redactor, Secret, is_findable};
use percent_encoding::percent_decode_str;

use crate::named;
use crate::proposal::StoredSecret;

/// The secrets that were found, by the variables that stand for them.
#[derive(Default)]
pub(crate) struct Vault {
    secrets: Vec<StoredSecret>,
    /// The variable of each value.
    names: HashMap<String, String>,
    /// Names that are in use, by the source or here.
    taken: HashSet<String>,
    /// The number that a name may get that is wanted again.
    numbers: HashMap<String, u32>,
    /// What the source says that its variables are; stored if the configuration uses them.
    declared: Vec<StoredSecret>,
    /// Variables that stand at a sensitive place.
    sensitive: HashSet<String>,
    /// Other spellings and other secrets, which are looked for and have no variable.
    known: BTreeSet<String>,
}

impl Vault {
    /// Knows the variables that a source uses by itself, whose names must not be given away.
    pub(crate) fn reserve<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.taken.extend(names.into_iter().map(str::to_owned));
    }

    /// The variable that stands for a secret; its name follows from what the secret is for.
    pub(crate) fn variable(&mut self, purpose: &str, secret: &str) -> Text {
        if let Some(name) = self.names.get(secret) {
            return variable(name);
        }
        let name = self.free_name(name_for(purpose));
        self.store(&name, secret);
        variable(&name)
    }

    fn free_name(&mut self, wanted: String) -> String {
        if self.taken.insert(wanted.clone()) {
            return wanted;
        }
        let number = self.numbers.entry(wanted.clone()).or_insert(1);
        loop {
            *number += 1;
            let name = format!("{wanted}_{number}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }

    fn store(&mut self, name: &str, value: &str) {
        self.names.entry(value.to_owned()).or_insert_with(|| name.to_owned());
        self.secrets.push(StoredSecret { name: name.to_owned(), value: Secret::new(value) });
    }

    /// Knows what the source sets a variable to.
    pub(crate) fn declare(&mut self, name: &str, value: &str) {
        self.taken.insert(name.to_owned());
        self.names.entry(value.to_owned()).or_insert_with(|| name.to_owned());
        self.declared.push(StoredSecret { name: name.to_owned(), value: Secret::new(value) });
    }

    /// Looks for a value, too, that no variable has.
    pub(crate) fn know(&mut self, secret: impl Into<String>) {
        self.known.insert(secret.into());
    }

    /// A text in which what is a secret by its shape has become a variable.
    pub(crate) fn without_evident(&mut self, purpose: &str, text: &Text) -> Text {
        self.mapped(text, |vault, literal| {
            let found = evident(literal).into_iter().map(|range| (range, purpose));
            vault.replaced(literal, found)
        })
    }

    /// A text in which, too, the secrets of URLs and what follows a secret name have become variables.
    pub(crate) fn without_named(&mut self, purpose: &str, text: &Text) -> Text {
        self.mapped(text, |vault, literal| {
            vault.replaced(literal, named::secrets(literal, purpose))
        })
    }

    /// A text with other literal parts. The default of a variable that is secret by its name goes
    /// where its value belongs.
    fn mapped(&mut self, text: &Text, map: impl Fn(&mut Self, &str) -> Text) -> Text {
        let mut out = Text::default();
        for part in text.parts() {
            out.append(&match part {
                Part::Literal(literal) => map(self, literal),
                Part::Variable(written) => match written.split_once(":-") {
                    Some((name, default))
                        if is_secret_name(name) || !evident(default).is_empty() =>
                    {
                        self.guarded_variable(written)
                    }
                    _ => variable(written),
                },
            });
        }
        out
    }

    /// A text in which these ranges have become variables, each for its purpose. Of ranges that
    /// overlap, the first and longest counts.
    pub(crate) fn replaced<'p>(
        &mut self,
        text: &str,
        secrets: impl IntoIterator<Item = (Range<usize>, &'p str)>,
    ) -> Text {
        let mut secrets: Vec<_> = secrets.into_iter().collect();
        secrets.sort_by_key(|(range, _)| (range.start, Reverse(range.end)));
        let mut out = Text::default();
        let mut from = 0;
        for (range, purpose) in secrets {
            if range.start >= from && !range.is_empty() {
                out.append(&Text::new(&text[from..range.start]));
                out.append(&self.variable(purpose, &text[range.clone()]));
                from = range.end;
            }
        }
        out.append(&Text::new(&text[from..]));
        out
    }

    /// A text at a sensitive place: what stands around its variables, and their defaults, may be
    /// parts of a secret.
    pub(crate) fn guarded(&mut self, purpose: &str, text: &Text, secrecy: Secrecy) -> Text {
        let mut out = Text::default();
        for part in text.parts() {
            out.append(&match part {
                Part::Literal(literal) => {
                    let fields = secret_fields(literal, 0..literal.len(), secrecy);
                    self.replaced(literal, fields.into_iter().map(|range| (range, purpose)))
                }
                Part::Variable(written) => self.guarded_variable(written),
            });
        }
        out
    }

    /// A variable that is a secret; its default goes where its value belongs.
    fn guarded_variable(&mut self, written: &str) -> Text {
        let (name, default) = written.split_once(":-").unwrap_or((written, ""));
        self.sensitive.insert(name.to_owned());
        let has_value = |of: &[StoredSecret]| {
            of.iter().find(|it| it.name == name).map(|it| it.value.expose() == default)
        };
        match has_value(&self.secrets) {
            _ if default.is_empty() => variable(written),
            _ if has_value(&self.declared).is_some() => variable(name),
            Some(true) => variable(name),
            Some(false) => self.variable(name, default),
            None => {
                self.taken.insert(name.to_owned());
                self.store(name, default);
                variable(name)
            }
        }
    }

    /// What finds the secrets, the parts of them, and other spellings, in whatever form. It does not
    /// look for plain words and for short values.
    pub(crate) fn finder(&self) -> Redactor {
        let stored = self.secrets.iter().chain(&self.declared);
        let stored = stored.filter(|it| self.is_secret(it)).map(|it| it.value.expose());
        let mut values = BTreeSet::new();
        for value in stored.chain(self.known.iter().map(String::as_str)) {
            values.extend(secret_parts(value).into_iter().filter(|part| !is_shared(part)));
            values.extend(percent_decode_str(value).decode_utf8().map(Into::into));
            // A header may have quotes around it.
            values.insert(value.trim_matches(['"', '\'']).to_owned());
            values.insert(value.to_owned());
        }
        let values = values.iter().filter(|it| is_findable(it) && !is_plain_word(it));
        values.fold(Redactor::builder(), |all, it| all.secret("", &Secret::new(it))).build()
    }

    fn is_secret(&self, stored: &StoredSecret) -> bool {
        is_secret_name(&stored.name)
            || self.sensitive.contains(&stored.name)
            || !evident(stored.value.expose()).is_empty()
    }

    /// A text of the configuration in which a secret that also stands in an innocent place, in
    /// whatever form, has become a variable there, too.
    pub(crate) fn sealed(&mut self, finder: &Redactor, purpose: &str, text: &Text) -> Text {
        // A short secret is known if it is all of a text.
        if let Some(name) = text.literal().and_then(|text| self.names.get(text))
            && (is_secret_name(name) || self.sensitive.contains(name))
            && text.literal().is_some_and(|text| !is_plain_word(text))
        {
            return variable(name);
        }
        let mut out = Text::default();
        for part in text.parts() {
            out.append(&match part {
                Part::Literal(literal) => {
                    let found = finder.places(literal).into_iter().map(|range| (range, purpose));
                    self.replaced(literal, found)
                }
                Part::Variable(written) if !finder.places(written).is_empty() => {
                    self.guarded_variable(written)
                }
                Part::Variable(written) => variable(written),
            });
        }
        out
    }

    /// What goes to `.env`: the secrets, and the variables that the source sets and the configuration
    /// uses.
    pub(crate) fn into_secrets(mut self, used: &[String]) -> Vec<StoredSecret> {
        let used: HashSet<&str> = used.iter().map(String::as_str).collect();
        let mut stored: HashSet<String> = self.secrets.iter().map(|it| it.name.clone()).collect();
        for declared in self.declared {
            if used.contains(declared.name.as_str()) && stored.insert(declared.name.clone()) {
                self.secrets.push(declared);
            }
        }
        self.secrets
    }
}

/// A text for a file of inputs, where no variable can stand: secrets are masked.
pub(crate) fn hidden(finder: &Redactor, text: &str) -> String {
    let mut hidden = text.to_owned();
    for range in evident(text).into_iter().rev() {
        hidden.replace_range(range, MASK);
    }
    finder.mask(&hidden).to_string()
}

/// Whether a part of a secret is in innocent texts, too: a host, a path, a media type, a version.
fn is_shared(part: &str) -> bool {
    let is_place = part.contains(['/', ':', '.']);
    let is_number = |word: &str| word.len() <= 4 && word.bytes().all(|it| it.is_ascii_digit());
    let words = part.split(|c: char| !c.is_alphanumeric());
    let mut words = words.filter(|it| !it.is_empty());
    is_place && words.all(|word| is_plain_word(word) || is_number(word))
}

/// A text that is a variable alone.
pub(crate) fn variable(name: &str) -> Text {
    let mut text = Text::default();
    text.append_variable(name);
    text
}

/// The name of a variable, which has to say that it is secret: `x-api-key` is `API_KEY`.
fn name_for(purpose: &str) -> String {
    let purpose = purpose.to_ascii_uppercase();
    let name: String =
        purpose.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = name.trim_matches('_');
    let name = name.strip_prefix("X_").unwrap_or(name);
    match name {
        "AUTHORIZATION" | "KEY" | "" => "API_KEY".to_owned(),
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format!("KEY_{name}"),
        name if is_secret_name(name) => name.to_owned(),
        name => format!("{name}_KEY"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_that_they_are_secret() {
        for (purpose, name) in [
            ("Authorization", "API_KEY"),
            ("x-api-key", "API_KEY"),
            ("Cookie", "COOKIE"),
            ("sig", "SIG_KEY"),
            ("authentication", "AUTHENTICATION_KEY"),
            ("OPENAI_API_KEY", "OPENAI_API_KEY"),
        ] {
            assert_eq!(name_for(purpose), name);
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn a_secret_has_one_variable() {
        let mut vault = Vault::default();
        vault.reserve(["API_KEY_2"]);
        let first = vault.variable("key", "a");
        assert_eq!(vault.variable("token", "a"), first);
        assert_eq!(vault.variable("key", "b"), variable("API_KEY_3"));
        assert_eq!(vault.variable("key", "c"), variable("API_KEY_4"));
    }

    /// A text with a known secret in it, and what becomes of it.
    #[track_caller]
    fn check_sealed(secret: &str, text: &str, expected: &str) {
        let mut vault = Vault::default();
        vault.variable("key", secret);
        let sealed = vault.sealed(&vault.finder(), "note", &Text::new(text));
        assert_eq!(sealed.with_variables(|name| format!("<{name}>")), expected, "{text}");
    }

    #[test]
    fn a_known_secret_is_sealed_in_every_spelling() {
        check_sealed("a\"b/c+d=1", "see a\"b/c+d=1.", "see <API_KEY>.");
        check_sealed("a\"b/c+d=1", "see a\\\"b/c+d=1.", "see <NOTE_KEY>.");
        check_sealed("a\"b/c+d=1", "?k=a%22b%2Fc%2Bd%3D1&n=1", "?k=<NOTE_KEY>&n=1");
        check_sealed("a%2Fb%2Fc1", "see a/b/c1xx", "see a/b/c1xx");
        check_sealed("aaaa%2Fbb%2Fc1", "see aaaa/bb/c1", "see <NOTE_KEY>");
        // base64 of `joe:pass-1234`, as a header has it.
        check_sealed("am9lOnBhc3MtMTIzNA==", "with pass-1234", "with <NOTE_KEY>");
        let text = "joe:pass-1234, am9lOnBhc3MtMTIzNA==";
        check_sealed("pass-1234", text, "joe:<API_KEY>, am9lOn<NOTE_KEY>");
        check_sealed("K-1", "K-1", "<API_KEY>");
        check_sealed("K-1", "see K-1", "see K-1");
        check_sealed("dark-mode", "dark-mode", "dark-mode");
    }

    #[test]
    fn parts_that_innocent_texts_have_stay() {
        let cookie = "to=http://localhost:8000/chat; id=K2345678";
        check_sealed(cookie, "//localhost:8000/chat", "//localhost:8000/chat");
        check_sealed(cookie, "K2345678", "<NOTE_KEY>");
    }

    #[test]
    fn defaults_of_sensitive_variables_are_stored() {
        let mut vault = Vault::default();
        let text = variable("X:-s-1");
        assert_eq!(vault.guarded("key", &text, Secrecy::Key), variable("X"));
        assert_eq!(vault.guarded("key", &text, Secrecy::Key), variable("X"));
        assert_eq!(vault.guarded("key", &variable("X:-s-2"), Secrecy::Key), variable("X_KEY"));
        let stored = vault.into_secrets(&[]);
        let stored: Vec<_> = stored.iter().map(|it| (&*it.name, it.value.expose())).collect();
        assert_eq!(stored, [("X", "s-1"), ("X_KEY", "s-2")]);
    }
}
