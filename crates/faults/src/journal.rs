//! The shim's journal, read: what was changed, and what was synced. The layout is that of
//! `struct record` in journal.c.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// A file or folder, whatever it is called at the moment. No inode is used twice while the process
/// runs: the shim keeps a name of every file that loses its last one.
pub(crate) type Inode = u64;

/// One record: its number is its place in the list, from 0.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// Bytes were written; `kept` was there before, of a file of `size` bytes.
    Write { file: Inode, offset: u64, length: u64, kept: Vec<u8>, size: u64 },
    /// A file got a new size; `kept` was cut off its end.
    Resize { file: Inode, to: u64, kept: Vec<u8>, size: u64 },
    /// All records of a file or folder before number `upto` are on the disk.
    Synced { inode: Inode, upto: u64 },
    /// All records of a file before number `upto` that are not on the disk will never be.
    Lost { file: Inode, upto: u64 },
    /// A file is about to be made.
    Created { folder: Inode, path: PathBuf },
    /// The file that the last `Created` was about is there.
    Named { file: Inode },
    /// A file is about to be renamed; what was called `to` is kept as `saved`.
    Renamed { folders: [Inode; 2], from: PathBuf, to: PathBuf, file: Inode, saved: Option<String> },
    /// A name is about to be removed; its file is kept as `saved`.
    Unlinked { folder: Inode, path: PathBuf, saved: String },
}

const HEAD_BYTES: usize = 4 * 4 + 5 * 8;

/// Reads the journal. A record that is not whole was cut short by the process's end, before the
/// change that it announces; there is none after it.
pub(crate) fn read(folder: &Path) -> io::Result<Vec<Record>> {
    let bytes = std::fs::read(folder.join("journal"))?;
    let mut rest = bytes.as_slice();
    let mut records = Vec::new();
    while let Some((record, after)) = take(rest)? {
        records.push(record);
        rest = after;
    }
    Ok(records)
}

fn take(bytes: &[u8]) -> io::Result<Option<(Record, &[u8])>> {
    let Some((head, rest)) = bytes.split_at_checked(HEAD_BYTES) else { return Ok(None) };
    let (small, large) = head.split_at(16);
    let [entry, first, second, kept] =
        numbers::<4, 4>(small).map(|n| u32::from_ne_bytes(n) as usize);
    let Some((first, rest)) = rest.split_at_checked(first) else { return Ok(None) };
    let Some((second, rest)) = rest.split_at_checked(second) else { return Ok(None) };
    let Some((kept, rest)) = rest.split_at_checked(kept) else { return Ok(None) };
    let [inode, place, length, size, saved] = numbers::<5, 8>(large).map(u64::from_ne_bytes);
    let path = |bytes: &[u8]| PathBuf::from(OsString::from_vec(bytes.to_vec()));
    let kept = kept.to_vec();
    let record = match entry {
        1 => Record::Write { file: inode, offset: place, length, kept, size },
        2 => Record::Resize { file: inode, to: place, kept, size },
        3 => Record::Synced { inode, upto: place },
        4 => Record::Lost { file: inode, upto: place },
        5 => Record::Created { folder: inode, path: path(first) },
        6 => Record::Named { file: inode },
        7 => Record::Renamed {
            folders: [inode, place],
            from: path(first),
            to: path(second),
            file: length,
            saved: (saved != 0).then(|| saved.to_string()),
        },
        8 => Record::Unlinked { folder: inode, path: path(first), saved: saved.to_string() },
        other => return Err(io::Error::other(format!("the journal holds an entry {other}"))),
    };
    Ok(Some((record, rest)))
}

/// The bytes as `N` numbers of `SIZE` bytes each.
fn numbers<const N: usize, const SIZE: usize>(bytes: &[u8]) -> [[u8; SIZE]; N] {
    let (chunks, _) = bytes.as_chunks::<SIZE>();
    std::array::from_fn(|n| chunks[n])
}
