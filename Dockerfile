# Built from a checkout alone: SQL is checked against .sqlx, no database is needed.
# The image brings the toolchain, so rust-toolchain.toml stays out (.dockerignore).
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    SQLX_OFFLINE=true cargo build --release --locked \
    && strip --strip-debug -o /second-story target/release/second-story

FROM debian:bookworm-slim
# curl asks /healthz; nothing else needs anything.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home second-story
COPY --from=build /second-story /usr/local/bin/second-story
USER second-story
# The image holds no Postgres: DATABASE_URL says where one is (docker-compose.yml brings it).
ENV BIND=0.0.0.0:3000 PG_FETCH=never
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:3000/healthz"]
ENTRYPOINT ["second-story"]
