# One file for all services: `docker build --build-arg SERVICE=gateway|catalog|executor|logsink .`. Each image has its
# own code and dependencies only: the executor's no database driver, the gateway's no SSH. Where BuildKit builds, only
# the gateway's runs the pages stage; the older builder runs it once, and then has it cached.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim
ARG SERVICE

FROM ${PYTHON_IMAGE} AS dependencies
ARG SERVICE
COPY docker/${SERVICE}.lock /tmp/service.lock
# pip stays in this stage: it installs into an environment that has none. nkeys is published as source only.
RUN python -m venv /tmp/installer \
 && python -m venv --without-pip /opt/medpro/venv \
 && /tmp/installer/bin/pip --python /opt/medpro/venv/bin/python install \
    --no-cache-dir --require-hashes --only-binary :all: --no-binary nkeys -r /tmp/service.lock

FROM ${PYTHON_IMAGE} AS service
# No home and no shell; a number, so that Kubernetes' runAsNonRoot can see that it is not root.
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin medpro
WORKDIR /opt/medpro
COPY --from=dependencies /opt/medpro/venv venv
COPY proto proto
COPY process process
COPY bus bus
COPY services/__init__.py services/
ENV PATH=/opt/medpro/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    MEDPRO_LOG_FORMAT=json MEDPRO_ADMIN_PORT=9090
USER 10001
# Only that the process lives. /readyz on the same port says whether what it stands on answers: no reason to restart it.
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9090/healthz', timeout=5)"]

FROM service AS catalog
COPY schema schema
COPY services/catalog services/catalog
CMD ["python", "-m", "services.catalog"]

FROM service AS logsink
COPY schema schema
COPY services/logsink services/logsink
CMD ["python", "-m", "services.logsink"]

FROM service AS executor
COPY services/executor services/executor
CMD ["python", "-m", "services.executor"]

FROM ${NODE_IMAGE} AS pages
WORKDIR /build/gateway/ui
COPY gateway/ui/package.json gateway/ui/package-lock.json gateway/ui/.npmrc ./
RUN npm ci
COPY gateway/openapi.json ../openapi.json
COPY gateway/ui ./
RUN npm run build

FROM service AS gateway
COPY gateway/*.py gateway/openapi.json gateway/
COPY --from=pages /build/gateway/ui/dist gateway/ui/dist
EXPOSE 8080
CMD ["python", "-m", "gateway"]

FROM ${SERVICE}
