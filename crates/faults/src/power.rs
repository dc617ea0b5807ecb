//! A loss of power, after the process has ended: what was not synced is taken away.
//!
//! Modelled on a journalling file system: the data of a file are safe once the file is synced; names
//! are made, changed and removed in order, and a name is safe once its folder is synced, or, where
//! the file is new, the file itself. What a failed sync was to write is lost, also for later syncs.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use fastrand::Rng;

use crate::journal::{self, Inode, Record};

/// What a loss of power leaves of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: the last synced state.
    Nothing,
    /// Some of it, by this seed: the disk writes in any order, and can stop between two sectors. Half
    /// of the changes, or nearly all, which is the seed's too.
    Some(u64),
}

/// What decides which changes are kept.
struct Dice {
    rng: Rng,
    /// The chance of each.
    kept: f64,
}

impl Dice {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let kept = [0.5, 0.9, 0.99][rng.usize(..3)];
        Self { rng, kept }
    }

    fn keeps(&mut self) -> bool {
        self.rng.f64() < self.kept
    }
}

/// What was taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loss {
    /// Changes of files' data and sizes that were not safe.
    pub changes: usize,
    /// How many of them were kept nevertheless, wholly or in part.
    pub kept: usize,
    /// Names that were not safe, and were made undone.
    pub names: usize,
}

/// What a disk writes whole or not at all.
const SECTOR_BYTES: u64 = 512;

/// Brings the files under `data` into the state that a loss of power would have left.
pub(crate) fn lose(data: &Path, undo: &Path, keep: Keep) -> io::Result<Loss> {
    let records = journal::read(undo)?;
    let mut paths = HashMap::new();
    find(data, &mut paths)?;
    find(undo, &mut paths)?;
    let mut dice = match keep {
        Keep::Nothing => None,
        Keep::Some(seed) => Some(Dice::new(seed)),
    };
    let mut loss = Loss::default();
    for (file, changes) in changes(&records) {
        if let Some(path) = paths.get(&file) {
            rewind(path, &records, &changes, &mut dice, &mut loss)?;
        }
    }
    undo_names(&records, undo, &mut dice, &mut loss)?;
    Ok(loss)
}

fn find(folder: &Path, paths: &mut HashMap<Inode, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find(&entry.path(), paths)?;
        } else {
            paths.insert(entry.metadata()?.ino(), entry.path());
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Safe,
    Lost,
}

/// The numbers of the records that change each file, with what became of them.
fn changes(records: &[Record]) -> BTreeMap<Inode, Vec<(usize, Fate)>> {
    let mut changes: BTreeMap<Inode, Vec<(usize, Fate)>> = BTreeMap::new();
    for (number, record) in records.iter().enumerate() {
        let (inode, upto, fate) = match record {
            Record::Write { file, .. } | Record::Resize { file, .. } => {
                changes.entry(*file).or_default().push((number, Fate::Open));
                continue;
            }
            Record::Synced { inode, upto } => (inode, *upto, Fate::Safe),
            Record::Lost { file, upto } => (file, *upto, Fate::Lost),
            _ => continue,
        };
        // What is open is at the end: whatever lies before a decision is decided.
        let of_file = changes.entry(*inode).or_default().iter_mut().rev();
        for change in of_file.take_while(|(_, fate)| *fate == Fate::Open) {
            if (change.0 as u64) < upto {
                change.1 = fate;
            }
        }
    }
    changes
}

/// Undoes everything back to the first change that is not safe, and makes again what is.
fn rewind(
    path: &Path,
    records: &[Record],
    changes: &[(usize, Fate)],
    dice: &mut Option<Dice>,
    loss: &mut Loss,
) -> io::Result<()> {
    let Some(first) = changes.iter().position(|(_, fate)| *fate != Fate::Safe) else {
        return Ok(());
    };
    let file = File::options().read(true).write(true).open(path)?;
    let mut undone = Vec::new();
    for &(number, fate) in changes[first..].iter().rev() {
        undone.push((number, fate, take_back(&file, &records[number])?));
    }
    for (number, fate, bytes) in undone.into_iter().rev() {
        if fate == Fate::Safe {
            make_again(&file, &records[number], &bytes)?;
            continue;
        }
        loss.changes += 1;
        let Some(dice) = dice.as_mut() else { continue };
        loss.kept += 1;
        match &records[number] {
            Record::Write { offset, .. } if !dice.keeps() => {
                tear(&file, *offset, &bytes, &mut dice.rng)?;
            }
            record => make_again(&file, record, &bytes)?,
        }
    }
    Ok(())
}

/// Undoes a change, the last one that is not undone yet, and gives the bytes that it had written.
fn take_back(file: &File, record: &Record) -> io::Result<Vec<u8>> {
    match record {
        Record::Write { offset, length, kept, size, .. } => {
            let there = file.metadata()?.len().saturating_sub(*offset).min(*length);
            let mut bytes = vec![0; usize::try_from(there).map_err(io::Error::other)?];
            file.read_exact_at(&mut bytes, *offset)?;
            file.write_all_at(kept, *offset)?;
            file.set_len(*size)?;
            Ok(bytes)
        }
        Record::Resize { to, kept, size, .. } => {
            file.set_len(*size)?;
            file.write_all_at(kept, *to)?;
            Ok(Vec::new())
        }
        _ => Ok(Vec::new()),
    }
}

fn make_again(file: &File, record: &Record, bytes: &[u8]) -> io::Result<()> {
    match record {
        Record::Write { offset, .. } => file.write_all_at(bytes, *offset),
        Record::Resize { to, .. } => file.set_len(*to),
        _ => Ok(()),
    }
}

/// Makes a write again, but for some of its sectors.
fn tear(file: &File, offset: u64, bytes: &[u8], dice: &mut Rng) -> io::Result<()> {
    let (mut place, mut rest) = (offset, bytes);
    while !rest.is_empty() {
        let to_border = SECTOR_BYTES - place % SECTOR_BYTES;
        let length = usize::try_from(to_border).map_or(rest.len(), |length| length.min(rest.len()));
        let (sector, after) = rest.split_at(length);
        if dice.bool() {
            file.write_all_at(sector, place)?;
        }
        place += length as u64;
        rest = after;
    }
    Ok(())
}

/// Names change in order: what comes before a safe one is safe.
fn undo_names(
    records: &[Record],
    undo: &Path,
    dice: &mut Option<Dice>,
    loss: &mut Loss,
) -> io::Result<()> {
    let safe = safe_names(records);
    let open = (safe..records.len()).filter(|&number| is_name(&records[number]));
    let open: Vec<usize> = open.collect();
    let kept = dice.as_mut().map_or(0, |dice| dice.rng.usize(0..=open.len()));
    for &number in open[kept..].iter().rev() {
        loss.names += usize::from(undo_name(&records[number], undo)?);
    }
    Ok(())
}

const fn is_name(record: &Record) -> bool {
    matches!(record, Record::Created { .. } | Record::Renamed { .. } | Record::Unlinked { .. })
}

/// The number after that of the last record whose name is safe.
fn safe_names(records: &[Record]) -> usize {
    let mut safe = 0;
    // The numbers of the records that the sync of a folder, or of a new file, makes safe.
    let mut names: HashMap<Inode, Vec<usize>> = HashMap::new();
    let mut created = None;
    for (number, record) in records.iter().enumerate() {
        match record {
            Record::Created { folder, .. } => {
                created = Some(number);
                names.entry(*folder).or_default().push(number);
            }
            Record::Named { file } => {
                names.entry(*file).or_default().extend(created.take());
            }
            Record::Unlinked { folder, .. } => names.entry(*folder).or_default().push(number),
            Record::Renamed { folders, .. } => {
                for folder in folders {
                    names.entry(*folder).or_default().push(number);
                }
            }
            Record::Synced { inode, upto } => {
                let before = |number: &&usize| (**number as u64) < *upto;
                let last = names.get(inode).and_then(|names| names.iter().rev().find(before));
                safe = safe.max(last.map_or(0, |last| last + 1));
            }
            Record::Write { .. } | Record::Resize { .. } | Record::Lost { .. } => {}
        }
    }
    safe
}

/// Undoes a name, and says whether there was anything to undo: the process may have ended first.
fn undo_name(record: &Record, undo: &Path) -> io::Result<bool> {
    let inode = |path: &Path| fs::symlink_metadata(path).map(|metadata| metadata.ino()).ok();
    match record {
        Record::Created { path, .. } if inode(path).is_some() => fs::remove_file(path)?,
        Record::Renamed { from, to, file, saved, .. } if inode(to) == Some(*file) => {
            fs::rename(to, from)?;
            if let Some(saved) = saved {
                fs::hard_link(undo.join(saved), to)?;
            }
        }
        Record::Unlinked { path, saved, .. } if inode(path).is_none() => {
            fs::hard_link(undo.join(saved), path)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}
