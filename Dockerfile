# Ferry's bot and worker in one image; the argument says which (none: both).
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY .scripts .scripts
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
# 3000: Slack over HTTP (unused in Socket Mode). 3001: /healthz and /readyz.
EXPOSE 3000 3001
ENTRYPOINT ["node", "dist/main.js"]
