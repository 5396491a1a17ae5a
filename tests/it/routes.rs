//! Every route × who may call it.
