# One image for every process of the bot. Python is pinned to the release that the tests run on; the libraries come
# from the hashed lock file, so that a build of the same commit installs the same bytes.
FROM python:3.11.7-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/drumbeat
WORKDIR /src
COPY requirements.lock ./
RUN /opt/drumbeat/bin/pip install --require-hashes -r requirements.lock

FROM python:3.11.7-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --create-home drumbeat
COPY --from=build /opt/drumbeat /opt/drumbeat
WORKDIR /opt/app
COPY adapters adapters
COPY bot bot
COPY commands commands
COPY storage storage
RUN /opt/drumbeat/bin/python -m compileall -q adapters bot commands storage
ENV PATH=/opt/drumbeat/bin:$PATH \
    PYTHONPATH=/opt/app \
    PYTHONUNBUFFERED=1 \
    DRUMBEAT_DATABASE_URL=sqlite:////data/drumbeat.db \
    DRUMBEAT_WEB__HOST=0.0.0.0 \
    DRUMBEAT_WEB__PORT=8420
# Listening beyond loopback needs DRUMBEAT_WEB__PASSWORD, which is given at the start and never built in.
USER drumbeat
WORKDIR /data
VOLUME /data
EXPOSE 8420
# /readyz asks for the password, like every page but /healthz.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "import base64, os, urllib.request as u; p = os.environ.get('DRUMBEAT_WEB__PASSWORD', ''); r = u.Request('http://127.0.0.1:%s/readyz' % os.environ['DRUMBEAT_WEB__PORT'], headers={'Authorization': 'Basic ' + base64.b64encode((':' + p).encode()).decode()}); u.urlopen(r, timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
