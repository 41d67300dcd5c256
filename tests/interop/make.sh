#!/usr/bin/env bash
# Makes the logs of tests/fixtures/logs with the real tools, each in a virtual environment of its own.
#
#   tests/interop/make.sh OUT [TOOL…]      all tools, or those named: inspect lm-eval evalplus openai lighteval sources
#
# What comes in: a folder to write into (tests/fixtures/logs renews the committed ones). What goes out: OUT/TOOL/CASE/… as each
# script's header says. The environments are kept in ${TMPDIR:-/tmp}/breadth-interop; the scripts run from a copy there, so
# that a traceback in a log names that folder and not a person's home.
set -euo pipefail

out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${TMPDIR:-/tmp}/breadth-interop
tools=("$@")
[[ ${#tools[@]} -gt 0 ]] || tools=(inspect lm-eval evalplus openai lighteval sources)

rm -rf "$build/scripts" && mkdir -p "$build/venv"
cp -r "$here" "$build/scripts"
cd "$build/scripts"

# make ENVIRONMENT SCRIPT FOLDER: an environment from requirements-ENVIRONMENT.txt, then SCRIPT into OUT/FOLDER.
make() {
    local python=$build/venv/$1/bin/python
    [[ -x $python ]] || { python3 -m venv "$build/venv/$1" && "$python" -m pip install --quiet -r "requirements-$1.txt"; }
    PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1 HF_HOME=$build/hf XDG_CACHE_HOME=$build/cache "$python" "$2" "$out/$3"
}

for tool in "${tools[@]}"; do
    echo "== $tool" >&2
    case $tool in
    inspect)
        rm -rf "$out/inspect"
        make inspect inspect_logs.py inspect
        make inspect-old inspect_logs.py inspect
        ;;
    lm-eval) rm -rf "$out/lm-eval" && make lm-eval lmeval_logs.py lm-eval ;;
    evalplus) rm -rf "$out/evalplus" && make evalplus evalplus_logs.py evalplus ;;
    openai) rm -rf "$out/openai" && make openai openai_logs.py openai ;;
    lighteval) rm -rf "$out/lighteval" && make lighteval lighteval_logs.py lighteval ;;
    sources)
        rm -rf "$out"/{nemo-skills,noveltybench,matharena,reflexion,open-r1,livecodebench}
        make openai source_logs.py .
        ;;
    *) echo "unknown tool \`$tool\`" >&2 && exit 2 ;;
    esac
done
