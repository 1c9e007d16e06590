#!/usr/bin/env bash
# Writes requirements.lock: every dependency of every member with its hashes, and no address to fetch it from (docs/adr/0006).
set -euo pipefail

uv=$1
cd "$(dirname "$0")/.."

"$uv" lock --quiet
"$uv" export --quiet --all-packages --all-groups --no-emit-workspace --no-header --no-annotate --output-file requirements.lock >/dev/null
if grep -qE '://|^-' requirements.lock; then
  echo "requirements.lock names an address; it must not be committed like this" >&2
  exit 1
fi
