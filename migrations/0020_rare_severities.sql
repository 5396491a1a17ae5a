-- The few worst among a hundred thousand are found without reading all of them.
create index incidents_severity on incidents (severity, number);
