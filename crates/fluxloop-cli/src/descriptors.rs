//! Makes room for connections: each takes a file descriptor.

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the process opens beside its connections: standard streams, the files of the run, the
/// runtime, the resolver.
const OWN_FILES: u64 = 64;

/// What macOS allows a process (`OPEN_MAX`), whatever its hard limit says.
#[cfg(unix)]
const OFTEN_ALLOWED: u64 = 10_240;

/// How many files this process may open, at most: as its limit says, and up to where it can be
/// raised. `None` where there is no limit.
#[cfg(unix)]
pub(crate) fn most_files() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    limit.current?;
    limit.maximum
}

/// Elsewhere the system has no such limit.
#[cfg(not(unix))]
pub(crate) fn most_files() -> Option<u64> {
    None
}

/// How many files a run opens that has this many connections.
pub(crate) fn needed_files(connections: u64) -> u64 {
    connections.saturating_add(OWN_FILES)
}

/// Raises the number of files that this process may open, if so many connections need it and the
/// system allows it (POSIX, `setrlimit`: up to the hard limit). Tells for how many there is room,
/// if it is not for all.
#[cfg(unix)]
pub(crate) fn make_room(connections: u64) -> Option<u64> {
    let needed = needed_files(connections);
    let limit = getrlimit(Resource::Nofile);
    // No limit is no obstacle.
    let (current, maximum) = (limit.current?, limit.maximum.unwrap_or(u64::MAX));
    if current >= needed {
        return None;
    }
    let raised = needed.min(maximum);
    // Some systems refuse more than they can do, though they name no limit.
    let open = [raised, raised.min(OFTEN_ALLOWED)].into_iter().find(|open| {
        let wanted = Rlimit { current: Some(*open), maximum: limit.maximum };
        *open > current && setrlimit(Resource::Nofile, wanted).is_ok()
    });
    let open = open.unwrap_or(current);
    (open < needed).then(|| open.saturating_sub(OWN_FILES).max(1))
}

/// Elsewhere the system has no such limit.
#[cfg(not(unix))]
pub(crate) fn make_room(_connections: u64) -> Option<u64> {
    None
}
