# This image could not be built or run where it was written: no container engine runs there.
# Build: docker build -t secondmark .
FROM python:3.13-slim AS build
WORKDIR /source
COPY constraints/run.txt constraints/run.txt
RUN python -m venv /opt/secondmark && /opt/secondmark/bin/pip install --no-cache-dir --require-hashes -r constraints/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY supabase supabase
RUN /opt/secondmark/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /opt/secondmark /opt/secondmark
RUN useradd --create-home --uid 1000 secondmark && mkdir /data && chown secondmark /data
USER secondmark
WORKDIR /data
# Inside a container only the address 0.0.0.0 is reached from outside. The server then starts only with API_KEYS, user tokens
# or ALLOW_ANONYMOUS=true.
ENV PATH=/opt/secondmark/bin:$PATH HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready')"]
CMD ["secondmark", "serve"]
