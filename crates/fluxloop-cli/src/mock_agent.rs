//! Chooses what the mock plays, so that any configuration runs against it.

use std::net::SocketAddr;

use clap::ValueEnum;
use fluxloop_aggregate::AnswerRules;
use fluxloop_jsonpath::{JsonPath, Step};
use fluxloop_mock::{
    CustomAnswer, CustomDialect, CustomEnd, Dialect, InputAt, MockError, MockOptions, PathStep,
    Place,
};
use fluxloop_plan::{Connection, InputPlace, KeyStep, Plan};
use fluxloop_schema::{Condition, StreamKind, Test};
use url::Url;

use crate::args::MockDialect;

/// Why the mock cannot play along with a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoDialect {
    /// The text is looked for by more than names and indices.
    #[error("the mock cannot place text where `{path}` looks: only names and indices have a place")]
    Path {
        /// The path.
        path: String,
    },
    /// The mock refuses what the configuration asks of it.
    #[error(transparent)]
    Mock(#[from] MockError),
}

/// What the mock plays for a plan: the dialect that was asked for, or else the one that the URL,
/// the path or the filter tell.
pub(crate) fn options(plan: &Plan, asked: MockDialect) -> Result<MockOptions, NoDialect> {
    let dialect = match asked {
        MockDialect::Custom => Dialect::Custom(custom(plan)?),
        MockDialect::Auto => match told(plan) {
            Some(provider) => provider,
            None => Dialect::Custom(custom(plan)?),
        },
        provider => named(provider),
    };
    let also_at = Some(plan.request.url.path().to_owned());
    let seed = plan.seed.unwrap_or_default();
    Ok(MockOptions { dialect, also_at, seed, ..MockOptions::default() })
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

/// The dialect by its name on the command line.
pub(crate) fn named(dialect: MockDialect) -> Dialect {
    let value = dialect.to_possible_value();
    value.and_then(|value| Dialect::named(value.get_name())).unwrap_or_default()
}

/// The provider that the URL, the path or the filter tell.
fn told(plan: &Plan) -> Option<Dialect> {
    let by_url = Dialect::for_path(plan.request.url.path());
    let rules = &plan.response;
    by_url.or_else(|| by_filter(rules)).or_else(|| by_path(rules))
}

/// Event types that only one provider has.
fn by_filter(rules: &AnswerRules) -> Option<Dialect> {
    match first_type(rules)? {
        "content_block_delta" => Some(Dialect::Anthropic),
        "response.output_text.delta" => Some(Dialect::OpenAiResponses),
        _ => None,
    }
}

/// The place where only one provider has its text.
fn by_path(rules: &AnswerRules) -> Option<Dialect> {
    match text_path(rules)?.as_str().trim_start_matches("$.") {
        "choices[0].delta.content" => Some(Dialect::OpenAiChat),
        _ => None,
    }
}

/// An agent that says everything where the configuration looks for it.
fn custom(plan: &Plan) -> Result<CustomDialect, NoDialect> {
    let base = CustomDialect { input_at: input_at(plan)?, ..CustomDialect::default() };
    let rules = &plan.response;
    if rules.stream != StreamKind::None {
        return stream(rules, base);
    }
    let output_at = match text_path(rules) {
        Some(path) => place(path)?,
        None => Place::default(),
    };
    Ok(CustomDialect { answer: CustomAnswer::Json, output_at, ..base })
}

fn text_path(rules: &AnswerRules) -> Option<&JsonPath> {
    rules.schema.text.rules.first()?.path.as_ref()
}

fn stream(rules: &AnswerRules, base: CustomDialect) -> Result<CustomDialect, NoDialect> {
    let text_at = text_path(rules).map(place).transpose()?;
    let event_type = first_type(rules).unwrap_or("message").to_owned();
    let end = match rules.schema.end.first().filter(|_| rules.has_own_end).map(|end| &end.when) {
        // `done` is no end where it is the type of the text.
        None if event_type == "done" => CustomEnd::Data("[DONE]".to_owned()),
        Some(Condition::Type(types)) => CustomEnd::Event(types[0].text.clone()),
        Some(Condition::Data(data)) => CustomEnd::Data(data.clone()),
        Some(Condition::Test { paths, test: Test::Equals(equals) }) => {
            CustomEnd::Value { at: place(&paths[0])?, equals: equals.clone() }
        }
        _ => CustomEnd::default(),
    };
    Ok(CustomDialect {
        answer: CustomAnswer::Stream,
        event_type: Some(event_type),
        text_at,
        end,
        ..base
    })
}

fn first_type(rules: &AnswerRules) -> Option<&str> {
    match rules.schema.text.rules.first()?.when.as_ref()? {
        Condition::Type(types) => Some(&types.first()?.text),
        _ => None,
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
