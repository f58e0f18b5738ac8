# The image of Sluice: what the npm package holds, on Debian slim, started as a user without rights, with one volume at /data.
# The base is pinned by its digest; packaging/try-image builds with another one where no registry is within reach.
ARG BASE=docker.io/library/debian:13-slim@sha256:d7e12182ce18b85b93007c1dedf31f2d29e01ccf3182cc4017c709b6259bc132

FROM ${BASE} AS build
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# The versions of package-lock.json, with the compiler and the console's packages to build with; then without them.
RUN npm ci \
 && npm run prepack \
 && npm prune --omit=dev \
 && rm -rf node_modules/.cache node_modules/typescript node_modules/@typescript \
 && mkdir -p /opt/sluice/console \
 && mv package.json LICENSE README.md bin dist node_modules /opt/sluice \
 && mv console/dist /opt/sluice/console

FROM ${BASE}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 sluice \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin sluice \
 && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/sluice /opt/sluice
RUN ln -s /opt/sluice/bin/sluice.js /usr/local/bin/sluice
# Files that are sorted on disk go to the volume, too: the root may be read-only. Memory that large bodies took goes back to the machine.
ENV PATH=/opt/sluice/node_modules/node/bin:/usr/local/bin:/usr/bin:/bin \
    HOST=0.0.0.0 PORT=3000 SLUICE_DATA=/data SLUICE_HEALTH_ADDRESS=127.0.0.1:3001 TMPDIR=/data \
    MALLOC_TRIM_THRESHOLD_=131072
USER 10001:10001
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
# Of a server or a worker: whether it can do its work. A start may take a migration.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3001/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process, so that signals reach it. `--role worker` after the name of the image makes a worker.
ENTRYPOINT ["node", "--max-semi-space-size=16", "/opt/sluice/dist/main.js", "serve"]
