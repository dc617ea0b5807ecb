//! Takes the two files of Swagger UI (Apache-2.0) that `/api/docs` needs out of its archive, and
//! compresses them: some 430 KB in the binary, in place of 1.7 MB. Reads no network.

use std::env;
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut archive =
        ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED)).map_err(io::Error::other)?;
    for file in FILES {
        // The archive's one folder is called after the version.
        let is_wanted = |name: &[u8]| {
            name.split(|byte| *byte == b'/').skip(1).eq([b"dist".as_slice(), file.as_bytes()])
        };
        let index = archive.file_names_raw().position(is_wanted).ok_or(io::ErrorKind::NotFound)?;
        let mut plain = Vec::new();
        archive.by_index(index).map_err(io::Error::other)?.read_to_end(&mut plain)?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        io::Write::write_all(&mut gzip, &plain)?;
        fs::write(out.join(format!("{file}.gz")), gzip.finish()?)?;
    }
    Ok(())
}
