# glibc, because chDB has no build for musl.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY . .
# Builds as well: `prepare` in package.json. Not `npm ci`: it refuses a lock file made where packages for other platforms
# were not on offer.
RUN npm install --no-audit --no-fund && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=node:node /app/package.json ./
COPY --from=build --chown=node:node /app/node_modules ./node_modules
COPY --from=build --chown=node:node /app/dist ./dist
COPY --from=build --chown=node:node /app/bin ./bin
COPY --from=build --chown=node:node /app/policies ./policies
COPY --from=build --chown=node:node /app/adapters/clickhouse/migrations ./adapters/clickhouse/migrations
# A volume that is mounted here for the first time takes over its owner.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8480 8481
ENTRYPOINT ["node", "bin/fengsui.mjs"]
CMD ["start"]
