#!/bin/sh
# Writes the hashed pins of requirements/*.txt anew from pyproject.toml: the newest releases that fit together.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-annotate --no-header "$@"
}
compile pyproject.toml requirements/build.in --output-file requirements/runtime.txt
compile pyproject.toml requirements/build.in --extra dev --constraints requirements/runtime.txt \
    --output-file requirements/dev.txt
# For a service whose index lies on PostgreSQL (LEANBOARD_DATABASE).
compile pyproject.toml requirements/build.in --extra postgresql --constraints requirements/runtime.txt \
    --output-file requirements/postgresql.txt
