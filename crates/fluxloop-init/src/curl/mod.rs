//! A project from a curl command line.

mod body;
mod connection;
mod headers;
mod target;

use fluxloop_curl::{Command, Request, Text};
use serde_json::Value;

use crate::input::{Found, PATH};
use crate::proposal::{Options, Proposal, Remark};
use crate::recognize::{Choice, choose};
use crate::vault::Vault;
use crate::{InitError, files, yaml};

/// The methods that are sent.
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "PATCH"];

/// Proposes a project for the request of a command line. `read` gives the content of a file that
/// the line names, or says why it cannot.
///
/// # Errors
///
/// If the line is not one of curl, or asks for something that has no counterpart and decides what
/// is sent.
pub fn from_curl(
    line: &str,
    options: &Options,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Proposal, InitError> {
    let command = Command::parse(line)?;
    let request = command.request(read)?;
    check_method(&request)?;
    let mut draft = Draft::new(&request);
    draft.remarks.extend(command.notes().iter().map(|it| Remark::new(&it.what, it.why)));
    let http = draft.http(&request, options)?;
    Ok(draft.finish(&command, options, http))
}

pub(crate) fn check_method(request: &Request) -> Result<(), InitError> {
    let method = request.method.as_str();
    if !METHODS.contains(&method) {
        let why = "the methods that are sent are GET, POST, PUT and PATCH";
        return Err(InitError::unsupported(format!("-X {method}"), why));
    }
    if method == "GET" && request.body != fluxloop_curl::Body::None {
        return Err(InitError::unsupported("-X GET with a body", "a GET is sent without a body"));
    }
    Ok(())
}

/// The variable that stands for the input where a source says itself where it is. No shell has a
/// variable of this name.
pub(crate) const PROMPT: &str = "prompt!";

/// What is collected while a request is written.
pub(crate) struct Draft {
    pub(crate) vault: Vault,
    /// Where the provider of the URL expects its key, and how its own programs name the variable.
    key: Option<ProviderKey>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) input: Option<Found>,
}

/// The lines below `runner.http`, and what reads the answer.
pub(crate) struct Http {
    pub(crate) lines: String,
    pub(crate) choice: Choice,
    source: String,
}

impl Draft {
    pub(crate) fn new(request: &Request) -> Self {
        let key = ProviderKey::of(request.url.marked());
        Self { vault: Vault::default(), key, remarks: Vec::new(), input: None }
    }

    /// What the variable for the value of a header or a parameter is named after.
    fn purpose<'p>(&'p self, name: &'p str) -> &'p str {
        let key = self.key.as_ref().filter(|key| {
            name.eq_ignore_ascii_case(&key.header) || name.eq_ignore_ascii_case("key")
        });
        key.map_or(name, |key| &key.variable)
    }

    pub(crate) fn http(&mut self, request: &Request, options: &Options) -> Result<Http, InitError> {
        let body = self.body(request)?;
        let target = self.target(request)?;
        let choice = choose(target.shape.as_str(), body.document.as_ref());
        let mut lines = format!("method: {}\n", request.method);
        lines.push_str(&yaml::member("url", &Value::from(target.url), 0));
        if !target.query.is_empty() {
            lines.push_str(&yaml::member("query", &Value::Object(target.query), 0));
        }
        let headers = self.headers(request)?;
        if !headers.is_empty() {
            lines.push_str(&yaml::member("headers", &Value::Object(headers), 0));
        }
        lines.push_str(&answer(&choice));
        if let Some(template) = body.template {
            lines.push_str(&yaml::member("body_template", &template, 0));
        }
        lines.push_str(&self.connection(request, options)?);
        Ok(Http { lines, choice, source: target.host })
    }

    fn finish(mut self, command: &Command, options: &Options, http: Http) -> Proposal {
        let source = match http.source.as_str() {
            "" => "a curl command line".to_owned(),
            host => format!("a curl command line for {host}"),
        };
        let inputs = files::inputs_lines();
        let lines = self.vault.purged(http.lines);
        let configuration = files::configuration(options, &source, &inputs, &lines);
        let variables = files::variables(&configuration.content);
        // The line itself may set a variable that it uses.
        for (name, value) in command.variables() {
            if let Some(value) = value.literal().filter(|_| variables.contains(name)) {
                self.vault.keep(name, value);
            }
        }
        if self.input.is_none() {
            let why = "no member of the body and no parameter looks like the text of the user; \
                       write `$.input` where it belongs";
            self.remarks.push(Remark::new("the input", why));
        }
        if http.choice.streams == Some(false) {
            let why = "the request does not ask for a stream, so the whole answer is read at once";
            self.remarks.push(Remark::new("stream", why));
        }
        let text = self.input.as_ref().map(|it| self.vault.hide(&it.text));
        let input = text.filter(|text| !text.trim().is_empty());
        let secrets = self.vault.into_secrets();
        let is_stored = |name: &String| secrets.iter().any(|it| it.name == *name);
        let missing = variables.iter().filter(|name| !is_stored(name)).cloned().collect();
        let example = files::env_example(&variables);
        Proposal {
            files: vec![configuration, files::inputs(input.as_deref()), example],
            secrets,
            missing,
            schema: http.choice.schema.to_owned(),
            reason: http.choice.reason,
            input: self.input.map(|it| it.place),
            remarks: self.remarks,
        }
    }
}

/// The key of a provider: of `api.openai.com`, `OPENAI_API_KEY` in `Authorization`.
struct ProviderKey {
    header: String,
    variable: String,
}

impl ProviderKey {
    /// The key of the preset whose request goes to the same host.
    fn of(url: &str) -> Option<Self> {
        let host = |url: &str| url.split('/').nth(2).map(str::to_owned);
        let asked = host(url)?;
        let requests = fluxloop_schema::PRESETS.iter().filter_map(|it| it.page()?.request);
        let requests = requests.filter_map(|it| serde_yaml::from_str::<Value>(&it).ok());
        let mut same =
            requests.filter(|it| it["url"].as_str().and_then(host).as_ref() == Some(&asked));
        let request = same.next()?;
        request["headers"].as_object()?.iter().find_map(|(name, value)| {
            let (_, variable) = value.as_str()?.split_once("${")?;
            let variable = variable.strip_suffix('}')?.to_owned();
            Some(Self { header: name.clone(), variable })
        })
    }
}

/// The lines that say how the answer is read.
fn answer(choice: &Choice) -> String {
    let stream = match (choice.schema, choice.streams) {
        (_, Some(false)) => "stream: none\n",
        ("auto", _) => "stream: auto\n",
        _ => "",
    };
    format!("{stream}stream_schema: {}\n", choice.schema)
}

/// A text as the configuration has it outside of templates: a literal `${` is escaped.
fn value_of(text: &Text) -> String {
    text.written(|literal| literal.replace("${", "$${"), |name| format!("${{{name}}}"))
}

/// A text as a template has it: one that looks like a path is escaped, too.
fn template_of(text: &Text) -> Result<String, InitError> {
    let written = value_of(text);
    let looks_like_value = written.match_indices("{{").any(|(at, _)| {
        let inside = written[at + 2..].trim_start();
        inside.starts_with("$.") || inside.starts_with("$[")
    });
    if looks_like_value {
        let why = "it would be a value of the input in a template";
        return Err(InitError::unsupported("a text with `{{ $.… }}`", why));
    }
    let begins_as_path = |text: &str| text.starts_with("$.") || text.starts_with("$[");
    if written == format!("${{{PROMPT}}}") {
        return Ok(PATH.to_owned());
    }
    // `$$.` is how a template writes `$.`, and nothing is how it writes `$$.`.
    if written.strip_prefix('$').is_some_and(begins_as_path) {
        let why = "a template has no way to write it";
        return Err(InitError::unsupported("a text that begins with `$$.`", why));
    }
    let written = written.replace(&format!("${{{PROMPT}}}"), &format!("{{{{ {PATH} }}}}"));
    Ok(if begins_as_path(&written) { format!("${written}") } else { written })
}
