//! A terminal without a screen.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What it is called, so that programs draw.
const NAME: &str = "xterm-256color";

/// Runs a program to its end with all its streams on a terminal, and tells its exit code and all
/// that the terminal got, with the sequences that steer it.
pub(crate) fn on_terminal(mut command: Command) -> (Option<i32>, String) {
    let (mut ours, theirs) = terminal();
    let end = || theirs.try_clone().expect("a descriptor");
    command.stdin(end()).stdout(end()).stderr(end()).env("TERM", NAME).env("LANG", "C.UTF-8");
    let mut child = command.spawn().expect("the program can be started");
    // The terminal ends when nobody has its other end any more.
    drop((command, theirs));
    let mut got = Vec::new();
    let mut piece = [0; 4096];
    // Linux tells the end as an error.
    while let Ok(bytes @ 1..) = ours.read(&mut piece) {
        got.extend_from_slice(&piece[..bytes]);
    }
    let code = child.wait().expect("it ends").code();
    (code, String::from_utf8_lossy(&got).into_owned())
}

/// A terminal that controls no process: our end, which hangs it up when it is dropped, and theirs.
pub(crate) fn terminal() -> (File, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    fcntl_setfd(&ours, FdFlags::CLOEXEC).expect("no child of ours keeps it");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("the terminal is ours");
    let name = ptsname(&ours, Vec::new()).expect("it has a name");
    let theirs = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OpenptFlags::NOCTTY.bits().cast_signed())
        .open(Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())))
        .expect("its other end");
    let size = Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&theirs, size).expect("it has a size");
    (File::from(ours), theirs)
}
