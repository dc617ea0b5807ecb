//! `[web]`: the page.

use gateway::PictureOrigin;

use super::super::key;
use super::super::reader::Reader;

/// `[web]`.
#[derive(Debug)]
pub(crate) struct WebConfig {
    /// Where people's pictures may come from.
    pub(crate) picture_origins: Vec<PictureOrigin>,
}

impl WebConfig {
    pub(in super::super) fn read(reader: &mut Reader) -> Self {
        Self {
            picture_origins: reader.list(
                key("web.picture_origins", "PARLOUR_WEB_PICTURE_ORIGINS"),
                &[],
                "origins such as https://pictures.example: https only, no path, no wildcard",
                |text| text.parse().ok(),
            ),
        }
    }
}
