//! The program that the shim's tests put under it: it does to files what standard input says, a
//! command a line, and answers each with a line, `ok` or the error's number.
//!
//! `write NAME OFFSET TEXT` · `append NAME TEXT` · `resize NAME SIZE` · `sync NAME` (`.`: the folder)
//! · `rename NAME NAME` · `unlink NAME` · `copy NAME NAME` · `empty NAME`; the folder is the argument.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("a folder"));
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        match obey(&folder, &words) {
            Ok(()) => writeln!(out, "ok")?,
            Err(error) => writeln!(out, "{}", error.raw_os_error().unwrap_or(-1))?,
        }
        out.flush()?;
    }
    Ok(())
}

fn obey(folder: &Path, words: &[&str]) -> io::Result<()> {
    let path = |name: &str| folder.join(name);
    let open = |name: &str| {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path(name))
    };
    let number = |text: &str| text.parse::<u64>().map_err(io::Error::other);
    match words {
        ["write", name, offset, text] => open(name)?.write_all_at(text.as_bytes(), number(offset)?),
        ["append", name, text] => {
            let mut file = OpenOptions::new().append(true).create(true).open(path(name))?;
            file.write_all(text.as_bytes())
        }
        ["empty", name] => File::create(path(name)).map(|_| ()),
        ["resize", name, size] => open(name)?.set_len(number(size)?),
        ["sync", name] => File::open(path(name))?.sync_all(),
        // What a second descriptor hears after the first.
        ["sync_twice", name] => {
            let (one, other) = (File::open(path(name))?, File::open(path(name))?);
            let _told = one.sync_all();
            other.sync_all()
        }
        ["rename", from, to] => fs::rename(path(from), path(to)),
        ["unlink", name] => fs::remove_file(path(name)),
        ["copy", from, to] => fs::copy(path(from), path(to)).map(|_| ()),
        _ => Err(io::Error::other("no such command")),
    }
}
