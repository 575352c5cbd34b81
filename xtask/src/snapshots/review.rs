//! Shows what waits for a review, and asks.

use std::io::{BufRead, Write};

use anyhow::Result;

use super::pending::Pending;

/// How a snapshot in the code is accepted.
const INLINE: &str = "it stands in the code: put the lines marked `+` between `@\"` and `\"` there";

/// Shows one snapshot.
fn show(pending: &Pending) -> Result<()> {
    println!("\n{}\n{}", pending.name(), pending.diff()?);
    if matches!(pending, Pending::Inline { .. }) {
        println!("{INLINE}");
    }
    Ok(())
}

/// Shows all, and leaves all.
pub(super) fn show_all(pending: &[Pending]) -> usize {
    for pending in pending {
        if let Err(error) = show(pending) {
            println!("\n{}: {error:#}", pending.name());
        }
    }
    pending.len()
}

/// Accepts what can be accepted; returns how many are left.
pub(super) fn accept_all(pending: &[Pending]) -> Result<usize> {
    let mut left = 0;
    for pending in pending {
        if pending.accept()? {
            println!("accepted {}", pending.name());
        } else {
            show(pending)?;
            left += 1;
        }
    }
    Ok(left)
}

/// Shows each and asks what to do with it; returns how many are left.
pub(super) fn ask(pending: &[Pending], answers: &mut dyn BufRead) -> Result<usize> {
    let mut left = 0;
    let count = pending.len();
    for (number, pending) in (1..).zip(pending) {
        show(pending)?;
        loop {
            print!("{number} of {count}: [a]ccept, [r]eject, [s]kip? ");
            std::io::stdout().flush()?;
            let mut answer = String::new();
            let ended = answers.read_line(&mut answer)? == 0;
            match answer.trim() {
                "a" if pending.accept()? => break,
                "a" => println!("{INLINE}"),
                "r" => {
                    pending.reject()?;
                    break;
                }
                "s" => {
                    left += 1;
                    break;
                }
                _ if ended => return Ok(left + count + 1 - number),
                _ => println!("a, r or s"),
            }
        }
    }
    Ok(left)
}
