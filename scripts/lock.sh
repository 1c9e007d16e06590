#!/usr/bin/env bash
# Writes requirements.lock, every dependency of every member with its hashes, and deploy/requirements.lock, those of the services only.
# Neither names an address to fetch them from (docs/adr/0006).
set -euo pipefail

uv=$1
cd "$(dirname "$0")/.."

"$uv" lock --quiet
"$uv" export --quiet --all-packages --all-groups --no-emit-workspace --no-header --no-annotate --output-file requirements.lock >/dev/null
# What the images need, the same for all services.
"$uv" export --quiet --frozen --package priorbus-gateway --package priorbus-requirements --package priorbus-fhir-pas --package priorbus-storage \
  --no-dev --no-emit-workspace --no-header --no-annotate --output-file deploy/requirements.lock >/dev/null
for lock in requirements.lock deploy/requirements.lock; do
  if grep -qE '://|^-' "$lock"; then
    echo "$lock names an address; it must not be committed like this" >&2
    exit 1
  fi
done
