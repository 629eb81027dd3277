# One image for plants, edge and the preparation of secrets; docker-compose.yml says which command each runs.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/factory
COPY containers/requirements.lock ./
RUN /opt/factory/bin/pip install --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY twin twin
COPY edge edge
COPY plants plants
COPY dashboards dashboards
COPY docs/gains docs/gains
# hatchling comes from the lock; what is built from the tree has no hash to check
RUN /opt/factory/bin/pip install --no-deps --no-build-isolation --no-index . \
    && /opt/factory/bin/pip uninstall --yes hatchling editables pip

FROM python:3.13-slim
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="smart-factory-twin" \
      org.opencontainers.image.description="Plants as SimPy models with real wires, and the edge that collects them" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/factory /opt/factory
# The mount points belong to the user: a named volume that is empty takes over their owner and mode.
RUN install -d -o 1000 -g 1000 -m 0700 /data /run/secrets /prepare /prepare/authority /prepare/broker \
        /prepare/edge /prepare/influxdb /prepare/reader /prepare/grafana /prepare/trust \
        /prepare/trust/servers \
        /prepare/aluminium /prepare/appliances /prepare/brewing /prepare/casting /prepare/coal_chemicals \
        /prepare/machining_3c /prepare/petrochemicals /prepare/stamping /prepare/steel /prepare/tft /grafana
ENV PATH=/opt/factory/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp MPLCONFIGDIR=/tmp
USER 1000:1000
WORKDIR /tmp
STOPSIGNAL SIGTERM
CMD ["edge", "--help"]
