//! Gathers the votes on each answer.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fluxloop_expect::{ReplyRules, Vote, judgement};
use fluxloop_explain::counted;
use fluxloop_redact::{Masked, Redactor};
use fluxloop_runner::{Sink, SinkError};
use fluxloop_store::{JudgedAnswer, Judgements};
use fluxloop_trace::{Judgement, Outcome, RunEvent, TimedEvent, Trace, Verdict, WarningCode};

use crate::output;

/// How often a line says how far the judge is.
const REST: Duration = Duration::from_secs(5);

/// The answers that the judge is asked about, and what came of it. Clones share it.
#[derive(Clone)]
pub(super) struct Bench(Arc<Mutex<State>>);

struct State {
    judgements: Judgements,
    /// How many votes there are on an answer.
    repeat: u64,
    /// The hashes of what was asked in this phase.
    asked: HashSet<String>,
    /// The answers that votes are missing on, by their number.
    open: HashMap<u64, Open>,
    /// How many answers were asked about.
    next: u64,
    verdicts: HashMap<Verdict, u64>,
    /// When a line was written last, since the judge was first asked.
    told: Duration,
}

/// An answer that votes are missing on.
struct Open {
    trace_id: String,
    hash: String,
    input: Masked,
    output: Masked,
    votes: Vec<Vote>,
}

impl Bench {
    pub(super) fn new(judgements: Judgements, repeat: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            judgements,
            repeat,
            asked: HashSet::new(),
            open: HashMap::new(),
            next: 0,
            verdicts: HashMap::new(),
            told: Duration::ZERO,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to ask about an answer; gives the places of the questions. Nothing has to be asked where
    /// the same was asked before.
    pub(super) fn begin(&self, trace: &Trace, hash: String) -> std::ops::Range<u64> {
        let mut state = self.lock();
        if state.judgements.is_judged(&hash) || !state.asked.insert(hash.clone()) {
            return 0..0;
        }
        let (number, repeat) = (state.next, state.repeat);
        state.next += 1;
        let open = Open {
            trace_id: trace.trace_id.clone(),
            hash,
            input: trace.input.to_masked(),
            output: trace.output.to_masked(),
            votes: Vec::new(),
        };
        state.open.insert(number, open);
        number * repeat..(number + 1) * repeat
    }

    /// The judgement with this hash, for the case with this trace.
    pub(super) fn judgement(&self, hash: &str, trace_id: &str) -> Option<Judgement> {
        let judged = self.lock().judgements.get(hash);
        let judged = judged.inspect_err(|error| tracing::warn!(%error, "unread")).ok().flatten()?;
        let reused = judged.trace_id != trace_id;
        Some(Judgement { reused, ..judged.judge })
    }

    /// Says what came of it.
    pub(super) fn tell_end(&self) {
        let state = self.lock();
        if state.next > 0 {
            state.tell();
        }
    }
}

impl State {
    fn tell(&self) {
        let all: u64 = self.verdicts.values().sum();
        let counts = [Verdict::Met, Verdict::Unmet, Verdict::Unjudged].into_iter();
        let counts = counts.filter_map(|verdict| {
            let count = self.verdicts.get(&verdict)?;
            Some(format!("{count} {verdict}"))
        });
        let counts = counts.collect::<Vec<_>>().join(", ");
        let counts = if counts.is_empty() { counts } else { format!(" ({counts})") };
        let answers = counted(all, "answer", "answers");
        output::note(format_args!("the judge has judged {answers}{counts}"));
    }

    /// Adds the vote of a reply. A question that the user ended leaves its answer unasked.
    fn vote(
        &mut self,
        reply: &Trace,
        rules: &ReplyRules,
        redactor: &Redactor,
    ) -> Result<(), SinkError> {
        let number = reply.case_index / self.repeat;
        if reply.outcome == Outcome::Interrupted {
            self.open.remove(&number);
        }
        let Some(open) = self.open.get_mut(&number) else { return Ok(()) };
        let asked = [open.output.as_str(), open.input.as_str()];
        open.votes.push(rules.vote(reply, &asked, redactor));
        if (open.votes.len() as u64) < self.repeat {
            return Ok(());
        }
        let Some(Open { trace_id, hash, votes, .. }) = self.open.remove(&number) else {
            return Ok(());
        };
        let judge = judgement(votes, hash);
        *self.verdicts.entry(judge.verdict).or_default() += 1;
        Ok(self.judgements.append(&JudgedAnswer { trace_id, judge })?)
    }
}

/// Takes the replies of the judge.
pub(super) struct Votes {
    bench: Bench,
    rules: ReplyRules,
    redactor: Arc<Redactor>,
}

impl Votes {
    pub(super) fn new(bench: Bench, rules: ReplyRules, redactor: Arc<Redactor>) -> Self {
        Self { bench, rules, redactor }
    }
}

impl Sink for Votes {
    fn events(&mut self, events: &[TimedEvent]) -> Result<(), SinkError> {
        for timed in events {
            match &timed.event {
                RunEvent::CaseFinished(reply) => {
                    self.bench.lock().vote(reply, &self.rules, &self.redactor)?;
                }
                // What else concerns a run as a whole is about figures that nobody sees.
                RunEvent::Warning(warning)
                    if [WarningCode::EndedEarly, WarningCode::RateLimitPause]
                        .contains(&warning.code) =>
                {
                    output::note(format_args!("judge: {}", warning.message));
                }
                _ => {}
            }
        }
        if let Some(last) = events.last() {
            let (now, mut state) = (Duration::from(last.at_ms), self.bench.lock());
            if now >= state.told + REST {
                state.told = now;
                state.tell();
            }
        }
        Ok(())
    }
}
