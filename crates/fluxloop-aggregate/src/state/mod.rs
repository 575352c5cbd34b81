//! What is known of an answer so far, and how a frame adds to it.

mod conclude;
mod facts;
mod failures;
mod pieces;
mod settled;

use std::collections::BTreeMap;
use std::time::Duration;

use failures::Stray;
use fluxloop_frames::Frame;
use fluxloop_jsonpath::{JsonError, RawFound};
use fluxloop_schema::EndsAs;
use serde_json::Value;
pub(crate) use settled::Settled;

use crate::aggregator::Push;
use crate::api_error::ApiError;
use crate::calls::{Calls, RememberedCalls};
use crate::channel::{ChannelState, Remembered};
use crate::compile::{Bits, Compiled, Ending, Expected, TEXT};
use crate::error::{ContentFault, Malformed};
use crate::excerpt::excerpt;
use crate::explain::Took;
use crate::known::DONE_DATA;
use crate::look::{Eyes, Look};
use crate::reader::Prepared;
use crate::samples::Samples;
use crate::types::{NameSays, NamedBy, TypeTable};
use crate::usage::UsageParts;

/// The longest type that data names, in characters.
const MAX_DATA_TYPE: usize = 64;

/// What is known so far.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one answer")]
pub(crate) struct State {
    pub(crate) frames: u64,
    /// Whether the body is one frame.
    pub(crate) is_whole: bool,
    types: TypeTable,
    pub(crate) channels: Vec<ChannelState>,
    calls: Calls,
    usage: UsageParts,
    finish_reason: Option<String>,
    finish_reason_at: Option<usize>,
    model: Option<String>,
    captures: BTreeMap<usize, Value>,
    timings: BTreeMap<usize, Duration>,
    /// Where everything was before the frames that may belong to other choices.
    before_others: Option<Snapshot>,
    /// Where everything was when a frame of each reset's `since` last came.
    marks: Vec<Option<Snapshot>>,
    was_reset: bool,
    discarded: u64,
    /// Texts that repeat a group, by channel and label.
    finals: Vec<(usize, Vec<String>, String)>,
    sequence: Option<i64>,
    ends_as: EndsAs,
    /// The type of the frame with which the agent began to wait for a person.
    needs_input: Option<String>,
    expected: Option<Expected>,
    shows_end: bool,
    pub(crate) done: bool,
    /// Whether `[DONE]` came, and whether nothing else ended the answer.
    shows_marker: bool,
    ends_in_marker: bool,
    limit_reached: bool,
    pub(crate) failed: bool,
    noted: Option<Noted>,
    stray: Stray,
    passed: u64,
    matched: u64,
    /// In how many frames the text path found something that is not a text.
    not_text: u64,
    oddities: Oddities,
    samples: Samples,
    pub(crate) first_output: Option<Duration>,
    pub(crate) last_output: Option<Duration>,
    /// Whether the last frame made the text grow.
    pub(crate) grew: bool,
    held_marker: Option<HeldMarker>,
    /// The labels of the frame that is being read; kept so that no frame allocates them.
    label: Vec<String>,
    /// The rules that had work in the frame; kept likewise.
    worked: Vec<usize>,
    /// The rules that had work in any frame, as bits.
    used: Bits,
    /// Whether the conditions of the text let the frame pass.
    has_passed: bool,
    /// Whether the frame did nothing that rules do not do.
    is_quiet: bool,
    /// The places of the frame that were taken, and by which channel; kept likewise.
    taken: Vec<(usize, usize)>,
    /// What rules took since somebody last asked; `None` where nobody asks.
    pub(crate) explained: Option<Vec<Took>>,
}

/// An error that was only noted.
#[derive(Debug)]
struct Noted {
    error: ApiError,
    example: String,
    count: u64,
    /// Whether text or an end followed.
    is_followed: bool,
    /// Whether a part of the run failed, and not the answer.
    is_part: bool,
}

/// A text that is the end marker if no further text follows.
#[derive(Debug)]
struct HeldMarker {
    text: String,
    label: Vec<String>,
    at: Duration,
}

/// How long everything was.
#[derive(Clone, Debug, Default)]
struct Snapshot {
    channels: Vec<Remembered>,
    calls: RememberedCalls,
}

/// What becomes a warning.
#[derive(Debug, Default)]
struct Oddities {
    cut: Odd,
    unfinished: Odd,
    not_json: Odd,
    text_after_end: Odd,
    lists: Odd,
    list_path: Option<String>,
    /// The types that gave text though no condition chose them.
    mixed: Vec<usize>,
    by_line: u64,
    by_data: u64,
    kept_apart: Odd,
    kept_in: Bits,
    lines: Odd,
    sequence: Odd,
    several_choices: Odd,
    ends_in_marker: bool,
}

/// How often something was seen, and the first of it.
#[derive(Debug, Default)]
struct Odd {
    count: u64,
    first: Option<String>,
}

impl Odd {
    fn note(&mut self, example: &str) {
        self.count += 1;
        self.first.get_or_insert_with(|| excerpt(example));
    }
}

/// What is seen of a frame before any rule has work.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// When it came.
    pub(crate) at: Duration,
    /// Whether it belongs to the first choice.
    pub(crate) is_ours: bool,
    /// The number of its type.
    pub(crate) of_type: usize,
    /// The number of the type that the framing names.
    pub(crate) line: usize,
    /// Whether the framing names its type.
    pub(crate) is_named_by_line: bool,
    /// Whether nothing names its type.
    pub(crate) is_untyped: bool,
    pub(crate) says: NameSays,
    /// Why the data could not be read as JSON, if it was tried.
    pub(crate) unreadable: Option<JsonError>,
}

impl State {
    pub(crate) fn new(rules: &Compiled, output_char_limit: Option<u64>) -> Self {
        let mut channels = vec![ChannelState::with_limit(output_char_limit)];
        channels.resize_with(rules.channels.len(), || ChannelState::with_limit(None));
        let marks = rules.resets.iter().map(|_| None).collect();
        Self { channels, marks, ..Self::default() }
    }

    /// Whether nothing more is expected.
    pub(crate) fn is_over(&self) -> bool {
        self.done || self.failed || self.limit_reached
    }

    #[inline]
    pub(crate) fn begin_frame(&mut self) {
        self.grew = false;
        self.frames += 1;
    }

    pub(crate) fn note_cut(&mut self, data: &str) {
        self.oddities.cut.note(data);
    }

    pub(crate) fn note_unfinished(&mut self, data: &str) {
        self.oddities.unfinished.note(data);
    }

    /// Reads the types of a frame whose data was read, or could not be.
    pub(crate) fn see(
        &mut self,
        rules: &Compiled,
        eyes: &mut Eyes,
        frame: &Frame<'_>,
        unreadable: Option<JsonError>,
        counts: bool,
    ) -> Seen {
        let types = eyes.begin_types(rules);
        let line = self.types.note(frame.event_type, NamedBy::Framing, counts, rules, types);
        let is_named_by_line = frame.event_type != Frame::MESSAGE;
        let mut seen = Seen {
            at: Duration::ZERO,
            is_ours: true,
            of_type: line,
            line,
            is_named_by_line,
            is_untyped: !is_named_by_line,
            says: self.types.says(line),
            unreadable,
        };
        if is_named_by_line && rules.places.only_untyped {
            return seen;
        }
        let mut is_first = true;
        let mut note = |state: &mut Self, name: &str, slot: usize, types: &mut Bits| {
            let count = counts && is_first;
            let place = state.types.note(name, NamedBy::Data, count, rules, types);
            if is_first {
                (seen.of_type, seen.is_untyped) = (place, false);
            }
            if seen.says != NameSays::Failed {
                seen.says = state.types.says(place);
            }
            if counts {
                state.explain(|| Took::new("type", Some(rules.path_of(slot)), name));
            }
            is_first = false;
        };
        let (scanner, types) = eyes.parts();
        if let Some(scanner) = scanner {
            for slot in &rules.places.types {
                let named = scanner.value(*slot, frame.data).and_then(RawFound::string);
                if let Some(name) = named
                    && !name.is_empty()
                    && name.len() <= 4 * MAX_DATA_TYPE
                    && name.chars().count() <= MAX_DATA_TYPE
                {
                    note(self, &name, *slot, types);
                }
            }
            for (slot, name) in &rules.places.members {
                let value = scanner.value(*slot, frame.data);
                if value.is_some_and(|value| !value.is_null()) {
                    note(self, name, *slot, types);
                }
            }
        }
        seen
    }

    /// Takes a frame: facts first, then what takes back, then what gives, then what fails or ends
    /// the answer.
    #[inline]
    pub(crate) fn take(
        &mut self,
        reader: &Prepared,
        look: &Look<'_>,
        awake: &Bits,
        seen: &Seen,
    ) -> Result<Push, ContentFault> {
        if self.limit_reached {
            return Ok(Push::LimitReached);
        }
        let rules = &reader.compiled;
        let is_after_end = self.done;
        self.is_quiet = !is_after_end && seen.unreadable.is_none();
        let end = rules.ends.iter().find(|end| !is_after_end && end.when.holds(look));
        self.check_json(rules, look, seen, end)?;
        self.note_end_shown(rules, look);
        if !is_after_end && !rules.resets.is_empty() {
            self.reset(rules, look);
        }
        let passes =
            rules.text_whens.is_empty() || rules.text_whens.iter().any(|when| when.holds(look));
        self.has_passed = passes;
        self.passed += u64::from(passes);
        if end.is_none() && self.channels[TEXT].is_empty() {
            self.samples.offer(seen.of_type, look.data, passes);
        }
        let gives_text = !is_after_end && (self.is_whole || end.is_none_or(|end| end.tests_path));
        let appended = self.work(rules, look, awake, seen, gives_text)?;
        if is_after_end {
            return Ok(Push::Done);
        }
        self.fail(reader, look, seen, passes)?;
        self.note_needs_input(rules, look, seen);
        if let Some(end) = end {
            self.is_quiet = false;
            self.explain(|| Took::when("end", &end.when, rules));
            if end.ends_as == EndsAs::NeedsInput {
                self.wait_for_input(seen);
            }
            self.end(end, look)?;
        }
        // A text that was held back may have reached the limit, too.
        self.limit_reached |= appended == crate::channel::Appended::Cut;
        if self.limit_reached {
            return Ok(Push::LimitReached);
        }
        Ok(if self.done { Push::Done } else { Push::More })
    }

    /// A frame that should carry JSON and does not.
    #[inline]
    fn check_json(
        &mut self,
        rules: &Compiled,
        look: &Look<'_>,
        seen: &Seen,
        end: Option<&Ending>,
    ) -> Result<(), ContentFault> {
        let Some(source) = &seen.unreadable else { return Ok(()) };
        // What reports a failure need not be JSON.
        if self.done || look.is_no_document() || seen.says == NameSays::Failed {
            return Ok(());
        }
        let begins_like_json = look.begins_like_json();
        if self.is_whole || (end.is_some() && begins_like_json) {
            return Err(self.malformed(source.clone(), look, seen));
        }
        if end.is_some() || rules.json_whens.is_empty() {
            return Ok(());
        }
        // The type of a frame that cannot be read is not known if its data would name it.
        let may_be_any = seen.is_untyped && begins_like_json;
        let mut whens = rules.json_whens.iter();
        let is_wanted = if seen.is_named_by_line {
            // Events with names of their own that no rule asks for are keep-alives.
            whens.any(|when| when.as_ref().is_some_and(|when| when.asks_for_type(look)))
        } else {
            whens.any(|when| when.as_ref().is_none_or(|when| may_be_any || when.may_hold(look)))
        };
        if !is_wanted {
            if seen.says != NameSays::Alive {
                self.oddities.not_json.note(look.data);
            }
            return Ok(());
        }
        Err(self.malformed(source.clone(), look, seen))
    }

    /// The fault of a frame whose data cannot be read.
    fn malformed(&self, source: JsonError, look: &Look<'_>, seen: &Seen) -> ContentFault {
        ContentFault::Malformed(Malformed {
            number: (!self.is_whole).then_some(self.frames),
            event_type: excerpt(self.types.name(seen.of_type)),
            source,
            data: excerpt(look.data),
        })
    }

    /// Ends the answer.
    fn end(&mut self, end: &Ending, look: &Look<'_>) -> Result<(), ContentFault> {
        self.done = true;
        self.ends_in_marker = look.is_data(DONE_DATA);
        self.ends_as = self.ends_as.max(end.ends_as);
        if let Some(noted) = &mut self.noted {
            noted.is_followed |= end.ends_as != EndsAs::Failed;
        }
        if end.ends_as == EndsAs::Failed {
            return Err(ContentFault::Ruled(ApiError::at(&end.parts, look)));
        }
        Ok(())
    }
}
