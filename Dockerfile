# Dependencies and the generated database client. Development dependencies stay in here.
FROM node:24-bookworm-slim AS build
WORKDIR /gatehouse
COPY package.json package-lock.json .npmrc prisma.config.ts ./
COPY prisma ./prisma
COPY scripts/prepare.ts ./scripts/prepare.ts
RUN npm ci
RUN mkdir -p /runtime && cp package.json package-lock.json .npmrc /runtime/ && cd /runtime && npm ci --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production BIND_ADDRESS=0.0.0.0 NODE_DISABLE_COMPILE_CACHE=1
WORKDIR /gatehouse
COPY --from=build /runtime/node_modules ./node_modules
COPY package.json LICENSE ./
COPY prisma/migrations ./prisma/migrations
COPY config/locales ./config/locales
COPY views ./views
COPY public ./public
# .dockerignore leaves out src/demo, which production does not load.
COPY src ./src
COPY --from=build /gatehouse/src/store/generated ./src/store/generated
USER node
# Nothing is written: the root file system may be read-only.
EXPOSE 3000 3001 3002
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.OPERATIONS_PORT ?? 3002}/livez`).then(response => process.exit(response.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/server.ts"]
