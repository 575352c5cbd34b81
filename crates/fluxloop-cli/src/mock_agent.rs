//! Chooses what the mock plays, so that any configuration runs against it.

use std::net::SocketAddr;

use fluxloop_aggregate::AnswerRules;
use fluxloop_jsonpath::{JsonPath, Step};
use fluxloop_mock::{AnswerForm, Dialect, InputAt, MockOptions};
use fluxloop_plan::{Connection, InputPlace, KeyStep, Plan};
use fluxloop_schema::{
    Condition, EndRule, EndsAs, Join, PRESETS, PagePlay, PlayBlock, PlayWhen, StreamKind, Test,
    TypePlaces, preset,
};
use serde_json::{Value, json};
use url::Url;

/// Presets that a URL, an event type or a path alone names: no other server has these.
const KNOWN: [(&str, &str); 3] = [
    ("openai-chat", "choices[0].delta.content"),
    ("openai-responses", "response.output_text.delta"),
    ("anthropic", "content_block_delta"),
];

/// Larger indices make documents that nobody wants to read.
const MAX_INDEX: i64 = 1024;

/// Why the mock cannot play along with a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoDialect {
    #[error("the mock cannot place text where `{path}` looks: only names and indices have a place")]
    Path { path: String },
    #[error(
        "the index {index} is too large for the mock's answers: from -1024 to 1023 is possible"
    )]
    Index { index: i64 },
    #[error("the mock cannot make a frame that passes the conditions of the schema")]
    Condition,
}

/// What the mock plays for a plan: the dialect that was asked for, or else the one that the schema,
/// the URL, the path or the filter names.
pub(crate) fn options(plan: &Plan, asked: &Dialect) -> Result<MockOptions, NoDialect> {
    let dialect = match asked {
        Dialect::Auto => named(plan),
        Dialect::Custom(_) => None,
        other => Some(other.clone()),
    };
    let dialect = match dialect {
        Some(dialect) => dialect,
        None => custom(&plan.response)?,
    };
    let answer = match plan.response.stream {
        StreamKind::None => AnswerForm::Json,
        _ => AnswerForm::Stream,
    };
    Ok(MockOptions {
        dialect,
        answer,
        paths: vec![plan.request.url.path().to_owned()],
        input_at: input_at(plan),
        seed: plan.seed.unwrap_or_default(),
        ..MockOptions::default()
    })
}

/// Lets the plan's request go to the mock: scheme, host and port are replaced, and what concerns
/// the way to the real server does not apply.
pub(crate) fn redirect(plan: &mut Plan, mock: SocketAddr) -> Result<(), url::ParseError> {
    let mut url = Url::parse(&format!("http://{mock}"))?;
    url.set_path(plan.request.url.path());
    url.set_query(plan.request.url.query());
    plan.request.url = url;
    // The mock has this one path.
    if let Some(template) = &mut plan.request.url_template {
        template.keep_path();
    }
    plan.connection = Connection::default();
    // The mock costs nothing.
    plan.stop.first_cases = None;
    Ok(())
}

/// The preset that the schema is or extends, or else the one that the URL, the filter or the path
/// names.
fn named(plan: &Plan) -> Option<Dialect> {
    let schema = &plan.response.schema;
    if schema.name != "auto" {
        let same_text = || PRESETS.iter().find(|preset| preset.schema().text == schema.text);
        return preset(&schema.name).or_else(same_text).map(Dialect::Preset);
    }
    let by_url = Dialect::for_path(plan.request.url.path()).map(|dialect| dialect.name());
    let rule = schema.text.rules.first();
    let path = rule.and_then(|rule| rule.path.as_ref());
    let path = path.map(|path| path.as_str().trim_start_matches("$."));
    let is_type = |sign: &str| match rule.and_then(|rule| rule.when.as_ref()) {
        Some(Condition::Type(types)) => types.first().is_some_and(|first| first.text == sign),
        _ => false,
    };
    let mut known = KNOWN.iter();
    let by_url = known.clone().find(|(name, _)| by_url == Some(name));
    let found = by_url.or_else(|| known.find(|(_, sign)| is_type(sign) || path == Some(sign)));
    found.and_then(|(name, _)| Dialect::named(name))
}

/// An agent that says everything where the configuration looks for it.
fn custom(rules: &AnswerRules) -> Result<Dialect, NoDialect> {
    let media_type = match rules.stream {
        StreamKind::JsonLines => "application/x-ndjson",
        StreamKind::Json => "application/json",
        StreamKind::Text => "text/plain",
        StreamKind::Sse | StreamKind::Auto | StreamKind::None => "text/event-stream",
    };
    let dialect = |frames: String, whole: Value| {
        let blocks = vec![PlayBlock { when: PlayWhen::Always, frames }];
        let whole = Some(whole);
        Dialect::custom(media_type, PagePlay { blocks, whole, ..PagePlay::default() })
    };
    if rules.stream == StreamKind::Text {
        return Ok(dialect("{{raw}}".to_owned(), json!({"output": "{{all}}"})));
    }
    let mut failed = None;
    for rule in &rules.schema.text.rules {
        let mut whole = Value::Null;
        let frame = Frame::passing(rules, rule.when.as_ref()).and_then(|mut frame| {
            let steps = rule.path.as_ref().map(steps).transpose()?;
            put(steps.unwrap_or_default(), &mut whole, "{{all}}".into())?;
            match steps {
                Some(steps) => {
                    // What is replaced by each piece is the text so far.
                    let replaces = rule.join == Join::Replace && rule.append_when.is_none();
                    let piece = if replaces { "{{so_far}}" } else { "{{text}}" };
                    put(steps, &mut frame.document, piece.into())?;
                }
                None if frame.is_event => frame.data = Some("{{data}}".to_owned()),
                None => return Ok(Frame { data: Some("{{raw}}".to_owned()), ..frame }),
            }
            frame.type_name.get_or_insert_with(|| "message".to_owned());
            Ok(frame)
        });
        match frame {
            Ok(frame) => {
                let end = end(rules, frame.type_name.as_deref())?;
                return Ok(dialect(frame.text()? + &end.text()?, whole));
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    Err(failed.unwrap_or(NoDialect::Condition))
}

/// The end that the rules wait for.
fn end(rules: &AnswerRules, text_type: Option<&str>) -> Result<Frame, NoDialect> {
    let is_own = rules.has_own_end || rules.schema.name != "auto";
    let good = |rule: &&EndRule| rule.ends_as == EndsAs::Succeeded;
    let mut frame = match rules.schema.end.iter().find(good).filter(|_| is_own) {
        Some(rule) => Frame::passing(rules, Some(&rule.when))?,
        // `done` is not an end where it is the type of the text.
        None if text_type == Some("done") => {
            Frame { data: Some("[DONE]".to_owned()), ..Frame::new(rules) }
        }
        None => Frame { type_name: Some("done".to_owned()), ..Frame::new(rules) },
    };
    if frame.document.is_null() {
        frame.document = json!({"finish_reason": "stop"});
    }
    Ok(frame)
}

/// A frame that passes a condition.
struct Frame {
    is_event: bool,
    type_name: Option<String>,
    /// The data, if it is not the document.
    data: Option<String>,
    document: Value,
}

impl Frame {
    fn new(rules: &AnswerRules) -> Self {
        let is_event = !matches!(rules.stream, StreamKind::JsonLines | StreamKind::Json);
        Self { is_event, type_name: None, data: None, document: Value::Null }
    }

    fn passing(rules: &AnswerRules, when: Option<&Condition>) -> Result<Self, NoDialect> {
        let mut frame = Self::new(rules);
        when.map_or(Ok(()), |when| frame.pass(when))?;
        // An event has its type in a line of its own, anything else has it where the schema looks.
        if !frame.is_event {
            match (&rules.schema.types, &frame.type_name) {
                (TypePlaces::At(paths), Some(name)) => {
                    put(steps(&paths[0])?, &mut frame.document, name.as_str().into())?;
                }
                (TypePlaces::Member(_), Some(name)) => frame.document[name.as_str()] = json!({}),
                _ => return Ok(frame),
            }
            frame.type_name = None;
        }
        Ok(frame)
    }

    fn pass(&mut self, condition: &Condition) -> Result<(), NoDialect> {
        match condition {
            Condition::Type(types) => self.type_name = types.first().map(|it| it.text.clone()),
            Condition::Data(data) => self.data = Some(data.clone()),
            Condition::Test { paths, test } => {
                let value = match test {
                    Test::Equals(value) => value.clone(),
                    Test::In(values) => values.first().cloned().unwrap_or_default(),
                    Test::Exists(true) => true.into(),
                    Test::Exists(false) => return Ok(()),
                    Test::Matches(_) => return Err(NoDialect::Condition),
                };
                put(steps(&paths[0])?, &mut self.document, value)?;
            }
            Condition::All(all) => return all.iter().try_for_each(|it| self.pass(it)),
            Condition::Any(any) => return any.first().map_or(Ok(()), |it| self.pass(it)),
            Condition::Not(_) => {}
        }
        Ok(())
    }

    /// The frame as it is sent; a type that was given is written, `message` too.
    fn text(self) -> Result<String, NoDialect> {
        let Self { is_event, type_name, data, mut document } = self;
        match (&type_name, data) {
            (Some(name), _) if name.contains(['\r', '\n']) => Err(NoDialect::Condition),
            (_, Some(data)) if data == "{{raw}}" => Ok(data),
            (_, Some(data)) if !is_event => Ok(format!("{data}\n")),
            (name, data) if is_event => {
                let line = name.as_ref().map(|it| format!("event: {it}\n")).unwrap_or_default();
                let data = data.unwrap_or_else(|| document.to_string());
                Ok(format!("{line}data: {}\n\n", data.replace('\n', "\ndata: ")))
            }
            (name, _) => {
                if let Some(name) = name {
                    document["type"] = name.as_str().into();
                }
                Ok(format!("{document}\n"))
            }
        }
    }
}

fn steps(path: &JsonPath) -> Result<&[Step], NoDialect> {
    path.steps().ok_or_else(|| NoDialect::Path { path: path.to_string() })
}

/// Puts a value at a place of a document. What stands in its way is lost.
fn put(steps: &[Step], mut at: &mut Value, value: Value) -> Result<(), NoDialect> {
    for step in steps {
        at = match *step {
            Step::Name(ref name) => {
                if !at.is_object() {
                    *at = json!({});
                }
                &mut at[name]
            }
            Step::Index(index) if !(-MAX_INDEX..MAX_INDEX).contains(&index) => {
                return Err(NoDialect::Index { index });
            }
            Step::Index(index) => {
                let mut items = at.as_array_mut().map(std::mem::take).unwrap_or_default();
                let least = usize::try_from(if index < 0 { -index } else { index + 1 });
                let least = least.unwrap_or_default();
                items.resize(items.len().max(least), Value::Null);
                let place = if index < 0 { items.len() - least } else { least - 1 };
                *at = items.into();
                &mut at[place]
            }
        };
    }
    *at = value;
    Ok(())
}

/// Where the input arrives, in the mock's words.
fn input_at(plan: &Plan) -> Option<InputAt> {
    Some(match plan.request.input_places().into_iter().next()? {
        InputPlace::Query(name) => InputAt::Query(name),
        InputPlace::Form(name) => InputAt::Form(name),
        InputPlace::Text => InputAt::Body,
        InputPlace::Json(steps) => {
            InputAt::Json(steps.iter().fold(String::new(), |at, step| match step {
                KeyStep::Key(name) => {
                    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
                }
                KeyStep::Index(index) => format!("{at}/{index}"),
            }))
        }
    })
}
