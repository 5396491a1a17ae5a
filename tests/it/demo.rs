//! The demo: stories that are true, told and played, and made-up incidents in
//! any number.

mod generating;
mod playing;
mod stories;
mod telling;
