#!/bin/sh
# KissBot's launcher: makes .venv when it is missing or out of date, then runs the command line.
# It needs nothing but python3 (3.11 or newer); uv is used when it is there, because it is faster.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
venv=$here/.venv
# Some containers set it. Without compiled Python at hand every start takes half as long again.
unset PYTHONDONTWRITEBYTECODE
bin=$venv/bin

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    say "KissBot needs Python 3.11 or newer, and found none. Install python3, or name it: PYTHON=/path/to/python3 $0"
    exit 1
}

make_venv() {
    rm -rf "$venv"
    python=$(find_python)
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$python" "$venv"
    elif ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        rm -rf "$venv"
        say "This python3 cannot make a virtual environment: its venv or pip module is missing."
        say "On Debian or Ubuntu: apt install python3-venv, then run $0 again."
        exit 1
    fi
}

install() { # install LOCK: exactly what the lock names, each file checked against its hash
    if command -v uv >/dev/null 2>&1; then
        uv pip sync --quiet --compile-bytecode --require-hashes --python "$bin/python" "$1"
    else
        "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
    fi
    "$bin/python" - "$here/src" <<'PY'
import pathlib, sys, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "kissbot.pth").write_text(sys.argv[1] + "\n")
PY
}

prepare() { # prepare LOCK: bring .venv to what the lock says, once
    stamp=$venv/.installed
    want="$here $(cksum <"$here/$1")"
    [ -x "$bin/python" ] && [ -f "$stamp" ] && grep -qxF "$want" "$stamp" && return
    say "Setting up .venv from $1 (once) ..."
    [ -x "$bin/python" ] && [ -f "$stamp" ] && grep -qF "$here " "$stamp" || make_venv
    install "$here/$1" || {
        say "Could not install what $1 names: is the network there? Nothing else was changed; run $0 again."
        exit 1
    }
    # The development lock holds the runtime lock too, so it satisfies both.
    echo "$want" >"$stamp"
    [ "$1" = requirements.txt ] || echo "$here $(cksum <"$here/requirements.txt")" >>"$stamp"
}

check() { # check WHAT COMMAND...: one step of the tests, with its name
    say "== $1"
    shift
    "$@"
}

kissbot() { # kissbot WORDS...: the command line
    prepare requirements.txt
    "$bin/python" -m kissbot "$@"
}

run() { # run WORDS...: the command line, in this process's place
    prepare requirements.txt
    exec "$bin/python" -m kissbot "$@"
}

case "${1:-}" in
test)
    shift
    prepare requirements-dev.txt
    cd "$here"
    check "ruff" "$bin/ruff" check --quiet .
    check "ruff format" "$bin/ruff" format --quiet --check .
    check "mypy --strict" "$bin/mypy" --no-error-summary
    check "import-linter" "$bin/lint-imports" --no-logo --config pyproject.toml
    if [ $# -gt 0 ]; then
        check "pytest" "$bin/python" -m pytest "$@"
        exit
    fi
    failed=0
    workers=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1)) # many tests wait more than they work
    check "pytest, what needs a quiet machine" "$bin/python" -m pytest -m alone || failed=1
    check "pytest, the rest side by side" \
        "$bin/python" -m pytest -m "not alone" -n "$workers" --maxprocesses 5 --dist worksteal || failed=1
    exit $failed
    ;;
restart)
    shift
    kissbot down "$@"
    say "Starting again. What is typed until it hears its channels is not answered; all else is remembered."
    run up --background "$@"
    ;;
start) shift && run up --background "$@" ;;
stop) shift && run down "$@" ;;
start-channel) shift && run join "$@" ;;
stop-channel) shift && run part "$@" ;;
restart-channel) shift && run rejoin "$@" ;;
*) run "$@" ;;
esac
