//! The web client inside the binary.

use gateway::{Asset, Assets};

/// One file, as `build.rs` found it in `web/dist`.
struct File {
    path: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// Every file of the client; none if it was not built before the binary.
pub(crate) fn assets() -> Assets {
    let files = FILES.iter().map(|file| {
        let mut asset = Asset::new(file.path, file.plain);
        if let Some(bytes) = file.brotli {
            asset = asset.with_brotli(bytes);
        }
        if let Some(bytes) = file.gzip {
            asset = asset.with_gzip(bytes);
        }
        (file.path.to_owned(), asset)
    });
    files.collect()
}
