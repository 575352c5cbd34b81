//! Python programs, in virtual environments that are made once.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use super::Finished;
use super::background::stop;

/// What may be installed along with a requirement.
const CONSTRAINTS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/python/constraints.txt");

/// Far more than an installation takes, and short enough to notice.
const INSTALLATION: Duration = Duration::from_mins(5);

/// Far more than any of the scripts takes.
const SCRIPT: Duration = Duration::from_mins(2);

/// The installer's words when it cannot reach what it installs from.
const NO_NETWORK: &str = "connection broken by";

/// What the pinned versions ask of Python.
const VERSION: &str = "import sys; assert sys.version_info >= (3, 10); print(sys.version)";

/// A folder of the tests' own Python programs.
pub(crate) fn fixtures() -> &'static Path {
    Path::new(CONSTRAINTS).parent().expect("a file has a folder")
}

/// A virtual environment below the target folder, made once for all tests and all later runs.
pub(crate) struct Venv {
    folder: PathBuf,
}

impl Venv {
    /// The environment that has these requirements, each pinned to a version.
    ///
    /// Where there is no Python, or where nothing can be installed, the answer is `None`, and the
    /// reason stands on the terminal: the test is skipped. Everything else that goes wrong panics.
    pub(crate) fn with(requirements: &[&str]) -> Option<Self> {
        Self::made(requirements).map_err(|reason| skip(&reason)).ok()
    }

    fn made(requirements: &[&str]) -> Result<Self, String> {
        // What one test could not have, the others need not try for: that can take minutes.
        static MISSING: OnceLock<String> = OnceLock::new();
        let python = version()?;
        let constraints = fs::read_to_string(CONSTRAINTS).expect("the constraints can be read");
        let mut hasher = DefaultHasher::new();
        (requirements, constraints, python).hash(&mut hasher);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("python")
            .join(format!("{:016x}", hasher.finish()));
        let complete = folder.join("complete");

        fs::create_dir_all(&folder).expect("a folder can be made");
        // Tests run at the same time, in this process and in others; one of them installs.
        let lock = File::create(folder.with_extension("lock")).expect("a file can be made");
        lock.lock().expect("a file can be locked");
        let venv = Self { folder };
        if !complete.exists() {
            if let Some(reason) = MISSING.get() {
                return Err(reason.clone());
            }
            let installed = venv.install(requirements, &lock);
            installed.map_err(|reason| MISSING.get_or_init(|| reason).clone())?;
            File::create(complete).expect("a file can be made");
        }
        Ok(venv)
    }

    fn install(&self, requirements: &[&str], lock: &File) -> Result<(), String> {
        // As its standard input, an installer holds the lock even when it outlives a killed test.
        let held = || lock.try_clone().expect("a file can be opened twice");
        // `--clear` removes what an interrupted installation has left.
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&self.folder).stdin(held());
        run(&mut make, INSTALLATION, |venv| {
            let all = venv.stdout.clone() + &venv.stderr;
            // Debian puts the module into a package of its own.
            all.contains("ensurepip").then(|| format!("python3 cannot make environments:\n{all}"))
        })?;
        let mut pip = Command::new(self.program("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--retries", "2", "--timeout", "30"])
            .args(["--disable-pip-version-check", "--constraint", CONSTRAINTS])
            .args(requirements)
            .stdin(held());
        run(&mut pip, INSTALLATION, |pip| {
            let offline = pip.stderr.contains(NO_NETWORK);
            let reason = pip.stderr.lines().next().unwrap_or_default();
            offline.then(|| format!("{requirements:?} cannot be installed: {reason}"))
        })?;
        Ok(())
    }

    /// A program of this environment.
    fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// The command that runs a program of this environment, with nothing of the caller's own.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.program(name));
        command
            .env_clear()
            .envs([
                ("PYTHONUTF8", "1"),
                // Lines must come when they are written, and no `__pycache__` beside the fixtures.
                ("PYTHONUNBUFFERED", "1"),
                ("PYTHONDONTWRITEBYTECODE", "1"),
            ])
            .current_dir(fixtures())
            .stdin(Stdio::null());
        command
    }

    /// Runs a program of this environment to its end.
    #[track_caller]
    pub(crate) fn run(&self, name: &str, args: &[&str]) -> Finished {
        finish(self.command(name).args(args), SCRIPT)
            .unwrap_or_else(|| panic!("`{name} {args:?}` takes longer than {SCRIPT:?}"))
    }
}

/// Which Python there is, or that there is none.
fn version() -> Result<String, String> {
    match Command::new("python3").args(["-c", VERSION]).stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(_) => Err("python3 is not version 3.10 or newer".to_owned()),
        Err(error) => Err(format!("python3 cannot be started: {error}")),
    }
}

/// Says why a test is skipped: past the test runner, which keeps to itself what a test prints.
fn skip(reason: &str) {
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(io::stderr(), "SKIPPED: {test}: {}", reason.trim_end());
}

/// Runs a step of an installation. `excuse` tells from its words why a failure is not ours.
fn run(
    command: &mut Command,
    limit: Duration,
    excuse: impl FnOnce(&Finished) -> Option<String>,
) -> Result<(), String> {
    let Some(finished) = finish(command, limit) else {
        return Err(format!("{command:?} takes longer than {limit:?}"));
    };
    if finished.code == Some(0) {
        return Ok(());
    }
    Err(excuse(&finished).unwrap_or_else(|| panic!("{command:?} failed: {finished:#?}")))
}

/// Runs a program to its end, or stops it at the limit, which is `None`.
fn finish(command: &mut Command, limit: Duration) -> Option<Finished> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let stdout = all_of(child.stdout.take().expect("it is piped"));
    let stderr = all_of(child.stderr.take().expect("it is piped"));
    // A program has ended when it has closed both; these wait for one after the other.
    let said = stdout.recv_timeout(limit).and_then(|out| Ok((out, stderr.recv_timeout(limit)?)));
    let Ok((stdout, stderr)) = said else {
        stop(&mut child);
        return None;
    };
    let code = child.wait().expect("a child can be waited for").code();
    Some(Finished { code, stdout, stderr })
}

/// Reads to the end, on a thread of its own.
fn all_of(mut source: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (text, end) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = source.read_to_end(&mut bytes);
        let _ = text.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    end
}
