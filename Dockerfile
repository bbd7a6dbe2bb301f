# Leanboard's service in a container; it starts LEAN's containers beside its own, through the engine's socket.
#
#   docker build -t leanboard .
#
# Works with BuildKit and with the classic builder. docs/how-to/docker-compose.md says how to run it.
#
# Build arguments:
#   BASE_IMAGE    what the service runs on: Python 3.11 or newer
#   BUILD_IMAGE   where packages are installed, then left behind: the same Python at the same place, with pip
#   PIP_*         as pip reads them from its environment; used while building, not kept

ARG BASE_IMAGE=python:3.11-slim
ARG BUILD_IMAGE=${BASE_IMAGE}

FROM ${BUILD_IMAGE} AS build
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG PIP_CERT
ARG PIP_NO_INDEX
ARG PIP_FIND_LINKS
ARG PIP_DEFAULT_TIMEOUT
WORKDIR /build
# pip stays outside of what it installs into.
RUN python3 -m venv --without-pip /opt/leanboard
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/runtime.txt requirements/
RUN python3 -m pip --python /opt/leanboard/bin/python install --only-binary :all: \
        --require-hashes --requirement requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY backend backend
# What builds the package is left out of what runs; so are the tests of pandas and NumPy.
RUN python3 -m pip --python /opt/leanboard/bin/python install \
        --no-index --no-deps --no-build-isolation . \
    && python3 -m pip --python /opt/leanboard/bin/python uninstall --yes --quiet \
        hatchling editables trove-classifiers pathspec pluggy \
    && python3 -m pip --python /opt/leanboard/bin/python check \
    && find /opt/leanboard/lib/python3*/site-packages/numpy /opt/leanboard/lib/python3*/site-packages/pandas \
        -type d -name tests -prune -exec rm -r {} +

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Leanboard" \
      org.opencontainers.image.description="Self-hosted service that runs QuantConnect LEAN backtests" \
      org.opencontainers.image.licenses="Apache-2.0"
# A fixed number, so that a folder of the host can be given to it: chown 10001:10001. Any other works, too (user: in the
# compose file), when home belongs to it.
RUN groupadd --gid 10001 leanboard \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin leanboard \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/leanboard \
    && install -d /strategies /data
COPY --from=build /opt/leanboard /opt/leanboard
ENV PATH=/opt/leanboard/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LEANBOARD_HOME=/var/lib/leanboard \
    LEANBOARD_STRATEGIES=/strategies \
    LEANBOARD_HOST=0.0.0.0
WORKDIR /var/lib/leanboard
USER 10001:10001
EXPOSE 8700
STOPSIGNAL SIGTERM
# Without site (-S) and the environment's Python settings (-I) it costs some 50 ms.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-I", "-S", "-c", "\
import http.client, os, sys\n\
service = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('LEANBOARD_PORT') or 8700), timeout=4)\n\
service.request('GET', '/health')\n\
sys.exit(service.getresponse().status != 200)"]
ENTRYPOINT ["leanboard"]
CMD ["serve"]
