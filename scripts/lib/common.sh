# Shared by the scripts: where things are, and how they talk.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
venv=$root/.venv
prefix=$root/.python
me=${0##*/}

say() { printf '%s: %s\n' "$me" "$*"; }
warn() { printf '%s: %s\n' "$me" "$*" >&2; }
die() {
  warn "$*"
  exit 1
}
