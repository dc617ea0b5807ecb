//! Dialects meet.
