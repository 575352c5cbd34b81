//! A judge: its own secrets, and replies that show those of the agent.

use serde_json::json;

use super::{Canary, SSE, answers, keys};
use crate::support::{Finished, Server};

/// All keys, as texts have them.
fn everything() -> String {
    keys::all().map(|key| key.value).collect::<Vec<_>>().join(" ")
}

#[test]
fn neither_requests_to_a_judge_nor_its_replies_show_a_key() {
    let all = everything();
    let header: String = all.chars().filter(|c| *c == ' ' || c.is_ascii_graphic()).collect();
    let reply = |json: serde_json::Value| json!({"steps": [{"send": json.to_string()}]});
    let replies = [
        reply(json!({"verdict": "fail", "reason": all})),
        reply(json!({"verdict": "pass", "reason": {"of": all}})),
        reply(json!({ all.clone(): all.clone() })),
        reply(json!(all)),
        json!({"status": 401, "headers": {"www-authenticate": header}, "steps": [{"send": all}]}),
        json!({"steps": [{"send": all}, "close"]}),
    ];
    let judge = Server::script(&json!({ "answers": replies }).to_string());
    let own = json!({
        "http": {
            "url": judge.url("/judge?api_key=${URL_KEY}")
                .replace("http://", "http://canary:${BASIC_PASSWORD}@"),
            "headers": {
                "X-Api-Key": "${OPENAI_API_KEY}",
                "X-Auth-Token": "Bearer ${GATEWAY_TOKEN}",
            },
            "query": {"token": "${ODD_TOKEN}"},
            "stream": "text",
            "retry": {"attempts": 1, "backoff": "1ms"},
            "body_template": {"mapping": {
                "question": "$.input", "answer": "$.output", "key": "${SIGNING_KEY}",
            }},
        },
        "pass_when": {"path": "verdict", "equals": "pass"},
        "stop": {"first_cases": "off", "same_failures": "off"},
    });
    let canary = Canary::new(answers::in_short(), SSE);
    let set = format!("judge={own}");
    let args = ["--verbose", "--set", &set];
    canary.is_silent(&canary.run(&args).exits(0).says(&["the judge is asked"]));
    assert!(judge.agent().served().requests > 4);

    let run = canary.project.experiment();
    let again = ["judge", run.to_str().expect("UTF-8"), "--again", "--exit-zero", "--set", &set];
    let mut command = canary.project.command(&again);
    command.env(keys::ENVIRONMENT.name, keys::ENVIRONMENT.value);
    let said = Finished::of(command.env("RUST_LOG", super::LOG)).exits(0);
    canary.is_silent(&said);

    let shown = canary.run(&["--dry-run", "--set", &set]).exits(0).says(&["# to the judge"]);
    canary.is_silent(&shown);
}
