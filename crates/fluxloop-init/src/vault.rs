//! Turns secrets into variables.

use fluxloop_curl::Text;
use fluxloop_redact::naming::{evident, is_plain_word, is_secret_name};
use fluxloop_redact::{MASK, Secret, is_findable};

use crate::proposal::StoredSecret;

/// The secrets that were found, by the variables that stand for them.
#[derive(Debug, Default)]
pub(crate) struct Vault {
    secrets: Vec<StoredSecret>,
}

impl Vault {
    /// The variable that stands for a secret; its name follows from what the secret is for.
    pub(crate) fn variable(&mut self, purpose: &str, secret: &str) -> Text {
        let known = self.secrets.iter().find(|it| it.value.expose() == secret);
        let name = known.map(|it| it.name.clone());
        let name = name.unwrap_or_else(|| self.add(purpose, secret));
        variable(&name)
    }

    /// Keeps a value under this very name, unless it has one already.
    pub(crate) fn keep(&mut self, name: &str, value: &str) {
        if !self.secrets.iter().any(|it| it.name == name) {
            self.secrets.push(StoredSecret { name: name.to_owned(), value: Secret::new(value) });
        }
    }

    fn add(&mut self, purpose: &str, secret: &str) -> String {
        let wanted = name_for(purpose);
        let is_free = |name: &String| !self.secrets.iter().any(|it| it.name == *name);
        let numbered = (2..).map(|number| format!("{wanted}_{number}"));
        let mut names = std::iter::once(wanted.clone()).chain(numbered);
        let name = names.find(is_free).unwrap_or(wanted);
        self.secrets.push(StoredSecret { name: name.clone(), value: Secret::new(secret) });
        name
    }

    /// A text in which what is a secret by its shape has become a variable.
    pub(crate) fn without_evident(&mut self, purpose: &str, text: &Text) -> Text {
        text.parts_mapped(|literal| {
            let mut out = Text::default();
            let mut from = 0;
            for range in evident(literal) {
                out.append(&Text::new(&literal[from..range.start]));
                out.append(&self.variable(purpose, &literal[range.clone()]));
                from = range.end;
            }
            out.append(&Text::new(&literal[from..]));
            out
        })
    }

    /// A text for a file of inputs, where no variable can stand: secrets are masked.
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for range in evident(text).into_iter().rev() {
            hidden.replace_range(range, MASK);
        }
        self.secrets
            .iter()
            .filter(|it| is_findable(it.value.expose()))
            .fold(hidden, |hidden, it| hidden.replace(it.value.expose(), MASK))
    }

    /// A written configuration in which a secret that also stands in an innocent place has become its
    /// variable there, too.
    pub(crate) fn purged(&self, configuration: String) -> String {
        let secrets = self.secrets.iter().map(|it| (&it.name, it.value.expose()));
        secrets
            .filter(|(_, value)| is_findable(value) && !is_plain_word(value))
            .fold(configuration, |text, (name, value)| text.replace(value, &format!("${{{name}}}")))
    }

    pub(crate) fn into_secrets(self) -> Vec<StoredSecret> {
        self.secrets
    }
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
        let first = vault.variable("key", "a");
        assert_eq!(vault.variable("token", "a"), first);
        assert_eq!(vault.variable("key", "b"), variable("API_KEY_2"));
    }
}
