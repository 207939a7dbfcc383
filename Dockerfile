# The image brings its own Node 24, so the pinned runtimes of optionalDependencies are left out.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY src src
COPY config config
RUN mkdir -p /app/data && chown node:node /app/data
USER node
# The root file system may be read-only: everything Sluice writes is below /app/data.
VOLUME /app/data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "-e", "fetch('http://127.0.0.1:8081/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# As `npm start`: docs/performance.md says why.
CMD ["node", "--max-semi-space-size=32", "--max-old-space-size=1024", "bin/sluice.js", "serve", "config"]
