//! What a frame gives to channels and calls.

use std::time::Duration;

use fluxloop_jsonpath::{Found, RawFound, TooManyMatches};
use fluxloop_schema::Join;
use serde_json::Value;

use super::{HeldMarker, Seen, Snapshot, State};
use crate::aggregator::Push;
use crate::channel::{Appended, ChannelState};
use crate::compile::{Bits, Compiled, Piece, Rule, TEXT, Work, bits_in, set_bit};
use crate::diagnosis::path_into_list;
use crate::error::ContentFault;
use crate::explain::Took;
use crate::halves::Torn;
use crate::known::DONE_DATA;
use crate::look::Look;
use crate::samples::Samples;

/// How many types that gave text are named.
const MAX_MIXED: usize = 8;

/// The longest row of end markers that is held back as they may be text, in bytes.
const MAX_HELD: usize = 1 << 10;

/// How many final texts are kept.
const MAX_FINALS: usize = 1024;

/// One frame under work.
#[derive(Clone, Copy)]
struct Now<'a, 'f> {
    rules: &'a Compiled,
    look: &'a Look<'f>,
    seen: &'a Seen,
    /// Whether text in it counts.
    gives_text: bool,
}

/// What one frame has given so far.
#[derive(Debug, Default)]
struct Given {
    /// The channels that were supplied, as bits.
    channels: u64,
    /// The text path found a text, perhaps an empty one.
    has_matched: bool,
    /// It found something else.
    not_text: bool,
    /// It found a list or an object in which there is text.
    list: Option<String>,
    appended: Appended,
}

impl State {
    /// Lets every rule work that has something to do.
    #[inline]
    pub(super) fn work(
        &mut self,
        rules: &Compiled,
        look: &Look<'_>,
        awake: &Bits,
        seen: &Seen,
        gives_text: bool,
    ) -> Result<Appended, ContentFault> {
        let mut given = Given::default();
        let now = Now { rules, look, seen, gives_text };
        self.taken.clear();
        self.worked.clear();
        for number in bits_in(awake) {
            let rule = &rules.rules[number];
            if rule.when.as_ref().is_none_or(|when| when.holds(look)) {
                self.worked.push(number);
                set_bit(&mut self.used, number);
                self.work_one(rule, now, &mut given)
                    .map_err(|error| self.malformed(error.into(), look, seen))?;
            }
        }
        Ok(self.gave(given, look))
    }

    /// Lets the rules work that have work in every frame of a structure.
    #[inline]
    pub(super) fn work_again(
        &mut self,
        rules: &Compiled,
        numbers: &[usize],
        look: &Look<'_>,
        seen: &Seen,
    ) -> Result<Appended, ContentFault> {
        let mut given = Given::default();
        let now = Now { rules, look, seen, gives_text: true };
        self.taken.clear();
        for number in numbers {
            self.work_one(&rules.rules[*number], now, &mut given)
                .map_err(|error| self.malformed(error.into(), look, seen))?;
        }
        Ok(self.gave(given, look))
    }

    /// Counts what a frame gave.
    #[inline]
    fn gave(&mut self, given: Given, look: &Look<'_>) -> Appended {
        self.matched += u64::from(given.has_matched);
        let found_no_text = given.not_text && given.channels & 1 == 0;
        self.not_text += u64::from(found_no_text && !given.has_matched);
        if let Some(path) = given.list.filter(|_| found_no_text) {
            self.oddities.lists.note(look.data);
            self.oddities.list_path.get_or_insert(path);
        }
        given.appended
    }

    fn work_one(
        &mut self,
        rule: &Rule,
        now: Now<'_, '_>,
        given: &mut Given,
    ) -> Result<(), TooManyMatches> {
        let Now { rules, look, seen, .. } = now;
        match &rule.work {
            Work::Piece(_) | Work::Call(_) | Work::FinalText(_) if !seen.is_ours => {}
            Work::Piece(piece) => self.piece(piece, now, given)?,
            // What comes after the end adds nothing but facts.
            Work::Call(_) | Work::FinalText(_) if self.done => {}
            Work::FinalText(piece) => self.final_text(piece, rules, look),
            Work::Call(call) => {
                let is_taken = call.place.is_some_and(|place| self.is_taken(place));
                if !is_taken && self.calls.take(call, look, seen.at) {
                    self.taken.extend(call.place.map(|place| (place, rules.channels.len())));
                    self.note_output(seen.at);
                    if self.explained.is_some() {
                        self.explain_call(call, rules, look);
                    }
                }
            }
            work => self.fact(rules, work, look, seen),
        }
        Ok(())
    }

    fn is_taken(&self, place: usize) -> bool {
        self.taken.iter().any(|(taken, _)| *taken == place)
    }

    /// Takes what a rule finds for a channel.
    fn piece(
        &mut self,
        piece: &Piece,
        now: Now<'_, '_>,
        given: &mut Given,
    ) -> Result<(), TooManyMatches> {
        let Now { rules, look, .. } = now;
        let is_text = piece.channel == TEXT;
        if given.channels & (1 << piece.channel) != 0 {
            return Ok(());
        }
        let Some(place) = &piece.place else {
            // The data itself is the text: that of an event without data is not there.
            // The data of an end is not a text, and that of an event without data is not there.
            let is_end = !now.gives_text && !self.done;
            if !look.data.is_empty() && !is_end {
                self.give(piece, look.data.into(), now, given);
            }
            return Ok(());
        };
        let taken = self.taken.iter().find(|(taken, _)| *taken == place.id);
        if let Some((_, by)) = taken.copied() {
            if is_text {
                self.explain(|| {
                    let name = rules.channels.get(by).map_or("tool_calls", String::as_str);
                    Took::new(&format!("kept apart as {name}"), piece.path(rules), Value::Null)
                });
                self.oddities.kept_apart.note(look.data);
                set_bit(&mut self.oddities.kept_in, by);
            }
            return Ok(());
        }
        let channel = &mut self.channels[piece.channel];
        let before = channel.bytes();
        channel.begin(look.data.len());
        let mut found_text = false;
        // Where the server says when it replaces, it may do so with nothing.
        let mut has_emptied = false;
        // What replaces a text is everything that the frame has for it.
        let mut whole = (piece.join == Join::Replace).then(Torn::default);
        let found = look.try_each(place, &mut |value: RawFound<'_>| match value.read() {
            Found::Null => given.not_text |= is_text,
            composite @ (Found::Array(_) | Found::Object(_)) if is_text => {
                given.not_text = true;
                if given.list.is_none() {
                    given.list = path_into_list(&composite, rules, place);
                }
            }
            found => {
                if let Some(text) = found.into_text() {
                    found_text |= !text.is_empty();
                    has_emptied |= text.is_empty() && piece.append_when.is_some();
                    let text = Torn::new(value, text);
                    match &mut whole {
                        Some(whole) if whole.text.len() + text.text.len() <= look.data.len() => {
                            whole.push(&text);
                            given.has_matched |= is_text;
                        }
                        Some(_) => given.appended = Appended::Repeated,
                        None => self.give(piece, text, now, given),
                    }
                }
            }
        });
        if let Some(whole) = whole.filter(|whole| !whole.text.is_empty() || has_emptied) {
            self.give(piece, whole, now, given);
        }
        if found_text {
            self.taken.push((place.id, piece.channel));
        }
        if given.appended == Appended::Repeated {
            self.channels[piece.channel].take_back(before);
            return Err(TooManyMatches);
        }
        found
    }

    /// Gives a text to a channel.
    fn give(&mut self, piece: &Piece, torn: Torn<'_>, now: Now<'_, '_>, given: &mut Given) {
        let text: &str = &torn.text;
        let Now { look, seen, gives_text, .. } = now;
        let is_text = piece.channel == TEXT;
        let counts = gives_text || (piece.names_type && !self.done);
        given.has_matched |= is_text && counts;
        self.explain(|| {
            let channel = &now.rules.channels[piece.channel];
            let took = Took::new(channel, piece.path(now.rules), text);
            if counts { took } else { Took { what: format!("{channel} after the end"), ..took } }
        });
        if text.is_empty() && piece.append_when.is_none() {
            return;
        }
        if !counts {
            if is_text && given.channels & 1 == 0 {
                self.oddities.text_after_end.note(text);
                given.channels |= 1;
            }
            return;
        }
        given.channels |= 1 << piece.channel;
        self.read_label(piece, look);
        if is_text {
            if is_marker(text) && !self.is_whole {
                self.hold_marker(text, seen.at);
                return;
            }
            self.release_marker();
            self.note_source(piece, seen);
        }
        let label = std::mem::take(&mut self.label);
        let channel = &mut self.channels[piece.channel];
        let before = (channel.bytes(), channel.rewrites);
        let replaces = piece.join == Join::Replace
            && piece.append_when.as_ref().is_none_or(|when| !when.holds(look));
        let appended = match piece.join {
            Join::List => channel.add_item(text),
            Join::Replace if replaces => {
                channel.replace(&label, &torn, piece.append_when.is_some())
            }
            Join::Append | Join::Replace => channel.append(&label, torn),
        };
        given.appended = given.appended.max(appended);
        let grew = channel.bytes() > before.0 || channel.rewrites > before.1;
        self.label = label;
        if grew {
            self.note_growth(piece.channel, seen.at);
        }
    }

    /// Reads what names the group of a piece.
    fn read_label(&mut self, piece: &Piece, look: &Look<'_>) {
        self.label.resize(piece.group.len(), String::new());
        for (label, slot) in self.label.iter_mut().zip(&piece.group) {
            label.clear();
            if let Some(text) = look.value(*slot).and_then(|value| value.read().into_text()) {
                label.push_str(&text);
            }
        }
    }

    /// Notes which type gave text.
    fn note_source(&mut self, piece: &Piece, seen: &Seen) {
        let oddities = &mut self.oddities;
        if piece.names_type {
            let by_line = seen.is_named_by_line;
            oddities.by_line += u64::from(by_line);
            oddities.by_data += u64::from(!by_line);
        }
        let mixed = &mut oddities.mixed;
        if !piece.has_when && mixed.len() < MAX_MIXED && !mixed.contains(&seen.of_type) {
            mixed.push(seen.of_type);
        }
    }

    #[inline]
    pub(super) fn note_growth(&mut self, channel: usize, at: Duration) {
        self.grew |= channel == TEXT;
        let state = &mut self.channels[channel];
        if state.first.is_none() {
            state.first = Some(at);
            if channel == TEXT {
                self.samples = Samples::default();
            }
        }
        state.last = Some(at);
        self.note_output(at);
        if channel == TEXT
            && let Some(noted) = &mut self.noted
        {
            noted.is_followed = true;
        }
    }

    fn note_output(&mut self, at: Duration) {
        self.first_output.get_or_insert(at);
        self.last_output = Some(at);
    }

    /// Holds a text back that may be the end marker, of the group that was read.
    fn hold_marker(&mut self, text: &str, at: Duration) {
        if self.held_marker.as_ref().is_some_and(|held| held.label != self.label) {
            self.release_marker();
        }
        let label = &self.label;
        let new = || HeldMarker { text: String::new(), label: label.clone(), at };
        let held = self.held_marker.get_or_insert_with(new);
        if held.text.len() < MAX_HELD {
            held.text.push_str(text);
        }
    }

    /// A text that was held back because it may be the end marker is text: more text came, or it is
    /// the only one.
    pub(crate) fn release_marker(&mut self) {
        if let Some(HeldMarker { text, label, at }) = self.held_marker.take() {
            self.limit_reached |= self.channels[TEXT].append(&label, &text) == Appended::Cut;
            self.note_growth(TEXT, at);
        }
    }

    /// At the end: a held text was the end marker if other text came before it.
    pub(crate) fn judge_marker(&mut self) {
        if self.channels[TEXT].is_empty() {
            self.release_marker();
        } else if self.held_marker.take().is_some() {
            self.oddities.ends_in_marker = true;
            self.done = true;
            self.ends_in_marker = true;
        }
        // Before an end of its own, the marker was meant as text.
        if self.done {
            return;
        }
        let text = self.channels[TEXT].text().trim_ascii_end();
        let text = text.strip_suffix('"').unwrap_or(text);
        let at = text.len().saturating_sub(DONE_DATA.len());
        self.oddities.ends_in_marker |= at > 0
            && !self.is_whole
            && text.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(DONE_DATA));
    }

    /// Keeps a text that repeats a group.
    fn final_text(&mut self, piece: &Piece, rules: &Compiled, look: &Look<'_>) {
        self.read_label(piece, look);
        let mut all = String::new();
        let mut found = false;
        let mut take = |text: &str| {
            found = true;
            all.push_str(text);
        };
        match &piece.place {
            None => take(look.data),
            Some(place) => look.each(place, &mut |value| {
                if let Some(text) = value.read().into_text().filter(|_| !value.is_null()) {
                    take(&text);
                }
            }),
        }
        if found {
            self.explain(|| {
                let what = format!("{}.final_text", rules.channels[piece.channel]);
                Took::new(&what, piece.path(rules), all.as_str())
            });
        }
        if !found || (self.finals.len() == MAX_FINALS && self.final_of(piece.channel).is_none()) {
            return;
        }
        if !all.is_empty() && !self.channels[piece.channel].has_text(&all) {
            self.channels[piece.channel].keep_place(&self.label);
        }
        match self.final_of(piece.channel) {
            Some(known) => *known = all,
            None => self.finals.push((piece.channel, self.label.clone(), all)),
        }
    }

    /// The final text of the group that was read.
    fn final_of(&mut self, channel: usize) -> Option<&mut String> {
        let label = &self.label;
        let known = self.finals.iter_mut().find(|(at, of, _)| *at == channel && of == label);
        known.map(|(_, _, text)| text)
    }

    /// Takes everything back where a frame says so, and remembers where everything is where one
    /// says that.
    pub(super) fn reset(&mut self, rules: &Compiled, look: &Look<'_>) {
        for (at, (when, since)) in rules.resets.iter().enumerate() {
            if when.holds(look) {
                self.is_quiet = false;
                self.explain(|| Took::when("reset", when, rules));
                let snapshot = self.marks[at].clone().unwrap_or_default();
                self.was_reset = true;
                self.discarded += self.restore(&snapshot);
                return;
            }
            if since.as_ref().is_some_and(|since| since.holds(look)) {
                self.is_quiet = false;
                // What came before the mark is not taken back.
                self.release_marker();
                self.marks[at] = Some(self.snapshot());
            }
        }
    }

    /// Remembers where everything is, before frames that may belong to other choices.
    pub(crate) fn remember(&mut self) {
        self.before_others = Some(self.snapshot());
    }

    /// Takes back what came since then.
    pub(crate) fn take_back(&mut self) {
        let snapshot = self.before_others.take().unwrap_or_default();
        self.restore(&snapshot);
        self.finish_reason = None;
    }

    fn snapshot(&self) -> Snapshot {
        let channels = self.channels.iter().map(ChannelState::remember).collect();
        Snapshot { channels, calls: self.calls.remember() }
    }

    /// Takes everything back to where it was. Returns how many characters that are.
    fn restore(&mut self, snapshot: &Snapshot) -> u64 {
        let mut gone = 0;
        for (number, channel) in self.channels.iter_mut().enumerate() {
            gone += channel.reset(&snapshot.channels.get(number).cloned().unwrap_or_default());
        }
        self.calls.reset(&snapshot.calls);
        self.held_marker = None;
        self.finals.clear();
        gone
    }

    /// Appends a text to the text, where nothing else is to be asked. Returns whether it did.
    #[inline]
    pub(super) fn append_text(&mut self, text: &str, data: &str, at: Duration) -> bool {
        if is_marker(text) || self.held_marker.is_some() {
            return false;
        }
        self.matched += 1;
        if !text.is_empty() {
            self.channels[TEXT].begin(data.len());
            self.append_as_it_is(text, at);
        }
        true
    }

    /// Takes text as it is.
    pub(crate) fn take_text(&mut self, text: &str, at: Duration) -> Push {
        self.matched += u64::from(!text.is_empty());
        self.passed += 1;
        self.explain(|| Took::new("text", None, text));
        self.append_as_it_is(text, at);
        if self.limit_reached { Push::LimitReached } else { Push::More }
    }

    /// Appends a text to the text, as far as the limit allows.
    #[inline]
    fn append_as_it_is(&mut self, text: &str, at: Duration) {
        let channel = &mut self.channels[TEXT];
        let before = channel.bytes();
        self.limit_reached |= channel.append_plain(text) == Appended::Cut;
        if channel.bytes() > before {
            self.note_growth(TEXT, at);
        }
    }
}

/// Whether a text is the end marker, perhaps with white space around it.
#[inline]
fn is_marker(text: &str) -> bool {
    let may_be = (DONE_DATA.len()..=DONE_DATA.len() + 8).contains(&text.len());
    may_be && text.trim_ascii() == DONE_DATA
}
