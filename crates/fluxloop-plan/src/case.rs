//! One input of one iteration.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::{fmt, iter};

use fluxloop_redact::Redactor;
use serde_json::{Map, Value, json};

use crate::Fingerprint;

/// One entry of the inputs, as the user wrote it.
#[derive(Clone, Default, PartialEq)]
pub struct Input {
    /// Unique within the inputs; the entry's number from 0 where the user gave none.
    pub id: String,
    /// The text, after `input_template` was applied.
    pub input: String,
    /// The name of the persona.
    pub persona: Option<String>,
    /// A conversation that leads up to the input; `$.messages` is one user message otherwise.
    pub messages: Option<Value>,
    /// Whatever the user put under `context`.
    pub context: Option<Value>,
    /// The entry's `metadata`, and its other keys.
    pub metadata: Map<String, Value>,
    /// The body that the entry brings along: what is sent where no body is configured.
    pub body: Option<Value>,
    /// The answer that is expected. No path of a request finds it.
    pub expected: Option<Value>,
    /// What is expected of the answer. No path of a request finds it.
    pub expect: Option<Value>,
    /// The answer, masked, where this is the question to a judge. The paths of its request find it as
    /// `$.output`, and what was expected as `$.expected`.
    pub answer: Option<String>,
}

impl Input {
    /// Tells whether the same is asked: all that a request can take, but its id. Of masked text,
    /// so that nobody can try secrets against it.
    pub fn fingerprint(&self, redactor: &Redactor) -> Fingerprint {
        let Self { id: _, input, persona, messages, context, metadata, body, .. } = self;
        let mut all = vec![json!(input), json!(persona), json!(messages), json!(context)];
        all.push(json!(metadata));
        all.extend(body.clone());
        all.extend(self.answer.clone().map(Value::from));
        let all = Value::from(all).to_string();
        Fingerprint::of(redactor.mask(&all).as_str().as_bytes())
    }
}

/// None of the values: an input may quote a secret.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("bytes", &self.input.len())
            .field("metadata", &self.metadata.len())
            .finish_non_exhaustive()
    }
}

/// One input of one iteration: what one line of the journal will be about.
#[derive(Clone, Debug)]
pub struct Case {
    /// The place in the order of the run, from 0.
    pub index: u64,
    /// The iteration, from 0.
    pub iteration: u32,
    /// The input; iterations share it.
    pub input: Arc<Input>,
}

/// The cases of a run in their order: each input as often as there are iterations, before the
/// next one. So a file of inputs is read once, however many iterations there are.
///
/// An input that could not be read takes the place of its cases.
pub fn cases<E: Send + 'static>(
    inputs: impl Iterator<Item = Result<Arc<Input>, E>>,
    iterations: NonZeroU32,
) -> impl Iterator<Item = Result<Case, E>> {
    type Iterations<E> = Box<dyn Iterator<Item = Result<(u32, Arc<Input>), E>> + Send>;
    let repeated = inputs.flat_map(move |input| -> Iterations<E> {
        match input {
            Ok(input) => Box::new((0..iterations.get()).map(move |n| Ok((n, input.clone())))),
            Err(error) => Box::new(iter::once(Err(error))),
        }
    });
    repeated
        .zip(0..)
        .map(|(pair, index)| pair.map(|(iteration, input)| Case { index, iteration, input }))
}

#[cfg(test)]
mod tests {
    use fluxloop_redact::Secret;

    use super::*;

    #[track_caller]
    fn check_same(change: impl FnOnce(&mut Input), same: bool) {
        let secret = Redactor::builder().secret("S", &Secret::new("sk-live-0123")).build();
        let before = Input { input: "key sk-live-0123".to_owned(), ..Input::default() };
        let mut after = before.clone();
        change(&mut after);
        let [before, after] = [before, after].map(|it| it.fingerprint(&secret).to_string());
        assert_eq!(before == after, same);
    }

    #[test]
    fn whatever_a_request_may_take_tells_inputs_apart_and_no_secret_does() {
        check_same(|input| input.id = "other".to_owned(), true);
        check_same(|input| input.input = "key ***".to_owned(), true);
        check_same(|input| input.input.push('?'), false);
        check_same(|input| input.persona = Some("p".to_owned()), false);
        check_same(|input| input.messages = Some(json!([])), false);
        check_same(|input| input.context = Some(json!({ "order": 1 })), false);
        check_same(|input| drop(input.metadata.insert("n".to_owned(), json!(1))), false);
        check_same(|input| input.body = Some(json!({ "model": "m" })), false);
        check_same(|input| input.expected = Some(json!("42")), true);
    }

    #[test]
    fn each_input_is_repeated_before_the_next_one() {
        let input = |id: &str| Arc::new(Input { id: id.to_owned(), ..Input::default() });
        let inputs = [Ok(input("a")), Err("unreadable"), Ok(input("b"))].into_iter();
        let two = NonZeroU32::new(2).expect("not 0");
        let names: Vec<_> = cases(inputs, two)
            .map(|case| {
                case.map(|case| format!("{} {}/{}", case.index, case.input.id, case.iteration))
            })
            .collect();
        let expected: [Result<&str, &str>; 5] =
            [Ok("0 a/0"), Ok("1 a/1"), Err("unreadable"), Ok("3 b/0"), Ok("4 b/1")];
        assert_eq!(names, expected.map(|name| name.map(str::to_owned)));
    }
}
