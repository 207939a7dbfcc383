# The image brings its own Node 24, so the pinned runtimes of optionalDependencies are left out.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

# The console is built here; what builds it stays here.
FROM node:24-slim AS console
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --ignore-scripts
COPY config/schema config/schema
COPY docs/openapi.json docs/sdks.md docs/
COPY src/model src/model
COPY src/console src/console
RUN node src/console/build/when-older.ts --strict

# A configuration without the demo's partners and write keys, to be replaced by your own.
FROM node:24-slim AS first
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY src src
COPY config config
RUN node bin/sluice.js init /first --no-key

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY src src
COPY --from=first --chown=node:node /first config
COPY --from=console /app/dist dist
RUN mkdir -p /app/data && chown node:node /app/data
USER node
# The root file system may be read-only: what Sluice writes is below /app/data, and in /app/config where the API publishes.
VOLUME /app/data
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "bin/sluice.js", "ready"]
# As `npm start`: docs/performance.md says why.
ENV MALLOC_ARENA_MAX=2
CMD ["node", "--max-semi-space-size=8", "--max-old-space-size=1024", "bin/sluice.js", "serve", "config"]
