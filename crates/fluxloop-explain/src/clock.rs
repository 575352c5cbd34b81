//! Words for a clock that ran out.

use std::time::Duration;

use fluxloop_trace::{Clock, Phase};

use crate::words::Words;
use crate::{ProxyRole, Scene, clock_key};

pub(crate) fn of_clock(clock: Clock, limit: Duration, scene: &Scene<'_>) -> Words {
    let what = match clock {
        Clock::Attempt => "the attempt took longer than",
        Clock::Connect => "no connection was ready within",
        Clock::Idle => "the server was silent for longer than",
        Clock::Event => "no event came for longer than",
    };
    let (key, phase) = (clock_key(clock), scene.phase.words());
    let through = scene.through();
    Words::new(format!("{what} {limit:?} (`{key}`), {phase}{through}"), hint(clock, scene))
}

fn hint(clock: Clock, scene: &Scene<'_>) -> String {
    let key = clock_key(clock);
    let why = match (clock, scene.phase) {
        (Clock::Connect, _) | (_, Phase::Connect) if scene.proxy != ProxyRole::Absent => {
            return "check that the proxy is running and finds the server: `runner.http.proxy`, or \
                    HTTP_PROXY, HTTPS_PROXY and NO_PROXY, name it"
                .to_owned();
        }
        (Clock::Connect, _) | (_, Phase::BeforeConnect | Phase::Connect) => {
            return "check that the server is running and that `runner.http.url` is right: \
                    `curl URL` shows the same fault"
                .to_owned();
        }
        (Clock::Attempt, Phase::Sent) => "check why the server does not answer",
        (Clock::Attempt, _) => "check why the server takes so long",
        (Clock::Idle, _) => {
            "check why the server says nothing, or whether a proxy before it collects answers"
        }
        (Clock::Event, _) => "check why the server sends no event",
    };
    format!("{why}, or raise `runner.http.{key}`")
}
