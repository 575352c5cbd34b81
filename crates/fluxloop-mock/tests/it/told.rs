//! What the mock says afterwards, held against what arrived.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fluxloop_mock::{Ended as End, FaultDoc, MockAgent, MockOptions, Reached, Reply, Served};
use tokio::time::timeout;

use crate::faults::{CHAT, STREAM, text, with};
use crate::wire::{Answer, Client, Ended, HARD, ask, start};

/// The last answer, when all have ended.
async fn last(agent: &MockAgent) -> Served {
    while agent.served().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    agent.answers().pop().expect("an answer")
}

#[tokio::test]
async fn a_good_answer_is_told_in_full() {
    let agent = start(with(&[])).await;
    let mut client = Client::connect(&agent).await;
    client.send("POST", CHAT, "x-mock-case: case-7\r\n", STREAM).await;
    let answer = client.answer().await;
    let expected = Served {
        number: 1,
        case: Some("case-7".to_owned()),
        input: Some("a b c d".to_owned()),
        faults: Vec::new(),
        status: Some(200),
        text: Some("a b c d".to_owned()),
        characters: 7,
        bytes: answer.body.len() as u64,
        reached: Reached::End,
        ended: End::Complete,
    };
    let told = last(&agent).await;
    assert_eq!(told, expected);
    assert_eq!(told.text.map(|text| text.chars().count()), Some(told.characters));
}

#[tokio::test]
async fn faults_are_told_with_what_was_sent_before_them() {
    for (fault, status, characters, reached, ended) in [
        ("status=503", Some(503), 0, Reached::Head, End::Complete),
        ("close", Some(200), 0, Reached::Nothing, End::Broken),
        ("close:bytes=20", Some(200), 0, Reached::Nothing, End::Broken),
        ("close:at=head", Some(200), 0, Reached::Head, End::Broken),
        ("close:deltas=2", Some(200), 3, Reached::Head, End::Broken),
        ("reset_peer:at=done", Some(200), 7, Reached::End, End::Broken),
        ("end:deltas=3", Some(200), 5, Reached::Head, End::Complete),
        ("error:deltas=3", Some(200), 5, Reached::Head, End::Complete),
        ("invalid_utf8", Some(200), 8, Reached::End, End::Complete),
        ("garbage", None, 0, Reached::Nothing, End::Broken),
        ("slow_close=1ms", Some(200), 7, Reached::End, End::Complete),
    ] {
        let agent = start(with(&[fault])).await;
        ask_anything(&agent).await;
        let told = last(&agent).await;
        assert_eq!(
            (told.status, told.characters, told.reached, told.ended),
            (status, characters, reached, ended),
            "{fault}"
        );
        assert_eq!(told.input.as_deref(), Some("a b c d"));
        assert_eq!(told.faults, [fault.parse().expect("a fault")]);
    }
}

#[tokio::test]
async fn a_break_at_the_last_byte_of_something_has_reached_it() {
    let bytes = async |fault: &str| {
        let agent = start(with(&[fault])).await;
        ask_anything(&agent).await;
        last(&agent).await
    };
    for at in ["at=head", "deltas=2", "at=done"] {
        let there = bytes(&format!("close:{at}")).await;
        let counted = bytes(&format!("close:bytes={}", there.bytes)).await;
        assert_eq!(
            (counted.reached, counted.characters),
            (there.reached, there.characters),
            "{at}"
        );
    }
}

#[tokio::test]
async fn no_two_numbered_answers_have_a_word_in_common() {
    let agent = start(MockOptions { reply: Reply::Numbered, ..with(&["close:deltas=2@1"]) }).await;
    for (whole, said) in [("1.a 1.b 1.c 1.d", 7), ("2.a 2.b 2.c 2.d", 15)] {
        ask_anything(&agent).await;
        let told = last(&agent).await;
        assert_eq!((told.text.as_deref(), told.characters), (Some(whole), said));
    }
}

/// Reads every byte of an answer, whatever it is.
async fn ask_anything(agent: &MockAgent) -> (Vec<u8>, Ended) {
    let mut client = Client::connect(agent).await;
    client.send("POST", CHAT, "connection: close\r\n", STREAM).await;
    client.rest().await
}

#[tokio::test]
async fn a_client_that_leaves_is_told() {
    let agent = start(with(&["endless"])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    client.some().await;
    drop(client);
    assert_eq!(last(&agent).await.ended, End::Abandoned);
    let agent = start(with(&["timeout:deltas=1"])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    client.some().await;
    drop(client);
    assert_eq!(last(&agent).await.ended, End::Broken);
}

#[tokio::test]
async fn an_observer_hears_of_every_answer_and_nothing_is_kept() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&heard);
    let agent = start(MockOptions {
        record: 0,
        on_served: Some(Arc::new(move |served: &Served| {
            into.lock().expect("no panic").push(served.number);
        })),
        ..with(&[])
    })
    .await;
    for _ in 0..3 {
        ask(&agent, CHAT, STREAM).await;
    }
    while agent.served().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(*heard.lock().expect("no panic"), [1, 2, 3]);
    assert!(agent.answers().is_empty());
}

/// Cuts anywhere: what arrives is what the mock says, and a beginning of the whole.
#[tokio::test]
async fn a_break_anywhere_leaves_exactly_a_beginning() {
    let body = serde_json::json!({"model": "m", "stream": true,
        "messages": [{"role": "user", "content": HARD}]});
    let body = body.to_string();
    let mut places = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let agent = start(MockOptions { seed, ..with(&["close:at=anywhere"]) }).await;
        let mut client = Client::connect(&agent).await;
        client.post(CHAT, &body).await;
        let (bytes, ended) = client.rest().await;
        let told = last(&agent).await;
        assert_eq!((bytes.len() as u64, ended), (told.bytes, Ended::Closed), "seed {seed}");
        assert_eq!((told.text.as_deref(), told.ended), (Some(HARD), End::Broken), "seed {seed}");
        places.insert(bytes.len());

        // The same seed cuts at the same byte, whatever else is served.
        let agent = start(MockOptions { seed, ..with(&["close:at=anywhere"]) }).await;
        let mut client = Client::connect(&agent).await;
        client.post(CHAT, &body).await;
        let answer = client.answer().await;
        assert_eq!(last(&agent).await.bytes, told.bytes, "seed {seed}");
        if !answer.head.is_empty() {
            let said = text(&answer);
            assert!(HARD.starts_with(&said), "seed {seed}");
            // The last delta may be here without the mark behind it, which is the chunk's end.
            let surely: String = HARD.chars().take(told.characters).collect();
            assert!(said.starts_with(&surely), "seed {seed}");
        }
    }
    assert!(places.len() > 100, "{places:?}");
}

/// Every fault, small enough to be read in a test.
pub(crate) fn every_fault() -> impl Iterator<Item = &'static str> {
    FaultDoc::all().map(|doc| match doc.name {
        "status" => "status=500",
        "header" => "header=\"a: b\"",
        "bandwidth" => "bandwidth=10KiB",
        // At full speed, a paused clock would stand still.
        "endless" => "endless=text,every=10ms",
        "long_line" => "long_line=1KiB",
        name => name,
    })
}

#[tokio::test(start_paused = true)]
async fn every_fault_is_played_and_told() {
    for fault in every_fault() {
        let agent = start(with(&[fault])).await;
        let mut client = Client::connect(&agent).await;
        client.post(CHAT, STREAM).await;
        // What never ends is left after a while.
        let mut seen = Answer { head: String::new(), body: Vec::new(), ended: Ended::Complete };
        if fault == "bad_chunk" || fault == "garbage" {
            client.rest().await;
        } else {
            let _ = timeout(Duration::from_mins(1), client.read(&mut seen)).await;
        }
        drop(client);
        let told = last(&agent).await;
        assert_eq!(told.faults, [fault.parse().expect("a fault")]);
        assert_eq!(told.input.as_deref(), Some("a b c d"), "{fault}");
        assert_eq!(agent.served().faults, 1);
    }
}
