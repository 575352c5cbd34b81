//! A schema made ready: every path has a number, every type a bit, every rule its place in the
//! order in which a frame is worked on.

mod builder;

use builder::{Builder, Needs, wake_up};
use fluxloop_jsonpath::{JsonPath, PathSet, Step, StreamScanner};
use fluxloop_schema::{
    Channel, CountAgain, EndRule, EndsAs, ErrorKind, Join, Schema, TextRule, TypePattern, preset,
};

use crate::choices::Select;
use crate::condition::Cond;
use crate::known::NO_REASON;
use crate::look::Look;

/// The number of a path among all paths that are looked up together.
pub(crate) type Slot = usize;

/// The number of the channel of the text; reasoning, refusal and further channels follow.
pub(crate) const TEXT: usize = 0;
pub(crate) const REASONING: usize = 1;
pub(crate) const REFUSAL: usize = 2;
const NAMED: usize = 3;

/// How many channels an answer has at most: the bits of one number say which were supplied.
pub(crate) const MAX_CHANNELS: usize = 64;

/// A schema made ready.
#[derive(Debug)]
pub(crate) struct Compiled {
    paths: PathSet,
    /// The same one by one, as they are written most plainly.
    path_texts: Vec<String>,
    /// The rules in the order of their work.
    pub(crate) rules: Vec<Rule>,
    /// The rules to which each path matters, as bits, and those that need no path.
    rules_of_slot: Vec<Bits>,
    always: Bits,
    /// What a type is compared with; the place is the number of its bit.
    pub(crate) patterns: Vec<TypePattern>,
    pub(crate) places: Places,
    /// The names of the channels.
    pub(crate) channels: Vec<String>,
    /// Whether a channel is a list, and how its pieces join otherwise.
    joins: Vec<Join>,
    /// The names of what is captured, and of the server's times.
    pub(crate) captures: Vec<String>,
    pub(crate) timings: Vec<String>,
    pub(crate) resets: Vec<(Cond, Option<Cond>)>,
    pub(crate) errors: Vec<Failing>,
    pub(crate) needs_input: Vec<Cond>,
    pub(crate) ends: Vec<Ending>,
    /// The ends that are known without a schema, whatever end is configured.
    pub(crate) known_ends: Vec<Cond>,
    /// Whether no others are configured.
    pub(crate) ends_are_known: bool,
    pub(crate) expected_ends: Vec<(Option<Cond>, Expected)>,
    /// How the end is called that a schema of the user's own names. An answer without it counts, with a
    /// warning: the schema may not know every end.
    pub(crate) own_end: Option<String>,
    /// Which frames carry text; empty where every frame may.
    pub(crate) text_whens: Vec<Cond>,
    /// Which frames have to be JSON, because a rule looks for text in them.
    pub(crate) json_whens: Vec<Option<Cond>>,
    /// The rules that somebody wrote for this plan, by number, and how to call them.
    pub(crate) own_rules: Vec<(usize, String)>,
    pub(crate) failed_finish_reasons: Vec<String>,
    pub(crate) ignores_failing_names: bool,
    pub(crate) select: Option<Select>,
    /// The values on which it depends which rules have work, and whether a frame ends or fails the
    /// answer; `None` where the data as a whole does that, too.
    pub(crate) deciding: Option<Vec<Slot>>,
    pub(crate) usage_again: CountAgain<Slot>,
    /// Where a text rule looks, for explanations.
    pub(crate) text_paths: Vec<JsonPath>,
    /// Types that an error rule of the configuration or of a preset names.
    pub(crate) judged_types: Bits,
}

/// One bit for each rule, type or path.
pub(crate) type Bits = Vec<u64>;

pub(crate) fn set_bit(bits: &mut Bits, bit: usize) {
    if bits.len() <= bit / 64 {
        bits.resize(bit / 64 + 1, 0);
    }
    bits[bit / 64] |= 1 << (bit % 64);
}

pub(crate) fn has_bit(bits: &[u64], bit: usize) -> bool {
    bits.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

pub(crate) fn share_a_bit(one: &[u64], other: &[u64]) -> bool {
    one.iter().zip(other).any(|(one, other)| one & other != 0)
}

/// The numbers whose bits are set, in their order.
pub(crate) fn bits_in(bits: &[u64]) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(at, word)| {
        let rest = std::iter::successors(Some(*word), |rest| Some(rest & rest.wrapping_sub(1)));
        let rest = rest.take_while(|rest| *rest != 0);
        rest.map(move |rest| 64 * at + rest.trailing_zeros() as usize)
    })
}

/// Where the data of a frame names its type and its error.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// Where texts name the type.
    pub(crate) types: Vec<Slot>,
    /// Members whose names are types, where they are present.
    pub(crate) members: Vec<(Slot, String)>,
    /// Whether the types of the data count only where the framing names no type.
    pub(crate) only_untyped: bool,
    pub(crate) error: Slot,
    /// Members of which some are in a frame that reports a failure without the member `error`.
    pub(crate) failures: Vec<Slot>,
}

/// One rule, and when it has work.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) when: Option<Cond>,
    pub(crate) work: Work,
    /// The values that it reads, where doing it twice with the same values is doing it once.
    pub(crate) repeatable: Option<Vec<Slot>>,
}

impl Rule {
    fn new(when: Option<Cond>, work: Work) -> Self {
        Self { repeatable: work.repeatable(), when, work }
    }
}

/// What a rule does with a frame.
#[derive(Debug)]
pub(crate) enum Work {
    Sequence(Slot),
    Capture(usize, Vec<Slot>),
    Timing(usize, Slot, u64),
    Model(Slot),
    Count(Counter, Vec<Counted>),
    Provider(Vec<Slot>),
    FinishReason(Slot),
    OtherChoice,
    Piece(Piece),
    FinalText(Piece),
    Call(Call),
}

/// What is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Counter {
    Input,
    Output,
    Total,
    Reasoning,
    Cached,
}

#[derive(Debug)]
pub(crate) enum Counted {
    At(Slot),
    Sum(Vec<Slot>),
}

/// A place in a frame: a value, or what a wide path finds inside it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) slot: Slot,
    pub(crate) rest: Option<JsonPath>,
    /// Two rules that look at one place have the same number.
    pub(crate) id: usize,
}

/// A rule that gives a channel a piece of text.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) channel: usize,
    /// `None`: the whole data.
    pub(crate) place: Option<Place>,
    pub(crate) join: Join,
    pub(crate) append_when: Option<Cond>,
    pub(crate) group: Vec<Slot>,
    /// Whether the rule chooses frames by their types.
    pub(crate) names_type: bool,
    pub(crate) has_when: bool,
    /// The path as it was written.
    path: Option<String>,
    layer: u8,
}

/// A rule about calls of tools.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) each: Option<Place>,
    pub(crate) key: Vec<Part>,
    pub(crate) id: Option<Part>,
    pub(crate) name: Option<Part>,
    pub(crate) arguments: Option<Part>,
    pub(crate) result: Option<Part>,
    pub(crate) error: Option<Part>,
    /// Whether arguments are whole, even as a text.
    pub(crate) are_whole: bool,
    /// The number of the place of the arguments, where the frame is about one call.
    pub(crate) place: Option<usize>,
    layer: u8,
}

/// Where a part of a call is.
#[derive(Debug)]
pub(crate) enum Part {
    OfFrame(Slot),
    OfItem(JsonPath),
}

#[derive(Debug)]
pub(crate) struct Failing {
    pub(crate) when: Cond,
    pub(crate) kind: ErrorKind,
    pub(crate) parts: Parts,
    /// Whether it stands upon what is known of all protocols.
    pub(crate) is_own: bool,
}

/// Where the parts of an error are.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) message: Vec<Place>,
    pub(crate) code: Vec<Slot>,
    pub(crate) retry_after: Vec<Slot>,
}

impl Parts {
    pub(crate) fn is_empty(&self) -> bool {
        self.message.is_empty() && self.code.is_empty()
    }
}

#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) when: Cond,
    pub(crate) ends_as: EndsAs,
    pub(crate) parts: Parts,
    /// Whether a path is tested, so that the frame may carry text itself.
    pub(crate) tests_path: bool,
}

/// An end that is to be expected.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) name: String,
    pub(crate) or_finish_reason: bool,
}

impl Compiled {
    pub(crate) fn new(schema: &Schema, known_ends: &[EndRule]) -> Self {
        let mut builder = Builder::default();
        let places = builder.places(&schema.types);
        let mut rules = builder.facts(schema);
        // Where nobody says where the text is, the data itself is the text.
        let data = Channel { rules: vec![TextRule::default()], ..Channel::default() };
        let channels = channels(schema, &data);
        rules.extend(builder.pieces(&channels, &schema.tool_calls, schema.calls_layer));
        let select = schema.select.as_ref().map(|path| builder.select(path));
        if let Some(list) = select.as_ref().and_then(|select| select.list.as_ref()) {
            rules.push((vec![list.second], Rule::new(None, Work::OtherChoice)));
        }
        let text = &schema.text.rules;
        let resets = schema.reset.iter().map(|rule| {
            (builder.cond(&rule.when), rule.since.as_ref().map(|since| builder.cond(since)))
        });
        let resets = resets.collect();
        let errors = schema.error.iter().map(|rule| builder.failing(rule)).collect();
        let needs_input = schema.needs_input.iter().map(|when| builder.cond(when)).collect();
        let ends = schema.end.iter().map(|rule| builder.ending(rule)).collect();
        let ends_are_known = schema.end == known_ends;
        let known_ends = known_ends.iter().map(|rule| builder.cond(&rule.when)).collect();
        let expected_ends = schema.expects_end.iter().map(|end| builder.expected(end)).collect();
        let is_preset = preset(&schema.name).is_some();
        let expects_other = schema.expects_end != Schema::auto().expects_end;
        let is_own = !is_preset && !ends_are_known && !expects_other;
        let own_end =
            schema.end.first().filter(|_| is_own).map(|rule| builder::name_of(&rule.when));
        let has_when = text.iter().all(|rule| rule.when.is_some());
        let text_whens = text.iter().filter(|_| has_when).filter_map(|rule| rule.when.as_ref());
        let text_whens = text_whens.map(|when| builder.cond(when)).collect();
        let json = text.iter().filter(|rule| rule.path.is_some());
        let json_whens =
            json.map(|rule| rule.when.as_ref().map(|when| builder.cond(when))).collect();
        // A group of the configuration takes all choices.
        let takes_all = text.iter().any(|rule| !rule.group.is_empty());
        let select = select.filter(|_| !takes_all);
        let usage_again = match &schema.usage.again {
            CountAgain::Last => CountAgain::Last,
            CountAgain::Sum => CountAgain::Sum,
            CountAgain::SumOfLastBy(path) => CountAgain::SumOfLastBy(builder.slot(path)),
        };
        let judged_types = builder.judged_types(&schema.error);
        let number = select.as_ref().map(|select| select.number);
        let deciding = builder.deciding(&places, number);
        let own_rules = own_rules(schema, &rules, &channels);
        let (rules_of_slot, always) = wake_up(&rules, builder.paths.len());
        Self {
            paths: PathSet::new(&builder.paths).expect("only singular paths are numbered"),
            path_texts: builder.paths.iter().map(plainly).collect(),
            rules: rules.into_iter().map(|(_, rule)| rule).collect(),
            rules_of_slot,
            always,
            patterns: builder.patterns,
            places,
            joins: channels.iter().map(|(_, channel)| channel.join()).collect(),
            channels: channels.into_iter().map(|(name, _)| name).collect(),
            captures: schema.captures.keys().cloned().collect(),
            timings: schema.server_timings.keys().cloned().collect(),
            resets,
            errors,
            needs_input,
            ends,
            known_ends,
            ends_are_known,
            expected_ends,
            own_end,
            text_whens,
            json_whens,
            failed_finish_reasons: schema.failed_finish_reasons.clone(),
            own_rules,
            ignores_failing_names: schema.ignores_failing_names,
            select,
            deciding,
            usage_again,
            text_paths: text.iter().filter_map(|rule| rule.path.clone()).collect(),
            judged_types,
        }
    }

    /// Begins a stream of documents.
    pub(crate) fn scanner(&self) -> StreamScanner {
        StreamScanner::new(&self.paths)
    }

    /// The rules that have work in a document in which these paths found values.
    pub(crate) fn wake(&self, found: &Bits, awake: &mut Bits) {
        awake.clone_from(&self.always);
        for slot in bits_in(found) {
            for (word, more) in awake.iter_mut().zip(&self.rules_of_slot[slot]) {
                *word |= more;
            }
        }
    }

    /// Whether a frame has a finish reason.
    pub(crate) fn finds_finish_reason(&self, look: &Look<'_>) -> bool {
        let text =
            |slot| look.text(slot).filter(|reason| !reason.is_empty() && reason != NO_REASON);
        self.rules.iter().any(|rule| match rule.work {
            Work::FinishReason(slot) => text(slot).is_some(),
            _ => false,
        })
    }

    /// How the pieces of a channel are joined.
    pub(crate) fn join_of(&self, channel: usize) -> Join {
        self.joins[channel]
    }

    /// A path as it is written most plainly.
    pub(crate) fn path_of(&self, slot: Slot) -> String {
        self.path_texts[slot].clone()
    }

    /// How many words the bits of the types take.
    pub(crate) fn words_of_types(&self) -> usize {
        self.patterns.len().div_ceil(64)
    }

    /// What a type is equal to, as bits.
    pub(crate) fn bits_of(&self, name: &str) -> Bits {
        let mut bits = vec![0; self.patterns.len().div_ceil(64)];
        for (bit, pattern) in self.patterns.iter().enumerate() {
            if pattern.fits(name) {
                set_bit(&mut bits, bit);
            }
        }
        bits
    }
}

/// A path as it is written most plainly.
fn plainly(path: &JsonPath) -> String {
    let mut text = String::new();
    for step in path.steps().unwrap_or_default() {
        match step {
            Step::Name(name) if is_plain(name) && !text.is_empty() => {
                text.push('.');
                text.push_str(name);
            }
            Step::Name(name) if is_plain(name) => text.push_str(name),
            step if text.is_empty() => text = format!("${step}"),
            step => text.push_str(&step.to_string()),
        }
    }
    if text.is_empty() { "$".to_owned() } else { text }
}

/// All channels by name, in their order.
fn channels<'s>(schema: &'s Schema, data: &'s Channel) -> Vec<(String, &'s Channel)> {
    let text = if schema.text.rules.is_empty() { data } else { &schema.text };
    let first = [("text", text), ("reasoning", &schema.reasoning), ("refusal", &schema.refusal)];
    let first = first.map(|(name, channel)| (name.to_owned(), channel));
    debug_assert_eq!(first.len(), NAMED);
    let named = schema.channels.iter().map(|(name, channel)| (name.clone(), channel));
    first.into_iter().chain(named).take(MAX_CHANNELS).collect()
}

/// The rules of a schema that is not a preset, with the names that a warning gives them.
fn own_rules(
    schema: &Schema,
    rules: &[(Needs, Rule)],
    channels: &[(String, &Channel)],
) -> Vec<(usize, String)> {
    if preset(&schema.name).is_some() {
        return Vec::new();
    }
    let highest = channels.iter().map(|(_, channel)| channel.layer).max().unwrap_or_default();
    let highest = highest.max(schema.calls_layer);
    let name = |work: &Work| match work {
        Work::Piece(piece) if piece.layer == highest => {
            let path = piece.path.as_deref().unwrap_or("the data");
            Some(format!("`{}` at `{path}`", channels[piece.channel].0))
        }
        Work::Call(call) if call.layer == highest => Some("`tool_calls`".to_owned()),
        _ => None,
    };
    let names = rules.iter().map(|(_, rule)| name(&rule.work).filter(|_| highest > 0));
    names.enumerate().filter_map(|(number, name)| Some((number, name?))).collect()
}

impl Work {
    /// Where a text is that is only appended to the text.
    pub(crate) fn plain_text(&self) -> Option<Slot> {
        let Self::Piece(piece) = self else { return None };
        let is_plain =
            piece.channel == TEXT && piece.join == Join::Append && piece.group.is_empty();
        let place = piece.place.as_ref().filter(|place| is_plain && place.rest.is_none());
        place.map(|place| place.slot)
    }

    /// The values that it reads, where doing it twice with the same values is doing it once.
    fn repeatable(&self) -> Option<Vec<Slot>> {
        match self {
            Self::Capture(_, slots) | Self::Provider(slots) => Some(slots.clone()),
            Self::Timing(_, slot, _) | Self::Model(slot) | Self::FinishReason(slot) => {
                Some(vec![*slot])
            }
            Self::Count(_, counted) => {
                let slots = counted.iter().flat_map(|counted| match counted {
                    Counted::At(slot) => vec![*slot],
                    Counted::Sum(slots) => slots.clone(),
                });
                Some(slots.collect())
            }
            Self::Sequence(_)
            | Self::OtherChoice
            | Self::Piece(_)
            | Self::FinalText(_)
            | Self::Call(_) => None,
        }
    }
}

impl Call {
    /// Any of these shows that there is something to read.
    fn needs(&self) -> Needs {
        if let Some(each) = &self.each {
            return vec![each.slot];
        }
        let parts = [&self.id, &self.name, &self.arguments, &self.result, &self.error];
        let slots = parts.into_iter().flatten().chain(&self.key).filter_map(|part| match part {
            Part::OfFrame(slot) => Some(*slot),
            Part::OfItem(_) => None,
        });
        slots.collect()
    }
}

/// Whether a name stands in a path as it is, after a dot.
pub(crate) fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}
