//! Takes the built web client (`web/dist`) into the binary, with its compressed forms.
//!
//! Runs no other program: `make build` has built the client before. Without a client the list is
//! empty, and the server says so to whoever opens the page.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Text is worth compressing; pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 9] =
    ["css", "html", "js", "json", "map", "mjs", "svg", "txt", "webmanifest"];
/// Smaller files fit in one packet as they are.
const MIN_COMPRESSIBLE_BYTES: usize = 512;
/// Brotli's best quality, and a window (2^22 bytes) larger than any file here.
const BROTLI: (u32, u32) = (11, 22);

fn main() -> io::Result<()> {
    let dist = Path::new("../../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut files = Vec::new();
    if dist.is_dir() {
        collect(dist, &mut files)?;
    }
    files.sort();
    let mut list = "&[\n".to_owned();
    for (index, file) in files.iter().enumerate() {
        let name = file.strip_prefix(dist).map_err(io::Error::other)?;
        let name = name.to_str().ok_or(io::ErrorKind::InvalidFilename)?.replace('\\', "/");
        let plain = fs::read(file)?;
        let compress = is_compressible(file) && plain.len() >= MIN_COMPRESSIBLE_BYTES;
        let brotli = if compress { keep_if_smaller(&plain, brotli(&plain)?) } else { None };
        let gzip = if compress { keep_if_smaller(&plain, gzip(&plain)?) } else { None };
        let place = |bytes: &[u8], form: &str| -> io::Result<String> {
            let name = format!("{index}.{form}");
            fs::write(out.join(&name), bytes)?;
            Ok(format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))"))
        };
        let plain = place(&plain, "plain")?;
        let brotli = brotli.map(|bytes| place(&bytes, "br")).transpose()?;
        let gzip = gzip.map(|bytes| place(&bytes, "gz")).transpose()?;
        let option =
            |form: Option<String>| form.map_or("None".to_owned(), |form| format!("Some({form})"));
        writeln!(
            list,
            "File {{ path: {name:?}, plain: {plain}, brotli: {}, gzip: {} }},",
            option(brotli),
            option(gzip)
        )
        .map_err(io::Error::other)?;
    }
    list.push(']');
    fs::write(out.join("web.rs"), list)
}

/// What begins with a dot is of the build (the manifest of what loads what), not of the page.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn is_compressible(file: &Path) -> bool {
    file.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| COMPRESSIBLE.contains(&extension))
}

fn keep_if_smaller(plain: &[u8], compressed: Vec<u8>) -> Option<Vec<u8>> {
    (compressed.len() < plain.len()).then_some(compressed)
}

fn brotli(plain: &[u8]) -> io::Result<Vec<u8>> {
    let (quality, window) = BROTLI;
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, quality, window);
    writer.write_all(plain)?;
    Ok(writer.into_inner())
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}
