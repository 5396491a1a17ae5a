//! People, machines and failures, against the real thing.

mod private_postgres;
