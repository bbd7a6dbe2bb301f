# shellcheck shell=sh
# Read by the other scripts: finds the project, and gives the service its folders whatever the working directory is.

root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd -P)

use_project_folders() {
    : "${LEANBOARD_HOME:=$root/var}"
    : "${LEANBOARD_STRATEGIES:=$root/lean_strategies}"
    export LEANBOARD_HOME LEANBOARD_STRATEGIES
}
