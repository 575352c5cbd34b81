//! Chooses what the mock plays, so that any configuration runs against it.

use std::net::SocketAddr;

use fluxloop_aggregate::AnswerRules;
use fluxloop_jsonpath::{JsonPath, Step};
use fluxloop_mock::{
    AnswerForm, CustomDialect, CustomEnd, Dialect, InputAt, MockError, MockOptions, PathStep, Place,
};
use fluxloop_plan::{Connection, InputPlace, KeyStep, Plan};
use fluxloop_schema::{Condition, EndRule, EndsAs, PRESETS, StreamKind, Test, TypePlaces, preset};
use serde_json::{Value, json};
use url::Url;

/// Presets that a URL, an event type or a path alone names: no other server has these.
const KNOWN: [(&str, &str); 3] = [
    ("openai-chat", "choices[0].delta.content"),
    ("openai-responses", "response.output_text.delta"),
    ("anthropic", "content_block_delta"),
];

/// Why the mock cannot play along with a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoDialect {
    /// The text is looked for by more than names and indices.
    #[error("the mock cannot place text where `{path}` looks: only names and indices have a place")]
    Path {
        /// The path.
        path: String,
    },
    /// Frames are chosen by a test for which the mock knows no value.
    #[error("the mock cannot make a frame that passes the conditions of the schema")]
    Condition,
    /// The mock refuses what the configuration asks of it.
    #[error(transparent)]
    Mock(#[from] MockError),
}

/// What the mock plays for a plan: the dialect that was asked for, or else the one that the schema,
/// the URL, the path or the filter names.
pub(crate) fn options(plan: &Plan, asked: &Dialect) -> Result<MockOptions, NoDialect> {
    let dialect = match asked {
        Dialect::Auto(_) => named(plan),
        Dialect::Custom(_) => None,
        other => Some(other.clone()),
    };
    let dialect = match dialect {
        Some(dialect) => dialect,
        None => Dialect::Custom(custom(&plan.response)?),
    };
    let answer = match plan.response.stream {
        StreamKind::None => AnswerForm::Json,
        _ => AnswerForm::Stream,
    };
    Ok(MockOptions {
        dialect,
        answer,
        also_at: Some(plan.request.url.path().to_owned()),
        input_at: input_at(plan)?,
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
    plan.connection = Connection::default();
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
fn custom(rules: &AnswerRules) -> Result<CustomDialect, NoDialect> {
    let base = CustomDialect::default();
    let media_type = match rules.stream {
        StreamKind::JsonLines => "application/x-ndjson",
        StreamKind::Json => "application/json",
        StreamKind::Text => {
            let end = CustomEnd::Nothing;
            return Ok(CustomDialect { media_type: "text/plain", text_at: None, end, ..base });
        }
        StreamKind::Sse | StreamKind::Auto | StreamKind::None => base.media_type,
    };
    let mut failed = None;
    for rule in &rules.schema.text.rules {
        let text_at = rule.path.as_ref().map(place).transpose();
        let frame = Frame::passing(rules, rule.when.as_ref());
        let (text_at, frame) = match (text_at, frame) {
            (Ok(text_at), Ok(frame)) => (text_at, frame),
            (Err(error), _) | (_, Err(error)) => {
                failed.get_or_insert(error);
                continue;
            }
        };
        let output_at = text_at.clone().unwrap_or_default();
        let Frame { type_name, values, .. } = frame;
        let event_type = type_name.or_else(|| Some("message".to_owned()));
        let end = end(rules, event_type.as_deref())?;
        return Ok(CustomDialect { media_type, event_type, text_at, values, end, output_at });
    }
    Err(failed.unwrap_or(NoDialect::Condition))
}

/// The end that the rules wait for.
fn end(rules: &AnswerRules, text_type: Option<&str>) -> Result<CustomEnd, NoDialect> {
    let is_own = rules.has_own_end || rules.schema.name != "auto";
    let good = |rule: &&EndRule| rule.ends_as == EndsAs::Succeeded;
    let Some(rule) = rules.schema.end.iter().find(good).filter(|_| is_own) else {
        // `done` is not an end where it is the type of the text.
        let is_text = text_type == Some("done");
        return Ok(if is_text {
            CustomEnd::Data("[DONE]".to_owned())
        } else {
            CustomEnd::default()
        });
    };
    let Frame { type_name, data, values } = Frame::passing(rules, Some(&rule.when))?;
    Ok(match (type_name, data) {
        (_, Some(data)) => CustomEnd::Data(data),
        (Some(name), None) if values.is_empty() => CustomEnd::Event(name),
        (name, None) => CustomEnd::Values(name, values),
    })
}

/// A frame that passes a condition.
#[derive(Default)]
struct Frame {
    type_name: Option<String>,
    data: Option<String>,
    values: Vec<(Place, Value)>,
}

impl Frame {
    fn passing(rules: &AnswerRules, when: Option<&Condition>) -> Result<Self, NoDialect> {
        let mut frame = Self::default();
        when.map_or(Ok(()), |when| frame.pass(when))?;
        // An event has its type in a line of its own, anything else has it where the schema looks.
        if matches!(rules.stream, StreamKind::JsonLines | StreamKind::Json) {
            match (&rules.schema.types, frame.type_name.take()) {
                (TypePlaces::At(paths), Some(name)) => {
                    frame.values.insert(0, (place(&paths[0])?, name.into()));
                }
                (TypePlaces::Member(_), Some(name)) => {
                    let member = Place::new([name.as_str().into()])?;
                    frame.values.insert(0, (member, json!({})));
                }
                (_, name) => frame.type_name = name,
            }
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
                self.values.push((place(&paths[0])?, value));
            }
            Condition::All(all) => return all.iter().try_for_each(|it| self.pass(it)),
            Condition::Any(any) => return any.first().map_or(Ok(()), |it| self.pass(it)),
            Condition::Not(_) => {}
        }
        Ok(())
    }
}

/// A path as a place: where it looks, a text can be put.
fn place(path: &JsonPath) -> Result<Place, NoDialect> {
    let steps = path.steps().ok_or_else(|| NoDialect::Path { path: path.to_string() })?;
    Ok(Place::new(steps.iter().map(|step| match step {
        Step::Name(name) => PathStep::Name(name.clone()),
        Step::Index(index) => PathStep::Index(*index),
    }))?)
}

/// Where the input arrives, in the mock's words.
fn input_at(plan: &Plan) -> Result<Option<InputAt>, NoDialect> {
    let Some(place) = plan.request.input_places().into_iter().next() else { return Ok(None) };
    Ok(Some(match place {
        InputPlace::Query(name) => InputAt::Query(name),
        InputPlace::Form(name) => InputAt::Form(name),
        InputPlace::Text => InputAt::Body,
        InputPlace::Json(steps) => {
            let steps = steps.into_iter().map(|step| match step {
                KeyStep::Key(name) => PathStep::Name(name),
                KeyStep::Index(index) => PathStep::Index(i64::try_from(index).unwrap_or(i64::MAX)),
            });
            InputAt::Json(Place::new(steps)?)
        }
    }))
}
