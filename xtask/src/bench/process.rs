//! Processes on a core of their own, and what they cost.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};

/// Where the server runs.
pub(super) const SERVER_CORE: &str = "0";
/// Where the client that is measured runs.
pub(super) const CLIENT_CORE: &str = "1";
/// Where both run when the scheduler of the system places them.
pub(super) const BOTH_CORES: &str = "0,1";

/// How often memory is looked at. What grows within the last one of these is missed.
const INTERVAL: Duration = Duration::from_millis(10);

/// The unit of CPU time in `/proc`, the same on every architecture that Linux tells users about
/// (proc(5), `USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// User and system time, in seconds.
    pub(super) cpu: f64,
    /// The part of it that the kernel used, in seconds.
    pub(super) system: f64,
    /// Context switches of all threads: voluntary, involuntary.
    pub(super) switches: [u64; 2],
    /// The most memory that was resident, in MB (1,000,000 bytes).
    pub(super) peak: f64,
    /// From start to end, in seconds.
    pub(super) elapsed: f64,
}

/// A command on some cores, with all the descriptors that the system allows.
pub(super) fn pinned(cores: &str, program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -n "$(ulimit -Hn)"; exec taskset -c "$@""#, "sh"]);
    command.arg(cores).arg(program);
    command
}

/// Runs a command to its end. Its output goes to files in `folder`, because a pipe that nobody
/// reads would hold it up; what it printed comes back.
pub(super) fn measure(mut command: Command, folder: &Path) -> Result<(Cost, String)> {
    let (out, err) = (folder.join("stdout"), folder.join("stderr"));
    command.current_dir(folder).stdin(Stdio::null());
    command.stdout(File::create(&out)?).stderr(File::create(&err)?);
    let started = SystemTime::now();
    let mut child = command.spawn().context("`sh` could not be started")?;
    let process = Path::new("/proc").join(child.id().to_string());
    let (mut peak, mut switches) = (0.0_f64, Switches::default());
    // A process that has ended keeps its times until somebody waits for it.
    while let Some(resident) = resident(&process)? {
        peak = peak.max(resident);
        switches.note(&process);
        std::thread::sleep(INTERVAL);
    }
    let elapsed = started.elapsed()?.as_secs_f64();
    let [user, system] = cpu_times(&process)?;
    let status = child.wait()?;
    if !status.success() {
        bail!("a client failed ({status}): {}", fs::read_to_string(&err)?);
    }
    let switches = switches.total();
    let cost = Cost { cpu: user + system, system, switches, peak, elapsed };
    Ok((cost, fs::read_to_string(&out)?))
}

/// Context switches by thread. What happens after the last look at a thread is missed.
#[derive(Default)]
struct Switches(HashMap<OsString, [u64; 2]>);

impl Switches {
    /// Looks at every thread. One that has just ended has no figures.
    fn note(&mut self, process: &Path) {
        for thread in fs::read_dir(process.join("task")).into_iter().flatten().flatten() {
            let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
            if let Some(counts) = switches(&status) {
                self.0.insert(thread.file_name(), counts);
            }
        }
    }

    /// Voluntary and involuntary switches of all threads.
    fn total(&self) -> [u64; 2] {
        self.0.values().fold([0, 0], |[a, b], [c, d]| [a + c, b + d])
    }
}

/// Voluntary and involuntary switches in the `status` of a thread.
fn switches(status: &str) -> Option<[u64; 2]> {
    let count = |key| status.lines().find_map(|line| line.strip_prefix(key))?.trim().parse().ok();
    Some([count("voluntary_ctxt_switches:")?, count("nonvoluntary_ctxt_switches:")?])
}

/// The peak of the memory so far, in MB; `None` when the process has ended.
fn resident(process: &Path) -> Result<Option<f64>> {
    let status = fs::read_to_string(process.join("status"))?;
    let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) else {
        return Ok(None);
    };
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(Some(kibibytes * 1.024e-3))
}

/// User and system time of all threads, in seconds.
fn cpu_times(process: &Path) -> Result<[f64; 2]> {
    let stat = fs::read_to_string(process.join("stat"))?;
    // The name, in parentheses, may hold spaces. Behind it `utime` and `stime` are 12th and 13th.
    let (_, fields) = stat.rsplit_once(") ").context("`/proc/<pid>/stat` has another shape")?;
    let ticks: Vec<f64> =
        fields.split(' ').skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    let [user, system] = ticks[..] else { bail!("`/proc/<pid>/stat` has no times") };
    Ok([user / TICKS_PER_SECOND, system / TICKS_PER_SECOND])
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_its_cost_and_its_output() {
        let folder = tempfile::tempdir().expect("there is room");
        let mut command = Command::new("sh");
        command.args(["-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo done"]);
        let (cost, output) = measure(command, folder.path()).expect("a shell runs");
        assert_eq!(output, "done\n");
        assert!(cost.cpu > 0.0 && cost.cpu < 60.0, "{cost:?}");
        assert!(cost.system >= 0.0 && cost.system <= cost.cpu, "{cost:?}");
        assert!(cost.switches.iter().sum::<u64>() > 0, "{cost:?}");
        assert!(cost.peak > 0.1 && cost.peak < 100.0, "{cost:?}");
        assert!(cost.elapsed > 0.0, "{cost:?}");
    }

    #[test]
    fn switches_of_threads_are_added() {
        let status = "Name:\tsh\nvoluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t2\n";
        assert_eq!(switches(status), Some([7, 2]));
        assert_eq!(switches("Name:\tsh\n"), None);
        let both = Switches([("1".into(), [7, 2]), ("2".into(), [1, 4])].into());
        assert_eq!(both.total(), [8, 6]);
    }

    #[test]
    fn a_failure_brings_what_was_said() {
        let folder = tempfile::tempdir().expect("there is room");
        let mut command = Command::new("sh");
        command.args(["-c", "echo no luck >&2; exit 3"]);
        let error = measure(command, folder.path()).expect_err("it fails").to_string();
        assert!(error.contains("no luck") && error.contains('3'), "{error}");
    }
}
