# One file for all services: `--build-arg SERVICE=gateway|catalog|executor|logsink`. Each image carries its own
# dependencies only: the executor's no database driver, the gateway's no SSH.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS pages
WORKDIR /build/gateway/ui
COPY gateway/ui/package.json gateway/ui/package-lock.json gateway/ui/.npmrc ./
RUN npm ci
COPY gateway/openapi.json ../openapi.json
COPY gateway/ui ./
RUN npm run build

FROM ${PYTHON_IMAGE} AS dependencies
ARG SERVICE
WORKDIR /build
COPY docker/${SERVICE}.lock service.lock
RUN python -m venv /opt/medpro/venv \
 && /opt/medpro/venv/bin/pip install --no-cache-dir --require-hashes -r service.lock

FROM ${PYTHON_IMAGE}
ARG SERVICE
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/medpro medpro
WORKDIR /opt/medpro
COPY --from=dependencies /opt/medpro/venv venv
COPY bus bus
COPY process process
COPY proto proto
COPY schema schema
COPY gateway gateway
COPY services services
COPY --from=pages /build/gateway/ui/dist gateway/ui/dist
ENV PATH=/opt/medpro/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    MEDPRO_LOG_FORMAT=json MEDPRO_ADMIN_PORT=9090 SERVICE=${SERVICE}
USER medpro
# The service's own word: it answers, and what it stands on answers.
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9090/healthz', timeout=5)"]
CMD ["sh", "-c", "case $SERVICE in gateway) exec python -m gateway ;; *) exec python -m services.$SERVICE ;; esac"]
