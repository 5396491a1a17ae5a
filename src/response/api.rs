//! What people hold and suspect, as programs read and change it.

pub mod theories;
