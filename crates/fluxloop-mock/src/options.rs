//! How a mock behaves.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::{Dialect, Faults, Served};

/// What a mock calls with every answer that has ended.
pub type OnServed = Arc<dyn Fn(&Served) + Send + Sync>;

/// How a mock behaves.
///
/// The default listens on a free loopback port, plays every preset at its own paths, echoes at full
/// speed, and breaks nothing.
#[derive(Clone)]
pub struct MockOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What to play.
    pub dialect: Dialect,
    /// More paths at which the dialect is served, for gateways and agents with paths of their own.
    pub paths: Vec<String>,
    /// Where the input is in a request that has no input where the dialect expects it.
    pub input_at: Option<InputAt>,
    /// In which form to answer, where the dialect knows both and the request does not say.
    pub answer: AnswerForm,
    /// Whether answers have [reasoning](Self::REASONING) before their text.
    pub reasoning: bool,
    /// How many tools an answer calls. Each is called `lookup`, and its argument `query` is the
    /// input.
    pub tool_calls: usize,
    /// What to say.
    pub reply: Reply,
    /// Wait between the request and the first byte of its answer. Refusals do not wait.
    pub delay: Duration,
    /// Wait before each delta but the first: of text, of reasoning, of a tool call's arguments.
    ///
    /// What precedes the first delta (role chunk, `message_start`, `ping`) comes with it, and what
    /// follows the last one (finish chunk, usage, `[DONE]`) comes with that, so that an answer of n
    /// deltas takes `delay + (n - 1) * chunk_gap`.
    pub chunk_gap: Duration,
    /// Share by which each wait is made shorter or longer at random, 0 (not at all) to 1.
    pub jitter: f64,
    /// Source of all chance: ids, jitter and [`Faults`].
    pub seed: u64,
    /// The key that requests must bring, as `Authorization: Bearer` or `x-api-key`; none by
    /// default.
    pub api_key: Option<String>,
    /// What goes wrong. Answers that a script writes out step by step are not touched, neither by
    /// this nor by the key or the pauses above; those that it leaves to a dialect are, unless they
    /// have a fault of their own.
    pub faults: Faults,
    /// How many of the latest requests and answers to keep for
    /// [`MockAgent::requests`](crate::MockAgent::requests) and
    /// [`MockAgent::answers`](crate::MockAgent::answers).
    pub record: usize,
    /// Is told of every answer when it has ended, on a task of the mock, which waits for it.
    pub on_served: Option<OnServed>,
}

impl MockOptions {
    /// The reasoning of an answer that has some.
    pub const REASONING: &str = "The question is short, and so is the answer.";

    /// Whether anybody wants to know what was served.
    pub(crate) fn tells(&self) -> bool {
        self.record > 0 || self.on_served.is_some()
    }
}

impl Default for MockOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            dialect: Dialect::default(),
            paths: Vec::new(),
            input_at: None,
            answer: AnswerForm::AsAccepted,
            reasoning: false,
            tool_calls: 0,
            reply: Reply::Echo,
            delay: Duration::ZERO,
            chunk_gap: Duration::ZERO,
            jitter: 0.0,
            seed: 0,
            api_key: None,
            faults: Faults::default(),
            record: 0,
            on_served: None,
        }
    }
}

impl fmt::Debug for MockOptions {
    /// Everything but the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockOptions")
            .field("listen", &self.listen)
            .field("dialect", &self.dialect.name())
            .field("reply", &self.reply)
            .field("delay", &self.delay)
            .field("chunk_gap", &self.chunk_gap)
            .field("seed", &self.seed)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// What an answer says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Reply {
    /// Exactly the input: the last user message, or what plays its part in the dialect.
    #[default]
    Echo,
    /// This text, whatever was asked.
    Text(Arc<str>),
    /// The input with the request's number (from 1) before each word, `7.Hello 7.world`: no two
    /// answers have a word in common, so that text joined from two of them shows.
    Numbered,
}

/// In which form to answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AnswerForm {
    /// One JSON body if the body says `"stream": false`, or if `Accept` names `application/json`
    /// and not `text/event-stream`; otherwise a stream.
    #[default]
    AsAccepted,
    /// Always a stream.
    Stream,
    /// Always one JSON body.
    Json,
}

/// Where the input is in a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InputAt {
    /// There in a JSON body, as a JSON pointer (RFC 6901).
    Json(String),
    /// In this parameter of the query.
    Query(String),
    /// In this field of a form.
    Form(String),
    /// The body is the input.
    Body,
}
