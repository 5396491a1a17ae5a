//! The demo: made-up incidents in any number.

mod generating;
