# KissBot in a container: docker build -t kissbot . && docker run -v kissbot:/data kissbot
# The volume holds config.yaml and everything that the bot keeps.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.txt ./
RUN python -m venv /opt/kissbot \
    && /opt/kissbot/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN /opt/kissbot/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps . \
    && /opt/kissbot/bin/pip uninstall --yes --disable-pip-version-check pip

FROM python:3.13-slim
RUN groupadd --system --gid 10001 kissbot \
    && useradd --system --uid 10001 --gid kissbot --home-dir /data --shell /usr/sbin/nologin kissbot \
    && install -d -o kissbot -g kissbot -m 700 /data
COPY --from=build /opt/kissbot /opt/kissbot
ENV PATH=/opt/kissbot/bin:$PATH PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
# Is anything heard? By what the bot says in its database; nobody outside is asked.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["kissbot", "connection"]
ENTRYPOINT ["kissbot"]
CMD ["run"]
