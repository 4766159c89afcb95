# mcp-audit with all extras, in the versions of uv.lock. Build: docker build --tag mcp-audit .
FROM python:3.13-slim AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=/opt/mcp-audit UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.8
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY harness harness
COPY scenarios scenarios
COPY reports/mcp_audit_reports reports/mcp_audit_reports
COPY reference_server reference_server
RUN uv sync --locked --no-dev --no-editable --extra all

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 audit && install --directory --owner audit /audit
COPY --from=build /opt/mcp-audit /opt/mcp-audit
ENV PATH=/opt/mcp-audit/bin:$PATH
USER 10001
WORKDIR /audit
ENTRYPOINT ["mcp-audit"]
CMD ["--help"]
