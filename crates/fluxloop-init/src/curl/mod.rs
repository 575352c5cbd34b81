//! A project from a curl command line.

mod body;
mod connection;
mod headers;
mod target;

use fluxloop_curl::{Body, Command, Request, Text};
use serde_json::{Map, Value};

use crate::input::Found;
use crate::proposal::{Options, Proposal, Remark};
use crate::recognize::{Choice, choose};
use crate::template::{self, takes_input};
use crate::vault::{Vault, hidden};
use crate::{InitError, files, http};

/// The methods that are sent.
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "PATCH"];

/// Where requests of a protocol have ids that each run of an agent needs for itself; `*` is each item
/// of a list.
const CASE_IDS: [(&str, &[&[&str]]); 1] =
    [("ag-ui", &[&["threadId"], &["runId"], &["messages", "*", "id"]])];

/// Proposes a project for the request of a command line. `read` gives the content of a file that
/// the line names, or says why it cannot.
///
/// # Errors
///
/// If the line is not one of curl, or asks for something that has no counterpart and decides what
/// is sent, or if a secret of it would stand where no variable can stand.
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
    // The line itself may set a variable that it uses.
    for (name, value) in command.variables() {
        if let Some(value) = value.literal() {
            draft.vault.declare(name, value);
        }
    }
    let http = draft.http(&request, options)?;
    draft.finish(options, http)
}

pub(crate) fn check_method(request: &Request) -> Result<(), InitError> {
    let method = request.method.as_str();
    if !METHODS.contains(&method) {
        let why = "the methods that are sent are GET, POST, PUT and PATCH";
        return Err(InitError::unsupported(format!("-X {method}"), why));
    }
    if method == "GET" && request.body != Body::None {
        return Err(InitError::unsupported("-X GET with a body", "a GET is sent without a body"));
    }
    Ok(())
}

/// What is collected while a request is read.
pub(crate) struct Draft {
    pub(crate) vault: Vault,
    /// Where the provider of the URL expects its key, and how its own programs name the variable.
    key: Option<ProviderKey>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) input: Option<Found>,
}

/// What stands below `runner.http`, and what reads the answer.
pub(crate) struct Http {
    /// Its texts are [marked](Text::marked).
    pub(crate) members: Map<String, Value>,
    pub(crate) choice: Choice,
    source: String,
}

impl Draft {
    pub(crate) fn new(request: &Request) -> Self {
        let key = ProviderKey::of(request.url.marked());
        let texts = texts(request);
        let mut vault = Vault::default();
        vault.reserve(texts.iter().flat_map(|text| text.variables()));
        // A source may say itself where the input is.
        let is_said = texts.into_iter().any(takes_input);
        let input = is_said.then(|| Found { text: String::new(), place: "{{prompt}}".to_owned() });
        Self { vault, key, remarks: Vec::new(), input }
    }

    /// What the variable for the value of a header or a parameter is named after.
    fn purpose<'p>(&'p self, name: &'p str) -> &'p str {
        let key = self.key.as_ref().filter(|key| {
            name.eq_ignore_ascii_case(&key.header) || name.eq_ignore_ascii_case("key")
        });
        key.map_or(name, |key| &key.variable)
    }

    pub(crate) fn http(&mut self, request: &Request, options: &Options) -> Result<Http, InitError> {
        let mut body = self.body(request)?;
        let target = self.target(request)?;
        let choice = choose(target.shape.as_str(), body.document.as_ref());
        let mut members = Map::new();
        members.insert("method".into(), request.method.as_str().into());
        members.insert("url".into(), target.url.marked().into());
        let headers = self.headers(request, body.document.is_some())?;
        if !headers.is_empty() {
            members.insert("headers".into(), headers.into());
        }
        let stream = match (choice.schema, choice.streams) {
            (_, Some(false)) => Some("none"),
            ("auto", _) => Some("auto"),
            _ => None,
        };
        members.extend(stream.map(|stream| ("stream".to_owned(), stream.into())));
        members.insert("stream_schema".into(), choice.schema.into());
        if let Some(template) = &mut body.template {
            self.give_ids(choice.schema, &mut template["mapping"]);
        }
        members.extend(body.template.map(|template| ("body_template".to_owned(), template)));
        members.extend(self.connection(request, options)?);
        Ok(Http { members, choice, source: target.host })
    }

    /// Makes ids of a line, which would be the same for all cases, values of the case.
    fn give_ids(&mut self, schema: &str, mapping: &mut Value) {
        let places = CASE_IDS.iter().filter(|(name, _)| *name == schema);
        let mut changed = Vec::new();
        for place in places.flat_map(|(_, places)| *places) {
            if give_id(mapping, place) {
                changed.push(format!("`{}`", place.join(".").replace(".*", "[]")));
            }
        }
        if !changed.is_empty() {
            let why = "each case gets ids of its own, which end in `$.id` and `$.iteration`";
            self.remarks.push(Remark::new(changed.join(", "), why));
        }
    }

    fn finish(mut self, options: &Options, http: Http) -> Result<Proposal, InitError> {
        let source = match http.source.as_str() {
            "" => "a curl command line".to_owned(),
            host => format!("a curl command line for {host}"),
        };
        let finder = self.vault.finder();
        let lines = http::lines(&http.members, &mut self.vault, &finder);
        let configuration = files::configuration(options, &source, &files::inputs_lines(), &lines);
        if self.input.is_none() {
            let why = "no member of the body and no parameter looks like the text of the user; \
                       write `$.input` where it belongs, or `{{ $.input }}` within a text";
            self.remarks.push(Remark::new("the input", why));
        }
        if http.choice.streams == Some(false) {
            let why = "the request does not ask for a stream, so the whole answer is read at once";
            self.remarks.push(Remark::new("stream", why));
        }
        let text = self.input.as_ref().map(|it| hidden(&finder, &it.text));
        let input = text.filter(|text| !text.trim().is_empty());
        let proposal = Proposal {
            files: vec![configuration, files::inputs(input.as_deref())],
            schema: http.choice.schema.to_owned(),
            reason: http.choice.reason,
            input: self.input.map(|it| it.place),
            remarks: self.remarks,
            ..Proposal::default()
        };
        proposal.sealed(self.vault, &finder)
    }
}

/// All texts of a request.
fn texts(request: &Request) -> Vec<&Text> {
    let mut texts = vec![&request.url];
    texts.extend(request.headers.iter().map(|(_, value)| value));
    match &request.body {
        Body::Text(text) => texts.push(text),
        Body::Parts(parts) => texts.extend(parts.iter().flat_map(|part| {
            let optional = [&part.file_name, &part.media_type].into_iter().flatten();
            [&part.name, &part.content].into_iter().chain(optional)
        })),
        Body::None => {}
    }
    let others = [&request.user, &request.proxy, &request.proxy_user];
    let files = [&request.ca_file, &request.cert, &request.key];
    texts.extend(others.into_iter().chain(files).flatten());
    texts
}

/// Makes the texts at a place values of the case; whether there are any.
fn give_id(value: &mut Value, place: &[&str]) -> bool {
    match (place.split_first(), value) {
        (None, Value::String(text)) => {
            let mut id = Text::from_marked(std::mem::take(text));
            for path in ["$.id", "$.iteration"] {
                id.append(&"-".into());
                id.append(&template::value(path));
            }
            id.marked().clone_into(text);
            true
        }
        (Some((&"*", rest)), Value::Array(items)) => {
            let given: Vec<bool> = items.iter_mut().map(|item| give_id(item, rest)).collect();
            given.contains(&true)
        }
        (Some((name, rest)), Value::Object(members)) => {
            members.get_mut(*name).is_some_and(|member| give_id(member, rest))
        }
        _ => false,
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
