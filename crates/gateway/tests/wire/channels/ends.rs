//! What becomes of a message that was shown.
